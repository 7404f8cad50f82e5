"""Areas are found, cleaned, outlined and simplified; a vectorised map paints the map again."""

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotate.core.blurmap import IGNORE, LevelMap, rasterize, vectorize
from annotate.core.contours import Mask, find_components, find_joints, keep_large, outline_parts, select, trace
from annotate.core.regions import EMPTY, Document, parse_document


def mask(*rows: str) -> Mask:
    return np.array([[character == "#" for character in row] for row in rows])


def level_map(*rows: str) -> LevelMap:
    return np.array([[IGNORE if character == "." else int(character) for character in row] for row in rows], np.uint8)


def exact(map_: LevelMap) -> Document:
    return vectorize(map_, level_count=4, min_area_share=0, tolerance_px=0)


masks = hnp.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9)))
level_maps = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([0, 1, 2, 3, 255])
)


# Components -----------------------------------------------------------------------------------------------------------


def test_parts_share_edges_and_corners_count_only_when_asked() -> None:
    picture = mask("##..", "..#.", "#.##")
    assert sorted(find_components(picture).area.tolist()) == [1, 2, 3]
    assert sorted(find_components(picture, is_diagonal=True).area.tolist()) == [1, 5]


def test_the_end_of_a_row_does_not_touch_the_start_of_the_next() -> None:
    assert find_components(mask("..#", "#..")).area.tolist() == [1, 1]
    assert find_components(mask("..#", "#.."), is_diagonal=True).area.tolist() == [1, 1]


def test_a_spiral_is_one_part() -> None:
    spiral = mask("#######", "......#", "#####.#", "#...#.#", "#.###.#", "#.....#", "#######")
    assert find_components(spiral).area.tolist() == [int(spiral.sum())]


def flood_count(picture: Mask, *, is_diagonal: bool) -> int:
    """Number of parts by flooding one pixel after the other."""
    left = {(int(y), int(x)) for y, x in np.argwhere(picture)}
    count = 0
    while left:
        count += 1
        border = [left.pop()]
        while border:
            y, x = border.pop()
            for dy, dx in np.ndindex(3, 3):
                near = (y + dy - 1, x + dx - 1)
                if near in left and (is_diagonal or 1 in (dy, dx)):
                    left.remove(near)
                    border.append(near)
    return count


@given(masks, st.booleans())
def test_parts_are_those_that_flooding_finds(picture: Mask, is_diagonal: bool) -> None:
    parts = find_components(picture, is_diagonal=is_diagonal)
    assert len(parts.area) == flood_count(picture, is_diagonal=is_diagonal)
    assert parts.area.sum() == picture.sum()
    assert (select(parts, np.ones(len(parts.area), np.bool_), picture.shape) == picture).all()


@given(masks, masks)
def test_measuring_counts_shared_pixels_part_by_part(picture: Mask, other: Mask) -> None:
    other = np.resize(other, picture.shape)
    parts = find_components(picture)
    for i, measured in enumerate(parts.measure(other)):
        part = select(parts, np.arange(len(parts.area)) == i, picture.shape)
        assert measured == (part & other).sum()


def test_small_parts_and_small_holes_go() -> None:
    picture = mask("#####..", "#.###..", "#####.#", "###....")
    assert (keep_large(picture, 2) == mask("#####..", "#####..", "#####..", "###....")).all()


# Outlines -------------------------------------------------------------------------------------------------------------


def test_a_pixel_is_walked_round_clockwise() -> None:
    [(corner, direction)] = trace(mask("...", ".#."))
    assert corner.tolist() == [[1, 1], [1, 2], [2, 2], [2, 1]]
    assert direction.tolist() == [0, 1, 2, 3]


def test_a_hole_has_its_own_ring_and_parts_that_meet_in_a_corner_have_two() -> None:
    assert sorted(len(direction) for _, direction in trace(mask("###", "#.#", "###"))) == [4, 12]
    assert sorted(len(direction) for _, direction in trace(mask("#.", ".#"))) == [4, 4]


def test_joints_are_where_three_areas_meet_and_the_corners_of_the_map() -> None:
    joints = find_joints(level_map("012", "012", "333"))
    assert np.argwhere(joints).tolist() == [
        *([0, 0], [0, 1], [0, 2], [0, 3]),
        *([2, 0], [2, 1], [2, 2], [2, 3]),
        *([3, 0], [3, 3]),
    ]


