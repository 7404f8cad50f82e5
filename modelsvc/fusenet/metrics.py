"""How good a blur map or a desirability is, each measure with its formula; arrays in, numbers out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

IGNORE = 255
Floats = NDArray[np.floating]
Ints = NDArray[np.integer]


def confusion(truth: Ints, predicted: Ints, classes: int) -> NDArray[np.int64]:
    """(classes, classes) counts, row = truth, column = predicted; truth 255 is left out."""
    kept = truth != IGNORE
    pairs = truth[kept].astype(np.int64) * classes + predicted[kept]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def accuracy(matrix: Ints) -> float:
    """Share on the diagonal; 0 of nothing."""
    return float(np.trace(matrix) / max(matrix.sum(), 1))


def mean_iou(matrix: Ints) -> float:
    """Mean over classes that occur of intersection / union."""
    hits = np.diag(matrix)
    union = matrix.sum(0) + matrix.sum(1) - hits
    return float((hits[union > 0] / union[union > 0]).mean()) if union.any() else 0.0


def quadratic_kappa(matrix: Ints) -> float:
    """1 - sum(w O) / sum(w E), w = squared distance of the classes, E from the margins (Cohen 1968); 1 of one class."""
    classes = len(matrix)
    index = np.arange(classes)
    weight = (index[:, None] - index[None, :]) ** 2
    expected = np.outer(matrix.sum(1), matrix.sum(0)) / max(matrix.sum(), 1)
    chance = float((weight * expected).sum())
    return 1.0 - float((weight * matrix).sum()) / chance if chance > 0 else 1.0


def macro_f1(matrix: Ints) -> float:
    """Mean over classes that occur in truth or prediction of 2 hits / (row + column)."""
    total = matrix.sum(0) + matrix.sum(1)
    return float((2 * np.diag(matrix)[total > 0] / total[total > 0]).mean()) if total.any() else 0.0


def average_precision(truth: NDArray[np.bool_], score: Floats) -> float:
    """Sum over distinct scores of precision times the rise in recall; nan without a positive.

    The same as scikit-learn's average_precision_score.
    """
    true_positives, flagged = _counts_by_threshold(truth, score)
    if len(true_positives) == 0 or true_positives[-1] == 0:
        return float("nan")
    recall = true_positives / true_positives[-1]
    return float((np.diff(recall, prepend=0.0) * true_positives / flagged).sum())


def area_under_roc(truth: NDArray[np.bool_], score: Floats) -> float:
    """Probability that a positive scores above a negative, ties counting half; nan without both."""
    true_positives, flagged = _counts_by_threshold(truth, score)
    positives = int(truth.sum())
    negatives = truth.size - positives
    if not positives or not negatives:
        return float("nan")
    tpr = np.concatenate([[0.0], true_positives / positives])
    fpr = np.concatenate([[0.0], (flagged - true_positives) / negatives])
    return float(np.trapezoid(tpr, fpr))


def max_f(truth: NDArray[np.bool_], score: Floats, beta2: float = 0.3) -> float:
    """Best over thresholds of (1 + b2) P R / (b2 P + R) (Achanta et al. 2009); nan without a positive."""
    true_positives, flagged = _counts_by_threshold(truth, score)
    if len(true_positives) == 0 or true_positives[-1] == 0:
        return float("nan")
    return float(((1 + beta2) * true_positives / (beta2 * true_positives[-1] + flagged)).max())


def brier(posterior: Floats, predicted: Floats) -> float:
    """Mean over rows of the squared distance between two distributions (Brier 1950)."""
    return float(((posterior - predicted) ** 2).sum(1).mean())


def expected_calibration_error(correct: NDArray[np.bool_], confidence: Floats, bins: int = 15) -> float:
    """Mean over equal-width bins, by their share, of |accuracy - confidence| (Guo et al. 2017)."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    share = np.bincount(which, minlength=bins)
    hits = np.bincount(which, weights=correct, minlength=bins)
    trust = np.bincount(which, weights=confidence, minlength=bins)
    return float(np.abs(hits - trust).sum() / max(share.sum(), 1))


def bootstrap_interval(values: Floats, *, seed: int = 0, draws: int = 1000) -> tuple[float, float]:
    """95 % percentile interval of the mean, drawing whole images with replacement."""
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (draws, len(values)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def _counts_by_threshold(truth: NDArray[np.bool_], score: Floats) -> tuple[Ints, Ints]:
    """At each distinct score, from high to low: true positives and all flagged, at or above it."""
    order = np.argsort(-score, kind="stable")
    sorted_score = score[order]
    last = np.flatnonzero(np.diff(sorted_score, append=-np.inf) != 0) if len(score) else np.zeros(0, int)
    return np.cumsum(truth[order])[last], last + 1
