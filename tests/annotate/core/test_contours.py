"""Areas are found, cleaned, outlined and simplified; a vectorised map paints the map again."""

import numpy as np
import PIL.Image
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotate.core.blurmap import IGNORE, LevelMap, Probabilities, outline, outline_area, rasterize, vectorize
from annotate.core.contours import Mask, find_components, keep_large, select, trace
from annotate.core.regions import EMPTY, Document, parse_document


def mask(*rows: str) -> Mask:
    return np.array([[character == "#" for character in row] for row in rows])


def level_map(*rows: str) -> LevelMap:
    return np.array([[IGNORE if character == "." else int(character) for character in row] for row in rows], np.uint8)


def sure_of(map_: LevelMap) -> Probabilities:
    """What a network would say that has no doubt."""
    return np.stack([map_ > k for k in range(3)]).astype(np.float32)


def exact(map_: LevelMap) -> Document:
    return outline(map_, level_count=4)


masks = hnp.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9)))
level_maps = hnp.arrays(
    np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([0, 1, 2, 3, IGNORE])
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


def test_a_slanted_border_becomes_one_line() -> None:
    stairs = np.tril(np.ones((20, 20), np.uint8))
    [region] = exact(stairs).regions
    assert region.rings == ((16, 0, 320, 0, 320, 304, 312, 304, 16, 8),)  # the photo's corner, and from edge to edge


# Vectorising ----------------------------------------------------------------------------------------------------------


def test_the_commonest_level_is_the_base_and_the_others_lie_on_it() -> None:
    document = exact(level_map("3333", "3003", "3333"))
    assert document.base == 3
    assert [(region.level, len(region.rings)) for region in document.regions] == [(0, 1)]


def test_levels_are_stacked_so_that_neighbours_overlap() -> None:
    document = exact(level_map("00000000", "01111110", "01222210", "01233210", "01222210", "01111110", "00000000"))
    assert document.base == 0
    assert [(region.level, region.z, len(region.rings)) for region in document.regions] == [
        (1, 0, 1),
        (2, 1, 1),
        (3, 2, 1),
    ]


def test_a_level_that_nothing_shows_of_is_not_painted() -> None:
    assert [region.level for region in exact(level_map("0000", "0330", "0000")).regions] == [3]


def test_an_unlabelled_map_is_the_empty_document() -> None:
    assert exact(level_map("...", "...")) == EMPTY


def test_unlabelled_areas_stay_unlabelled_and_small_ones_are_filled() -> None:
    half = np.full((40, 40), 2, np.uint8)
    is_labelled = np.arange(40) >= np.full((40, 1), 20)
    is_labelled[5, 30] = False
    document = vectorize(sure_of(half), (40, 40), is_labelled=is_labelled)
    assert document.base is None
    assert (rasterize(document, (40, 40)) == np.where(np.arange(40) >= 20, half, IGNORE)).all()


@given(level_maps)
def test_without_tolerance_a_map_without_doubt_is_painted_again(map_: LevelMap) -> None:
    document = exact(map_)
    assert (rasterize(document, map_.shape[::-1]) == map_).all()
    assert parse_document(document.as_json(), level_count=4) == document


def test_a_border_runs_where_the_probability_is_a_half() -> None:
    above = np.array([[[1.0, 1.0, 0.8, 0.4, 0.0]]], np.float32)  # .5 lies at 2.5 + 3/4 px, of a map five pixels wide
    document = vectorize(above, (80, 48), span=(5, 1), min_area_share=0)
    [region] = document.regions
    assert (document.base, region.level) == (1, 0)
    assert sorted(set(region.rings[0][0::2])) == [16 * 52, 16 * 80]


def test_an_area_is_outlined_as_sharp_on_nothing() -> None:
    y, x = np.mgrid[:60, :80]
    disc = np.float32(20) - np.hypot(x - 40, y - 30).astype(np.float32)
    document = outline_area(disc, (800, 600), span=(80, 60), name="disc")
    [ring] = document.regions[0].rings
    painted = rasterize(document, (800, 600))
    assert (document.base, len(ring) // 2 <= 40, np.unique(painted).tolist()) == (None, True, [0, IGNORE])
    assert abs((painted == 0).sum() / (np.pi * 200**2) - 1) < 0.03
    assert outline_area(-np.abs(disc) - 1, (800, 600), span=(80, 60), name="disc") == EMPTY


def test_parts_much_smaller_than_the_largest_are_left_out_of_an_area() -> None:
    inside = np.full((60, 80), -1, np.float32)
    inside[10:50, 10:50] = 1  # 1,600 cells
    inside[20:40, 60:72] = 1  # 240
    counts = [
        len(outline_area(inside, (80, 60), span=(80, 60), name="part", least_part=share).regions)
        for share in (0, 0.1, 0.2)
    ]
    assert counts == [2, 2, 1]


def test_what_the_map_has_beyond_its_span_is_not_on_the_photo() -> None:
    above = np.zeros((1, 4, 6), np.float32)
    above[0, :, 3:] = 1
    [region] = vectorize(above, (90, 70), span=(4.5, 3.5)).regions
    assert sorted(set(region.rings[0][0::2])) == [16 * 60, 16 * 90]
    assert sorted(set(region.rings[0][1::2])) == [0, 16 * 70]


def soft_map(seed: int, coarseness: int, width: int = 320, height: int = 214) -> Probabilities:
    """Four levels as a network gives them: soft blobs, cut at three heights."""
    seeds = np.random.default_rng(seed).normal(size=(coarseness, coarseness)).astype(np.float32)
    heights = np.asarray(PIL.Image.fromarray(seeds).resize((width, height), PIL.Image.Resampling.BICUBIC))
    cuts = np.quantile(heights, [0.35, 0.6, 0.8])[:, None, None]
    return (1 / (1 + np.exp(-8 * (heights - cuts)))).astype(np.float32)


def enlarged_levels(above: Probabilities, size: tuple[int, int], span: tuple[float, float]) -> LevelMap:
    """The levels at the photo's size, by enlarging the probabilities."""
    box = (0, 0, *span)
    return sum(
        (np.asarray(PIL.Image.fromarray(q).resize(size, PIL.Image.Resampling.BILINEAR, box=box)) > 0.5).astype(np.uint8)
        for q in above
    )


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.integers(3, 7), st.sampled_from([(640, 427), (1536, 1024)]))
def test_a_soft_map_is_painted_within_five_percent_of_each_level(
    seed: int, coarseness: int, size: tuple[int, int]
) -> None:
    above, span = soft_map(seed, coarseness), (320, 213.5)
    document = vectorize(above, size, span=span, min_area_share=0)
    painted, wanted = rasterize(document, size), enlarged_levels(above, size, span)
    for level in range(4):
        both, either = (painted == level) & (wanted == level), (painted == level) | (wanted == level)
        assert both.sum() >= 0.95 * either.sum()
    assert sum(len(ring) // 2 for region in document.regions for ring in region.rings) < 2000


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.integers(3, 7))
def test_what_is_left_out_for_being_small_is_little(seed: int, coarseness: int) -> None:
    above, size, span = soft_map(seed, coarseness), (1536, 1024), (320, 213.5)
    painted = rasterize(vectorize(above, size, span=span), size)
    assert (painted != enlarged_levels(above, size, span)).mean() < 0.02


def test_speckles_and_noise_give_a_document_within_the_limits() -> None:
    noise = sure_of(np.random.default_rng(0).integers(0, 4, (300, 400)).astype(np.uint8))
    for share, tolerance in ((0.002, 1.5), (0.0, 0.0)):
        document = vectorize(noise, (400, 300), min_area_share=share, tolerance_px=tolerance)
        assert parse_document(document.as_json(), level_count=4) == document
