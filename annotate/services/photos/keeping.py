"""Which of some photos that look alike to keep, by what a model saw and what was measured, and why in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from annotate.core import culling
from annotate.core.blurmap import IGNORE, MAX_LEVELS, LevelMap, rasterize
from annotate.core.culling import SKETCH, Look
from annotate.core.regions import parse_document
from annotate.models import Desirability, Image, Project, User
from annotate.services.queueing import gold

MOST_COMPARED = 36  # of one group; the others come with those that were kept
FINE = 4  # points of a map a side, for each cell of a sketch
WORDS = {"sharp": gettext_noop("sharp"), "partly soft": gettext_noop("partly soft"), "soft": gettext_noop("soft")}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A photo that may be kept.

    Attributes:
        image: with its `consensus`, `preannotation`, `facts` and `project`.
        look: what the model saw in it, None where no model has seen it.
    """

    image: Image
    look: Look | None

    @classmethod
    def of(cls, image: Image) -> Candidate:
        """Looked at once."""
        return cls(image, look_of(image))

    @property
    def reason(self) -> str:
        """How its subject and the rest are, and the verdict; "" where no model has seen it."""
        return reason_of(self.look) if self.look else ""


def candidates_of(project: Project, ids: Sequence[int], *, seen_by: User) -> list[Candidate]:
    """The project's photos with these ids, as a curator may see them."""
    rows = project.images.select_related("project", "consensus", "preannotation", "facts").filter(pk__in=ids)
    images = list(gold.as_seen_by(rows.defer("consensus__levels_png"), seen_by).order_by("pk"))
    for image in images:
        if image.is_test:
            image.disguise()
    return [Candidate.of(image) for image in images]


Measure = Callable[[Sequence[Candidate]], list[float] | None]


def propose(candidates: Sequence[Candidate]) -> tuple[Image, str]:
    """The photo to keep of one or more that look alike, and in a sentence what tells it from the others."""
    left, merits = list(candidates), []
    for measure, step, merit in MEASURES:
        values = measure(left) if len(left) > 1 else None
        if values is None or max(values) - min(values) < step:
            continue
        left = [each for each, value in zip(left, values, strict=True) if max(values) - value < step]
        merits.append(str(merit))
    if not merits:
        return left[0].image, _("Nothing that is measured tells them apart; it came first.")
    return left[0].image, _("It has %(merits)s.") % {"merits": _(", then ").join(merits)}


def is_labelled(image: Image) -> bool:
    """By people; to whom it is a test, it does not look so."""
    return image.state not in (Image.State.NEW, Image.State.PREANNOTATED)


def look_of(image: Image) -> Look | None:
    """What the model saw in a photo, with people's verdict where there is one; None where no model has seen it."""
    model, merged = getattr(image, "preannotation", None), getattr(image, "consensus", None)
    if model is None:
        return None
    levels = _painted(model.document, image)
    amounts = np.zeros(IGNORE + 1, np.float32)
    amounts[: len(image.project.levels)] = [level["amount_ppm"] / 1_000_000 for level in image.project.levels]
    subject = _painted({"regions": [], **(model.subject or {}), "base": None}, image) != IGNORE
    is_blurred = amounts[levels] > 0
    judged = merged.posterior_ppm if merged and is_labelled(image) else model.probabilities_ppm
    return Look(
        name=f"{image.pk:019}",
        probabilities=np.array(judged) / 1_000_000,
        subject_blurred=float(is_blurred[subject if subject.any() else ...].mean()),
        background_blurred=float(is_blurred[~subject if not subject.all() else ...].mean()),
        amount=_sketch(amounts[levels]),
        gaze=_sketch(subject),
        content=np.zeros(0, np.float32),
        dhash=image.dhash,
    )


def reason_of(look: Look) -> str:
    """Why, in a sentence: "subject sharp, background soft: Good"."""
    words = {
        "subject": _(WORDS[culling.subject_words(look)]),
        "background": _(WORDS[culling.background_words(look)]),
        "verdict": Desirability(look.desirability).label,
    }
    return _("subject %(subject)s, background %(background)s: %(verdict)s") % words


def _painted(document: Any, image: Image) -> LevelMap:
    """(96, 96) the document's map, whatever the photo's size and shape."""
    parsed = parse_document(document, level_count=MAX_LEVELS)
    side = SKETCH * FINE
    scale = np.array([side / image.width, side / image.height])
    regions = [replace(region, rings=tuple(_scaled(ring, scale) for ring in region.rings)) for region in parsed.regions]
    return rasterize(replace(parsed, regions=tuple(regions)), (side, side))


def _scaled(ring: Sequence[int], scale: np.ndarray) -> tuple[int, ...]:
    corners = np.rint(np.array(ring).reshape(-1, 2) * scale).astype(int)
    return tuple(corners.reshape(-1).tolist())


def _sketch(map_: np.ndarray) -> culling.Sketch:
    """(24, 24) uint8 means of a (96, 96) map of [0, 1]."""
    cells = map_.reshape(SKETCH, FINE, SKETCH, FINE).mean(axis=(1, 3))
    sketch: culling.Sketch = np.rint(cells * 255).astype(np.uint8)
    return sketch


def _looks(candidates: Sequence[Candidate]) -> list[Look] | None:
    """What the model saw in each; None unless it has seen all."""
    looks = [each.look for each in candidates if each.look]
    return looks if len(looks) == len(candidates) else None


def _subject(candidates: Sequence[Candidate]) -> list[float] | None:
    looks = _looks(candidates)
    return looks and [culling.subject_sharpness(look, culling.common_gaze(looks)) for look in looks]


def _verdict(candidates: Sequence[Candidate]) -> list[float] | None:
    looks = _looks(candidates)
    return looks and [culling.verdict_worth(look) for look in looks]


def _sharpest_place(candidates: Sequence[Candidate]) -> list[float] | None:
    measured = [each.image.facts.sharpest_mpx for each in candidates]
    return None if None in measured else [-mpx for mpx in measured]


def _labels(candidates: Sequence[Candidate]) -> list[float]:
    return [float(is_labelled(each.image)) for each in candidates]


def _pixels(candidates: Sequence[Candidate]) -> list[float]:
    return [float(each.image.width * each.image.height) for each in candidates]


MEASURES: tuple[tuple[Measure, float, Any], ...] = (  # the first that tells decides; from which difference on it does
    (_subject, 0.03, gettext_lazy("the sharpest subject")),  # of 1
    (_verdict, 0.1, gettext_lazy("the best verdict")),  # of 1
    (_sharpest_place, 100, gettext_lazy("the sharpest place, as measured")),  # sigma in thousandths of a pixel
    (_labels, 1, gettext_lazy("labels of people")),
    (_pixels, 1, gettext_lazy("the most pixels")),
)
