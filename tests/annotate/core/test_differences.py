"""Places where maps part, and one map of what is taken from each; worked by hand on small maps, then on any."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotate.core.blurmap import IGNORE, LevelMap, outline, rasterize
from annotate.core.differences import Difference, find_differences, find_places, parted, take
from annotate.core.regions import Document

MAPS = arrays(np.uint8, (12, 16), elements=st.sampled_from([0, 1, 2, 3, IGNORE]))


def flat(level: int, *patches: tuple[int, int, int, int, int]) -> LevelMap:
    """A map of 40 x 30 pixels of one level, with patches (left, top, right, bottom, level)."""
    levels = np.full((30, 40), level, np.uint8)
    for left, top, right, bottom, patch in patches:
        levels[top:bottom, left:right] = patch
    return levels


def exact(levels: LevelMap) -> Document:
    return outline(levels, level_count=4)


def test_places_are_told_from_the_largest_with_what_each_says_of_them() -> None:
    ada, bea = flat(0, (2, 3, 8, 9, 3)), flat(0, (20, 10, 30, 20, 1))
    assert find_differences([ada, bea]) == [
        Difference((20, 10, 30, 20), 100, (0, 1)),
        Difference((2, 3, 8, 9), 36, (3, 0)),
    ]


def test_a_border_of_a_pixel_is_no_place_and_equal_maps_have_none() -> None:
    assert find_differences([flat(0, (5, 5, 6, 6, 1)), flat(0)]) == []
    assert find_differences([flat(2), flat(2), flat(2)]) == []


def test_what_is_taken_of_another_changes_that_place_and_no_other() -> None:
    ada, bea = flat(0, (2, 3, 8, 9, 3)), flat(0, (20, 10, 30, 20, 1))
    merged = take(exact(ada), [ada, bea], {0: 1, 1: 0}, level_count=4)
    assert (rasterize(merged, (40, 30)) == flat(0, (2, 3, 8, 9, 3), (20, 10, 30, 20, 1))).all()
    assert take(exact(ada), [ada, bea], {}, level_count=4) == exact(ada)
    merged = take(exact(flat(2)), [ada, bea], {1: 0}, level_count=4)
    assert (rasterize(merged, (40, 30)) == flat(2, (2, 3, 8, 9, 3))).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(MAPS, min_size=2, max_size=3), st.data())
def test_the_map_of_what_is_taken_is_each_ones_where_it_was_taken(maps: list[LevelMap], data: st.DataObject) -> None:
    places = find_places(maps)
    takes = {number: data.draw(st.integers(0, len(maps) - 1)) for number in range(len(places))}
    expected = maps[0].copy()
    for number, source in takes.items():
        place = places[number] & (maps[source] != IGNORE)
        expected[place] = maps[source][place]
    merged = take(exact(maps[0]), maps, takes, level_count=4)
    assert (rasterize(merged, (16, 12)) == expected).all()


@given(MAPS, MAPS)
def test_maps_part_where_they_are_not_the_same(ada: LevelMap, bea: LevelMap) -> None:
    assert (parted([ada, bea]) == (ada != bea)).all()
