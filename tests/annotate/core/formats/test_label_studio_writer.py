import json
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotate.core.blurmap import decode_levels, rasterize
from annotate.core.formats import FORMATS, InvalidLabels, Options, export, meaning_of_exports, open_files, understand
from annotate.core.formats.brush import decode_brush
from annotate.core.formats.label_studio_writer import DIGITS
from annotate.core.regions import KINDS, parse_document
from annotate.core.release import RegionsLine, VoteLine, read_release, write_release
from tests.annotate.core.release import sample

LABEL_STUDIO = FORMATS["label-studio"]
MEANING = meaning_of_exports(sample.LEVELS)
SIZE = sample.WIDTH, sample.HEIGHT


def exported(release, folder, **options):
    return export(release, LABEL_STUDIO, folder / "out", Options(**options))


def photos_of(folder):
    with open_files(folder) as files:
        assert LABEL_STUDIO.recognises(files)
        rows = list(LABEL_STUDIO.read(files, lambda name: None, Options()))
    assert [row.code for row in rows if isinstance(row, InvalidLabels)] == ["predictions"]
    return [row for row in rows if not isinstance(row, InvalidLabels)]


@pytest.fixture
def release(tmp_path):
    return read_release(sample.write_sample(tmp_path / "release"))


def test_everybodys_regions_and_vote_come_back_as_they_were(release, tmp_path):
    photos = photos_of(exported(release, tmp_path))
    items = list(release.items())
    assert [(photo.file_name, photo.author) for photo in photos] == [
        (f"images/{item.facts.key}.{item.facts.format.replace('jpeg', 'jpg')}", author)
        for item in items
        for author in (sample.ANNA, sample.BERT)
    ]
    for item, photo in zip([item for item in items for _ in range(2)], photos, strict=True):
        drawn = parse_document(item.annotations[0].document, level_count=4)
        understood = understand(photo, MEANING, SIZE, level_count=4)
        assert (understood.vote, understood.unmapped, understood.conflicts) == (item.facts.desirability, (), ())
        assert np.array_equal(rasterize(understood.document, SIZE), rasterize(drawn, SIZE))


def test_the_prediction_is_the_level_map_of_the_release_and_its_vote(release, tmp_path):
    names = [level.name for level in sample.LEVELS] + ["unlabelled"]
    tasks = json.loads((exported(release, tmp_path) / "tasks.json").read_text())
    for item, task in zip(release.items(), tasks, strict=True):
        (prediction,) = task["predictions"]
        rest, *brushes, vote = prediction["result"]
        levels = np.full(SIZE[::-1], names.index(rest["value"]["rectanglelabels"][0]))
        for brush in brushes:
            levels[decode_brush(brush["value"]["rle"], SIZE)] = names.index(brush["value"]["brushlabels"][0])
        expected = decode_levels(item.load_levels()).astype(int)
        assert np.array_equal(levels, np.where(expected == 255, 4, expected))
        assert (prediction["model_version"], vote["value"]) == ("sample 1.0.0", {"choices": [item.facts.desirability]})


def test_photos_lie_beside_the_tasks_and_are_named_by_an_address(release, tmp_path):
    out = exported(release, tmp_path, photo_prefix="s3://bucket/")
    tasks = json.loads((out / "tasks.json").read_text())
    names = [task["data"]["image"].removeprefix("s3://bucket/") for task in tasks]
    assert sorted(path.relative_to(out).as_posix() for path in (out / "images").iterdir()) == sorted(names)
    assert tasks[0]["data"]["key"] in names[0]


def test_the_configuration_has_a_tag_for_every_result(release, tmp_path):
    out = exported(release, tmp_path, with_photos=False)
    assert not (out / "images").exists()
    tags = {tag.get("name"): tag for tag in fromstring((out / "labeling_config.xml").read_bytes())}
    assert {name: tag.tag for name, tag in tags.items()} == {
        "image": "Image",
        "polygon": "PolygonLabels",
        "brush": "BrushLabels",
        "rectangle": "RectangleLabels",
        "kind": "Choices",
        "desirability": "Choices",
    }
    for task in json.loads((out / "tasks.json").read_text()):
        for each in (*task["annotations"], *task["predictions"]):
            for result in each["result"]:
                (word,) = result["value"][result["type"]]
                assert word in [child.get("value") for child in tags[result["from_name"]]]


def test_the_export_says_what_it_cannot_hold(release, tmp_path):
    readme = (exported(release, tmp_path) / "README.md").read_text()
    assert "LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT" in readme
    assert all(f"- {sentence}" in readme for sentence in LABEL_STUDIO.loses)


rings = st.lists(st.integers(-9, 368) | st.integers(0, 368), min_size=6, max_size=16).map(
    lambda flat: flat[: len(flat) // 2 * 2]
)
regions = st.fixed_dictionaries(
    {
        "level": st.integers(0, 3),
        "kind": st.sampled_from(KINDS),
        "rings": st.lists(rings, min_size=1, max_size=3),
        "z": st.integers(-2, 2),
    }
)
documents = st.fixed_dictionaries({"base": st.sampled_from([None, 0, 1, 3]), "regions": st.lists(regions, max_size=4)})


def release_of(folder, *drawn, vote):
    item = sample.make_item(1)
    lines = tuple(
        RegionsLine(
            annotation=f"a{i}",
            annotator=f"a-{i:012x}",
            role="annotator",
            base=each["base"],
            regions=tuple({"id": f"r{n}", **region} for n, region in enumerate(each["regions"])),
        )
        for i, each in enumerate(drawn)
    )
    votes = (VoteLine(annotator=f"a-{0:012x}", vote=vote),)
    write_release(folder, sample.MANIFEST, [replace(item, annotations=lines, votes=votes, lineage=())])
    return read_release(folder)


def is_on_photo(ring):
    return min(ring) >= 0 and max(ring[::2]) <= 16 * SIZE[0] and max(ring[1::2]) <= 16 * SIZE[1]


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents, documents, st.sampled_from(["none", "good", "ok", "bad"]))
def test_what_is_exported_comes_back(first, second, vote):
    with tempfile.TemporaryDirectory() as folder:
        release = release_of(Path(folder, "release"), first, second, vote=vote)
        photos = photos_of(exported(release, Path(folder)))
        lines = next(release.items()).annotations
    for photo, line, said in zip(photos, lines, (vote, None), strict=True):
        drawn = parse_document(line.document, level_count=4)
        understood = understand(photo, MEANING, SIZE, level_count=4)
        assert (photo.author, photo.size, understood.vote, understood.unmapped) == (line.annotator, SIZE, said, ())
        assert np.array_equal(rasterize(understood.document, SIZE), rasterize(drawn, SIZE))
        kept = [(region.level, region.kind, region.rings) for region in understood.document.regions]
        for region in drawn.regions:
            if len(region.rings) == 1 and is_on_photo(region.rings[0]):
                assert (region.level, region.kind if region.level else "unknown", region.rings) in kept


@pytest.mark.parametrize("side", [15_999, 16_000])
def test_four_digits_of_percents_tell_every_sixteenth_of_a_pixel_of_the_largest_photo(side):
    sixteenths = np.arange(16 * side + 1)
    percents = np.round(sixteenths * (100 / 16 / side), DIGITS)
    assert np.array_equal(np.rint(percents * (16 * side / 100)), sixteenths)
