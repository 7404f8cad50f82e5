"""How good a blur map or a desirability is, each measure with its formula and source; arrays in, numbers out.

Measures of confusions and of counts take any leading axes: one call measures a thousand bootstrap draws.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE

SCORE_BINS = 256  # as if scores had been saved as 8-bit pictures, which is how public sets are measured
CALIBRATION_BINS = 15
EDGE_TOLERANCE = 0.0075  # of the diagonal
SMALLEST = 1e-6  # a probability below counts as this in a logarithm

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]


# ------------------------------------------------------------------------------------------------ confusions


def confusion(truth: Ints, predicted: Ints, classes: int) -> NDArray[np.int64]:
    """(classes, classes) counts, row = truth, column = predicted; truth 255 is left out."""
    kept = truth != IGNORE
    pairs = truth[kept].astype(np.int64) * classes + predicted[kept]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def accuracy(matrix: Ints | Floats) -> Floats:
    """Share on the diagonal; nan of nothing."""
    return _ratio(np.trace(matrix, axis1=-2, axis2=-1), matrix.sum((-2, -1)))


def mean_iou(matrix: Ints | Floats) -> Floats:
    """Mean over classes that occur in truth or prediction of intersection / union (Everingham et al. 2010)."""
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    return mean_of_known(_ratio(hits, matrix.sum(-2) + matrix.sum(-1) - hits))


def macro_f1(matrix: Ints | Floats) -> Floats:
    """Mean over classes that occur in truth or prediction of 2 hits / (row + column)."""
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    return mean_of_known(_ratio(2 * hits, matrix.sum(-2) + matrix.sum(-1)))


def quadratic_kappa(matrix: Ints | Floats) -> Floats:
    """1 - sum(w O) / sum(w E), w = squared distance of the classes, E from the margins (Cohen 1968); 1 of one class."""
    index = np.arange(matrix.shape[-1])
    weight = (index[:, None] - index[None, :]) ** 2
    margins = matrix.sum(-1)[..., :, None] * matrix.sum(-2)[..., None, :]
    chance = _ratio((weight * margins).sum((-2, -1)), matrix.sum((-2, -1)))
    return np.where(chance == 0, 1.0, 1 - _ratio((weight * matrix).sum((-2, -1)), chance))


# ------------------------------------------------------------------------------------------------ ranking


class Ranked(NamedTuple):
    """Positives and negatives at each score, from the highest score to the lowest; last axis = scores."""

    positives: Floats | Ints
    negatives: Floats | Ints


def rank(truth: Bools, score: Floats, weight: Floats | None = None) -> Ranked:
    """Counts at each distinct score, exactly; (..., n) weights give counts with the same leading axes."""
    weight = np.ones(len(score)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    starts = np.flatnonzero(np.diff(score[order], prepend=np.inf)) if len(score) else np.zeros(0, int)
    sides = [(weight * side)[..., order] for side in (truth, ~truth)]
    return Ranked(*(np.add.reduceat(s, starts, axis=-1) if len(starts) else s for s in sides))


def rank_in_bins(truth: Bools, score: Floats) -> Ranked:
    """(256,) counts of pixels by a score of [0, 1], each bin as wide as the next."""
    bins = np.minimum((score * SCORE_BINS).astype(np.int64), SCORE_BINS - 1)
    counts = np.bincount(bins + SCORE_BINS * truth, minlength=2 * SCORE_BINS).reshape(2, SCORE_BINS)[:, ::-1]
    return Ranked(counts[1], counts[0])


def average_precision(ranked: Ranked) -> Floats:
    """Sum over scores of precision times the rise in recall; nan without a positive.

    The same as scikit-learn's average_precision_score.
    """
    hits = np.cumsum(ranked.positives, -1)
    flagged = hits + np.cumsum(ranked.negatives, -1)
    return _ratio((ranked.positives * hits / np.maximum(flagged, 1e-12)).sum(-1), ranked.positives.sum(-1))


def area_under_roc(ranked: Ranked) -> Floats:
    """Probability that a positive scores above a negative, ties counting half; nan without both (Fawcett 2006)."""
    below = ranked.negatives.sum(-1, keepdims=True) - np.cumsum(ranked.negatives, -1)
    won = (ranked.positives * (below + ranked.negatives / 2)).sum(-1)
    return _ratio(won, ranked.positives.sum(-1) * ranked.negatives.sum(-1))


def max_f(ranked: Ranked, beta2: float = 0.3) -> Floats:
    """Best over thresholds of (1 + b2) P R / (b2 P + R) (Achanta et al. 2009); nan without a positive."""
    hits = np.cumsum(ranked.positives, -1)
    flagged = hits + np.cumsum(ranked.negatives, -1)
    found = ranked.positives.sum(-1, keepdims=True)
    if not hits.shape[-1]:
        return np.full(hits.shape[:-1], np.nan)
    return np.where(found[..., 0] > 0, _ratio((1 + beta2) * hits, beta2 * found + flagged).max(-1), np.nan)


def precision_and_recall(ranked: Ranked) -> tuple[Floats, Floats]:
    """(..., scores) precision and recall when all from the highest score down to each are flagged."""
    hits = np.cumsum(ranked.positives, -1)
    flagged = hits + np.cumsum(ranked.negatives, -1)
    return _ratio(hits, flagged), _ratio(hits, ranked.positives.sum(-1, keepdims=True))


# ------------------------------------------------------------------------------------------------ outlines


def boundary_f(truth: Bools, guess: Bools, known: Bools | None = None) -> float:
    """F1 of two masks' outlines within .75 % of the diagonal, at least 1 px; nan where the truth has no outline.

    After Martin et al. (2004), without their one-to-one matching of pixels. Outlines at unknown pixels do not count.
    """
    true_edge, guessed_edge = _outline(truth), _outline(guess)
    if known is not None and not known.all():
        inside = ~_widened(~known, 1)
        true_edge, guessed_edge = true_edge & inside, guessed_edge & inside
    if not true_edge.any():
        return math.nan
    reach = max(1, math.ceil(EDGE_TOLERANCE * math.hypot(*truth.shape)))
    precision = (guessed_edge & _widened(true_edge, reach)).sum() / max(guessed_edge.sum(), 1)
    recall = (true_edge & _widened(guessed_edge, reach)).sum() / true_edge.sum()
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def _outline(mask: Bools) -> Bools:
    """Pixels whose right or lower neighbour differs."""
    edge = np.zeros_like(mask)
    edge[:, :-1] |= mask[:, 1:] != mask[:, :-1]
    edge[:-1] |= mask[1:] != mask[:-1]
    return edge


def _widened(mask: Bools, reach: int) -> Bools:
    """Pixels with one of the mask at most `reach` rows and columns away."""
    for axis in (0, 1):
        pads = [(reach + 1, reach) if axis == a else (0, 0) for a in (0, 1)]
        total = np.cumsum(np.pad(mask, pads), axis, dtype=np.int32).swapaxes(0, axis)
        mask = (total[2 * reach + 1 :] > total[: -2 * reach - 1]).swapaxes(0, axis)
    return mask


# ------------------------------------------------------------------------------------------------ probabilities


def nll(posterior: Floats, predicted: Floats) -> Floats:
    """(n,) minus the log of the probability given to the truth, by how likely each truth is: cross-entropy."""
    lost: Floats = -(posterior * np.log(np.maximum(predicted, SMALLEST))).sum(-1)
    return lost


def brier(posterior: Floats, predicted: Floats) -> Floats:
    """(n,) squared distance between two distributions (Brier 1950)."""
    distance: Floats = ((posterior - predicted) ** 2).sum(-1)
    return distance


def cumulative_nll(is_above: Bools, above: Floats) -> Floats:
    """(n,) mean over k of the cross-entropy of "level > k"; both arguments (K-1, n)."""
    likelihood: Floats = np.where(is_above, above, 1 - above)
    lost: Floats = -np.log(np.maximum(likelihood, SMALLEST)).mean(0)
    return lost


def ranked_probability_score(is_above: Bools, above: Floats) -> Floats:
    """(n,) mean over k of (P(level > k) - [level > k])^2, Brier's score of ordered classes (Epstein 1969)."""
    score: Floats = ((above - is_above) ** 2).mean(0)
    return score


