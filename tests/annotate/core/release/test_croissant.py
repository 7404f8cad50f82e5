"""croissant.json as mlcroissant reads it: valid, with every photo and its map."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from annotate.core.release import read_release
from tests.annotate.core.release.sample import HEIGHT, WIDTH, write_sample

READER = """
import json, sys, mlcroissant
dataset = mlcroissant.Dataset(jsonld=sys.argv[1])
def plain(value):
    return value.decode() if isinstance(value, bytes) else value if isinstance(value, int | str | None) else value.size
def read(name):
    return [{field.split("/")[1]: plain(value) for field, value in row.items()} for row in dataset.records(name)]
print(json.dumps({name: read(name) for name in ("splits", "images", "levels", "votes")}))
"""


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("croissant") / "release")


@pytest.fixture(scope="module")
def read(release: Path) -> dict:
    """What a process of its own reads: the library warns on import."""
    program = [sys.executable, "-W", "ignore", "-c", READER, str(release / "croissant.json")]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_each_image_comes_with_its_photo_and_its_labels(release: Path, read: dict) -> None:
    records = list(read_release(release).records())
    assert [row["key"] for row in read["images"]] == [record.key for record in records]
    assert [row["desirability"] for row in read["images"]] == [record.desirability for record in records]
    assert [row["level_px_1"] for row in read["images"]] == [record.level_px[1] for record in records]
    assert [row["image"] for row in read["images"]] == [[WIDTH, HEIGHT]] * 12


def test_each_photo_has_its_map(read: dict) -> None:
    assert [row["key"] for row in read["levels"]] == [row["key"] for row in read["images"]]
    assert [row["level"] for row in read["levels"]] == [row["image"] for row in read["images"]]


def test_splits_bear_the_names_of_the_folders(read: dict) -> None:
    assert [row["name"] for row in read["splits"]] == ["train", "validation", "test"]
    assert Counter(row["split"] for row in read["images"]) == {"train": 6, "validation": 3, "test": 3}


def test_votes_say_who_cast_them(read: dict) -> None:
    assert Counter(row["annotator"] for row in read["votes"]) == {"a-00000000000a": 12, "a-00000000000b": 12}


def test_it_says_where_the_labels_come_from(release: Path) -> None:
    described = json.loads((release / "croissant.json").read_bytes())
    steps = [step["prov:label"] for step in described["prov:wasGeneratedBy"]]
    assert steps[0].startswith("People painted blur maps and cast 24 votes")
    assert steps[1].startswith("6 maps began as a model's proposal")
    assert (described["conformsTo"], described["prov:wasAttributedTo"]["prov:label"]) == (
        "http://mlcommons.org/croissant/1.1",
        "SmartBlur Studio 0.1.0",
    )
