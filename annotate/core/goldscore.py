"""How test photos are judged: photos whose answer is known are mixed into a person's work unseen."""

from collections.abc import Sequence

import numpy as np

from annotate.core.blurmap import LevelMap

SHARE = 0.05  # of what a person is given
NEWCOMER_SHARE = 0.5  # of their first NEWCOMER_PHOTOS
NEWCOMER_PHOTOS = 10
REST_DAYS = 30  # the same photo never comes to the same person before
LAST_ANSWERS = 20
LEAST_RIGHT = 0.5  # of these; with more wrong ones no more photos are given
LEAST_OVERLAP = 0.2  # of a right answer's map with the expert's: honest people's maps share two to three times as much


def overlap_of(levels: LevelMap, truth: LevelMap) -> float:
    """How much of the blur is painted alike: the sum of pixelwise minima over the sum of maxima; 1 without any blur.

    Args:
        levels: (H, W) of levels; 255 is not labelled and counts where neither has it.
        truth: (H, W) the expert's.
    """
    is_known = (levels != 255) & (truth != 255)
    one, other = levels[is_known].astype(np.int64), truth[is_known].astype(np.int64)
    most = int(np.maximum(one, other).sum())
    return int(np.minimum(one, other).sum()) / most if most else 1.0


def is_right(word: str, expert_word: str, overlap: float) -> bool:
    """Whether an answer passes: the expert's word, and a map that has something to do with the expert's."""
    return word == expert_word and overlap >= LEAST_OVERLAP


def must_pause(answers: Sequence[bool]) -> bool:
    """Whether these right (True) and wrong answers, the last LAST_ANSWERS at most, are too few right ones.

    So many are wrong that the last twenty cannot be half right any more, however many of them are still to come.
    """
    return sum(not right for right in answers[-LAST_ANSWERS:]) > LAST_ANSWERS * (1 - LEAST_RIGHT)
