"""How far people agree beyond chance: chance-corrected coefficients with their intervals."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from annotate.core.intervals import FEWEST_VERDICTS

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

RELIABLE, TENTATIVE = 0.8, 0.667  # bounds of alpha: Krippendorff, "Content Analysis", 2nd edition (2004), chapter 11


def count_labels(unit: npt.ArrayLike, label: npt.ArrayLike, class_count: int) -> Floats:
    """(N, K) how often each unit (image) got each label; units without labels are left out.

    Args:
        unit: (V,) id of the unit of each vote.
        label: (V,) 0 .. class_count - 1.
        class_count: K.
    """
    units, row = np.unique(np.asarray(unit, np.int64), return_inverse=True)
    cells = row * class_count + np.asarray(label, np.int64)
    return np.bincount(cells, minlength=len(units) * class_count).reshape(-1, class_count).astype(np.float64)


def krippendorff_alpha(counts: Floats, times: Floats | None = None, *, is_ordinal: bool = False) -> float | None:
    """Krippendorff's alpha: 1 perfect, 0 chance, below 0 systematic disagreement; None where all labels are the same.

    Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011). Missing votes are fine.

    Args:
        counts: (N, K) labels of each unit, classes in their order.
        times: (N,) how many units each row stands for; one by default.
        is_ordinal: whether a larger step between classes is a larger disagreement.
    """
    counts, times = _rows_with(2, counts, times)
    per_pair = times[:, None] * counts / np.maximum(counts.sum(axis=1, keepdims=True) - 1, 1)
    coincidences = counts.T @ per_pair - np.diag(per_pair.sum(axis=0))  # (K, K)
    totals = coincidences.sum(axis=0)
    steps = _ordinal_steps(totals) if is_ordinal else 1.0 - np.eye(len(totals))
    expected = float(totals @ steps @ totals)
    if expected == 0:
        return None
    return 1.0 - float((totals.sum() - 1) * (coincidences * steps).sum() / expected)


def _ordinal_steps(totals: Floats) -> Floats:
    """(K, K) squared number of votes between the middles of two classes."""
    middles = np.cumsum(totals) - totals / 2
    return np.asarray((middles[:, None] - middles[None, :]) ** 2)


def _rows_with(label_count: int, counts: Floats, times: Floats | None) -> tuple[Floats, Floats]:
    """The rows of units with so many labels or more, and how many units each stands for."""
    is_kept = counts.sum(axis=1) >= label_count
    return counts[is_kept], np.ones(int(is_kept.sum())) if times is None else times[is_kept]


def gwet_ac(counts: Floats, times: Floats | None = None, *, is_ordinal: bool = False) -> float | None:
    """Gwet's AC1, or AC2 with quadratic weights: does not collapse where nearly everything is of one class.

    Gwet, "Handbook of Inter-Rater Reliability", 4th edition (2014), chapter 5. None without a pair of votes.

    Args:
        counts: (N, K) labels of each unit, classes in their order.
        times: (N,) how many units each row stands for; one by default.
        is_ordinal: whether a larger step between classes is a larger disagreement.
    """
    counts, times = _rows_with(1, counts, times)
    class_count = counts.shape[1]
    weights = 1.0 - _quadratic_steps(class_count) if is_ordinal else np.eye(class_count)
    votes = counts.sum(axis=1)
    is_paired = votes > 1
    if not times[is_paired].any():
        return None
    paired, pairs = counts[is_paired], votes[is_paired]
    alike = (paired * (paired @ weights - 1)).sum(axis=1) / (pairs * (pairs - 1))
    observed = float(times[is_paired] @ alike / times[is_paired].sum())
    shares = times @ (counts / votes[:, None]) / times.sum()
    chance = float(weights.sum() / (class_count * (class_count - 1)) * (shares * (1 - shares)).sum())
    return (observed - chance) / (1 - chance)


def quadratic_weighted_kappa(first: npt.ArrayLike, second: npt.ArrayLike, class_count: int) -> float | None:
    """Cohen's kappa of two raters of the same units where a step of two classes weighs four times a step of one.

    Cohen, "Weighted kappa" (1968). None where both always give one and the same label.

    Args:
        first: (N,) labels 0 .. class_count - 1.
        second: (N,) the other rater's, of the same units.
        class_count: K.
    """
    cells = np.asarray(first, np.int64) * class_count + np.asarray(second, np.int64)
    return kappa_of_confusion(np.bincount(cells, minlength=class_count**2).reshape(class_count, class_count))


def kappa_of_confusion(confusion: npt.NDArray[np.number]) -> float | None:
    """Quadratic weighted kappa from the (K, K) table of how often one rater said row and the other column."""
    steps = _quadratic_steps(len(confusion))
    chance = np.outer(confusion.sum(axis=1), confusion.sum(axis=0)) / max(confusion.sum(), 1)
    expected = float((steps * chance).sum())
    return None if expected == 0 else 1.0 - float((steps * confusion).sum()) / expected


def _quadratic_steps(class_count: int) -> Floats:
    """(K, K) squared distance of two classes, 1 for the farthest."""
    codes = np.arange(class_count)
    return np.asarray(((codes[:, None] - codes[None, :]) / (class_count - 1)) ** 2)


def bootstrap_interval(
    counts: Floats, statistic: Callable[[Floats, Floats], float | None], *, sample_count: int = 200, seed: int = 0
) -> tuple[float, float] | None:
    """The middle 95 % of the statistic over units drawn anew with replacement; None if it is never defined.

    None below `FEWEST_VERDICTS` units, too: on fewer it holds the truth less often than it says.
    Units with the same counts are one row that is drawn several times: few rows stand for many photos.

    Args:
        counts: (N, K) labels of each unit.
        statistic: of rows and of how many times each was drawn, for example `krippendorff_alpha`.
        sample_count: how many times to draw.
        seed: equal seeds give equal intervals.
    """
    if len(counts) < FEWEST_VERDICTS:
        return None
    rows, found = np.unique(counts, axis=0, return_counts=True)
    draws = np.random.default_rng(seed).multinomial(len(counts), found / len(counts), sample_count)
    values = [statistic(rows, drawn.astype(np.float64)) for drawn in draws]
    defined = [value for value in values if value is not None]
    if not defined:
        return None
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)
