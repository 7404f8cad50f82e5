"""Rasterising is exact, and level PNGs come back as they went."""

import io
import json
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotate.core import scanlines
from annotate.core.blurmap import IGNORE, LevelMap, decode_levels, encode_levels, level_areas, rasterize, shows_blur
from annotate.core.errors import InvalidRelease
from annotate.core.regions import EMPTY, Document, Region, parse_document
from tests.data.make_drawn_maps import PATH, map_crc

CASES = json.loads((Path(__file__).parents[2] / "data" / "raster_cases.json").read_text())


def as_rows(level_map: LevelMap) -> list[str]:
    return ["".join("." if level == IGNORE else str(level) for level in row) for row in level_map.tolist()]


def region(*rings: list[float], level: int = 1, name: str = "a", z: int = 0) -> Region:
    """A region with rings in pixels."""
    return Region(name, level, "defocus", tuple(tuple(round(16 * v) for v in ring) for ring in rings), z)


def test_a_box_between_pixels_fills_its_pixels() -> None:
    box = region([1, 0, 3, 0, 3, 2, 1, 2])
    assert as_rows(rasterize(Document(0, (box,)), (4, 3))) == ["0110", "0110", "0000"]


def test_centres_on_left_and_top_edges_are_in_and_on_right_and_bottom_edges_out() -> None:
    box = region([0.5, 0.5, 2.5, 0.5, 2.5, 2.5, 0.5, 2.5])
    assert as_rows(rasterize(Document(None, (box,)), (4, 4))) == ["11..", "11..", "....", "...."]


def test_an_unlabelled_photo_is_all_ignored() -> None:
    assert as_rows(rasterize(EMPTY, (3, 2))) == ["...", "..."]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_shared_case(case: dict[str, Any]) -> None:
    document = parse_document(case["document"], level_count=8)
    assert as_rows(rasterize(document, tuple(case["size"]))) == case["rows"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_whether_it_shows_blur_is_known_without_painting(case: dict[str, Any]) -> None:
    document, levels = parse_document(case["document"], level_count=8), set("".join(case["rows"])) - {"."}
    assert shows_blur(document, tuple(case["size"])) == (bool(levels - {"0"}) if levels else None)


@pytest.mark.parametrize(("top", "shows"), [(0, False), (None, True)])
def test_blur_that_is_painted_over_does_not_show(top: int | None, shows: bool) -> None:
    all_of_it = [0, 0, 4, 0, 4, 3, 0, 3]
    over = () if top is None else (region(all_of_it, level=top, z=9),)
    for base in (None, 0, 2):
        assert shows_blur(Document(base, (region(all_of_it), *over)), (4, 3)) is shows
    assert shows_blur(Document(2, over), (4, 3)) is shows


def test_the_thousand_drawn_maps_that_browsers_are_held_to_are_pythons() -> None:
    lines = json.loads(PATH.read_text())
    assert len(lines) == 1000
    assert [line[4] for line in lines] == [map_crc(line) for line in lines]


@pytest.mark.parametrize("case", CASES[::3], ids=lambda case: case["name"])
def test_painting_in_bands_of_rows_gives_the_same_map(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanlines, "_CROSSINGS_AT_ONCE", 1)
    document = parse_document(case["document"], level_count=8)
    assert as_rows(rasterize(document, tuple(case["size"]))) == case["rows"]


coordinates = st.integers(-200, 600) | st.integers(-4, 20).map(lambda pixel: 16 * pixel + 8)
rings = st.lists(st.tuples(coordinates, coordinates), min_size=3, max_size=8).map(lambda points: sum(points, ()))
polygons = st.lists(rings, min_size=1, max_size=3).map(tuple)


def painted(polygon: tuple[tuple[int, ...], ...], base: int | None = 0) -> LevelMap:
    return rasterize(Document(base, (Region("a", 1, "defocus", polygon, 0),)), (24, 18))


@given(polygons)
def test_a_region_and_its_complement_share_no_pixel_and_leave_none_out(polygon: tuple[tuple[int, ...], ...]) -> None:
    frame = (-1600, -1600, 3200, -1600, 3200, 3200, -1600, 3200)
    assert (painted(polygon) ^ painted((*polygon, frame))).all()


@given(polygons, st.integers(-5, 5), st.integers(-5, 5))
def test_moving_a_region_by_whole_pixels_moves_its_pixels(polygon: tuple[tuple[int, ...], ...], x: int, y: int) -> None:
    moved = tuple(tuple(v + 16 * (y if i % 2 else x) for i, v in enumerate(ring)) for ring in polygon)
    before, after = painted(polygon), painted(moved)
    rows, columns = slice(max(y, 0), 18 + min(y, 0)), slice(max(x, 0), 24 + min(x, 0))
    source_rows, source_columns = slice(max(-y, 0), 18 + min(-y, 0)), slice(max(-x, 0), 24 + min(-x, 0))
    assert (after[rows, columns] == before[source_rows, source_columns]).all()


@given(polygons, st.integers(0, 7), st.booleans())
def test_where_a_ring_starts_and_which_way_it_runs_does_not_matter(
    polygon: tuple[tuple[int, ...], ...], start: int, is_reversed: bool
) -> None:
    def redrawn(ring: tuple[int, ...]) -> tuple[int, ...]:
        points = list(zip(ring[0::2], ring[1::2], strict=True))
        points = points[start:] + points[:start]
        return sum(points[::-1] if is_reversed else points, ())

    assert (painted(tuple(map(redrawn, polygon))) == painted(polygon)).all()


boxes = st.tuples(st.integers(-2, 22), st.integers(-2, 17), st.integers(1, 25), st.integers(1, 20))


@given(st.lists(boxes, min_size=1, max_size=40), st.sampled_from([None, 0, 3]))
def test_of_regions_over_one_another_the_last_is_seen(boxes: list[tuple[int, ...]], base: int | None) -> None:
    expected = np.full((18, 24), IGNORE if base is None else base, np.uint8)
    regions = []
    for z, (x, y, width, height) in enumerate(boxes):
        ring = [x, y, x + width, y, x + width, y + height, x, y + height]
        regions.append(region(ring, level=z % 8, name=f"r{z}", z=z))
        expected[max(y, 0) : max(y + height, 0), max(x, 0) : max(x + width, 0)] = z % 8
    assert (rasterize(Document(base, tuple(regions)), (24, 18)) == expected).all()


def test_areas_count_the_pixels_of_each_level() -> None:
    assert level_areas(np.array([[0, 1, 1], [3, 255, 1]], np.uint8), 4) == [1, 3, 0, 1]


# Level PNG ------------------------------------------------------------------------------------------------------------

SMALL = np.array([[0, 1, 2], [3, 255, 7]], np.uint8)


def png(header: tuple[int, ...], rows: bytes, *extra: tuple[bytes, bytes]) -> bytes:
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", *header)),
        *extra,
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )


