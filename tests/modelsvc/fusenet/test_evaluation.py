import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from modelsvc.fusenet.data import Sample
from modelsvc.fusenet.evaluation import Reading, Tally, boundary_f, network_look, peer_looks, tally
from modelsvc.fusenet.model import build, model_config


def sample(level: int = 3, desirability: int = 3) -> Sample:
    """40 x 40, the right half at `level`, the subject in the middle, a corner unlabelled."""
    levels = np.zeros((40, 40), np.uint8)
    levels[:, 20:] = level
    levels[:4, :4] = 255
    subject = np.zeros((40, 40), np.uint8)
    subject[10:30, 10:30] = 1
    posterior = np.eye(4, dtype=np.float32)[desirability]
    return Sample(np.zeros((40, 40, 3), np.uint8), levels, posterior, True, 640, subject)


def perfect(one: Sample) -> Reading:
    levels = np.where(one.levels == 255, 0, one.levels).astype(np.uint8)
    amount = (levels / 3).astype(np.float32)
    return Reading(levels, amount, amount, one.posterior, one.subject.astype(np.float32))


def test_a_perfect_reading_is_perfect_in_every_measure() -> None:
    numbers = tally(perfect, [sample(3, 3), sample(1, 1), sample(2, 2), sample(0, 0)], 4).numbers()
    worst_is_best = {"amount_mae", "amount_rmse", "desirability_ece", "desirability_brier"}
    assert max(numbers[name] for name in worst_is_best) < 1e-6
    assert {round(value, 9) for name, value in numbers.items() if name not in worst_is_best} == {1.0}
    assert len(numbers) == 20


def test_wrong_levels_by_hand() -> None:
    def always_sharp(one: Sample) -> Reading:
        nothing = np.zeros((40, 40), np.float32)
        return Reading(np.zeros((40, 40), np.uint8), nothing, nothing)

    numbers = tally(always_sharp, [sample(3)], 4).numbers()
    known = 1600 - 16
    assert numbers["level_accuracy"] == pytest.approx((known - 800) / known)
    assert numbers["amount_mae"] == pytest.approx(800 / known)
    assert numbers["amount_rmse"] == pytest.approx(math.sqrt(800 / known))
    assert numbers["blur_auc"] == 0.5
    assert "desirability_accuracy" not in numbers
    assert "attention_auc" not in numbers


def test_an_unlabelled_photo_has_no_pixel_measures() -> None:
    blank = sample()._replace(levels=np.full((40, 40), 255, np.uint8))
    assert tally(perfect, [blank], 4).numbers() == {}


def test_outlines_match_within_the_tolerance() -> None:
    def half(column: int) -> NDArray[np.bool_]:
        return np.arange(300)[None].repeat(200, 0) >= column

    assert boundary_f(half(150), half(150)) == 1
    assert boundary_f(half(150), half(152)) == 1  # 0.75 % of 360 px is 2.7
    assert boundary_f(half(150), half(160)) == 0
    assert math.isnan(boundary_f(half(0), half(150)))


def test_intervals_hold_the_value() -> None:
    counts = tally(perfect, [sample(3), sample(1)], 4)
    counts.add(
        sample(2), Reading(np.zeros((40, 40), np.uint8), np.zeros((40, 40), np.float32), np.zeros((40, 40), np.float32))
    )
    low, high = counts.intervals()["level_accuracy"]
    assert low < counts.numbers()["level_accuracy"] < high
    assert high == 1


def test_network_and_peers_read_the_same_samples() -> None:
    torch.manual_seed(0)
    looks = {"net": network_look(build(model_config("abc-tiny")).eval())} | peer_looks([sample(3), sample(1)], 4)
    for look in looks.values():
        reading = look(sample())
        assert reading.levels.shape == reading.amount.shape == reading.blurred.shape == (40, 40)
        assert reading.levels.dtype == np.uint8
    assert {"net", "constant", "laplacian", "hifst-like"} <= looks.keys()


def test_photos_can_be_counted_one_by_one() -> None:
    counts = Tally(4)
    counts.add(sample(), perfect(sample()))
    assert counts.numbers()["level_accuracy"] == 1
