"""Which photos of a shoot to keep: bursts, the best of each first, and why in a sentence.

What is compared within a burst is the blur of one and the same subject: what draws the eye in any of its photos counts
in all of them. So the photo whose subject is sharp wins over the one in which only a fence before it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from annotate.core.regions import DESIRABILITIES
from annotate.core.splits import bits_apart, is_telling

SKETCH = 24  # cells a side: the grid on which photos of a burst are compared
APART = timedelta(seconds=10)  # from one photo of a burst to the next, at most
ALIKE_BITS = 12  # of the 64 of a difference hash, between neighbours in time
TIMELESS_BITS = 8  # and between neighbours by name, where no camera told the time
ALIKE_COSINE = 0.75  # of content features, between neighbours in time; some 90 in 100 photos of other scenes are below
SOFT, PARTLY_SOFT = 0.5, 0.15  # blurred shares of the subject
SOFT_BACKGROUND = 0.3
WORTH = (1.0, 1.0, 0.5, 0.0)  # of the verdicts none, good, ok and bad
VERDICT_WEIGHT = 0.1  # of what the verdict is worth, beside the sharpness of the subject: it decides between equals
STARS = (0.9, 0.75, 0.5, 0.25)  # least scores of five to two stars
MOST_STARS_OF_OTHERS = 2  # in a burst, all but the best

Sketch = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.floating]


class Shot(Protocol):
    """What tells of a photo which burst it is of; a `Look` does."""

    @property
    def camera(self) -> str:
        """Maker and model, "" if unknown."""

    @property
    def captured_at(self) -> datetime | None:
        """When it was taken, if known."""

    @property
    def dhash(self) -> int:
        """Difference hash."""

    @property
    def content(self) -> Floats:
        """(D,) what it shows: near for photos alike. Empty where no model has seen it; then the hash alone tells."""


AShot = TypeVar("AShot", bound=Shot)


@dataclass(frozen=True, slots=True)
class Look:
    """What a network saw in one photo of a shoot, small enough to be kept for thousands.

    Attributes:
        name: of the file.
        probabilities: (4,) of none, good, ok, bad.
        subject_blurred: share of what draws the eye that is blurred.
        background_blurred: share of the rest that is blurred.
        amount: (24, 24) uint8 blur amount, whatever the photo's shape.
        gaze: (24, 24) uint8 attention.
        content: (D,) what the photo shows: near for photos alike.
        dhash: difference hash.
        camera: maker and model, "" if unknown.
        captured_at: when it was taken, if known.
    """

    name: str
    probabilities: Floats
    subject_blurred: float
    background_blurred: float
    amount: Sketch
    gaze: Sketch
    content: Floats
    dhash: int
    camera: str = ""
    captured_at: datetime | None = None

    @property
    def desirability(self) -> str:
        """The likeliest verdict."""
        return DESIRABILITIES[int(np.argmax(self.probabilities))]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A photo's place in its burst.

    Attributes:
        look: what was seen.
        score: in [0, 1], comparable within a burst and roughly between them.
        place: 1 is the best of its burst.
        stars: 1 to 5.
    """

    look: Look
    score: float
    place: int
    stars: int


def order(camera: str, captured_at: datetime | None, name: str) -> tuple[str, float, str]:
    """What the photos of a shoot are sorted by before they are cut into bursts."""
    return camera, captured_at.timestamp() if captured_at else 0.0, name


def bursts(shots: Iterable[AShot]) -> Iterator[list[AShot]]:
    """The bursts of a shoot that comes in its order, each as soon as it has ended; most hold a single photo."""
    burst: list[AShot] = []
    for shot in shots:
        if burst and not follows(burst[-1], shot):
            yield burst
            burst = []
        burst.append(shot)
    if burst:
        yield burst


def follows(before: Shot, after: Shot) -> bool:
    """Whether two neighbours are of one burst: the same camera within ten seconds, and alike.

    Where no time is known, only photos that are all but the same are.
    """
    if before.camera != after.camera or (before.captured_at is None) != (after.captured_at is None):
        return False
    is_telling_pair = is_telling(before.dhash) and is_telling(after.dhash)
    apart = bits_apart(before.dhash, after.dhash) if is_telling_pair else 64
    if before.captured_at is None or after.captured_at is None:
        return apart <= TIMELESS_BITS
    is_close = abs(after.captured_at - before.captured_at) <= APART
    return is_close and (apart <= ALIKE_BITS or cosine(before.content, after.content) >= ALIKE_COSINE)


def cosine(one: Floats, other: Floats) -> float:
    """Of the angle between two vectors; 0 where one of them is zero, or they are of different networks."""
    if one.shape != other.shape:
        return 0.0
    a, b = one.astype(np.float32), other.astype(np.float32)
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else 0.0


def rank(burst: Sequence[Look]) -> list[Ranked]:
    """The photos of a burst, the one to keep first."""
    gaze = common_gaze(burst)
    scored = sorted(((score(look, gaze), look) for look in burst), key=lambda pair: (-pair[0], pair[1].name))
    return [
        Ranked(look, value, place, stars(value) if place == 1 else min(stars(value), MOST_STARS_OF_OTHERS))
        for place, (value, look) in enumerate(scored, 1)
    ]


def common_gaze(burst: Sequence[Look]) -> Floats:
    """(24, 24) how what draws the eye in any of the photos is spread; sums to 1."""
    common: Floats = np.mean([shares(look.gaze) for look in burst], axis=0)
    return common


def shares(gaze: Sketch) -> Floats:
    """Attention as shares of a whole, so that a large subject counts no more than a small one."""
    weights = gaze + np.float32(1e-3)
    spread: Floats = weights / weights.sum()
    return spread


def score(look: Look, gaze: Floats) -> float:
    """How well a photo does in [0, 1]: the sharpness of its subject, and a little the verdict.

    Args:
        look: what was seen.
        gaze: (24, 24) how what draws the eye is spread; sums to 1.
    """
    return (1 - VERDICT_WEIGHT) * subject_sharpness(look, gaze) + VERDICT_WEIGHT * verdict_worth(look)


def subject_sharpness(look: Look, gaze: Floats) -> float:
    """How sharp in [0, 1] what draws the eye is; 1 is without blur. `gaze` as in `score`."""
    return 1 - float((look.amount * gaze).sum()) / 255


def verdict_worth(look: Look) -> float:
    """What the verdict is worth in [0, 1], by how likely each is."""
    return float(look.probabilities @ np.array(WORTH))


def stars(value: float) -> int:
    """One to five stars of a score."""
    return 1 + sum(value >= least for least in STARS)


def subject_words(look: Look) -> str:
    """How the subject is: "sharp", "partly soft" or "soft"."""
    blurred = look.subject_blurred
    return "soft" if blurred >= SOFT else "partly soft" if blurred >= PARTLY_SOFT else "sharp"


def background_words(look: Look) -> str:
    """How the rest is: "soft" or "sharp"."""
    return "soft" if look.background_blurred >= SOFT_BACKGROUND else "sharp"


def reason(look: Look) -> str:
    """Why, in a sentence: "subject sharp, background soft: good"."""
    verdict = "no blur" if look.desirability == "none" else look.desirability
    return f"subject {subject_words(look)}, background {background_words(look)}: {verdict}"
