"""How good a blur map or a desirability is, each measure with its formula and source; arrays in, numbers out.

Measures of confusions and of counts take any leading axes: one call measures a thousand bootstrap draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE

SCORE_BINS = 1024  # of equal counts, so that no scale of the scores loses order
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
    """1 - sum(w O) / sum(w E), w = squared distance of the classes, E from the margins (Cohen 1968); nan of one."""
    index = np.arange(matrix.shape[-1])
    weight = (index[:, None] - index[None, :]) ** 2
    margins = matrix.sum(-1)[..., :, None] * matrix.sum(-2)[..., None, :]
    chance = _ratio((weight * margins).sum((-2, -1)), matrix.sum((-2, -1)))
    return 1 - _ratio((weight * matrix).sum((-2, -1)), chance)


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


class Scored(NamedTuple):
    """Some pixels in at most 1024 bins by their score, from low to high: the bins' mean scores and what is in them."""

    score: Floats  # (B,)
    positives: NDArray[np.int32]  # (B,)
    negatives: NDArray[np.int32]  # (B,)


def score_in_bins(truth: Bools, score: Floats) -> Scored:
    """(n,) pixels in at most 1024 bins of about equal counts; of no more distinct scores, each has its own."""
    order = np.argsort(score)
    ordered = score[order]
    starts = np.searchsorted(ordered, _cuts(ordered, np.ones(len(ordered), np.int64)))
    if not len(starts):
        return Scored(np.zeros(0), np.zeros(0, np.int32), np.zeros(0, np.int32))
    total = np.diff(starts, append=len(score))
    positives = np.add.reduceat(truth[order], starts, dtype=np.int32)
    mean = np.add.reduceat(ordered, starts, dtype=np.float64) / total
    return Scored(mean, positives, (total - positives).astype(np.int32))


def rank_scored(photos: Sequence[Scored]) -> Ranked:
    """(N, B) counts of N photos in common bins, made in the same way of all pixels, from the highest score down."""
    photo = np.repeat(np.arange(len(photos)), [len(one.score) for one in photos])
    score, positives, negatives = (np.concatenate(part) for part in zip(*photos, strict=True))
    order = np.argsort(score)
    cuts = _cuts(score[order], (positives + negatives)[order])
    place = photo * len(cuts) + len(cuts) - np.searchsorted(cuts, score, side="right")
    counts = (np.bincount(place, side, len(photos) * len(cuts)) for side in (positives, negatives))
    return Ranked(*(count.reshape(len(photos), len(cuts)) for count in counts))


def _cuts(ordered: Floats, count: Ints) -> Floats:
    """The lowest score of each bin, of rising scores that occur so often."""
    is_new = np.diff(ordered, prepend=-np.inf) > 0
    if is_new.sum() <= SCORE_BINS:
        return ordered[is_new]
    mass = np.cumsum(count)
    reached = np.arange(SCORE_BINS) * mass[-1] / SCORE_BINS
    return np.unique(ordered[np.searchsorted(mass, reached, side="right")])


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
    """F1 of two masks' outlines at most .75 % of the diagonal apart (or 1 px); nan where nothing can be told.

    After Martin et al. (2004), without their one-to-one matching of pixels. As Perazzi et al. (2016) have it, 1 where
    neither has an outline and 0 where only one has. The truth grows that far into what is not known, so that an outline
    in a narrow unknown band lies in its middle; what is guessed at unknown pixels counts where it is right only.
    """
    reach = max(1.0, EDGE_TOLERANCE * math.hypot(*truth.shape))
    known = np.ones_like(truth) if known is None else known
    if not known.any():
        return math.nan
    filled, told = _grown(truth & known, known, int(reach))
    true_edge = _outline(filled) & ~_near(~told, math.sqrt(2))
    near_truth = _near(true_edge, reach)
    guessed_edge = _outline(guess) & (known | near_truth)
    drawn, guessed = int(true_edge.sum()), int(guessed_edge.sum())
    if not drawn and (truth & known).any() and (~truth & known).any():
        return math.nan
    if not drawn or not guessed:
        return float(drawn == guessed)
    precision = (guessed_edge & near_truth).sum() / guessed
    recall = (true_edge & _near(guessed_edge, reach)).sum() / drawn
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def _grown(mask: Bools, known: Bools, steps: int) -> tuple[Bools, Bools]:
    """The mask grown into what is not known, a pixel a step, and what is known then."""
    for _ in range(0 if known.all() else steps):
        mask, known = mask | _near(mask, 1) & ~known, _near(known, 1)
    return mask, known


def _outline(mask: Bools) -> Bools:
    """Pixels whose right or lower neighbour differs."""
    edge = np.zeros_like(mask)
    edge[:, :-1] |= mask[:, 1:] != mask[:, :-1]
    edge[:-1] |= mask[1:] != mask[:-1]
    return edge


def _near(mask: Bools, distance: float) -> Bools:
    """Pixels with one of the mask at most `distance` px away, as the crow flies."""
    height, width = mask.shape
    reach = int(distance)
    padded = np.pad(mask, [(reach, reach), (reach + 1, reach)])
    total = np.cumsum(padded, 1, dtype=np.int32)
    near = np.zeros_like(mask)
    for down in range(-reach, reach + 1):
        across = int(math.sqrt(distance**2 - down**2))
        row = total[reach + down : reach + down + height]
        near |= row[:, reach + across + 1 :][:, :width] > row[:, reach - across :][:, :width]
    return near


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


def reliability_of_pixels(correct: Bools, confidence: Floats) -> Reliability:
    """(15,) the same of many, without a table of members."""
    which = np.minimum((confidence * CALIBRATION_BINS).astype(np.intp), CALIBRATION_BINS - 1)
    parts = (None, correct, confidence)
    return Reliability(*(np.bincount(which, part, CALIBRATION_BINS).astype(float) for part in parts))


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
