"""Cells of the truth table about CVAT, and what files in the wild hold."""

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
from annotate.core.formats.cvat import rings_of_api_mask
from annotate.core.regions import Document, Region

CVAT = FORMATS["cvat"]
MEANING = Meaning(levels={"low": 1, "high": 3}, votes={"good": "good"}, rest=0)
META = """<meta><task><name>t</name><labels>
<label><name>low</name><attributes>
<attribute><name>n</name><mutable>False</mutable><input_type>number</input_type></attribute>
<attribute><name>t</name><input_type>text</input_type></attribute>
<attribute><name>c</name><input_type>checkbox</input_type></attribute>
</attributes></label>
<label><name>high</name><attributes/></label><label><name>good</name></label></labels></task></meta>"""
SQUARE = "2.00,2.00;6.00,2.00;6.00,6.00;2.00,6.00"


@pytest.fixture
def read(tmp_path):
    """The rows of a file with these shapes of one image, or with this text."""

    def read(*shapes, head=META, text=None, image='<image id="0" name="a.jpg" width="10" height="10">'):
        body = "\n".join(shapes)
        whole = f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>{head}\n{image}\n{body}\n</image></annotations>'
        (tmp_path / "annotations.xml").write_text(whole if text is None else text)
        with open_files(tmp_path) as files:
            return list(CVAT.read(files, lambda name: None, Options()))

    return read


def polygon(label="low", points=SQUARE, inside="", more='z_order="0"'):
    return f'<polygon label="{label}" source="manual" occluded="0" points="{points}" {more}>{inside}</polygon>'


def only(rows):
    (labels,) = rows
    assert isinstance(labels, PhotoLabels)
    return labels


def painted(labels, meaning=MEANING):
    return rasterize(understand(labels, meaning, (10, 10), level_count=4).document, (10, 10))


def ones(level_map):
    y, x = np.nonzero(level_map == 1)
    return list(zip(x.tolist(), y.tolist(), strict=True))


def test_cell_cvat_polygon_has_its_corners_on_pixel_edges(read):
    labels = only(read(polygon()))
    assert ones(painted(labels)) == [(x, y) for y in range(2, 6) for x in range(2, 6)]
    assert (labels.file_name, labels.size, labels.shapes[0].names) == ("a.jpg", (10, 10), ("low",))


def test_cell_cvat_polygon_is_clipped_to_the_photo(read):
    labels = only(read(polygon(points="-5.00,-5.00;2.00,-5.00;2.00,2.00;-5.00,2.00")))
    assert counted_area(labels.shapes[0], (10, 10)) == 4


@pytest.mark.parametrize(
    ("first", "second", "middle"),
    [('z_order="1"', "", 1), ("", 'z_order="1"', 3), ("", "", 3), ('z_order="0"', "", 3), ("", 'z_order="-1"', 1)],
)
def test_cell_cvat_z_order_missing_is_0_and_equal_ones_lie_as_in_the_file(read, first, second, middle):
    labels = only(read(polygon("low", more=first), polygon("high", more=second)))
    assert painted(labels)[4, 4] == middle


def test_cell_cvat_mask_runs_along_the_rows_of_its_box(read):
    mask = '<mask label="low" rle="1, 3, 2" left="2" top="1" width="3" height="2" z_order="0"></mask>'
    assert ones(painted(only(read(mask)))) == [(3, 1), (4, 1), (2, 2)]


def test_cell_cvat_api_mask_holds_its_right_column_and_bottom_row():
    rings = rings_of_api_mask([1, 3, 2, 2, 1, 4, 2])
    assert ones(rasterize(Document(0, (Region("a", 1, "unknown", rings, 0),)), (10, 10))) == [(3, 1), (4, 1), (2, 2)]


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("n", "2", "n=2"),
        ("n", "2.0", "n=2"),
        ("n", "x", "n=x"),
        ("t", "007", "t=007"),
        ("t", "true", "t=true"),
        ("c", "True", "c=true"),
        ("new", " 1.0", "new= 1.0"),
    ],
)
def test_cell_cvat_attribute_is_read_by_its_input_type(read, name, text, word):
    labels = only(read(polygon(inside=f'<attribute name="{name}">{text}</attribute>')))
    assert labels.shapes[0].names == ("low", word)


def test_cell_cvat_tag_is_said_of_the_whole_photo(read):
    labels = only(read('<tag label="good" source="manual"></tag>'))
    result = understand(labels, Meaning(votes={"good": "good"}), (10, 10), level_count=4)
    assert (labels.names, result.vote, result.document) == (("good",), "good", None)


