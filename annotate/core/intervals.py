"""Intervals that hold what they say on few photos, and from how many on photos drawn anew are to be trusted.

`python -m tests.bar.intervals` prints how often each holds the truth; docs/benchmarks/intervals.md shows it.
"""

import math

import numpy as np
import numpy.typing as npt

FEWEST_MAPS = 30  # photos from which drawing them anew holds for measures of pixels
FEWEST_VERDICTS = 150  # and for measures of one word a photo
FEWEST_OF_A_SIDE = 5  # photos of each kind that an area under the curve needs
NORMAL_95 = 1.959964

Floats = npt.NDArray[np.floating]
Interval = tuple[float, float]


def share_interval(share: float, count: float) -> Interval:
    """95 % interval of a share of `count` photos: Wilson, "Probable inference" (1927). Never of zero width."""
    z2 = NORMAL_95**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = NORMAL_95 / (1 + z2 / count) * math.sqrt(max(share * (1 - share), 0) / count + z2 / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def change_interval(before: float, before_count: float, after: float, after_count: float) -> Interval:
    """95 % interval of after - before, shares of different photos: Newcombe (1998), method 10."""
    (low, high), (low_after, high_after) = share_interval(before, before_count), share_interval(after, after_count)
    change = after - before
    return (
        change - math.hypot(after - low_after, high - before),
        change + math.hypot(high_after - after, before - low),
    )


def auc_interval(positives: Floats, negatives: Floats, *, inflation: float = 1.0) -> Interval | None:
    """95 % interval of the probability that a positive scores above a negative; None with under five scenes of either.

    DeLong, DeLong and Clarke-Pearson (1988), on the logit. Where they never overlap that has no width: then Wilson's
    idea with the variance of Hanley and McNeil (Newcombe, "Confidence intervals for an effect size measure", 2006).

    Args:
        positives: (m,) scores.
        negatives: (n,) scores.
        inflation: of the variance, where photos are not each for themselves: photos a scene.
    """
    if min(len(positives), len(negatives)) < FEWEST_OF_A_SIDE * inflation:
        return None
    won = (positives[:, None] > negatives) + 0.5 * (positives[:, None] == negatives)  # (m, n)
    auc = float(won.mean())
    variance = float(won.mean(1).var(ddof=1) / len(positives) + won.mean(0).var(ddof=1) / len(negatives))
    if not 0 < auc < 1 or variance == 0:
        return _auc_at_the_end(auc, len(positives) / inflation, len(negatives) / inflation)
    half = NORMAL_95 * math.sqrt(inflation * variance) / (auc * (1 - auc))
    logit = math.log(auc / (1 - auc))
    return 1 / (1 + math.exp(half - logit)), 1 / (1 + math.exp(-half - logit))


def _auc_at_the_end(auc: float, positives: float, negatives: float) -> Interval:
    """The values that `auc` is not too far from by their own standard error."""
    value = np.linspace(0, 1, 10_001)
    other = (positives + negatives) / 2 - 1
    spread = 1 + other * (1 - value) / (2 - value) + other * value / (1 + value)
    error = np.sqrt(value * (1 - value) * spread / (positives * negatives))
    inside = value[np.abs(value - auc) <= NORMAL_95 * error]
    return float(min(inside.min(), auc)), float(max(inside.max(), auc))
