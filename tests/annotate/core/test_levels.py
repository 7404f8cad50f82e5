"""A project's scale of blur."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.core.errors import SmartBlurError
from annotate.core.levels import check_levels, is_same_scale, resized

FOUR = [
    {"level": 0, "name": "Sharp", "sigma_from": 0.0, "sigma_to": 0.8, "sample_sigma": 0.0, "amount_ppm": 0},
    {"level": 1, "name": "Low", "sigma_from": 0.8, "sigma_to": 2.4, "sample_sigma": 1.8, "amount_ppm": 333_333},
    {"level": 2, "name": "Medium", "sigma_from": 2.4, "sigma_to": 4.8, "sample_sigma": 3.4, "amount_ppm": 666_667},
    {"level": 3, "name": "High", "sigma_from": 4.8, "sigma_to": None, "sample_sigma": 7.0, "amount_ppm": 1_000_000},
]


@pytest.mark.parametrize(
    ("level", "field", "value", "where"),
    [
        (1, "level", 2, "levels[1].level"),
        (2, "sigma_from", 2.5, "levels[2].sigma_from"),
        (2, "sigma_to", 2.0, "levels[2].sigma_to"),
        (2, "sigma_to", None, "levels[2].sigma_to"),
        (3, "sigma_to", 9.0, "levels[3].sigma_to"),
        (1, "sample_sigma", 3.0, "levels[1].sample_sigma"),
        (3, "amount_ppm", 5, "levels[3].amount_ppm"),
    ],
)
def test_levels_that_are_no_scale_are_refused_with_the_place(level, field, value, where) -> None:
    levels = copy.deepcopy(FOUR)
    levels[level][field] = value
    with pytest.raises(SmartBlurError) as refusal:
        check_levels(levels)
    assert (refusal.value.code, refusal.value.where) == ("invalid_levels", where)


@pytest.mark.parametrize("count", [0, 1, 9])
def test_a_scale_has_two_to_eight_levels(count) -> None:
    with pytest.raises(SmartBlurError) as refusal:
        check_levels([FOUR[0]] * count)
    assert refusal.value.where == "levels"


def test_names_and_samples_leave_the_scale_the_same_bounds_and_amounts_do_not() -> None:
    def changed(**fields):
        return [FOUR[0], FOUR[1] | fields, *FOUR[2:]]

    assert is_same_scale(FOUR, changed(name="Soft", sample_sigma=1.5))
    assert [is_same_scale(FOUR, changed(**{field: 2})) for field in ("sigma_to", "amount_ppm")] == [False, False]


@given(st.lists(st.integers(2, 8), min_size=1, max_size=5))
def test_a_scale_of_another_length_is_a_scale_that_begins_alike(counts) -> None:
    scale = FOUR
    for count in counts:
        longer = resized(scale, count)
        check_levels(longer)
        shared = min(len(scale), count) - 1
        assert [level["sigma_to"] for level in longer[:shared]] == [level["sigma_to"] for level in scale[:shared]]
        scale = longer
    assert resized(FOUR, 4) == FOUR
