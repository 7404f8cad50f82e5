"""Cells of the truth table about COCO, and what files in the wild hold."""

import itertools
import json

import numpy as np
import pytest

from annotate.core.blurmap import rasterize
from annotate.core.formats import (
    FORMATS,
    InvalidLabels,
    Meaning,
    Options,
    PhotoLabels,
    counted_area,
    open_files,
    understand,
)

COCO = FORMATS["coco"]
IMAGE = {"id": 1, "file_name": "a.jpg", "width": 10, "height": 10}
CATEGORIES = [{"id": 5, "name": "low"}, {"id": 9, "name": "high"}]
SQUARE = [[2, 2, 6, 2, 6, 6, 2, 6]]
MEANING = Meaning(levels={"low": 1, "high": 3}, rest=0)


def annotation(segmentation=SQUARE, **more):
    return {"id": 1, "image_id": 1, "category_id": 5, "segmentation": segmentation, **more}


@pytest.fixture
def read(tmp_path):
    """The rows of a file, from its lists or from its text; photos are of the sizes given."""

    def read(annotations=(), *, sizes=None, text=None, **lists):
        content = {"images": [IMAGE], "categories": CATEGORIES, "annotations": list(annotations)} | lists
        (tmp_path / "instances.json").write_text(json.dumps(content) if text is None else text)
        with open_files(tmp_path) as files:
            return list(COCO.read(files, (sizes or {}).get, Options()))

    return read


def only(rows):
    (labels,) = rows
    assert isinstance(labels, PhotoLabels)
    return labels


def refusals(rows):
    return [(row.where, row.sentence) for row in rows if isinstance(row, InvalidLabels)]


def painted(labels, meaning=MEANING):
    return rasterize(understand(labels, meaning, (10, 10), level_count=4).document, (10, 10))


def ones(level_map):
    y, x = np.nonzero(level_map == 1)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def test_cell_coco_polygon_has_its_corners_on_pixel_edges(read):
    labels = only(read([annotation()]))
    assert ones(painted(labels)) == [(x, y) for y in range(2, 6) for x in range(2, 6)]
    assert counted_area(labels.shapes[0], (10, 10)) == 16


def test_cell_coco_list_of_rings_is_parts_and_never_holes(read):
    outer, inner = [1, 1, 9, 1, 9, 9, 1, 9], [3, 3, 7, 3, 7, 7, 3, 7]
    labels = only(read([annotation([outer, inner])]))
    assert counted_area(labels.shapes[0], (10, 10)) == 64
    assert np.count_nonzero(painted(labels)) == 64


def test_parts_that_lie_apart_are_one_region(read):
    labels = only(read([annotation([[0, 0, 2, 0, 2, 2, 0, 2], [4, 4, 6, 4, 6, 6, 4, 6]])]))
    assert len(understand(labels, MEANING, (10, 10), level_count=4).document.regions) == 1
    assert np.count_nonzero(painted(labels)) == 8


@pytest.mark.parametrize("counts", [[22, 2, 76], "f02\\2"])
def test_cell_coco_rle_runs_down_columns_and_begins_with_zeros(read, counts):
    labels = only(read([annotation({"size": [10, 10], "counts": counts})]))
    assert ones(painted(labels)) == [(2, 2), (2, 3)]


@pytest.mark.parametrize("is_crowd", [0, 1])
def test_cell_coco_iscrowd_changes_nothing_about_the_area(read, is_crowd):
    mask = {"size": [10, 10], "counts": [22, 2, 76]}
    assert ones(painted(only(read([annotation(mask, iscrowd=is_crowd)])))) == [(2, 2), (2, 3)]


@pytest.mark.parametrize("first", [0, 1])
def test_cell_coco_ids_from_0_are_read_as_those_from_1(read, first):
    rows = read([annotation(), annotation([[0, 0, 1, 0, 1, 1, 0, 1]])])
    for number, row in enumerate(only(rows).shapes):
        assert row.where == f"instances.json: annotations[{number}]"
    assert len(only(read([annotation() | {"id": first + n} for n in range(2)])).shapes) == 2


def test_cell_coco_category_id_is_looked_up(read):
    labels = only(read([annotation(category_id=5), annotation(category_id=9)]))
    assert [shape.names for shape in labels.shapes] == [("low",), ("high",)]


