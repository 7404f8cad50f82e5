"""Measures over photos, by hand-worked numbers, and the interval of a difference."""

import pytest

from modelsvc.services import comparison


def photo(key, confusion, error=0.0, truth=1, said=1):
    probabilities = [0.0] * 4
    probabilities[said] = 1.0
    return {"key": key, "confusion": confusion, "error": error, "truth": truth, "probabilities": probabilities}


FEW = [photo("a", [[6, 2], [0, 2]], error=2.0), photo("b", [[1, 0], [4, 5]], error=4.0, said=3)]
MANY = [photo(str(n), [[n, 30 - n], [0, 30]], error=30 - n) for n in range(30)]


def test_measures_pool_the_pixels_of_all_photos():
    found = {name: each["value"] for name, each in comparison.with_intervals(FEW).items()}
    assert found == pytest.approx(
        {
            "level_accuracy": 14 / 20,
            "level_miou": (7 / 13 + 7 / 13) / 2,
            "amount_mae": 6 / 20,
            "desirability_accuracy": 1 / 2,
        }
    )


def test_an_interval_holds_the_value_and_is_the_same_each_time():
    first, second = comparison.with_intervals(MANY), comparison.with_intervals(MANY)
    assert first == second
    assert all(each["low"] <= each["value"] <= each["high"] for each in first.values())


def test_the_same_photos_differ_by_nothing_and_nobody_wins():
    found = comparison.difference(MANY, MANY)
    del found["desirability_accuracy"]  # too few
    assert {(each["value"], each["low"], each["high"], each["is_better"]) for each in found.values()} == {
        (0.0, 0.0, 0.0, False)
    }


def test_a_version_that_is_better_on_every_photo_wins_though_the_photos_differ_much():
    before = [photo(str(n), [[n, 40 - n], [0, 40]], error=40 - n) for n in range(2, 32)]
    after = [photo(str(n), [[n + 2, 38 - n], [0, 40]], error=38 - n) for n in range(2, 32)]
    found = comparison.difference(before, after)
    assert (found["level_accuracy"]["is_better"], found["amount_mae"]["is_better"]) == (True, True)
    assert found["level_accuracy"]["value"] == pytest.approx(2 / 80)
    assert comparison.difference(after, before)["level_accuracy"]["is_worse"] is True


def test_only_photos_that_both_could_read_are_compared():
    assert comparison.difference(FEW, FEW[:1])["level_accuracy"]["photos"] == 1
    assert comparison.difference(FEW[:1], FEW[1:]) == {}


def test_confusions_have_truth_in_rows():
    assert comparison.level_confusion(FEW) == [[7, 2], [4, 7]]
    assert comparison.verdict_confusion(FEW) == [[0, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_29_photos_are_too_few_for_an_interval_and_30_are_enough():
    few, enough = (comparison.with_intervals(MANY[:count])["level_accuracy"] for count in (29, 30))
    assert (few["low"], few["high"]) == (None, None)
    assert enough["low"] < enough["value"] < enough["high"]


def test_the_share_of_right_verdicts_has_wilsons_interval_below_150_photos():
    found = comparison.with_intervals(MANY)["desirability_accuracy"]
    assert (found["value"], round(found["low"], 4), found["high"]) == (1.0, 0.8865, 1.0)  # 30 / (30 + 1.96^2)
    verdicts = comparison.difference(MANY, MANY)["desirability_accuracy"]
    assert (verdicts["low"], verdicts["is_better"]) == (None, False)
    many = [photo(str(n), [[30, 0], [0, 30]], said=1 if n % 2 else 3) for n in range(150)]
    drawn = comparison.with_intervals(many)["desirability_accuracy"]
    assert drawn["low"] < 0.5 < drawn["high"]
    assert comparison.difference(many, many)["desirability_accuracy"]["low"] == 0


def test_nobody_wins_on_one_photo_however_far_apart_they_are():
    right, wrong = [photo("a", [[10, 0], [0, 10]])], [photo("a", [[0, 10], [10, 0]], error=20.0, said=3)]
    found = comparison.difference(right, wrong)["level_accuracy"]
    assert found == {"value": -1.0, "low": None, "high": None, "is_better": False, "is_worse": False, "photos": 1}
