"""Levels of blur as amounts: the equivalent sigma of a kernel in px at a long side of 1024, and back."""

from __future__ import annotations

import math

import numpy as np

REFERENCE_LONG_SIDE = 1024
SIGMAS = ((1.28, 2.4), (2.4, 4.8), (4.8, 11.2))  # of levels 1, 2, 3
LEVEL_COUNT = 1 + len(SIGMAS)


def draw_sigma(level: int, scale: int, rng: np.random.Generator) -> float:
    """A sigma of `level` in px of a photo whose long side is `scale`; evenly spread in its logarithm."""
    low, high = SIGMAS[level - 1]
    return math.exp(rng.uniform(math.log(low), math.log(high))) * scale / REFERENCE_LONG_SIDE


def level_of(sigma: float) -> int:
    """The level of an equivalent sigma at 1024 px, 0 in no level's interval; above the highest is the highest."""
    for level, (low, high) in enumerate(SIGMAS, 1):
        if low <= sigma < high or (sigma >= high and level == len(SIGMAS)):
            return level
    return 0