def test_cell_coco_category_id_of_label_studio_is_no_level(read):
    names = [{"id": 0, "name": "High"}, {"id": 1, "name": "Low"}, {"id": 2, "name": "Medium"}]
    labels = only(read([annotation(category_id=0), annotation(category_id=2)], categories=names))
    assert [shape.names for shape in labels.shapes] == [("High",), ("Medium",)]


def test_cell_coco_area_of_a_bow_tie_is_counted(read):
    labels = only(read([annotation([[1, 1, 9, 9, 9, 1, 1, 9]], area=0.0)]))
    assert (labels.shapes[0].stated_area, counted_area(labels.shapes[0], (10, 10))) == (0.0, 32)


@pytest.mark.parametrize("order", [(5, 9), (9, 5)])
def test_cell_coco_order_carries_no_meaning(read, order):
    labels = only(read([annotation(category_id=number) for number in order]))
    assert painted(labels)[4, 4] == 3


def test_cell_coco_images_twice_are_two_peoples_maps(read):
    twice = [IMAGE, IMAGE | {"id": 2}]
    other = annotation([[0, 0, 1, 0, 1, 1, 0, 1]], image_id=2)
    first, second = read([other, annotation()], images=twice)
    assert [(row.file_name, row.author) for row in (first, second)] == [("a.jpg", "1"), ("a.jpg", "2")]
    assert (ones(painted(second)), len(ones(painted(first)))) == ([(0, 0)], 16)


def test_who_made_an_annotation_is_its_author(read):
    rows = read([annotation(completed_by=7), annotation(completed_by={"email": "b@example.org"})])
    assert [(row.author, len(row.shapes)) for row in rows] == [("7", 1), ("b@example.org", 1)]


def test_cell_coco_from_label_studio_of_a_turned_photo_is_scaled_back(read):
    info = {"year": 2026, "contributor": "Label Studio"}
    image = IMAGE | {"width": 200, "height": 100}
    polygon = [[0, 0, 100, 0, 100, 50, 0, 50]]
    labels = only(read([annotation(polygon)], images=[image], info=info, sizes={"a.jpg": (100, 200)}))
    ring = labels.shapes[0].rings[0]
    assert [value / 16 for value in ring] == [0, 0, 50, 0, 50, 100, 0, 100]
    assert labels.size == (100, 200)


def test_a_rectangle_from_label_studio_of_a_turned_photo_is_right_as_it_is(read):
    image = IMAGE | {"width": 200, "height": 100}
    box = annotation([], bbox=[0, 0, 50, 100])
    labels = only(
        read([box], images=[image], info={"contributor": "Label Studio"}, sizes={"a.jpg": (100, 200)}),
    )
    assert [value / 16 for value in labels.shapes[0].rings[0]] == [0, 0, 50, 0, 50, 100, 0, 100]


def test_a_turned_photo_of_another_tool_is_not_guessed_at(read):
    image = IMAGE | {"width": 200, "height": 100}
    labels = only(read([annotation()], images=[image], sizes={"a.jpg": (100, 200)}))
    with pytest.raises(InvalidLabels) as refusal:
        understand(labels, MEANING, (100, 200), level_count=4)
    assert refusal.value.code == "other_size"


def test_attributes_are_names_too(read):
    attributes = {"kind": "motion", "occluded": False, "score": 2, "nested": {}}
    labels = only(read([annotation(attributes=attributes)]))
    assert labels.shapes[0].names == ("low", "kind=motion", "occluded=false", "score=2")


def test_attributes_of_an_image_are_said_of_the_photo(read):
    assert only(read(images=[IMAGE | {"attributes": {"desirability": "good"}}])).names == ("desirability=good",)


def test_a_box_without_an_outline_is_a_rectangle(read):
    labels = only(read([annotation([], bbox=[1, 2, 3, 4.5])]))
    assert [value / 16 for value in labels.shapes[0].rings[0]] == [1, 2, 4, 2, 4, 6.5, 1, 6.5]


def test_a_photo_without_annotations_is_told(read):
    assert only(read()) == PhotoLabels(
        "a.jpg", "instances.json: images[0]", size=(10, 10), is_ordered=False, says_where=True
    )


