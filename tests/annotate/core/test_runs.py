"""Runs hold the very map they were made of, and give any part of it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotate.core.blurmap import LevelMap
from annotate.core.runs import Runs

maps = hnp.arrays(np.uint8, st.tuples(st.integers(1, 5), st.integers(1, 9)), elements=st.sampled_from([0, 1, 255]))


@given(maps, st.data())
def test_any_stretch_of_pixels_is_the_maps(level_map: LevelMap, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, level_map.size - 1))
    stop = data.draw(st.integers(start + 1, level_map.size))
    assert Runs.of(level_map).pixels(start, stop).tolist() == level_map.reshape(-1)[start:stop].tolist()


@given(maps)
def test_sampled_rows_and_columns_are_the_maps(level_map: LevelMap) -> None:
    rows, columns = (np.arange(0, side, 2) for side in level_map.shape)
    assert Runs.of(level_map).sample(rows, columns).tolist() == level_map[::2, ::2].tolist()


def test_a_large_plain_map_takes_one_run() -> None:
    assert len(Runs.of(np.full((600, 800), 3, np.uint8)).starts) == 1
