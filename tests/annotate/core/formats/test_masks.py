"""Each test that begins with its cell is a row of the table of what real tools do, with that input and value."""

import numpy as np
import PIL.Image
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotate.core.blurmap import decode_levels, rasterize
from annotate.core.errors import SmartBlurError
from annotate.core.formats import FORMATS, InvalidFile, InvalidLabels, Meaning, Options, export, open_files, understand
from annotate.core.release import read_release
from tests.annotate.core.formats.drawing import area, bytes_of, lay, photos_of, rows_of
from tests.annotate.core.release.sample import write_sample

LEFT = np.zeros((6, 8), np.uint8)
LEFT[:, :4] = 255


def one(tmp_path, content, name="gt/a.png", **options):
    lay(tmp_path, **{name: content})
    (row,) = rows_of(tmp_path, "masks", **options)
    return row


def white(tmp_path, content, **options):
    row = one(tmp_path, content, **options)
    assert isinstance(row, InvalidLabels) is False, row
    return area(row, "white")


def test_cell_mask_folder_dut_and_cuhk_as_in_denets_are_8_bit_bmp_and_white_is_what_the_mapping_says(tmp_path):
    mask = np.zeros((320, 320), np.uint8)
    mask[:, :100] = 255
    lay(tmp_path, **{"dut500-gt/1.bmp": bytes_of(mask, "BMP"), "dut500-source/1.jpg": bytes_of(mask, "JPEG")})
    (row,) = rows_of(tmp_path, "masks")
    assert (row.file_name, row.where, row.size) == ("dut500-source/1.jpg", "dut500-gt/1.bmp", (320, 320))
    white_is_sharp = Meaning(levels={"white": 0, "black": 1})
    levels = rasterize(understand(row, white_is_sharp, (320, 320), level_count=2).document, (320, 320))
    assert np.array_equal(levels, (mask == 0).astype(np.uint8))


def test_cell_mask_folder_cuhk_as_in_hifst_is_png_0_and_255_and_white_is_what_the_mapping_says(tmp_path):
    lay(tmp_path, **{"gt/out_of_focus0001.png": bytes_of(LEFT), "image/out_of_focus0001.jpg": bytes_of(LEFT, "JPEG")})
    (row,) = rows_of(tmp_path, "masks")
    assert (row.file_name, [shape.names for shape in row.shapes]) == (
        "image/out_of_focus0001.jpg",
        [("black", "name=out_of_focus"), ("white", "name=out_of_focus")],
    )
    white_is_blurred = Meaning(levels={"white": 2, "black": 0}, kinds={"name=out_of_focus": "defocus"})
    document = understand(row, white_is_blurred, (8, 6), level_count=4).document
    assert np.array_equal(rasterize(document, (8, 6)), (LEFT > 0) * np.uint8(2))
    assert [(region.level, region.kind) for region in document.regions] == [(0, "unknown"), (2, "defocus")]


def test_cell_mask_values_dut_between_1_and_254_are_told_by_a_threshold_at_128(tmp_path):
    mask = np.array([[0, 1, 64, 127, 128, 192, 254, 255]], np.uint8)
    row = one(tmp_path, bytes_of(mask, "BMP"), "gt/a.bmp")
    assert area(row, "white").tolist() == [[False] * 4 + [True] * 4]
    assert area(row, "black").tolist() == [[True] * 4 + [False] * 4]


def test_cell_mask_values_dut_in_a_band_are_neither(tmp_path):
    mask = np.array([[0, 1, 64, 127, 128, 192, 254, 255]], np.uint8)
    row = one(tmp_path, bytes_of(mask), band=64)
    assert area(row, "white").tolist() == [[False] * 5 + [True] * 3]
    assert area(row, "black").tolist() == [[True] * 3 + [False] * 5]


def test_cell_mask_files_udrs_png_rgba_named_jpg_with_alpha_255_are_read_by_their_colours(tmp_path):
    rgba = np.dstack([LEFT, LEFT, LEFT, np.full_like(LEFT, 255)])
    lay(tmp_path, **{"test1/label/7.jpg": bytes_of(rgba), "test1/image/7.jpg": bytes_of(LEFT, "JPEG")})
    labels = photos_of(rows_of(tmp_path, "masks"))
    assert np.array_equal(area(labels["test1/image/7.jpg"], "white"), LEFT > 0)


