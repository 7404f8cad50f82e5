"""Each test that begins with its cell is a row of the table of what real tools do, with that input and value."""

import io
import struct
import zlib

import numpy as np
import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotate.core.blurmap import decode_levels, rasterize
from annotate.core.formats import FORMATS, Meaning, Options, export, understand
from annotate.core.release import read_release
from tests.annotate.core.formats.drawing import area, bytes_of, lay, photos_of, rows_of
from tests.annotate.core.release.sample import write_sample

BY_NUMBER = Meaning(levels={str(level): level for level in range(4)})


def one(tmp_path, content, name="labels/a.png"):
    lay(tmp_path, **{name: content})
    (row,) = rows_of(tmp_path, "levels")
    return row


def levels_of(labels):
    document = understand(labels, BY_NUMBER, labels.size, level_count=4).document
    return rasterize(document, labels.size).tolist()


def test_cell_palette_map_pascal_labels_0_1_2_3_255_are_the_indices(tmp_path):
    image = PIL.Image.fromarray(np.array([[0, 1, 2, 3, 255]], np.uint8), "P")
    colours = [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]
    image.putpalette(colours + [0] * (765 - len(colours)) + [224, 224, 192])
    row = one(tmp_path, bytes_of(image))
    assert np.asarray(image.convert("L")).tolist() == [[0, 38, 75, 113, 220]]
    assert [shape.names for shape in row.shapes] == [("0",), ("1",), ("2",), ("3",)]
    assert levels_of(row) == [[0, 1, 2, 3, 255]]


def test_cell_16_bit_map_of_1_300_40000_is_refused(tmp_path):
    row = one(tmp_path, bytes_of(np.array([[1, 300, 40_000]], np.uint16)))
    assert (row.code, row.where, row.values) == ("no_levels", "labels/a.png", {"most": 40_000})


def test_16_bit_map_of_small_numbers_is_read(tmp_path):
    assert levels_of(one(tmp_path, bytes_of(np.array([[0, 3, 255]], np.uint16)))) == [[0, 3, 255]]


def grey_png(depth, row):
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 4, 1, depth, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" + row)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("depth", "row", "levels"), [(1, b"\x50", [0, 1, 0, 1]), (2, b"\x1b", [0, 1, 2, 3]), (4, b"\x01\x23", [0, 1, 2, 3])]
)
def test_a_map_of_few_bits_holds_its_numbers_and_not_what_pillow_spreads_them_to(tmp_path, depth, row, levels):
    png = grey_png(depth, row)
    assert max(np.asarray(PIL.Image.open(io.BytesIO(png))).reshape(-1).tolist()) != max(levels) or depth == 1
    assert levels_of(one(tmp_path, png)) == [levels]


def test_a_map_in_three_equal_channels_is_read_and_one_of_colours_is_not(tmp_path):
    grey = np.array([[0, 1, 2, 3]], np.uint8)
    assert levels_of(one(tmp_path, bytes_of(np.dstack([grey] * 3)))) == [[0, 1, 2, 3]]
    assert one(tmp_path, bytes_of(np.dstack([grey, grey, grey[:, ::-1]]))).code == "no_levels"


def test_a_jpeg_holds_no_levels(tmp_path):
    assert one(tmp_path, bytes_of(np.zeros((8, 8), np.uint8), "JPEG"), "labels/a.jpg").code == "no_levels"


def test_a_photo_among_the_maps_is_told_by_its_many_values(tmp_path):
    row = one(tmp_path, bytes_of(np.arange(256, dtype=np.uint8).reshape(16, 16)))
    assert (row.code, row.values) == ("no_levels", {"count": 256})


def test_each_area_is_as_large_as_its_number_is_frequent(tmp_path):
    levels = np.zeros((6, 8), np.uint8)
    levels[2:5, 1:7] = 2
    levels[3, 3] = 255
    row = one(tmp_path, bytes_of(levels))
    assert [(shape.names, shape.stated_area) for shape in row.shapes] == [(("0",), 30.0), (("2",), 17.0)]
    assert np.array_equal(area(row, "2"), levels == 2)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    levels=arrays.arrays(
        np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.sampled_from([0, 1, 2, 3, 255])
    )
)
def test_any_map_is_read_as_it_is(tmp_path, levels):
    levels[0, 0] = 1
    assert levels_of(one(tmp_path, bytes_of(levels))) == levels.tolist()


def test_level_maps_that_went_out_come_in_as_the_same(tmp_path):
    release = read_release(write_sample(tmp_path / "sample", 12))
    folder = export(release, FORMATS["levels"], tmp_path / "out", Options())
    labels = photos_of(rows_of(folder, "levels"))
    for record in release.records():
        wanted = decode_levels(release.load_levels(record))
        photo = labels[f"images/{record.file_name.rpartition('/')[2]}"]
        assert levels_of(photo) == wanted.tolist()


def test_an_export_holds_files_of_its_own_unless_nobody_can_change_them(tmp_path):
    release = read_release(write_sample(tmp_path / "sample", 2))
    own = export(release, FORMATS["levels"], tmp_path / "own", Options())
    linked = export(release, FORMATS["levels"], tmp_path / "linked", Options(), may_link=True)
    record = next(release.records())
    links = [(folder / "levels" / f"{record.key}.png").stat().st_nlink for folder in (own, linked)]
    assert links == [1, 2]
