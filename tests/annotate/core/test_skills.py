"""One person against the others, by hand-worked numbers."""

import numpy as np
import pytest

from annotate.core.agreement import kappa_of_confusion
from annotate.core.intervals import change_interval
from annotate.core.skills import (
    NOBODY,
    Estimate,
    compare_levels,
    confusion_of,
    drift,
    kappa_estimate,
    match_steps,
    mean_estimate,
    others_verdicts,
)
from annotate.core.voting import BAD, GOOD, NONE, OK, fit_dawid_skene


def verdicts(*votes: tuple[int, int, int]) -> list[int]:
    """What the others say in the place of each (image, voter, label)."""
    image, voter, label = zip(*votes, strict=True)
    return others_verdicts(fit_dawid_skene(image, voter, label), image, voter, label).tolist()


def test_a_vote_is_held_against_the_others_and_not_against_itself() -> None:
    assert verdicts((7, 1, GOOD), (7, 2, GOOD), (7, 3, BAD))[2] == GOOD
    assert verdicts((7, 1, GOOD), (7, 2, BAD)) == [BAD, GOOD]


def test_where_nobody_else_voted_there_is_nothing_to_be_held_against() -> None:
    assert verdicts((7, 1, GOOD), (8, 1, OK), (8, 2, OK)) == [NOBODY, OK, OK]


def test_of_equally_likely_verdicts_the_worse_is_taken() -> None:
    # Everybody says everything once: the three others of image 0 say none, good and ok, and nothing speaks for one.
    votes = [(0, voter, label) for voter, label in enumerate((NONE, GOOD, OK, BAD))]
    assert verdicts(*votes)[3] == OK


def test_confusions_are_counted_where_there_are_others() -> None:
    table = confusion_of([GOOD, GOOD, BAD, NOBODY], [GOOD, OK, BAD, BAD])
    assert (table[GOOD].tolist(), table[BAD].tolist(), table.sum()) == ([0, 1, 1, 0], [0, 0, 0, 1], 3)


def test_kappas_interval_holds_it_and_narrows_with_photos() -> None:
    table = np.array([[8, 1, 0, 0], [1, 9, 2, 0], [0, 2, 7, 1], [0, 0, 1, 8]])
    few, many = kappa_estimate(table * 4), kappa_estimate(table * 40)
    assert few.value == kappa_of_confusion(table)
    assert few.low is not None
    assert few.high is not None
    assert many.low is not None
    assert many.high is not None
    assert few.value is not None
    assert few.low < few.value < few.high
    assert many.high - many.low < (few.high - few.low) / 2
    assert (few.photo_count, kappa_estimate(table * 4)) == (160, few)


def test_a_kappa_of_under_150_photos_has_no_interval() -> None:
    table = np.diag([37, 37, 37, 38])
    assert kappa_estimate(table) == Estimate(1.0, None, None, 149)


def test_kappa_is_undefined_without_photos_and_where_all_is_one_class() -> None:
    assert kappa_estimate(np.zeros((4, 4), int)) == Estimate(None, None, None, 0)
    assert kappa_estimate(np.diag([0, 5, 0, 0])) == Estimate(None, None, None, 5)


def test_a_mean_has_the_interval_of_its_deviation() -> None:
    found = mean_estimate(0.5, 1.0, 4)
    assert (found.value, found.low, found.high) == pytest.approx((0.5, 0.5 - 0.98, 0.5 + 0.98), abs=1e-4)
    assert mean_estimate(None, None, 0) == Estimate(None, None, None, 0)


def test_the_last_200_votes_are_told_in_twenties() -> None:
    is_match = np.array([True] * 10 + [False] * 180 + [True] * 20)
    assert match_steps(is_match) == ((10, 10), [(0, 20)] * 9 + [(20, 20)])
    assert match_steps(is_match[:25]) == ((0, 0), [(10, 20), (0, 5)])


def test_drift_is_the_change_of_the_share() -> None:
    change = drift((80, 100), (120, 200))
    assert change.value == pytest.approx(-0.2)
    assert (change.low, change.high) == change_interval(0.8, 100, 0.6, 200)
    assert drift((20, 20), (20, 20)).low < 0  # type: ignore[operator]
    assert drift((0, 0), (5, 10)) == Estimate(None, None, None, 10)


def test_levels_are_compared_where_somebody_sees_blur() -> None:
    own = np.array([[0, 0, 2, 3], [255, 1, 0, 0]], np.uint8)
    merged = np.array([[0, 0, 1, 3], [2, 0, 2, 0]], np.uint8)
    bias, overlap = compare_levels(own, merged, 4)  # type: ignore[misc]
    assert bias == (1 + 0 + 1 - 2) / 4
    assert overlap == (1 + 3 + 0 + 0) / (2 + 3 + 1 + 2)


def test_two_sharp_maps_are_nothing_to_compare() -> None:
    sharp = np.zeros((2, 2), np.uint8)
    assert compare_levels(sharp, sharp, 4) is None
