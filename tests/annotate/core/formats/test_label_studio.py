import json
import math

import numpy as np
import pytest

from annotate.core.blurmap import rasterize
from annotate.core.formats import FORMATS, Meaning, Options, counted_area, open_files, understand
from annotate.core.formats.brush import encode_brush
from annotate.core.formats.label_studio import file_name_of

LABEL_STUDIO = FORMATS["label-studio"]
TRIANGLE = [[10, 10], [30, 10], [30, 30]]
RECTANGLE = {"x": 10, "y": 10, "width": 20, "height": 40, "rotation": 0}


def result(kind, value, *labels, size=(200, 100), region="r1", **more):
    """A result of one of Label Studio's tags."""
    said = {kind: list(labels)} if labels else {}
    return {
        "id": region,
        "type": kind,
        "from_name": "label",
        "to_name": "image",
        "original_width": size[0],
        "original_height": size[1],
        "image_rotation": 0,
        "value": {**value, **said},
        **more,
    }


def polygon(*labels, points=TRIANGLE, **more):
    return result("polygonlabels", {"points": points, "closed": True}, *labels, **more)


def choice(*choices, name="quality"):
    return {"id": "c", "type": "choices", "from_name": name, "to_name": "image", "value": {"choices": list(choices)}}


def annotation(*results, by=1, **more):
    return {"id": 5, "completed_by": by, "result": list(results), "was_cancelled": False, **more}


def task(*annotations, image="/data/upload/3/0a1b2c3d-a.jpg", **more):
    return {"id": 9, "data": {"image": image}, "annotations": list(annotations), "predictions": [], **more}


def rows_of(folder, *tasks, text=None, size=None, **others):
    (folder / "export.json").write_text(text or json.dumps(list(tasks)))
    for name, content in others.items():
        (folder / name.replace("_", ".")).write_text(content)
    with open_files(folder) as files:
        return list(LABEL_STUDIO.read(files, lambda name: size, Options()))


def photo_of(folder, *results, **more):
    (photo,) = rows_of(folder, task(annotation(*results)), **more)
    return photo


def test_cell_ls_polygon_is_in_percent_of_the_size_in_the_result(tmp_path):
    photo = photo_of(tmp_path, polygon("High"), size=(100, 200))
    assert photo.shapes[0].rings == ((320, 160, 960, 160, 960, 480),)  # (20, 10), (60, 10), (60, 30)
    assert (photo.size, photo.shapes[0].names) == ((200, 100), ("High",))
    assert photo.shapes[0].where == "export.json: [0].annotations[0].result[0]"


def test_cell_coco_from_ls_turned_photo_is_upright_in_ls_itself(tmp_path):
    points = [[0, 0], [50, 0], [50, 50], [0, 50]]  # of a photo stored as 200x100 with orientation 6
    photo = photo_of(tmp_path, polygon("High", points=points, size=(100, 200)))
    assert photo.shapes[0].rings == ((0, 0, 800, 0, 800, 1600, 0, 1600),)


def test_cell_ls_brush_of_20x40_is_800_px(tmp_path):
    value = {"format": "rle", "rle": encode_brush(np.ones((40, 20), bool))}
    photo = photo_of(tmp_path, result("brushlabels", value, "High", size=(20, 40)))
    assert counted_area(photo.shapes[0], photo.size) == 800


@pytest.mark.parametrize(("takes_higher", "middle"), [(True, 3), (False, None)])
def test_cell_ls_two_labels_are_a_conflict(tmp_path, takes_higher, middle):
    photo = photo_of(tmp_path, polygon("Medium", "High"))
    meaning = Meaning(levels={"Medium": 2, "High": 3}, rest=0, takes_higher=takes_higher)
    understood = understand(photo, meaning, (200, 100), level_count=4)
    assert understood.conflicts == ("export.json: [0].annotations[0].result[0]",)
    assert (understood.document and rasterize(understood.document, (200, 100))[15, 50]) == middle


def test_cell_ls_choices_are_the_vote_of_completed_by_and_skip_was_cancelled(tmp_path):
    cancelled, photo = rows_of(
        tmp_path, task(annotation(choice("bad"), by=1, was_cancelled=True), annotation(choice("good"), by=2))
    )
    assert (cancelled.code, cancelled.where) == ("cancelled", "export.json: [0].annotations[0]")
    understood = understand(photo, Meaning(votes={"quality=good": "good"}), (10, 10), level_count=4)
    assert (photo.author, photo.names, understood.vote) == ("2", ("quality=good",), "good")


def test_cell_ls_several_annotations_are_one_map_for_each_person(tmp_path):
    rows = rows_of(
        tmp_path, task(annotation(polygon("High"), by=1), annotation(polygon("Low"), by={"email": "b@x.org"}))
    )
    assert [(row.author, row.shapes[0].names, row.file_name) for row in rows] == [
        ("1", ("High",), "a.jpg"),
        ("b@x.org", ("Low",), "a.jpg"),
    ]


