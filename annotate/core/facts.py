"""What a photo is looked for by: figures of its blur map, of its subject, and of what a model said beside people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import IGNORE, LevelMap, rasterize
from annotate.core.ranking import entropy
from annotate.core.regions import KINDS, Document
from annotate.core.sharpness import NO_EVIDENCE, OCTAVE, SHARPEST, Map

ALL = 1_000_000
SHARP_PPM, BLURRED_PPM = 100_000, 500_000  # of the subject: up to here sharp, from there on blurred
LEAST_PPM = 10_000  # of the photo, for a level to count as there
SHARPEST_PERCENT = 99  # of the cells that show anything are less sharp than the sharpest place
REFERENCE_SIDE = 1024

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class MapFacts:
    """What a blur map says; shares are of the pixels that have a level.

    Attributes:
        shares_ppm: share of the photo at each level.
        largest: the highest level on at least a hundredth of it.
        subject_ppm: share of the subject that is blurred; None where no subject is known.
        background: the commonest level beside the subject; None where no subject is known.
        scene: both in a word, such as "sharp-3"; "" where no subject is known.
    """

    shares_ppm: list[int]
    largest: int
    subject_ppm: int | None = None
    background: int | None = None
    scene: str = ""


def facts_of_map(levels: LevelMap, is_subject: Mask | None, level_count: int) -> MapFacts | None:
    """The facts of a (H, W) map, with the (H, W) mask of what draws the eye; None where no pixel has a level."""
    areas = _areas(levels, level_count)
    if not areas.sum():
        return None
    shares = [int(share) for share in areas * ALL // areas.sum()]
    largest = max((level for level, share in enumerate(shares) if share >= LEAST_PPM), default=0)
    subject, rest = (np.zeros_like(areas), areas) if is_subject is None else _parted(levels, is_subject, level_count)
    if not subject.sum() or not rest.sum():
        return MapFacts(shares, largest)
    subject_ppm = int(subject[1:].sum() * ALL // subject.sum())
    background = int(rest.argmax())
    return MapFacts(shares, largest, subject_ppm, background, f"{subject_word(subject_ppm)}-{background}")


def subject_word(subject_ppm: int) -> str:
    """Whether a subject of which this share is blurred is called sharp, partly or blurred."""
    if subject_ppm < SHARP_PPM:
        return "sharp"
    return "partly" if subject_ppm < BLURRED_PPM else "blurred"


def _areas(levels: LevelMap, level_count: int) -> npt.NDArray[np.int64]:
    return np.bincount(levels.ravel(), minlength=IGNORE + 1)[:level_count].astype(np.int64)


def _parted(levels: LevelMap, is_subject: Mask, level_count: int) -> tuple[npt.NDArray[np.int64], ...]:
    return _areas(levels[is_subject], level_count), _areas(levels[~is_subject], level_count)


def commonest_kind(documents: Iterable[Document], size: tuple[int, int]) -> str:
    """The kind of most of the blur that is seen in the documents on a photo of (width, height); "" where none is."""
    pixels: Counter[str] = Counter()
    for document in documents:
        regions = [replace(each, level=1 + KINDS.index(each.kind) if each.level else 0) for each in document.regions]
        painted = rasterize(Document(0, tuple(regions)), size)
        counts = np.bincount(painted.ravel(), minlength=len(KINDS) + 1)[1:]
        pixels.update(dict(zip(KINDS, counts.tolist(), strict=True)))
    kind, count = max(pixels.items(), key=lambda each: each[1], default=("", 0))
    return kind if count else ""


def apart_ppm(levels: LevelMap, others: LevelMap, amounts_ppm: Sequence[int]) -> int | None:
    """The mean difference of blur amounts of two maps where both have a level; None where they never do."""
    amounts = np.array(amounts_ppm, np.int64)
    both = (levels < len(amounts)) & (others < len(amounts))
    if not both.any():
        return None
    return int(np.abs(amounts[levels[both]] - amounts[others[both]]).mean())


def entropy_ppm(probabilities_ppm: Sequence[int]) -> int:
    """How open the question is: ALL where all answers are as likely."""
    return round(ALL * float(entropy(np.array([probabilities_ppm]) / ALL)[0]))


def sharpest_mpx(sharpness: Map, size: tuple[int, int]) -> int | None:
    """The blur at the sharpest place by the sharpness map of a photo of (width, height): see `core.sharpness`.

    Returns:
        Sigma in thousandths of a pixel at a long side of 1024 px; None where the photo shows nothing to judge by.
    """
    told = sharpness[sharpness != NO_EVIDENCE]
    if not told.size:
        return None
    value = float(np.percentile(told, SHARPEST_PERCENT))
    sigma: float = max(0.0, 2 ** ((SHARPEST - value) / OCTAVE) - 1) ** 0.5
    return round(1_000 * sigma * REFERENCE_SIDE / max(size))