def in_colours(*palette):
    image = PIL.Image.fromarray((LEFT > 0).astype(np.uint8), "P")
    image.putpalette(palette)
    return image


TWO_VALUES = {
    "0 and 1": LEFT // 255,
    "0 and 100": LEFT // 255 * 100,
    "one bit": LEFT > 0,
    "16 bits, 0 and 65535": (LEFT > 0).astype(np.uint16) * 65_535,
    "16 bits, 0 and 1": (LEFT > 0).astype(np.uint16),
    "RGB": np.dstack([LEFT] * 3),
    "a palette of black and dark red": in_colours(0, 0, 0, 128, 0, 0),
    "a palette of green and white": in_colours(0, 128, 0, 255, 255, 255),
}


@pytest.mark.parametrize("kind", TWO_VALUES)
def test_a_mask_of_two_values_is_read_by_these(tmp_path, kind):
    assert np.array_equal(white(tmp_path, bytes_of(TWO_VALUES[kind])), LEFT > 0)


def test_a_palette_counts_by_how_bright_its_colours_are_not_by_their_numbers(tmp_path):
    assert np.array_equal(white(tmp_path, bytes_of(in_colours(255, 255, 255, 0, 0, 0))), LEFT == 0)


def test_a_jpeg_mask_is_read_by_the_threshold(tmp_path):
    mask = np.kron(LEFT, np.ones((16, 16), np.uint8))
    assert np.array_equal(white(tmp_path, bytes_of(mask, "JPEG", quality=60)), mask > 0)


def test_a_mask_of_16_bits_is_scaled_to_8(tmp_path):
    mask = np.array([[0, 32_000, 33_000, 65_535]], np.uint16)
    assert white(tmp_path, bytes_of(mask)).tolist() == [[False, False, True, True]]


def test_a_transparent_mask_is_refused(tmp_path):
    row = one(tmp_path, bytes_of(np.dstack([LEFT] * 4)))
    assert (row.code, row.where) == ("transparent", "gt/a.png")


def test_a_level_map_is_no_mask(tmp_path):
    row = one(tmp_path, bytes_of(np.array([[0, 1, 2, 3, 255]], np.uint8)))
    assert (row.code, row.values) == ("is_levels", {"values": "0, 1, 2, 3, 255"})


def test_what_is_no_image_is_one_bad_row_among_good_ones(tmp_path):
    lay(tmp_path, **{"gt/a.png": b"no", "gt/b.png": bytes_of(LEFT)})
    rows = rows_of(tmp_path, "masks")
    assert [(row.where, isinstance(row, InvalidLabels)) for row in rows] == [("gt/a.png", True), ("gt/b.png", False)]


@pytest.mark.parametrize(("value", "name"), [(0, "black"), (255, "white")])
def test_a_mask_all_black_or_all_white_is_so(tmp_path, value, name):
    lay(tmp_path, **{"gt/a.png": bytes_of(np.full((4, 4), value, np.uint8)), "gt/b.png": bytes_of(LEFT)})
    labels = photos_of(rows_of(tmp_path, "masks"))
    assert [shape.names for shape in labels["a"].shapes] == [(name,)]


