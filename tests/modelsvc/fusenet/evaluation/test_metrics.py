import math
from typing import Any

import numpy as np
import pytest
import torch
import torchmetrics.functional.classification as torchmetrics
from numpy.typing import NDArray
from scipy import ndimage
from sklearn import metrics as oracle

from modelsvc.fusenet.evaluation import metrics
from modelsvc.fusenet.evaluation.metrics import rank, rank_scored, score_in_bins

RNG = np.random.default_rng(0)
TRUTH = RNG.integers(0, 4, 500)
GUESS = np.clip(TRUTH + RNG.integers(-1, 2, 500), 0, 3)
FLAGS = RNG.random(500) < 0.3
SCORES = np.round((FLAGS * 0.3 + RNG.random(500)) / 1.3, 2)  # with ties
CHANCES = RNG.dirichlet(np.ones(4) * 0.5, 500)


def test_confusion_leaves_out_what_is_ignored() -> None:
    truth, guess = np.array([0, 0, 1, 255]), np.array([0, 1, 1, 1])
    assert metrics.confusion(truth, guess, 2).tolist() == [[1, 1], [0, 1]]


def test_confusions_by_hand() -> None:
    matrix = np.array([[3, 1], [0, 4]])
    assert metrics.accuracy(matrix) == 7 / 8
    assert metrics.mean_iou(matrix) == pytest.approx((3 / 4 + 4 / 5) / 2)
    assert metrics.macro_f1(matrix) == pytest.approx((6 / 7 + 8 / 9) / 2)
    assert metrics.quadratic_kappa(matrix) == pytest.approx(1 - 1 / 4)  # by chance 4 of 8 differ, here 1


def test_a_class_that_never_occurs_does_not_count() -> None:
    matrix = np.array([[3, 1, 0], [0, 4, 0], [0, 0, 0]])
    assert metrics.mean_iou(matrix) == metrics.mean_iou(matrix[:2, :2])
    assert metrics.macro_f1(matrix) == metrics.macro_f1(matrix[:2, :2])


def test_the_kappa_of_one_class_is_not_defined() -> None:
    assert math.isnan(metrics.quadratic_kappa(np.array([[5, 0], [0, 0]])))


def test_many_confusions_are_measured_at_once() -> None:
    matrices = RNG.integers(0, 9, (5, 4, 4))
    for measure in (metrics.accuracy, metrics.mean_iou, metrics.macro_f1, metrics.quadratic_kappa):
        assert measure(matrices).tolist() == pytest.approx([float(measure(matrix)) for matrix in matrices])


def test_measures_of_confusions_equal_scikit_learns_and_torchmetrics() -> None:
    matrix = metrics.confusion(TRUTH, GUESS, 4)
    guess, truth = torch.from_numpy(GUESS), torch.from_numpy(TRUTH)
    assert metrics.accuracy(matrix) == pytest.approx(oracle.accuracy_score(TRUTH, GUESS))
    assert metrics.quadratic_kappa(matrix) == pytest.approx(oracle.cohen_kappa_score(TRUTH, GUESS, weights="quadratic"))
    assert metrics.macro_f1(matrix) == pytest.approx(oracle.f1_score(TRUTH, GUESS, average="macro"))
    assert metrics.mean_iou(matrix) == pytest.approx(oracle.jaccard_score(TRUTH, GUESS, average="macro"))
    assert metrics.accuracy(matrix) == near(torchmetrics.multiclass_accuracy(guess, truth, 4, average="micro"))
    assert metrics.mean_iou(matrix) == near(torchmetrics.multiclass_jaccard_index(guess, truth, 4))
    assert metrics.quadratic_kappa(matrix) == near(
        torchmetrics.multiclass_cohen_kappa(guess, truth, 4, weights="quadratic")
    )


def test_ranking_by_hand() -> None:
    ranked = rank(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.8, 0.1]))
    assert (ranked.positives.tolist(), ranked.negatives.tolist()) == ([1, 1, 0], [0, 1, 1])
    assert metrics.average_precision(ranked) == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)
    assert metrics.area_under_roc(ranked) == pytest.approx((1 + 1 + 1 / 2 + 1) / 4)
    assert metrics.max_f(ranked) == pytest.approx(1.3 * 1 / (0.3 * 2 + 1))  # after one
    precision, recall = metrics.precision_and_recall(ranked)
    assert precision.tolist() == pytest.approx([1, 2 / 3, 1 / 2])
    assert recall.tolist() == [1 / 2, 1, 1]


