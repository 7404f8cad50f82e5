import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotate.core.contours import find_components
from annotate.core.formats import FORMATS, Options, export
from annotate.core.formats.parts import connected_parts, find_borders
from annotate.core.formats.rle import counts_of, texts_of_parts
from annotate.core.release import read_release
from tests.annotate.core.formats.drawing import release_of
from tests.annotate.core.release.sample import write_sample

RING = np.array([[1, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 3], [0, 0, 0, 3]], np.uint8)


def written(tmp_path, *level_maps, split="train"):
    release = release_of(tmp_path / "release", *level_maps)
    out = export(release, FORMATS["coco"], tmp_path / "out", Options())
    return json.loads((out / "annotations" / f"instances_{split}.json").read_text())


def test_a_part_of_a_level_is_an_annotation_and_one_with_a_hole_a_mask_that_counts(tmp_path):
    first, second = written(tmp_path, RING)["annotations"]
    assert first == {
        "id": 1,
        "image_id": 1,
        "category_id": 1,
        "iscrowd": 0,
        "area": 8,
        "bbox": [0, 0, 3, 3],
        "segmentation": {"size": [4, 4], "counts": first["segmentation"]["counts"]},
    }
    assert counts_of(first["segmentation"]["counts"], (4, 4)).tolist() == [0, 3, 1, 1, 1, 1, 1, 3, 5]
    assert (second["id"], second["category_id"], second["area"], second["bbox"]) == (2, 3, 2, [3, 2, 1, 2])


def test_levels_are_categories_from_1_and_sharp_is_none(tmp_path):
    assert [(each["id"], each["name"]) for each in written(tmp_path, RING)["categories"]] == [
        (1, "Low"),
        (2, "Medium"),
        (3, "High"),
    ]


def test_what_nobody_labelled_is_a_crowd_of_a_category_of_its_own(tmp_path):
    content = written(tmp_path, np.array([[0, 255], [2, 2]], np.uint8))
    assert content["categories"][-1] == {"id": 4, "name": "unlabelled", "supercategory": "ignore"}
    assert [(each["category_id"], each["iscrowd"]) for each in content["annotations"]] == [(2, 0), (4, 1)]


def test_an_image_says_whose_it_is_and_what_people_think_of_it(tmp_path):
    release = read_release(write_sample(tmp_path / "release", 4))
    out = export(release, FORMATS["coco"], tmp_path / "out", Options())
    for record in release.records():
        content = json.loads((out / "annotations" / f"instances_{record.split}.json").read_text())
        (image,) = [each for each in content["images"] if each["file_name"].startswith(record.key)]
        (licence,) = [each for each in content["licenses"] if each["id"] == image["license"]]
        assert licence["name"] == record.license
        assert image["attributes"] == {"desirability": record.desirability}
        assert (image["width"], image["height"], image["split"]) == (record.width, record.height, record.split)
        assert (image.get("attribution", ""), image["source_url"]) == (record.attribution, record.source_url)


def test_ids_are_unique_in_the_files_of_all_splits_together(tmp_path):
    release = read_release(write_sample(tmp_path / "release", 12))
    out = export(release, FORMATS["coco"], tmp_path / "out", Options())
    files = [json.loads(path.read_text()) for path in (out / "annotations").iterdir()]
    assert len(files) == 3
    for key in ("annotations", "images"):
        ids = sorted(each["id"] for file in files for each in file[key])
        assert ids == list(range(1, len(ids) + 1))


def painted_parts(level_maps):
    """The maps that the parts' masks paint, each mask checked against its part's figures."""
    parts = connected_parts([find_borders(level_map) for level_map in level_maps])
    texts = texts_of_parts(parts, np.array([level_map.size for level_map in level_maps]))
    painted = [np.zeros(level_map.shape, np.int64) for level_map in level_maps]
    for text, place, level, area, box in zip(
        texts, parts.map, parts.level, parts.area, parts.box.tolist(), strict=True
    ):
        height, width = painted[place].shape
        counts = counts_of(text, (width, height))
        assert counts[1:].all()
        mask = np.repeat(np.arange(len(counts)) % 2, counts).reshape(width, height).T
        y, x = np.nonzero(mask)
        assert (mask.sum(), box) == (area, [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1])
        painted[place] += level * mask
    return parts, painted


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        arrays.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8)), elements=st.integers(0, 3)),
        min_size=1,
        max_size=3,
    ),
    st.integers(1, 6),
)
def test_parts_are_the_connected_ones_and_their_masks_are_exact(small, factor):
    level_maps = [np.kron(each, np.ones((factor, factor), np.uint8)) for each in small]
    parts, painted = painted_parts(level_maps)
    for place, (level_map, of_map) in enumerate(zip(level_maps, painted, strict=True)):
        assert of_map.tolist() == level_map.tolist()
        components = sum(len(find_components(level_map == level).area) for level in (1, 2, 3))
        assert np.count_nonzero(parts.map == place) == components


@pytest.mark.parametrize("height", [1, 70_000 // 3])
def test_a_busy_map_has_more_parts_than_16_bits_count(height):
    level_map = np.zeros((height, 3), np.uint8)
    level_map[::2, ::2] = 1
    assert len(connected_parts([find_borders(level_map)]).level) == 2 * -(-height // 2)


def test_a_wide_map_beside_a_high_one_needs_more_than_32_bits():
    level_maps = [np.full((1, 16_000), 8, np.uint8), np.full((16_000, 1), 8, np.uint8)]
    level_maps[1][8_000] = 0
    parts, painted = painted_parts(level_maps)
    assert [each.tolist() for each in painted] == [level_map.tolist() for level_map in level_maps]
    assert parts.map.tolist() == [0, 1, 1]
