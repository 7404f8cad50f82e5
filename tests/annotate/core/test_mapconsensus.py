"""Several people's maps become one, at a cost that does not depend on what they drew."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotate.core.blurmap import IGNORE, LevelMap
from annotate.core.mapconsensus import RULES, merge_level_maps, rule_for
from annotate.core.runs import Runs


def row(*levels: int) -> LevelMap:
    return np.array([levels], np.uint8)


def merged(*maps: LevelMap, level_count: int = 4, rule: str | None = None) -> list[int]:
    levels: list[int] = merge_level_maps(maps, level_count, rule=rule).levels.ravel().tolist()
    return levels


def test_the_middle_of_three_levels_wins() -> None:
    assert merged(row(0, 1, 3, 2), row(1, 1, 0, 2), row(3, 0, 0, 2)) == [1, 1, 0, 2]


def test_where_two_people_part_by_two_levels_nothing_is_settled() -> None:
    assert merged(row(0, 3, 2, 1), row(2, 0, 2, 3)) == [IGNORE, IGNORE, 2, IGNORE]
    assert merge_level_maps([row(0, 3, 2, 1), row(2, 0, 2, 3)], 4).unsettled_ppm == 750_000


def test_a_third_person_who_is_near_one_of_them_settles_it() -> None:
    assert merged(row(0, 3), row(2, 0), row(3, 0)) == [2, 0]


def test_two_against_two_who_part_by_two_levels_settle_nothing_and_three_against_one_do() -> None:
    assert merged(row(3, 3), row(3, 3), row(0, 3), row(0, 0)) == [IGNORE, 3]


def test_a_strip_between_two_borders_is_shared_out_by_what_is_nearer() -> None:
    first, second = row(*[1] * 100, *[0] * 412), row(*[1] * 107, *[0] * 405)
    assert merged(first, second) == [1] * 104 + [0] * 408


def test_blur_that_only_one_of_two_saw_and_that_is_no_border_is_kept() -> None:
    assert merged(row(0, 0, 0, 0), row(1, 1, 1, 1)) == [1, 1, 1, 1]


def test_old_rules_stay_what_they_were() -> None:
    first, second = row(0, 3, 2, 1), row(3, 0, 2, 2)
    assert merged(first, second, rule="ordered-median") == [0, 0, 2, 1]
    assert merged(first, second, rule="upper-median") == [3, 3, 2, 2]
    assert merged(row(0, 3), row(0, 3), row(3, 0), row(3, 0), rule="pattern-em") == [0, 0]


def test_the_rule_follows_from_how_many_people_there_are() -> None:
    assert [rule_for(people) for people in (1, 2, 3, 4, 5, 6)] == [
        "single",
        "settled-median",
        "settled-median",
        "settled-median",
        "settled-em",
        "settled-median",
    ]


def test_who_did_not_label_a_pixel_has_no_say_there() -> None:
    assert merged(row(255, 255, 255), row(255, 2, 3), row(255, 255, 2), rule="ordered-median") == [IGNORE, 2, 2]


def test_a_single_map_stays_as_it_is() -> None:
    single = merge_level_maps([row(0, 1, 255, 3)], 4)
    assert single.levels.tolist() == [[0, 1, 255, 3]]
    assert single.unsettled_ppm == 0


@pytest.mark.parametrize("people", [1, 2, 5, 27, 50])
@pytest.mark.parametrize("level_count", [2, 4, 8])
def test_equal_maps_of_any_number_of_people_give_that_map(people: int, level_count: int) -> None:
    drawn = np.random.default_rng(1).integers(0, level_count, (9, 11)).astype(np.uint8)
    drawn[0] = IGNORE
    outcome = merge_level_maps([drawn] * people, level_count)
    assert (outcome.levels.tolist(), outcome.unsettled_ppm) == (drawn.tolist(), 0)


def test_runs_are_merged_like_the_maps_they_stand_for() -> None:
    dice = np.random.default_rng(3)
    stack = dice.integers(0, 4, (6, 700, 800)).astype(np.uint8)  # more than one block
    by_maps = merge_level_maps(list(stack), 4, rule="ordered-median").levels
    assert (merge_level_maps([Runs.of(each) for each in stack], 4, rule="ordered-median").levels == by_maps).all()
    assert (by_maps == np.sort(stack, axis=0)[2]).all()


def blobs(dice: np.random.Generator, wobble: float, shift: float) -> LevelMap:
    """A four-level map of rings; `wobble` moves their borders, `shift` makes all of it more blurred."""
    y, x = np.mgrid[0:120, 0:160]
    angle = np.arctan2(y - 60, x - 70)
    noise = sum(dice.normal(0, wobble / k) * np.cos(k * angle + dice.uniform(0, 6.3)) for k in range(1, 6))
    return np.digitize(np.hypot(x - 70, y - 60) + noise + shift, [20, 40, 65]).astype(np.uint8)


def test_one_careless_person_of_five_harms_less_when_people_are_weighed() -> None:
    truth = blobs(np.random.default_rng(0), 0, 0)
    errors: dict[str, list[float]] = {"settled-em": [], "settled-median": []}
    for seed in range(24):
        dice = np.random.default_rng(seed)
        maps = [blobs(dice, 3, 0) for _ in range(4)] + [blobs(dice, 6, 25)]
        for rule in errors:
            levels = merge_level_maps(maps, 4, rule=rule).levels
            errors[rule].append(np.abs(levels.astype(int) - truth.astype(int))[levels != IGNORE].mean())
    assert np.mean(errors["settled-em"]) < 0.95 * np.mean(errors["settled-median"])


def test_what_is_known_of_people_decides_between_them() -> None:
    maps = [row(*[0, 0, 0, 1] * 5), row(*[0, 0, 1, 1] * 5)]
    careful, careless = np.full((2, 2), 0.02) + 0.96 * np.eye(2), np.full((2, 2), 0.5)
    trusting_first = merge_level_maps(maps, 2, rule="pattern-em", priors=np.stack([careful, careless]))
    trusting_second = merge_level_maps(maps, 2, rule="pattern-em", priors=np.stack([careless, careful]))
    assert trusting_first.levels.tolist() == maps[0].tolist()
    assert trusting_second.levels.tolist() == maps[1].tolist()


values = st.sampled_from([0, 1, 2, 3, 255])


def stacks(people: int) -> st.SearchStrategy[LevelMap]:
    return hnp.arrays(np.uint8, (people, 3, 7), elements=values)


@given(st.integers(1, 7).flatmap(stacks))
def test_the_old_median_is_the_lower_middle_of_each_pixel(stack: LevelMap) -> None:
    levels = merge_level_maps(list(stack), 4, rule="ordered-median").levels
    for place in np.ndindex(levels.shape):
        said = sorted(int(each[place]) for each in stack if each[place] != IGNORE)
        assert levels[place] == (said[(len(said) - 1) // 2] if said else IGNORE)


@given(st.integers(1, 6).flatmap(stacks), st.sampled_from(sorted(RULES)))
def test_what_all_say_is_the_outcome_and_nobodys_level_never(stack: LevelMap, rule: str) -> None:
    levels = merge_level_maps(list(stack), 4, rule=rule).levels
    for place in np.ndindex(levels.shape):
        said = {int(each[place]) for each in stack} - {IGNORE}
        if not said:
            assert levels[place] == IGNORE
        elif "em" not in rule and len(said) == 1:
            assert {int(levels[place])} == said


@given(st.integers(1, 4).flatmap(stacks))
def test_order_of_people_does_not_matter(stack: LevelMap) -> None:
    straight, turned = merge_level_maps(list(stack), 4), merge_level_maps(list(stack[::-1]), 4)
    assert (straight.levels.tolist(), straight.unsettled_ppm) == (turned.levels.tolist(), turned.unsettled_ppm)