def test_ranking_measures_equal_scikit_learns_and_torchmetrics() -> None:
    ranked = rank(FLAGS, SCORES)
    scores, flags = torch.from_numpy(SCORES), torch.from_numpy(FLAGS).long()
    assert metrics.average_precision(ranked) == pytest.approx(oracle.average_precision_score(FLAGS, SCORES))
    assert metrics.area_under_roc(ranked) == pytest.approx(oracle.roc_auc_score(FLAGS, SCORES))
    assert metrics.average_precision(ranked) == near(torchmetrics.binary_average_precision(scores, flags))
    assert metrics.area_under_roc(ranked) == near(torchmetrics.binary_auroc(scores, flags))
    precision, recall, _ = oracle.precision_recall_curve(FLAGS, SCORES)
    best = np.nanmax(1.3 * precision * recall / np.maximum(0.3 * precision + recall, 1e-12))
    assert metrics.max_f(ranked) == pytest.approx(best)


def test_weights_are_repetitions() -> None:
    weight = RNG.integers(0, 4, (3, 500)).astype(float)
    ranked = rank(FLAGS, SCORES, weight)
    for measure in (metrics.average_precision, metrics.area_under_roc, metrics.max_f):
        repeated = [
            float(measure(rank(np.repeat(FLAGS, row.astype(int)), np.repeat(SCORES, row.astype(int)))))
            for row in weight
        ]
        assert measure(ranked).tolist() == pytest.approx(repeated)
    assert metrics.average_precision(ranked)[0] == pytest.approx(
        oracle.average_precision_score(FLAGS, SCORES, sample_weight=weight[0])
    )


def in_bins(truth: Any, score: Any) -> metrics.Ranked:
    """Counts of one photo's pixels."""
    return metrics.Ranked(*(side[0] for side in rank_scored([score_in_bins(truth, score)])))


@pytest.mark.parametrize("squashed", [lambda p: p, lambda p: p**9, lambda p: 0.5 + p / 1e4], ids=["p", "p^9", "narrow"])
def test_bins_of_equal_counts_lose_little_whatever_the_scale(squashed: Any) -> None:
    truth = RNG.random(100_000) < 0.4
    score = 1 / (1 + np.exp(-RNG.normal(2 * truth - 1, 1.5)))
    exact, binned = rank(truth, score), in_bins(truth, squashed(score))
    assert binned.positives.shape == (1024,)
    for measure in (metrics.average_precision, metrics.area_under_roc, metrics.max_f):
        assert measure(binned) == pytest.approx(float(measure(exact)), abs=1e-3)


def test_bins_of_few_scores_are_exact() -> None:
    exact, binned = rank(FLAGS, SCORES), in_bins(FLAGS, SCORES)
    assert [side.tolist() for side in binned] == [side.tolist() for side in exact]


def test_photos_of_other_brightness_are_ranked_together() -> None:
    truth, score = RNG.random(9000) < 0.3, RNG.random(9000) ** np.repeat([1, 4, 9], 3000)
    parts = [score_in_bins(truth[part], score[part]) for part in (slice(3000), slice(3000, 6000), slice(6000, 9000))]
    ranked = rank_scored(parts)
    assert ranked.positives.sum(1).tolist() == [truth[n : n + 3000].sum() for n in (0, 3000, 6000)]
    together = metrics.average_precision(metrics.Ranked(ranked.positives.sum(0), ranked.negatives.sum(0)))
    assert together == pytest.approx(oracle.average_precision_score(truth, score), abs=1e-3)


def test_nothing_to_find_is_not_a_number() -> None:
    nothing = rank(np.zeros(3, bool), np.array([0.1, 0.2, 0.3]))
    empty = rank(np.zeros(0, bool), np.zeros(0))
    for measure in (metrics.average_precision, metrics.area_under_roc, metrics.max_f):
        assert math.isnan(measure(nothing))
        assert math.isnan(measure(empty))


def test_outlines_match_within_the_tolerance() -> None:
    def half(column: int) -> NDArray[np.bool_]:
        return np.arange(300)[None].repeat(200, 0) >= column

    assert metrics.boundary_f(half(150), half(150)) == 1
    assert metrics.boundary_f(half(150), half(152)) == 1  # 0.75 % of 360 px is 2.7
    assert metrics.boundary_f(half(150), half(153)) == 0


def test_an_outline_where_there_is_none_is_wrong_and_none_is_right() -> None:
    nothing, something = np.zeros((40, 40), bool), np.arange(40)[None].repeat(40, 0) >= 9
    assert metrics.boundary_f(nothing, something) == 0
    assert metrics.boundary_f(something, nothing) == 0
    assert metrics.boundary_f(nothing, nothing) == 1
    assert math.isnan(metrics.boundary_f(nothing, something, nothing))


def test_outlines_are_near_by_the_straight_distance() -> None:
    truth, guess = np.zeros((300, 400), bool), np.zeros((300, 400), bool)  # 0.75 % of 500 px is 3.75
    truth[100:200, 100:200] = True
    guess[103:203, 103:203] = True
    edges = [metrics._outline(mask) for mask in (truth, guess)]
    distances = [ndimage.distance_transform_edt(~edge) for edge in edges]
    precision, recall = (distances[n][edges[1 - n]] <= 3.75 for n in (0, 1))
    by_scipy = 2 * precision.mean() * recall.mean() / (precision.mean() + recall.mean())
    assert metrics.boundary_f(truth, guess) == pytest.approx(by_scipy)