def test_cell_coco_images_twice_are_two_annotators_of_one_file_name(tmp_path):
    rows = rows_of(tmp_path, task(annotation(polygon("High"), by=1)), task(annotation(polygon("High"), by=2)))
    assert [(row.file_name, row.author) for row in rows] == [("a.jpg", "1"), ("a.jpg", "2")]


def test_a_rectangle_is_turned_clockwise_about_its_first_corner(tmp_path):
    upright = photo_of(tmp_path, result("rectanglelabels", RECTANGLE, "Low"))
    turned = photo_of(tmp_path, result("rectanglelabels", RECTANGLE | {"rotation": 90}, "Low"))
    assert upright.shapes[0].rings == ((320, 160, 960, 160, 960, 800, 320, 800),)
    assert turned.shapes[0].rings == ((320, 160, 320, 800, -320, 800, -320, 160),)


def test_an_ellipse_has_radii_in_percent_of_width_and_height(tmp_path):
    value = {"x": 50, "y": 50, "radiusX": 10, "radiusY": 40, "rotation": 0}
    photo = photo_of(tmp_path, result("ellipselabels", value, "Low"))
    ring = np.array(photo.shapes[0].rings[0]).reshape(-1, 2) / 16
    assert (ring.min(0).tolist(), ring.max(0).tolist()) == ([80, 10], [120, 90])
    assert abs(counted_area(photo.shapes[0], photo.size) - math.pi * 20 * 40) < 10


def test_results_of_one_id_are_one_region(tmp_path):
    outline = {"points": TRIANGLE, "closed": True}
    photo = photo_of(
        tmp_path,
        result("polygon", outline),
        result("labels", outline, "High"),
        result("choices", outline, "motion", from_name="kind"),
        polygon("Low", region="r2"),
    )
    assert [shape.names for shape in photo.shapes] == [("High", "kind=motion"), ("Low",)]


def test_what_is_said_of_the_photo_is_a_name(tmp_path):
    said = [
        choice("good", "fun"),
        result("rating", {"rating": 4}, from_name="stars"),
        result("number", {"number": 2}, from_name="faces"),
        result("textarea", {"text": ["a remark"]}, from_name="note"),
        result("taxonomy", {"taxonomy": [["a", "b"]]}, from_name="place"),
    ]
    assert photo_of(tmp_path, *said).names == (
        "quality=good",
        "quality=fun",
        "stars=4",
        "faces=2",
        "note=a remark",
        "place=a/b",
    )


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (result("keypointlabels", {"x": 1, "y": 2, "width": 3}, "High"), "no_area"),
        (polygon("High") | {"value": {"points": TRIANGLE, "closed": False}}, "no_area"),
        (result("bitmask", {"imageDataURL": "data:"}), "no_area"),
        (polygon("High", image_rotation=90), "turned"),
        (polygon("High", size=(None, None)), "photo_missing"),
        (polygon("High", points=[[1, 2]]), "invalid_labels"),
        (polygon("High", points=[[1, 2], [3, "x"], [5, 6]]), "invalid_labels"),
        (result("rectanglelabels", RECTANGLE | {"x": "left"}, "High"), "invalid_labels"),
        (result("rectanglelabels", RECTANGLE | {"x": 1e30}, "High"), "invalid_labels"),
        (result("brushlabels", {"rle": [1, 2, 3]}, "High"), "invalid_labels"),
        (result("brushlabels", {"rle": encode_brush(np.ones((3, 3), bool))}, "High"), "invalid_labels"),
        (result("brushlabels", {"rle": [0, 1, 56, 128, 231]}, "High"), "invalid_labels"),
    ],
)
def test_what_is_no_area_is_listed_and_the_others_are_read(tmp_path, bad, code):
    listed, photo = rows_of(tmp_path, task(annotation(bad, polygon("Low", region="r2"))))
    assert (listed.code, listed.where) == (code, "export.json: [0].annotations[0].result[0]")
    assert [bool(shape.rings) for shape in photo.shapes] == [False, True]


def test_relations_are_listed(tmp_path):
    relation = {"type": "relation", "from_id": "r1", "to_id": "r2", "direction": "right"}
    listed, photo = rows_of(tmp_path, task(annotation(polygon("Low"), relation, "text")))[1:]
    assert (listed.code, listed.where, len(photo.shapes)) == (
        "no_area",
        "export.json: [0].annotations[0].result[2]",
        1,
    )


def test_regions_of_photos_of_two_sizes_are_listed(tmp_path):
    listed, photo = rows_of(tmp_path, task(annotation(polygon("Low"), polygon("Low", size=(9, 9), region="r2"))))
    assert (listed.where, len(photo.shapes)) == ("export.json: [0].annotations[0].result[1]", 2)


