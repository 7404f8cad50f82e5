import math

import numpy as np
import pytest
from sklearn import metrics as oracle

from modelsvc.fusenet import metrics

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 4, 500)
GUESS = np.clip(TRUTH + RNG.integers(-1, 2, 500), 0, 3)
FLAGS = RNG.random(500) < 0.3
SCORES = np.round(FLAGS * 0.3 + RNG.random(500), 2)  # with ties


def test_confusion_leaves_out_what_is_ignored() -> None:
    truth, guess = np.array([0, 0, 1, 255]), np.array([0, 1, 1, 1])
    assert metrics.confusion(truth, guess, 2).tolist() == [[1, 1], [0, 1]]


def test_by_hand() -> None:
    matrix = np.array([[3, 1], [0, 4]])
    assert metrics.accuracy(matrix) == 7 / 8
    assert metrics.mean_iou(matrix) == pytest.approx((3 / 4 + 4 / 5) / 2)
    assert metrics.macro_f1(matrix) == pytest.approx((6 / 7 + 8 / 9) / 2)


def test_image_measures_equal_scikit_learns() -> None:
    matrix = metrics.confusion(TRUTH, GUESS, 4)
    assert metrics.accuracy(matrix) == pytest.approx(oracle.accuracy_score(TRUTH, GUESS))
    assert metrics.quadratic_kappa(matrix) == pytest.approx(oracle.cohen_kappa_score(TRUTH, GUESS, weights="quadratic"))
    assert metrics.macro_f1(matrix) == pytest.approx(oracle.f1_score(TRUTH, GUESS, average="macro"))
    assert metrics.mean_iou(matrix) == pytest.approx(oracle.jaccard_score(TRUTH, GUESS, average="macro"))


def test_binary_measures_equal_scikit_learns() -> None:
    assert metrics.average_precision(FLAGS, SCORES) == pytest.approx(oracle.average_precision_score(FLAGS, SCORES))
    assert metrics.area_under_roc(FLAGS, SCORES) == pytest.approx(oracle.roc_auc_score(FLAGS, SCORES))
    precision, recall, _ = oracle.precision_recall_curve(FLAGS, SCORES)
    best = np.nanmax(1.3 * precision * recall / np.maximum(0.3 * precision + recall, 1e-12))
    assert metrics.max_f(FLAGS, SCORES) == pytest.approx(best)


def test_nothing_to_find_is_not_a_number() -> None:
    nothing = np.zeros(3, bool)
    for measure in (metrics.average_precision, metrics.area_under_roc, metrics.max_f):
        assert math.isnan(measure(nothing, np.array([0.1, 0.2, 0.3])))
        assert math.isnan(measure(np.zeros(0, bool), np.zeros(0)))


def test_calibration_by_hand() -> None:
    correct, confidence = np.array([True, False]), np.array([0.95, 0.95])
    assert metrics.expected_calibration_error(correct, confidence) == pytest.approx(0.45)
    assert metrics.brier(np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])) == pytest.approx(0.5)


def test_the_interval_holds_the_mean() -> None:
    low, high = metrics.bootstrap_interval(RNG.normal(5, 1, 400))
    assert 4.8 < low < 5 < high < 5.2