def test_outlines_at_unknown_pixels_do_not_count() -> None:
    truth, guess, known = np.zeros((40, 40), bool), np.zeros((40, 40), bool), np.ones((40, 40), bool)
    truth[:, 20:] = guess[:, 20:] = True
    guess[30:, :20] = True
    assert metrics.boundary_f(truth, guess) < 0.9
    known[28:] = False
    truth[28:] = False  # as of pixels without a level
    assert metrics.boundary_f(truth, guess, known) == 1


def test_an_outline_in_an_unknown_band_lies_in_its_middle() -> None:
    truth = np.arange(400)[None].repeat(300, 0) >= 200  # 0.75 % of 500 px is 3.75
    known = np.abs(np.arange(400) - 199.5)[None].repeat(300, 0) > 3

    def shifted(by: int) -> NDArray[np.bool_]:
        return np.arange(400)[None].repeat(300, 0) >= 200 + by

    assert [metrics.boundary_f(truth, shifted(by), known) for by in (0, 2, -2, 5)] == [1, 1, 1, 0]
    assert metrics.boundary_f(truth, np.zeros_like(truth), known) == 0


def test_an_outline_that_is_hidden_altogether_tells_nothing() -> None:
    truth = np.arange(400)[None].repeat(300, 0) >= 200
    known = np.abs(np.arange(400) - 199.5)[None].repeat(300, 0) > 30
    assert math.isnan(metrics.boundary_f(truth, truth, known))
    assert metrics.boundary_f(np.zeros_like(truth), truth, known) == 1  # where it draws one, nobody knows


def test_outlines_by_hand() -> None:
    truth, guess = np.zeros((40, 40), bool), np.zeros((40, 40), bool)
    truth[:, 20:] = True
    guess[:20, 20:] = True  # outline: 20 px upright and 20 px level, of which 1 is within 1 px of the upright truth
    precision, recall = 21 / 40, 21 / 40
    assert metrics.boundary_f(truth, guess) == pytest.approx(2 * precision * recall / (precision + recall))


def test_probabilities_by_hand() -> None:
    truth, said = np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])
    assert metrics.brier(truth, said).tolist() == [0.5]
    assert metrics.nll(truth, said).tolist() == pytest.approx([math.log(2)])
    is_above, above = np.array([[True], [False], [False]]), np.array([[0.5], [0.5], [0.0]])
    assert metrics.cumulative_nll(is_above, above).tolist() == pytest.approx([2 / 3 * math.log(2)])
    assert metrics.ranked_probability_score(is_above, above).tolist() == pytest.approx([1 / 6])


def test_losses_of_probabilities_equal_scikit_learns() -> None:
    truth = np.eye(4)[TRUTH]
    assert metrics.nll(truth, CHANCES).mean() == pytest.approx(oracle.log_loss(TRUTH, CHANCES), abs=1e-6)
    assert metrics.brier(truth, CHANCES).mean() == pytest.approx(
        oracle.brier_score_loss(TRUTH, CHANCES, scale_by_half=False)
    )
    flags = FLAGS[None]
    assert metrics.ranked_probability_score(flags, SCORES[None]).mean() == pytest.approx(
        oracle.brier_score_loss(FLAGS, SCORES)
    )


def test_calibration_by_hand() -> None:
    bins = metrics.reliability(np.array([True, False, True]), np.array([0.95, 0.95, 0.5]))
    assert bins.total.tolist() == [0] * 7 + [1] + [0] * 6 + [2]
    assert metrics.expected_calibration_error(bins) == pytest.approx((0.5 + 0.9) / 3)


def test_calibration_error_equals_torchmetrics() -> None:
    right, sure = CHANCES.argmax(1) == TRUTH, CHANCES.max(1)
    ours = metrics.expected_calibration_error(metrics.reliability(right, sure))
    theirs = torchmetrics.multiclass_calibration_error(torch.from_numpy(CHANCES), torch.from_numpy(TRUTH), 4, n_bins=15)
    assert ours == near(theirs)
    scores = RNG.random(2000)
    flags = RNG.random(2000) < scores**2
    exact = metrics.reliability(flags, scores)
    assert [part.tolist() for part in metrics.reliability_of_pixels(flags, scores)] == [
        pytest.approx(part.tolist()) for part in exact
    ]


def test_mean_ap_over_classes_equals_torchmetrics() -> None:
    per_class = [float(metrics.average_precision(rank(k == TRUTH, CHANCES[:, k]))) for k in range(4)]
    theirs = torchmetrics.multiclass_average_precision(
        torch.from_numpy(CHANCES), torch.from_numpy(TRUTH), 4, average=None
    )
    assert per_class == pytest.approx(theirs.tolist())


def near(value: torch.Tensor) -> Any:
    return pytest.approx(value.item(), abs=1e-6)