def test_the_size_of_a_result_without_one_is_that_of_the_photo_here(tmp_path):
    photo = photo_of(tmp_path, polygon("Low", size=(None, None)), size=(400, 200))
    assert photo.shapes[0].rings == ((640, 320, 1920, 320, 1920, 960),)


def test_predictions_are_counted_and_left_out(tmp_path):
    photo, listed = rows_of(tmp_path, task(annotation(polygon("Low")), predictions=[{"result": [polygon("High")]}]))
    assert (listed.code, listed.values, photo.shapes[0].names) == ("predictions", {"count": 1}, ("Low",))


def test_a_task_without_annotations_is_not_labelled_and_an_empty_annotation_is(tmp_path):
    (photo,) = rows_of(tmp_path, task(), task(annotation()))
    assert (photo.where, photo.shapes, photo.names) == ("export.json: [1].annotations[0]", (), ())


@pytest.mark.parametrize("bad", [5, [], {"data": {}, "annotations": [annotation()]}, task(7), task({"id": 1})])
def test_a_task_that_is_none_is_listed_and_the_next_is_read(tmp_path, bad):
    listed, photo = rows_of(tmp_path, bad, task(annotation(polygon("Low"))))
    assert (listed.code, listed.where.partition("]")[0]) == ("invalid_labels", "export.json: [0")
    assert photo.where == "export.json: [1].annotations[0]"


def test_a_file_that_breaks_off_is_read_until_there(tmp_path):
    photo, listed = rows_of(tmp_path, text=json.dumps([task(annotation(polygon("Low")))])[:-1] + ', {"data":')
    assert (photo.file_name, listed.where, listed.code) == ("a.jpg", "export.json: [0]", "invalid_labels")


def test_one_task_alone_is_read(tmp_path):
    (photo,) = rows_of(tmp_path, text=json.dumps(task(annotation(polygon("Low")))))
    assert photo.where == "export.json: task.annotations[0]"


def test_the_photo_is_the_one_that_the_configuration_names(tmp_path):
    config = '<View><Image name="pic" value="$scan"/><Labels name="label" toName="pic"/></View>'
    data = {"other": "b.jpg", "scan": "s3://bucket/in/a b.jpg"}
    odd = {"data": data, "annotations": [annotation(polygon("Low", to_name="pic"))]}
    assert rows_of(tmp_path, odd, config_xml=config)[0].file_name == "in/a b.jpg"
    (refused,) = rows_of(tmp_path, odd, config_xml="<View>")
    assert refused.code == "invalid_labels"


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("/data/upload/3/0a1b2c3d-a_b.jpg", "a_b.jpg"),
        ("http://localhost:8080/data/upload/0a1b2c3d-a.jpg", "a.jpg"),
        ("/data/local-files/?d=set%20one/a%2Bb.jpg", "set one/a+b.jpg"),
        ("/data/local-files/?d=set\\a.jpg", "set/a.jpg"),
        ("s3://bucket/in/a#1.jpg", "in/a#1.jpg"),
        ("gs://bucket/a.jpg", "a.jpg"),
        ("https://example.org/in/%C3%A4.jpg?w=3", "in/ä.jpg"),
        ("a/b.jpg", "a/b.jpg"),
    ],
)
def test_a_photo_is_named_without_what_label_studio_puts_before_it(reference, name):
    assert file_name_of(reference) == name


def test_json_min_is_read_as_far_as_it_is_plain(tmp_path):
    box = {**RECTANGLE, "original_width": 200, "original_height": 100}
    record = {
        "image": "/data/upload/3/0a1b2c3d-a.jpg",
        "id": 9,
        "label": [{**box, "rectanglelabels": ["High"]}],
        "kind": [{**box, "choices": ["motion"]}],
        "quality": "good",
        "annotator": 4,
        "annotation_id": 5,
        "lead_time": 3.5,
    }
    (photo,) = rows_of(tmp_path, record)
    assert (photo.file_name, photo.author, photo.names, photo.size) == ("a.jpg", "4", ("quality=good",), (200, 100))
    assert [(shape.names, shape.where) for shape in photo.shapes] == [
        (("High", "kind=motion"), "export.json: [0].label[0]")
    ]


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (json.dumps([task()]), True),
        (json.dumps(task()), True),
        ('[{"image": "a.jpg", "annotation_id": 1}]', True),
        ('{"images": [], "annotations": [], "categories": []}', False),
        ('{"shapes": [], "imagePath": "a.jpg"}', False),
    ],
)
def test_a_file_of_label_studio_is_recognised(tmp_path, text, is_one):
    (tmp_path / "a.json").write_text(text)
    with open_files(tmp_path) as files:
        assert LABEL_STUDIO.recognises(files) == is_one