@pytest.mark.parametrize("shape", [polygon("unknown"), '<tag label="unknown"/>', polygon("")])
def test_cell_cvat_label_not_in_meta_is_refused_by_its_line(read, shape):
    refusal, labels = read(shape)
    assert refusal.where == "annotations.xml: line 10"
    assert (labels.shapes, labels.names, labels.says_where) == ((), (), False)


def test_a_file_without_a_head_is_taken_by_its_words(read):
    assert only(read(polygon("anything"), head="")).shapes[0].names == ("anything",)


def test_a_box_and_a_turned_box_are_areas(read):
    box = '<box label="low" xtl="1.00" ytl="2.00" xbr="5.00" ybr="4.00" {}></box>'
    straight, turned = only(read(box.format(""), box.format('rotation="90.0"'))).shapes
    assert [value / 16 for value in straight.rings[0]] == [1, 2, 5, 2, 5, 4, 1, 4]
    assert [value / 16 for value in turned.rings[0]] == [4, 1, 4, 5, 2, 5, 2, 1]


def test_an_ellipse_is_an_area_and_turns_clockwise(read):
    ellipse = '<ellipse label="low" cx="5.00" cy="5.00" rx="4.00" ry="1.00" rotation="{}"></ellipse>'
    flat, steep = only(read(ellipse.format("0.0"), ellipse.format("45"))).shapes
    assert [counted_area(shape, (10, 10)) for shape in (flat, steep)] == [12, 12]
    assert ones(painted(only(read(ellipse.format("45")))))[0] == (2, 2)


@pytest.mark.parametrize("tag", ["polyline", "points", "cuboid", "skeleton"])
def test_what_is_no_area_is_listed(read, tag):
    refusal, labels = read(f'<{tag} label="low" points="1,1;2,2"></{tag}>', polygon())
    assert (refusal.values, refusal.where) == ({"shape": tag}, "annotations.xml: line 10")
    assert (len(labels.shapes), labels.says_where) == (1, True)


@pytest.mark.parametrize(
    "bad",
    [
        polygon(points="1,1;2,2"),
        polygon(points="1,1;2,x;3,3"),
        polygon(points=""),
        polygon(points="1,1,1;2,2;3,3"),
        polygon(more='z_order="top"'),
        '<box label="low" xtl="1" ytl="1" xbr="5"/>',
        '<box label="low" xtl="1" ytl="1" xbr="inf" ybr="2"/>',
        '<ellipse label="low" cx="5" cy="5" rx="0" ry="1"/>',
        '<mask label="low" rle="1, 3" left="2" top="1" width="3" height="2"/>',
        '<mask label="low" rle="1, x" left="2" top="1" width="3" height="2"/>',
        '<mask label="low" rle="6" left="2" top="1" width="3" height="2"/>',
        '<mask label="low" rle="1" left="2" top="1" width="0" height="2"/>',
    ],
)
def test_a_bad_shape_is_refused_by_its_line_and_does_not_make_the_photo_sharp(read, bad):
    refusal, labels = read(bad)
    assert refusal.where == "annotations.xml: line 10"
    assert (labels.shapes, labels.says_where) == ((), False)


def test_labels_of_an_image_of_another_shape_are_refused(read):
    labels = only(read(polygon(), image='<image id="0" name="a.jpg" width="20" height="10">'))
    with pytest.raises(InvalidLabels) as refusal:
        understand(labels, MEANING, (10, 10), level_count=4)
    assert refusal.value.code == "other_size"


def test_an_image_without_shapes_is_told(read):
    assert only(read()) == PhotoLabels("a.jpg", "annotations.xml: line 9", size=(10, 10))


def test_an_image_without_a_name_is_refused(read):
    (refusal,) = read(polygon(), image='<image id="0">')
    assert refusal.where == "annotations.xml: line 9"


def test_tracks_of_a_video_are_refused(read):
    text = f'<annotations>{META}<track id="0" label="low"><polygon frame="0" points="{SQUARE}"/></track></annotations>'
    (refusal,) = read(text=text)
    assert refusal.sentence == "Tracks through a video are not read."


def test_what_comes_before_broken_xml_is_read(read):
    labels, refusal = read(text=f'<annotations>{META}\n<image name="a.jpg">\n{polygon()}\n</image>\n<image')
    assert (len(labels.shapes), refusal.where) == (1, "annotations.xml: line 11")


def test_entities_are_not_expanded(read):
    bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><annotations>&c;</annotations>'
    (refusal,) = read(text=bomb)
    assert (refusal.code, refusal.where) == ("invalid_labels", "annotations.xml: line 1")


def test_it_is_recognised(tmp_path):
    for text, is_cvat in (("<annotations><image ", True), ("<annotation><filename>", False)):
        (tmp_path / "a.xml").write_text(text)
        with open_files(tmp_path) as files:
            assert CVAT.recognises(files) is is_cvat
