import base64
import io
import json

import numpy as np
import PIL.Image
import pytest

from annotate.core.blurmap import rasterize
from annotate.core.formats import FORMATS, InvalidLabels, Meaning, Options, counted_area, open_files, understand

LABELME = FORMATS["labelme"]
SQUARE = [[2, 2], [6, 2], [6, 6], [2, 6]]


def shape(points, kind="polygon", label="high", **more):
    return {"label": label, "points": points, "group_id": None, "shape_type": kind, "flags": {}, **more}


def content(*shapes, path="a.jpg", size=(10, 10), **more):
    return {
        "version": "6.3.1",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": path,
        "imageData": None,
        "imageHeight": size[1],
        "imageWidth": size[0],
        **more,
    }


def rows_of(folder, *contents, name="labels/a.json"):
    for i, each in enumerate(contents):
        path = folder / (name if i == 0 else f"labels/b{i}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(each if isinstance(each, str) else json.dumps(each))
    with open_files(folder) as files:
        return list(LABELME.read(files, lambda name: None, Options()))


def png_of(mask):
    buffer = io.BytesIO()
    PIL.Image.fromarray(mask.astype(np.uint8)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def area(folder, raw):
    (photo,) = rows_of(folder, content(raw))
    return counted_area(photo.shapes[0], photo.size)


@pytest.mark.parametrize(
    ("text", "is_one"), [(json.dumps(content()), True), ('{"images": [], "annotations": []}', False), ("[]", False)]
)
def test_a_file_of_labelme_is_recognised(tmp_path, text, is_one):
    (tmp_path / "a.json").write_text(text)
    with open_files(tmp_path) as files:
        assert LABELME.recognises(files) == is_one


def test_cell_labelme_polygon_is_16_px_and_later_shapes_lie_over_earlier(tmp_path):
    (photo,) = rows_of(tmp_path, content(shape(SQUARE), shape([[4, 0], [8, 0], [8, 8], [4, 8]], label="low")))
    assert counted_area(photo.shapes[0], (10, 10)) == 16
    meaning = Meaning(levels={"low": 1, "high": 3}, rest=0)
    assert rasterize(understand(photo, meaning, (10, 10), level_count=4).document, (10, 10))[4, 4] == 1


def test_cell_labelme_mask_of_two_inclusive_points_is_16_px(tmp_path):
    raw = shape([[2, 2], [5, 5]], "mask", mask=png_of(np.ones((4, 4))))
    (photo,) = rows_of(tmp_path, content(raw))
    assert photo.shapes[0].rings == ((32, 32, 96, 32, 96, 96, 32, 96),)
    assert counted_area(photo.shapes[0], (10, 10)) == 16


def test_cell_labelme_image_is_image_path_and_never_image_data(tmp_path):
    (photo,) = rows_of(tmp_path, content(shape(SQUARE), path="..\\photos\\a.webp", imageData="bm90IGEgcGhvdG8="))
    assert photo.file_name == "photos/a.webp"


@pytest.mark.parametrize("points", [[[2, 2], [6, 6]], [[6, 2], [2, 6]], [[6, 6], [2, 2]]])
def test_cell_labelme_rectangle_has_corners_in_any_order(tmp_path, points):
    assert area(tmp_path, shape(points, "rectangle")) == 16


def test_cell_labelme_circle_is_a_centre_and_a_point_on_it(tmp_path):
    assert area(tmp_path, shape([[5, 5], [5, 8]], "circle")) == 32


def test_a_mask_with_a_hole_keeps_it(tmp_path):
    ring = np.ones((4, 4))
    ring[1:3, 1:3] = 0
    assert area(tmp_path, shape([[2, 2], [5, 5]], "mask", mask=png_of(ring))) == 12


def test_an_oriented_rectangle_is_its_four_corners(tmp_path):
    assert area(tmp_path, shape(SQUARE, "oriented_rectangle")) == 16


def test_flags_groups_and_descriptions_are_names(tmp_path):
    raw = shape(SQUARE, flags={"motion": True, "hard": False}, group_id=7, description="the hand")
    (photo,) = rows_of(tmp_path, content(raw, flags={"good": True, "bad": False}))
    assert photo.names == ("good",)
    assert photo.shapes[0].names == ("high", "motion", "group_id=7", "description=the hand")
    assert (photo.size, photo.author, photo.is_ordered) == ((10, 10), "", True)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("a.jpg", "labels/a.jpg"),
        ("../../a.jpg", "a.jpg"),
        ("C:\\data\\a.jpg", "labels/data/a.jpg"),
        ("./sub/ä b.png", "labels/sub/ä b.png"),
    ],
)
def test_the_photo_is_named_from_where_the_labels_lie(tmp_path, path, name):
    (photo,) = rows_of(tmp_path, content(path=path))
    assert photo.file_name == name


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (shape(SQUARE, "linestrip"), "no_area"),
        (shape([[1, 1], [2, 2]], "line"), "no_area"),
        (shape([[1, 1]], "point"), "no_area"),
        (shape(SQUARE, "cuboid"), "invalid_labels"),
        (shape([[1, 1]], "rectangle"), "invalid_labels"),
        (shape([[1, 1], [2, "x"]], "circle"), "invalid_labels"),
        (shape([[5, 5], [5, 5]], "circle"), "invalid_labels"),
        (shape([[2, 2], [6, 6]], "mask", mask=png_of(np.ones((4, 4)))), "invalid_labels"),
        (shape([[2, 2], [5, 5]], "mask", mask="no png"), "invalid_labels"),
        (shape([[2, 2], [5, 5]], "mask"), "invalid_labels"),
        (shape([[2, 2], [5, 5]], "mask", mask=png_of(np.ones((4, 4, 3)))), "invalid_labels"),
        ({"points": SQUARE}, "invalid_labels"),
        ("text", "invalid_labels"),
    ],
)
def test_what_is_no_area_is_listed_and_the_others_are_read(tmp_path, raw, code):
    listed, photo = rows_of(tmp_path, content(raw, shape(SQUARE)))
    assert (listed.code, listed.where) == (code, "labels/a.json: shapes[0]")
    assert [bool(each.rings) for each in photo.shapes] == [False, True]


def test_a_photo_whose_only_shape_cannot_be_read_is_not_taken_for_a_sharp_one(tmp_path):
    _, photo = rows_of(tmp_path, content(shape([[1, 1]], "point")))
    assert understand(photo, Meaning(levels={"high": 1}, rest=0), (10, 10), level_count=4).document is None


@pytest.mark.parametrize("broken", ["{", "[1]", '{"shapes": 1, "imagePath": "a"}', "[" * 100_000])
def test_a_broken_file_is_listed_and_the_next_is_read(tmp_path, broken):
    listed, photo = rows_of(tmp_path, broken, content(shape(SQUARE)))
    assert isinstance(listed, InvalidLabels)
    assert (listed.where, photo.where) == ("labels/a.json", "labels/b1.json")
