"""Several people's maps become one, at a cost that does not depend on what they drew."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotate.core.blurmap import IGNORE, LevelMap
from annotate.core.mapconsensus import merge_level_maps


def row(*levels: int) -> LevelMap:
    return np.array([levels], np.uint8)


def merged(*maps: LevelMap, level_count: int = 4) -> list[int]:
    levels: list[int] = merge_level_maps(maps, level_count).levels.ravel().tolist()
    return levels


def test_the_middle_of_three_levels_wins() -> None:
    assert merged(row(0, 1, 3, 2), row(1, 1, 0, 2), row(3, 0, 0, 2)) == [1, 1, 0, 2]


def test_of_two_levels_the_lower_wins() -> None:
    assert merged(row(0, 3, 2), row(3, 0, 2)) == [0, 0, 2]


def test_who_did_not_label_a_pixel_has_no_say_there() -> None:
    assert merged(row(255, 255, 255), row(255, 2, 3), row(255, 255, 1)) == [IGNORE, 2, 1]


def test_a_single_map_stays_as_it_is() -> None:
    single = merge_level_maps([row(0, 1, 255, 3)], 4)
    assert single.levels.tolist() == [[0, 1, 255, 3]]
    assert single.agreement_ppm is None


def test_agreement_counts_pairs_that_labelled_the_same_pixel() -> None:
    # First pixel: 3 pairs, 1 agrees. Second: 1 pair, agrees. Third: no pair. So 2 of 4.
    assert merge_level_maps([row(0, 2, 255), row(0, 255, 255), row(1, 2, 3)], 4).agreement_ppm == 500_000
    # One pair of three, rounded to the nearest part per million.
    assert merge_level_maps([row(0, 0, 0), row(0, 1, 1)], 4).agreement_ppm == 333_333
    assert merge_level_maps([row(0, 0, 1), row(0, 0, 2)], 4).agreement_ppm == 666_667


def test_confusions_say_what_each_person_said_where_the_outcome_is_k() -> None:
    outcome = merge_level_maps([row(0, 1, 1, 255), row(0, 0, 1, 255), row(1, 1, 1, 255)], 2)
    assert outcome.levels.tolist() == [[0, 1, 1, 255]]
    assert outcome.confusions.tolist() == [[[1, 0], [0, 2]], [[1, 0], [1, 1]], [[0, 1], [0, 2]]]


def blobs(dice: np.random.Generator, wobble: float, shift: float) -> LevelMap:
    """A four-level map of rings; `wobble` moves their borders, `shift` makes all of it more blurred."""
    y, x = np.mgrid[0:120, 0:160]
    angle = np.arctan2(y - 60, x - 70)
    noise = sum(dice.normal(0, wobble / k) * np.cos(k * angle + dice.uniform(0, 6.3)) for k in range(1, 6))
    return np.digitize(np.hypot(x - 70, y - 60) + noise + shift, [20, 40, 65]).astype(np.uint8)


def test_one_careless_person_of_five_harms_less_when_people_are_weighed() -> None:
    truth = blobs(np.random.default_rng(0), 0, 0)
    errors: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(24):
        dice = np.random.default_rng(seed)
        maps = [blobs(dice, 3, 0) for _ in range(4)] + [blobs(dice, 6, 25)]
        for weigh in errors:
            levels = merge_level_maps(maps, 4, weigh_people=weigh).levels
            errors[weigh].append(np.abs(levels.astype(int) - truth.astype(int)).mean())
        assert (merge_level_maps(maps, 4).levels == merge_level_maps(maps, 4, weigh_people=True).levels).all()
    assert np.mean(errors[True]) < 0.95 * np.mean(errors[False])


def test_what_is_known_of_people_decides_between_them() -> None:
    maps = [row(*[0, 0, 0, 1] * 5), row(*[0, 0, 1, 1] * 5)]
    careful, careless = np.full((2, 2), 0.02) + 0.96 * np.eye(2), np.full((2, 2), 0.5)
    trusting_first = merge_level_maps(maps, 2, weigh_people=True, priors=np.stack([careful, careless]))
    trusting_second = merge_level_maps(maps, 2, weigh_people=True, priors=np.stack([careless, careful]))
    assert trusting_first.levels.tolist() == maps[0].tolist()
    assert trusting_second.levels.tolist() == maps[1].tolist()


values = st.sampled_from([0, 1, 2, 3, 255])


def stacks(people: int) -> st.SearchStrategy[LevelMap]:
    return hnp.arrays(np.uint8, (people, 3, 7), elements=values)


@given(st.integers(1, 3).flatmap(stacks))
def test_the_outcome_is_the_median_of_each_pixel(stack: LevelMap) -> None:
    levels = merge_level_maps(list(stack), 4).levels
    for place in np.ndindex(levels.shape):
        said = sorted(int(each[place]) for each in stack if each[place] != IGNORE)
        assert levels[place] == (said[(len(said) - 1) // 2] if said else IGNORE)


@given(st.integers(1, 3).flatmap(stacks))
def test_order_of_people_and_of_pixels_does_not_matter(stack: LevelMap) -> None:
    straight = merge_level_maps(list(stack), 4)
    reversed_people = merge_level_maps(list(stack[::-1]), 4)
    turned = merge_level_maps([each.T for each in stack], 4)
    assert straight.agreement_ppm == reversed_people.agreement_ppm == turned.agreement_ppm
    assert straight.confusions.tolist() == reversed_people.confusions[::-1].tolist()
    assert straight.levels.tolist() == turned.levels.T.tolist()


@given(st.integers(4, 6).flatmap(stacks))
def test_what_all_say_is_the_outcome(stack: LevelMap) -> None:
    levels = merge_level_maps(list(stack), 4).levels
    for place in np.ndindex(levels.shape):
        said = {int(each[place]) for each in stack}
        if said == {IGNORE}:
            assert levels[place] == IGNORE
        else:
            assert levels[place] in range(4)


def test_many_people_and_levels_are_merged_by_sorting_patterns() -> None:
    dice = np.random.default_rng(2)
    stack = dice.integers(0, 8, (7, 5, 9)).astype(np.uint8)
    assert merge_level_maps(list(stack), 8, weigh_people=False).levels.tolist() == np.median(stack, axis=0).tolist()
    with pytest.raises(ValueError, match="too many"):
        merge_level_maps([stack[0]] * 20, 8)