def test_a_slanted_border_becomes_one_line() -> None:
    stairs = np.tril(np.ones((20, 20), np.bool_))
    [[ring]] = outline_parts(stairs, find_joints(stairs.astype(np.uint8)), 0)
    assert len(ring) == 7  # the map's corners and the two ends of the slanted line


# Vectorising ----------------------------------------------------------------------------------------------------------


def test_the_commonest_level_is_the_base_and_the_others_lie_on_it() -> None:
    document = exact(level_map("3333", "3003", "3333"))
    assert document.base == 3
    assert [(region.level, len(region.rings)) for region in document.regions] == [(0, 1)]


def test_levels_are_stacked_so_that_neighbours_overlap() -> None:
    document = exact(level_map("00000000", "01111110", "01222210", "01233210", "01222210", "01111110", "00000000"))
    assert document.base == 0
    assert [(region.level, region.z, len(region.rings)) for region in document.regions] == [
        (1, 1, 1),
        (2, 2, 1),
        (3, 3, 1),
    ]


def test_a_level_that_nothing_shows_of_is_not_painted() -> None:
    assert [region.level for region in exact(level_map("0000", "0330", "0000")).regions] == [3]


def test_unlabelled_areas_stay_unlabelled_and_small_ones_are_filled() -> None:
    half = np.full((40, 40), IGNORE, np.uint8)
    half[:, 20:] = 2
    half[5, 30] = IGNORE
    document = vectorize(half, level_count=4)
    assert document.base is None
    half[5, 30] = 2
    assert (rasterize(document, (40, 40)) == half).all()


def test_an_unlabelled_map_is_the_empty_document() -> None:
    assert exact(level_map("...", "...")) == EMPTY


@given(level_maps)
def test_without_tolerance_the_same_map_is_painted(map_: LevelMap) -> None:
    document = exact(map_)
    assert (rasterize(document, map_.shape[::-1]) == map_).all()
    assert parse_document(document.as_json(), level_count=4) == document


def smooth_map(seed: int, coarseness: int, width: int = 512, height: int = 342) -> LevelMap:
    """Four levels as a network gives them: soft blobs, cut at three heights."""
    seeds = np.random.default_rng(seed).normal(size=(coarseness, coarseness)).astype(np.float32)
    heights = np.asarray(PIL.Image.fromarray(seeds).resize((width, height), PIL.Image.Resampling.BICUBIC))
    return np.digitize(heights, np.quantile(heights, [0.35, 0.6, 0.8])).astype(np.uint8)


@pytest.mark.parametrize("seed", range(5))
def test_a_smooth_map_is_painted_again_within_five_percent_of_each_level(seed: int) -> None:
    original = smooth_map(seed, coarseness=4)
    document = vectorize(original, level_count=4)
    painted = rasterize(document, original.shape[::-1])
    for level in range(4):
        both, either = (painted == level) & (original == level), (painted == level) | (original == level)
        assert both.sum() >= 0.95 * either.sum()
    assert sum(len(ring) // 2 for region in document.regions for ring in region.rings) < 500


@pytest.mark.parametrize("seed", range(3))
def test_no_base_shows_between_neighbours_after_simplification(seed: int) -> None:
    # Two touching halves and a third level that is the base elsewhere: along their common border nothing else shows.
    original = np.full((200, 300), 1, np.uint8)
    wave = (20 * np.sin(np.arange(300) / 17 + seed)).astype(int) + 100
    rows = np.arange(200)[:, None]
    original[(rows < wave) & (rows > 30)] = 0
    original[(rows >= wave) & (rows < 170)] = 3
    painted = rasterize(vectorize(original, level_count=4), (300, 200))
    assert set(np.unique(painted[50:150])) == {0, 3}


def test_speckles_and_noise_give_a_document_within_the_limits() -> None:
    noise = np.random.default_rng(0).integers(0, 4, (300, 400)).astype(np.uint8)
    for share, tolerance in ((0.002, 1.5), (0.0, 0.0)):
        document = vectorize(noise, level_count=4, min_area_share=share, tolerance_px=tolerance)
        assert parse_document(document.as_json(), level_count=4) == document
