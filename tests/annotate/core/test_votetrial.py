"""The rules of stopping are compared on simulated people."""

import numpy as np

from annotate.core.votetrial import ask_fixed, ask_until_sure, compare_rules, simulate_crowd


def test_nobody_is_asked_twice_and_most_votes_are_right() -> None:
    crowd = simulate_crowd(np.random.default_rng(1), 200, 30, 7)
    assert (crowd.voters.shape, crowd.labels.shape) == ((200, 7), (200, 7))
    assert all(len(set(row)) == 7 for row in crowd.voters.tolist())
    assert 0.55 < (crowd.labels == crowd.truth[:, None]).mean() < 0.8


def test_asking_until_sure_beats_five_votes_with_fewer() -> None:
    outcomes = compare_rules([0], image_count=1_000, voter_count=40, fixed=[3, 5, 7])
    three, five, seven, sure = outcomes
    assert [each.rule for each in outcomes] == ["fixed 3", "fixed 5", "fixed 7", "2 to 7, until sure"]
    assert three.accuracy < five.accuracy < seven.accuracy
    assert sure.votes_per_image < 4.5
    assert sure.accuracy > five.accuracy
    assert sure.audited_alike is not None
    assert sure.audited_alike > 0.85


def test_bounds_that_are_equal_are_a_fixed_number() -> None:
    crowd = simulate_crowd(np.random.default_rng(2), 300, 30, 7)
    fixed, between = ask_fixed(crowd, 3), ask_until_sure(crowd, salt="x", least=3, most=3)
    assert (between.votes_per_image, between.accuracy) == (fixed.votes_per_image, fixed.accuracy)
