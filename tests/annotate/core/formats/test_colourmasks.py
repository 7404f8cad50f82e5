"""Masks in colours with their labelmap.txt, as CVAT ("Segmentation mask 1.1") and datumaro 1.13.12 write them."""

import numpy as np
import PIL.Image
import pytest

from annotate.core.formats import FORMATS, InvalidFile, InvalidLabels, open_files
from annotate.core.formats.colourmasks import label_map, pascal_colour
from tests.annotate.core.formats.drawing import area, bytes_of, lay, photos_of, rows_of

CVAT = b"# label:color_rgb:parts:actions\nbackground:0,0,0::\nlow:250,50,83::\nhigh: 2:36,179,83::\n"
OF_PASCAL = b"# label:color_rgb:parts:actions\nbackground:::\nlow:::\nhigh: 2:::\n"
NUMBERS = np.array([[0, 0, 1, 1], [2, 2, 1, 0]])
OF_CVAT = np.array([[0, 0, 0], [250, 50, 83], [36, 179, 83]], np.uint8)
VOC = np.array([[0, 0, 0], [128, 0, 0], [0, 128, 0]], np.uint8)


def laid(tmp_path, labels, colours):
    picture = bytes_of(colours)
    return lay(
        tmp_path,
        **{
            "labelmap.txt": labels,
            "ImageSets/Segmentation/default.txt": b"street/a\n",
            "SegmentationClass/street/a.png": picture,
            "SegmentationObject/street/a.png": picture,
        },
    )


@pytest.mark.parametrize(("labels", "palette"), [(CVAT, OF_CVAT), (OF_PASCAL, VOC)])
def test_each_colour_is_the_label_that_labelmap_txt_names(tmp_path, labels, palette):
    (row,) = photos_of(rows_of(laid(tmp_path, labels, palette[NUMBERS]), "voc")).values()
    assert (row.file_name, row.where, row.size) == ("street/a", "SegmentationClass/street/a.png", (4, 2))
    for number, label in enumerate(("background", "low", "high: 2")):
        assert np.array_equal(area(row, label), number == NUMBERS)


def test_a_palette_is_read_by_its_colours_and_the_border_of_pascal_is_nothing(tmp_path):
    picture = PIL.Image.fromarray(np.where(NUMBERS == 2, 255, NUMBERS).astype(np.uint8), "P")
    picture.putpalette([*VOC.reshape(-1).tolist(), *[0] * (765 - VOC.size), 224, 224, 192])
    (row,) = photos_of(rows_of(laid(tmp_path, OF_PASCAL, picture), "voc")).values()
    assert [shape.names for shape in row.shapes] == [("background",), ("low",)]
    assert np.array_equal(area(row, "low"), NUMBERS == 1)


def test_a_colour_without_a_label_refuses_its_picture(tmp_path):
    (row,) = rows_of(laid(tmp_path, b"low:250,50,83::\n", OF_CVAT[NUMBERS]), "voc")
    assert (row.code, row.where) == ("no_class", "SegmentationClass/street/a.png")
    assert row.values == {"colours": "#000000, #24b353"}


def test_without_labelmap_txt_nothing_says_what_the_colours_mean(tmp_path):
    lay(tmp_path, **{"SegmentationClass/a.png": bytes_of(OF_CVAT[NUMBERS])})
    with pytest.raises(InvalidFile, match="labelmap"):
        rows_of(tmp_path, "voc")


def test_the_colours_of_pascal_are_the_bits_of_their_numbers():
    assert [pascal_colour(number) for number in (0, 1, 2, 3, 8, 20)] == [
        (0, 0, 0),
        (128, 0, 0),
        (0, 128, 0),
        (128, 128, 0),
        (64, 0, 0),
        (0, 64, 128),
    ]
    assert label_map("\ufeffa\nb:1,2,3\n".lstrip("\ufeff")) == {0: "a", 0x010203: "b"}


def test_masks_in_colours_are_recognised_and_never_read_as_black_and_white(tmp_path):
    laid(tmp_path, CVAT, OF_CVAT[NUMBERS])
    with open_files(tmp_path) as files:
        found = [name for name in FORMATS if FORMATS[name].read and FORMATS[name].recognises(files)]
    assert found == ["voc"]
    rows = rows_of(tmp_path, "masks")
    assert [(type(row), row.code) for row in rows] == [(InvalidLabels, "is_colours")] * 2


def test_labels_beside_their_photos_are_not_taken_for_masks(tmp_path):
    photo = bytes_of(np.random.default_rng(0).integers(0, 255, (6, 8, 3)).astype(np.uint8), "JPEG")
    lay(tmp_path, **{"a.jpg": photo, "b.jpg": photo, "c.jpg": photo, "d.jpg": photo, "classes.txt": b"low\n"})
    lay(tmp_path, **{"a.txt": b"", "b.txt": b"", "c.txt": b"", "d.txt": b"0 0.5 0.5 0.2 0.2\n"})
    with open_files(tmp_path) as files:
        found = [name for name in FORMATS if FORMATS[name].read and FORMATS[name].recognises(files)]
    assert found[0] == "yolo"
