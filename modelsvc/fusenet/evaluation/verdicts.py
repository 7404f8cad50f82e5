"""Measures of what is said of a photo as a whole: is there blur, and is it wanted."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation import metrics

SOME_BLUR = 0.002  # of the known pixels: as much as a region has at least

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]


def has_blur(sample: Sample) -> float:
    """1 or 0, by its judgement, or by its mask where that tells; nan where nothing does."""
    if sample.is_judged:
        return float(sample.posterior.argmax() > 0)
    known = sample.levels[sample.levels != IGNORE]
    if not sample.is_binary or not known.size:
        return np.nan
    share = float((known > 0).mean())
    return 1.0 if share >= SOME_BLUR else 0.0 if share == 0 else np.nan


def judgement_measures(posterior: Floats, said: Floats, weights: Floats) -> dict[str, Floats]:
    """Measures of the desirability of photos, (D,) each: 4-way, and 3-way given blur."""
    judged = np.isfinite(posterior[:, 0]) & np.isfinite(said[:, 0])
    if not judged.any():
        return {}
    posterior, said, weights = posterior[judged], said[judged], weights[:, judged]
    truth = posterior.argmax(1)
    matrix = _weighed_confusion(truth, said.argmax(1), 4, weights)
    blurred = truth > 0
    given_blur = _weighed_confusion(truth[blurred] - 1, said[blurred, 1:].argmax(1), 3, weights[:, blurred])
    per_class = {
        name: metrics.average_precision(metrics.rank(truth == k, said[:, k], weights))
        for k, name in enumerate(("none", "good", "ok", "bad"))
    }
    return {
        "desirability_accuracy": metrics.accuracy(matrix),
        "desirability_f1": metrics.macro_f1(matrix),
        "desirability_map": metrics.mean_of_known(np.stack(list(per_class.values()), -1)),
        **{f"desirability_ap_{name}": value for name, value in per_class.items()},
        "desirability_accuracy_given_blur": metrics.accuracy(given_blur),
        "desirability_f1_given_blur": metrics.macro_f1(given_blur),
        "desirability_kappa_given_blur": metrics.quadratic_kappa(given_blur),
        "desirability_ece": metrics.expected_calibration_error(
            metrics.reliability(truth == said.argmax(1), said.max(1), weights)
        ),
        "desirability_brier": means(metrics.brier(posterior, said)[:, None], weights)[0],
        "desirability_nll": means(metrics.nll(posterior, said)[:, None], weights)[0],
    }


def existence_measures(truth: Floats, said: Floats, weights: Floats) -> dict[str, Floats]:
    """Measures of (n,) "is there blur", (D,) each; said of .5 and more counts as yes."""
    known = np.isfinite(truth) & np.isfinite(said)
    if not known.any():
        return {}
    blurred, said, weights = truth[known] > 0, said[known], weights[:, known]
    ranked = metrics.rank(blurred, said, weights)
    return {
        "existence_accuracy": means((blurred == (said >= 0.5)).astype(float)[:, None], weights)[0],
        "existence_auc": metrics.area_under_roc(ranked),
        "existence_ap": metrics.average_precision(ranked),
    }


def means(values: Floats, weights: Floats) -> Floats:
    """(M, D) means of (n, M) values, of those that are numbers."""
    known = np.isfinite(values)
    count = weights @ known
    total = weights @ np.where(known, values, 0)
    means: Floats = np.divide(total, count, out=np.full(count.shape, np.nan), where=count > 0)
    return means.T


def _weighed_confusion(truth: Ints, guess: Ints, classes: int, weights: Floats) -> Floats:
    """(D, classes, classes), row = truth."""
    member = np.eye(classes * classes)[truth * classes + guess]  # (n, classes classes)
    matrix: Floats = (weights @ member).reshape(-1, classes, classes)
    return matrix
