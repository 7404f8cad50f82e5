"""How one person's work compares with what all the others make of the same photos."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from annotate.core.agreement import kappa_of_confusion
from annotate.core.blurmap import LevelMap
from annotate.core.intervals import FEWEST_VERDICTS, NORMAL_95, change_interval
from annotate.core.voting import CLASS_COUNT, Consensus

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NOBODY = -1
FEWEST_PHOTOS = 30  # what stands on fewer is not told from chance
RECENT_VOTES, RECENT_STEP = 200, 20
_TIE = 1e-9


def others_verdicts(fit: Consensus, image: npt.ArrayLike, voter: npt.ArrayLike, label: npt.ArrayLike) -> Integers:
    """(V,) what each vote's image is by all votes but this one: the likeliest class, of equal ones the worse.

    NOBODY where there is no other vote. How the others vote is taken from the fit, in which the person's own votes had
    their small part.

    Args:
        fit: of all the votes.
        image: (V,) id of the image of each vote; it must be one of the fit's.
        voter: (V,) id of who voted; one of the fit's.
        label: (V,) 0 none, 1 good, 2 ok, 3 bad.
    """
    row = np.searchsorted(fit.images, np.asarray(image, np.int64))
    evidence = np.log(fit.confusions)[np.searchsorted(fit.voters, np.asarray(voter, np.int64)), :, np.asarray(label)]
    sums = np.stack([np.bincount(row, column, len(fit.images)) for column in evidence.T], axis=1)  # (N, 4)
    others = np.log(fit.shares) + sums[row] - evidence
    worst_first = others[:, ::-1]
    is_likeliest = worst_first >= worst_first.max(axis=1, keepdims=True) - _TIE
    verdict = CLASS_COUNT - 1 - is_likeliest.argmax(axis=1)
    return np.where(np.bincount(row)[row] > 1, verdict, NOBODY)


def confusion_of(truth: npt.ArrayLike, said: npt.ArrayLike) -> Integers:
    """(4, 4) how often the person said column where the photo is row; NOBODY counts nowhere."""
    truth, said = np.asarray(truth, np.int64), np.asarray(said, np.int64)
    cells = (truth * CLASS_COUNT + said)[truth != NOBODY]
    return np.bincount(cells, minlength=CLASS_COUNT**2).reshape(CLASS_COUNT, CLASS_COUNT)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure, its 95 % interval, and how many photos it stands on. `value` is None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None
    photo_count: int


def kappa_estimate(confusion: Integers, *, sample_count: int = 200, seed: int = 0) -> Estimate:
    """Quadratic weighted kappa of one person against the others, its interval by drawing the photos anew.

    There is no interval below `FEWEST_VERDICTS` photos: on fewer it holds the truth less often than it says.

    Args:
        confusion: (4, 4) of `confusion_of`; each photo is in it once, so drawing photos is drawing its cells.
        sample_count: how many times to draw.
        seed: equal seeds give equal intervals.
    """
    photo_count = int(confusion.sum())
    value = kappa_of_confusion(confusion) if photo_count else None
    if value is None:
        return Estimate(None, None, None, photo_count)
    if photo_count < FEWEST_VERDICTS:
        return Estimate(value, None, None, photo_count)
    draws = np.random.default_rng(seed).multinomial(photo_count, confusion.reshape(-1) / photo_count, sample_count)
    drawn = [kappa_of_confusion(draw.reshape(confusion.shape)) for draw in draws]
    low, high = np.quantile([kappa for kappa in drawn if kappa is not None] or [value], [0.025, 0.975])
    return Estimate(value, float(low), float(high), photo_count)


def mean_estimate(mean: float | None, deviation: float | None, count: int) -> Estimate:
    """A mean over photos with the interval that its standard deviation gives."""
    if mean is None or deviation is None or not count:
        return Estimate(None, None, None, count)
    half = NORMAL_95 * deviation / count**0.5
    return Estimate(mean, mean - half, mean + half, count)


def match_steps(is_match: npt.NDArray[np.bool_]) -> tuple[tuple[int, int], list[tuple[int, int]]]:
    """How often a person's votes were as the others', before the last 200 and in each 20 of those: (matches, votes).

    Args:
        is_match: (V,) in the order in which the votes were cast.
    """
    earlier, recent = is_match[:-RECENT_VOTES], is_match[-RECENT_VOTES:]
    steps = [recent[start : start + RECENT_STEP] for start in range(0, len(recent), RECENT_STEP)]
    return (int(earlier.sum()), len(earlier)), [(int(step.sum()), len(step)) for step in steps]


def drift(earlier: tuple[int, int], recent: tuple[int, int]) -> Estimate:
    """By how much the share of votes that are as the others' has changed, with its interval.

    Args:
        earlier: matches and votes before.
        recent: matches and votes since.
    """
    (matched, votes), (matched_since, votes_since) = earlier, recent
    if not votes or not votes_since:
        return Estimate(None, None, None, votes_since)
    before, since = matched / votes, matched_since / votes_since
    return Estimate(since - before, *change_interval(before, votes, since, votes_since), votes_since)


def compare_levels(own: LevelMap, merged: LevelMap, level_count: int) -> tuple[float, float] | None:
    """By how many levels a map is above the merged one, and their overlap, where either of them is blurred.

    The sharp area that everybody shares says nothing and counts nowhere. None where neither map is blurred.

    Args:
        own: (H, W) uint8; a value of level_count or more is not labelled.
        merged: (H, W) uint8.
        level_count: L.

    Returns:
        Mean of own - merged in levels; sum of the smaller level of each pixel over the sum of the larger one.
    """
    counted = (own < level_count) & (merged < level_count) & ((own > 0) | (merged > 0))
    mine, theirs = own[counted].astype(np.int64), merged[counted].astype(np.int64)
    if not len(mine):
        return None
    return float((mine - theirs).mean()), float(np.minimum(mine, theirs).sum() / np.maximum(mine, theirs).sum())
