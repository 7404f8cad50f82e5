"""Measures over photos, by hand-worked numbers, and the interval of a difference."""

import pytest

from modelsvc.services import comparison


def photo(key, confusion, error=0.0, truth=1, said=1):
    probabilities = [0.0] * 4
    probabilities[said] = 1.0
    return {"key": key, "confusion": confusion, "error": error, "truth": truth, "probabilities": probabilities}


PHOTOS = [photo("a", [[6, 2], [0, 2]], error=2.0), photo("b", [[1, 0], [4, 5]], error=4.0, said=3)]


def test_measures_pool_the_pixels_of_all_photos():
    found = {name: each["value"] for name, each in comparison.with_intervals(PHOTOS).items()}
    assert found == pytest.approx(
        {
            "level_accuracy": 14 / 20,
            "level_miou": (7 / 13 + 7 / 13) / 2,
            "amount_mae": 6 / 20,
            "desirability_accuracy": 1 / 2,
        }
    )


def test_an_interval_holds_the_value_and_is_the_same_each_time():
    first, second = comparison.with_intervals(PHOTOS), comparison.with_intervals(PHOTOS)
    assert first == second
    assert all(each["low"] <= each["value"] <= each["high"] for each in first.values())


def test_the_same_photos_differ_by_nothing_and_nobody_wins():
    found = comparison.difference(PHOTOS, PHOTOS)
    assert {(each["value"], each["low"], each["high"], each["is_better"]) for each in found.values()} == {
        (0.0, 0.0, 0.0, False)
    }


def test_a_version_that_is_better_on_every_photo_wins_though_the_photos_differ_much():
    before = [photo(str(n), [[n, 20 - n], [0, 20]], error=20 - n) for n in range(2, 18)]
    after = [photo(str(n), [[n + 2, 18 - n], [0, 20]], error=18 - n) for n in range(2, 18)]
    found = comparison.difference(before, after)
    assert (found["level_accuracy"]["is_better"], found["amount_mae"]["is_better"]) == (True, True)
    assert found["level_accuracy"]["value"] == pytest.approx(2 / 40)
    assert comparison.difference(after, before)["level_accuracy"]["is_worse"] is True


def test_only_photos_that_both_could_read_are_compared():
    assert comparison.difference(PHOTOS, PHOTOS[:1])["level_accuracy"]["photos"] == 1
    assert comparison.difference(PHOTOS[:1], PHOTOS[1:]) == {}


def test_confusions_have_truth_in_rows():
    assert comparison.level_confusion(PHOTOS) == [[7, 2], [4, 7]]
    assert comparison.verdict_confusion(PHOTOS) == [[0, 0, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