def test_a_level_png_is_a_plain_grey_png_that_others_read() -> None:
    file = encode_levels(SMALL)
    image = PIL.Image.open(io.BytesIO(file))
    assert (image.mode, image.size, image.info) == ("L", (3, 2), {})
    assert np.asarray(image).tolist() == SMALL.tolist()
    assert [file[12:16], file[37:41], file[-8:-4]] == [b"IHDR", b"IDAT", b"IEND"]
    assert file.count(b"IDAT") == 1


def test_rows_of_a_level_png_are_not_filtered() -> None:
    file = encode_levels(SMALL)
    assert zlib.decompress(file[41:-16]) == bytes([0, 0, 1, 2, 0, 3, 255, 7])


@given(
    hnp.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40)), elements=st.sampled_from([*range(8), 255]))
)
def test_decoding_gives_back_what_was_encoded(level_map: LevelMap) -> None:
    decoded = decode_levels(encode_levels(level_map))
    assert decoded.dtype == np.uint8
    assert decoded.tolist() == level_map.tolist()


def test_a_decoded_map_may_be_written_to() -> None:
    decoded = decode_levels(encode_levels(SMALL))
    decoded[0, 0] = 5
    assert decoded[0, 0] == 5


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (b"", "Give the level map as a PNG file."),
        (b"\xff\xd8\xff", "Give the level map as a PNG file."),
        (png((3, 2, 8, 3, 0, 0, 0), bytes(8)), "Store the level map as 8-bit grey"),
        (png((3, 2, 2, 0, 0, 0, 0), bytes(4)), "Store the level map as 8-bit grey"),
        (png((3, 2, 16, 0, 0, 0, 0), bytes(14)), "Store the level map as 8-bit grey"),
        (png((3, 2, 8, 4, 0, 0, 0), bytes(14)), "Store the level map as 8-bit grey"),
        (png((3, 2, 8, 2, 0, 0, 0), bytes(20)), "Store the level map as 8-bit grey"),
        (png((3, 2, 8, 0, 0, 0, 1), bytes(8)), "Store the level map as 8-bit grey"),
        (png((3, 2, 8, 0, 0, 0, 0), bytes([1, 0, 0, 0, 0, 0, 0, 0])), "Store every row of the level map with filter 0"),
        (png((3, 2, 8, 0, 0, 0, 0), bytes([0, 85, 170, 255, 0, 0, 0, 0])), "Use only levels 0 to 7 and 255"),
        (png((3, 2, 8, 0, 0, 0, 0), bytes(7)), "Replace the level map: its pixels do not fill"),
        (png((3, 2, 8, 0, 0, 0, 0), bytes(9)), "Replace the level map: its pixels do not fill"),
        (png((0, 2, 8, 0, 0, 0, 0), bytes(2)), "Keep the level map within"),
        (png((50_000, 50_000, 8, 0, 0, 0, 0), bytes(8)), "Keep the level map within"),
        (png((3, 2, 8, 0, 0, 0, 0), bytes(8), (b"tEXt", b"a\0b")), "Store the level map as a PNG of one IHDR"),
        (png((3, 2, 8, 0, 0, 0, 0), bytes(8)) + b"tail", "Replace the level map: its chunks"),
    ],
)
def test_other_files_are_refused_with_the_reason(file: bytes, reason: str) -> None:
    with pytest.raises(InvalidRelease) as caught:
        decode_levels(file)
    assert caught.value.detail.startswith(reason)


def test_no_cut_and_no_flipped_byte_goes_unnoticed() -> None:
    file = encode_levels(SMALL)
    damaged = [file[:length] for length in range(len(file))]
    damaged += [bytes([*file[:i], file[i] ^ 0x10, *file[i + 1 :]]) for i in range(len(file))]
    for each in damaged:
        with pytest.raises(InvalidRelease):
            decode_levels(each)