class Reliability(NamedTuple):
    """Of each bin of confidence: how much fell in, how much of that was right, and the confidence summed."""

    total: Floats
    right: Floats
    confidence: Floats


def reliability(correct: Bools, confidence: Floats, weight: Floats | None = None) -> Reliability:
    """(..., 15) bins of equal width, the data of a reliability diagram (Niculescu-Mizil and Caruana 2005)."""
    weight = np.ones(len(confidence)) if weight is None else weight
    which = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    member = np.eye(CALIBRATION_BINS)[which]  # (n, 15)
    return Reliability(weight @ member, (weight * correct) @ member, (weight * confidence) @ member)


def reliability_of_ranked(ranked: Ranked) -> Reliability:
    """The same of "is it positive?" from counts in 256 bins: confidence to within 1/512."""
    score = (np.arange(SCORE_BINS)[::-1] + 0.5) / SCORE_BINS
    member = np.eye(CALIBRATION_BINS)[(score * CALIBRATION_BINS).astype(int)]
    count = ranked.positives + ranked.negatives
    return Reliability(count @ member, ranked.positives @ member, (count * score) @ member)


def expected_calibration_error(bins: Reliability) -> Floats:
    """Mean over bins, by their share, of |accuracy - confidence| (Guo et al. 2017)."""
    return _ratio(np.abs(bins.right - bins.confidence).sum(-1), bins.total.sum(-1))


def _ratio(part: Any, whole: Any) -> Floats:
    """part / whole, nan where there is nothing."""
    part, whole = np.asarray(part, float), np.asarray(whole, float)
    out = np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan)
    ratio: Floats = np.divide(part, whole, out=out, where=whole > 0)
    return ratio


def mean_of_known(values: Floats) -> Floats:
    """Mean over the last axis of what is a number."""
    known = np.isfinite(values)
    return _ratio(np.where(known, values, 0).sum(-1), known.sum(-1))