@pytest.mark.parametrize(
    "bad",
    [
        {"segmentation": [[1, 1, 2, 2]]},
        {"segmentation": [["a", 1, 2, 2, 3, 3]]},
        {"segmentation": 7},
        {"segmentation": {"size": [10, 10], "counts": [22, 2, 77]}},
        {"segmentation": {"size": [10, 10], "counts": [22, -2, 80]}},
        {"segmentation": {"size": [10, 10], "counts": [22.5, 77.5]}},
        {"segmentation": {"size": [10, 10], "counts": "f0"}},
        {"segmentation": {"size": [10, 10], "counts": "\u00fc"}},
        {"segmentation": {"size": [10, 10], "counts": [100]}},
        {"segmentation": {"size": [5, 20], "counts": [22, 2, 76]}},
        {"segmentation": {"size": 10, "counts": [22, 2, 76]}},
        {"segmentation": []},
        {"segmentation": [], "bbox": [1, 1, 0, 4]},
        {"segmentation": [], "bbox": [1, 1, 2, 4], "keypoints": [1, 1, 2]},
        {"segmentation": [], "caption": "a dog"},
        {"category_id": 6},
        {"category_id": None},
        {"category_id": [5]},
    ],
)
def test_a_bad_annotation_is_refused_by_its_place_and_does_not_make_the_photo_sharp(read, bad):
    refusal, labels = read([annotation() | bad])
    assert refusal.where == "instances.json: annotations[0]"
    assert (labels.shapes, labels.says_where) == ((), False)


def test_an_annotation_of_an_image_that_is_not_there_is_refused(read):
    refusal, labels = read([annotation(image_id=2)])
    assert (refusal.where, labels.shapes) == ("instances.json: annotations[0]", ())


def test_a_category_id_that_stands_for_two_is_refused_with_what_uses_it(read):
    rows = read([annotation()], categories=[*CATEGORIES, {"id": 5, "name": "dog"}, {"name": "no id"}])
    places = [where for where, _ in refusals(rows)]
    assert places == [f"instances.json: {place}" for place in ("categories[2]", "categories[3]", "annotations[0]")]


def test_images_that_say_too_little_are_refused(read):
    rows = read(images=[IMAGE, IMAGE | {"file_name": "b.jpg"}, {"id": 3}, {"file_name": "c.jpg"}, 7])
    places = [where for where, _ in refusals(rows)]
    assert places == [f"instances.json: images[{number}]" for number in range(1, 5)]


@pytest.mark.parametrize("order", list(itertools.permutations(("images", "categories", "annotations"))))
def test_the_order_of_the_keys_changes_nothing(read, order):
    lists = {"images": [IMAGE], "categories": CATEGORIES, "annotations": [annotation()]}
    assert len(only(read(text=json.dumps({key: lists[key] for key in order}))).shapes) == 1


def test_a_nan_of_python_is_no_reason_to_refuse_the_file(read):
    good = json.dumps(annotation(area=float("nan"), attributes={"text": "a NaN, b"}))
    bad = json.dumps(annotation([[1, 1, float("nan"), 2, float("-inf"), 3]]))
    head = json.dumps({"images": [IMAGE], "categories": CATEGORIES})
    refusal, labels = read(text=f'{head[:-1]}, "annotations": [{good}, {bad}]}}')
    assert refusal.where == "instances.json: annotations[1]"
    assert [(shape.stated_area, shape.names) for shape in labels.shapes] == [(None, ("low", "text=a NaN, b"))]


@pytest.mark.parametrize("text", ['{"images": [', "{", "", '{"images": [{"id": nan}]}', "\udc80"])
def test_what_is_no_json_is_refused(read, tmp_path, text):
    (refusal,) = read(text=text) if text != "\udc80" else _read_bytes(tmp_path, b'{"images": [{"id": "\x80"}]}')
    assert (refusal.code, refusal.where) == ("invalid_labels", "instances.json")


def _read_bytes(folder, content):
    (folder / "instances.json").write_bytes(content)
    with open_files(folder) as files:
        return list(COCO.read(files, lambda name: None, Options()))


def test_it_is_recognised(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"images": [IMAGE], "annotations": []}))
    with open_files(tmp_path) as files:
        assert COCO.recognises(files) is True
    (tmp_path / "a.json").write_text(json.dumps({"shapes": [], "imagePath": "a.jpg"}))
    with open_files(tmp_path) as files:
        assert COCO.recognises(files) is False