def test_a_mask_of_one_value_is_told_by_the_others(tmp_path):
    lay(tmp_path, **{"gt/a.png": bytes_of(np.ones((4, 4), np.uint8)), "gt/b.png": bytes_of(LEFT // 255)})
    labels = photos_of(rows_of(tmp_path, "masks"))
    assert [shape.names for shape in labels["a"].shapes] == [("white",)]


def test_a_mask_of_one_value_that_nothing_tells_is_refused(tmp_path):
    row = one(tmp_path, bytes_of(np.full((4, 4), 7, np.uint8)))
    assert (row.code, row.where, row.values) == ("one_value", "gt/a.png", {"value": 7})


def test_masks_that_all_hold_one_value_are_told_of(tmp_path):
    lay(tmp_path, **{f"gt/{name}.png": bytes_of(np.zeros((4, 4), np.uint8)) for name in "ab"})
    *_, last = rows_of(tmp_path, "masks")
    assert (last.code, last.values) == ("one_value", {"value": 0})


def test_a_mask_without_a_photo_beside_it_is_of_the_photo_of_its_name(tmp_path):
    lay(tmp_path, **{"train/masks/a.b.png": bytes_of(LEFT), "c_mask.png": bytes_of(LEFT)})
    assert [row.file_name for row in rows_of(tmp_path, "masks")] == ["c", "train/a.b"]


def test_masks_beside_their_photos_are_told_by_the_ends_of_their_names(tmp_path):
    lay(tmp_path, **{"x/a_mask.png": bytes_of(LEFT), "x/a.jpg": bytes_of(LEFT, "JPEG")})
    assert [(row.file_name, row.where) for row in rows_of(tmp_path, "masks")] == [("x/a.jpg", "x/a_mask.png")]


def test_masks_of_the_same_name_in_two_splits_keep_their_photos(tmp_path):
    names = [f"{split}/{kind}" for split in ("train", "test") for kind in ("gt/1.png", "images/1.png")]
    lay(tmp_path, **dict.fromkeys(names, bytes_of(LEFT)))
    assert [(row.file_name, row.where) for row in rows_of(tmp_path, "masks")] == [
        ("test/images/1.png", "test/gt/1.png"),
        ("train/images/1.png", "train/gt/1.png"),
    ]


def test_a_folder_of_photos_alone_holds_no_masks(tmp_path):
    lay(tmp_path, **{"images/a.png": bytes_of(LEFT)})
    with pytest.raises(InvalidFile):
        rows_of(tmp_path, "masks")


@pytest.mark.parametrize(
    ("mask", "is_mask", "is_level_map"),
    [
        (LEFT, True, False),
        (LEFT // 255, True, True),
        (np.array([[0, 1, 2]], np.uint8), False, True),
        (np.arange(256, dtype=np.uint8).reshape(16, 16), True, False),
    ],
)
def test_masks_and_level_maps_are_told_by_their_values(tmp_path, mask, is_mask, is_level_map):
    lay(tmp_path, **{"gt/a.png": bytes_of(mask)})
    with open_files(tmp_path) as files:
        assert (FORMATS["masks"].recognises(files), FORMATS["levels"].recognises(files)) == (is_mask, is_level_map)


def test_a_level_map_is_told_by_the_first_that_shows_a_level(tmp_path):
    lay(tmp_path, **{"gt/a.png": bytes_of(0 * LEFT), "gt/b.png": bytes_of(np.array([[0, 1, 2]], np.uint8))})
    with open_files(tmp_path) as files:
        assert FORMATS["levels"].recognises(files) is True


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return read_release(write_sample(tmp_path_factory.mktemp("release") / "sample", 12))


@pytest.mark.parametrize("is_blur_white", [True, False])
@pytest.mark.parametrize("from_level", [1, 2])
def test_masks_that_went_out_come_in_as_the_same_two_levels(release, tmp_path, is_blur_white, from_level):
    options = Options(is_blur_white=is_blur_white, from_level=from_level)
    folder = export(release, FORMATS["masks"], tmp_path / "out", options)
    labels = photos_of(rows_of(folder, "masks", band=1))
    blurred, sharp = ("white", "black") if is_blur_white else ("black", "white")
    meaning = Meaning(levels={blurred: 1, sharp: 0})
    for record in release.records():
        photo = labels[f"images/{record.file_name.rpartition('/')[2]}"]
        size = (record.width, record.height)
        levels = decode_levels(release.load_levels(record))
        wanted = np.where(levels == 255, 255, levels >= from_level)
        assert np.array_equal(rasterize(understand(photo, meaning, size, level_count=2).document, size), wanted)


@pytest.mark.parametrize("level", [0, 4])
def test_masks_from_a_level_that_is_none_are_refused(release, tmp_path, level):
    with pytest.raises(SmartBlurError) as refusal:
        export(release, FORMATS["masks"], tmp_path / "out", Options(from_level=level))
    assert (refusal.value.code, refusal.value.values) == ("no_level", {"most": 3})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mask=arrays.arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
def test_any_mask_is_read_as_it_is(tmp_path, mask):
    lay(tmp_path, **{"gt/a.png": bytes_of((mask * 255).astype(np.uint8)), "gt/b.png": bytes_of(LEFT)})
    labels = next(row for row in rows_of(tmp_path, "masks") if row.file_name == "a")
    assert np.array_equal(area(labels, "white") if mask.any() else mask, mask)
