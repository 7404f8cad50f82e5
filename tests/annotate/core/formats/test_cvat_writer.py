import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from functools import partial

import numpy as np

from annotate.core.blurmap import encode_levels, rasterize
from annotate.core.formats import FORMATS, Options, export, meaning_of_exports, understand
from annotate.core.regions import parse_document
from annotate.core.release import RegionsLine, read_release, write_release
from tests.annotate.core.formats.drawing import photos_of, release_of, rows_of
from tests.annotate.core.release.sample import ANNA, LEVELS, MANIFEST, make_item

SQUARE, INNER = [32, 32, 96, 32, 96, 96, 32, 96], [48, 48, 80, 48, 80, 80, 48, 80]
BEYOND = [-16, 0, 24, 0, 24, 40]


def region(number, *rings, level=1, kind="motion"):
    return {"id": f"r{number}", "level": level, "kind": kind, "rings": list(rings), "z": number}


def release_drawn(folder, *regions, base=0):
    """A release of one photo whose map is Anna's."""
    document = {"base": base, "regions": list(regions)}
    png = encode_levels(rasterize(parse_document(document, level_count=4), (10, 8)))
    item = make_item(1)
    line = RegionsLine(annotation="anna", annotator=ANNA, role="annotator", base=base, regions=regions)
    step = {"step": "consensus", "levels_method": "single", "levels_from": ["anna"]}
    facts = replace(item.facts, width=10, height=8)
    item = replace(item, facts=facts, annotations=(line,), lineage=(step,), load_levels=partial(bytes, png))
    write_release(folder, MANIFEST, [item])
    return read_release(folder)


def shapes_of(release, folder):
    out = export(release, FORMATS["cvat"], folder / "out", Options())
    (image,) = ElementTree.parse(out / "annotations.xml").iter("image")  # noqa: S314 - our own
    return list(image)


def test_what_one_person_drew_goes_out_as_it_was_drawn(tmp_path):
    release = release_drawn(tmp_path / "release", region(1, SQUARE), region(2, INNER, level=0, kind="unknown"))
    first, second, tag = shapes_of(release, tmp_path)
    assert (first.tag, first.get("label"), first.get("points"), first.get("z_order")) == (
        "polygon",
        "Low",
        "2.00,2.00;6.00,2.00;6.00,6.00;2.00,6.00",
        "0",
    )
    assert [(each.get("name"), each.text) for each in first] == [("kind", "motion")]
    assert (second.get("label"), second.get("z_order")) == ("Sharp", "1")
    assert (tag.tag, tag.get("label")) == ("tag", "good")


def test_a_hole_makes_a_mask_and_so_does_what_reaches_beyond_the_photo(tmp_path):
    release = release_drawn(tmp_path / "release", region(1, SQUARE, INNER), region(2, BEYOND, level=3))
    first, second, _ = shapes_of(release, tmp_path)
    assert (first.tag, first.get("rle"), first.get("left"), first.get("width")) == (
        "mask",
        "0, 5, 2, 2, 2, 5",
        "2",
        "4",
    )
    assert (second.tag, second.get("label"), second.get("left"), second.get("top")) == ("mask", "High", "0", "0")


def test_kinds_and_the_order_of_regions_come_back(tmp_path):
    regions = [region(1, SQUARE, level=3), region(2, [40, 0, 160, 0, 160, 128], kind="shake", level=1)]
    release = release_drawn(tmp_path / "release", *regions, base=2)
    out = export(release, FORMATS["cvat"], tmp_path / "out", Options())
    (labels,) = photos_of(rows_of(out, "cvat")).values()
    document = understand(labels, meaning_of_exports(LEVELS), (10, 8), level_count=4).document
    assert [(each.level, each.kind) for each in document.regions] == [(2, "unknown"), (3, "motion"), (1, "shake")]
    assert [list(each.rings[0]) for each in document.regions[1:]] == [each["rings"][0] for each in regions]


def test_the_head_lists_levels_and_votes(tmp_path):
    release = release_of(tmp_path / "release", np.ones((2, 2), np.uint8))
    out = export(release, FORMATS["cvat"], tmp_path / "out", Options())
    labels = ElementTree.parse(out / "annotations.xml").iter("label")  # noqa: S314 - our own
    assert [(label.findtext("name"), label.findtext("type")) for label in labels] == [
        *((name, "any") for name in ("Sharp", "Low", "Medium", "High")),
        ("unlabelled", "mask"),
        *((name, "tag") for name in ("none", "good", "ok", "bad")),
    ]
