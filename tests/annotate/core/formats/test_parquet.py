import io
import json
import sys

import numpy as np
import PIL.Image
import pyarrow.parquet as pq
import pytest

from annotate.core.blurmap import decode_levels
from annotate.core.errors import SmartBlurError
from annotate.core.formats import FORMATS, Options, export, parquet
from annotate.core.formats.photos import photo_bytes
from annotate.core.release import SPLITS, read_release
from tests.annotate.core.release.sample import all_bytes, write_sample


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return read_release(write_sample(tmp_path_factory.mktemp("release") / "sample", 12))


def exported(release, folder, **options):
    return export(release, FORMATS["parquet"], folder, Options(**options))


def test_a_row_holds_the_photo_its_map_and_what_is_known_of_it(release, tmp_path):
    folder = exported(release, tmp_path / "out")
    rows = {row["key"]: row for path in folder.glob("data/*.parquet") for row in pq.read_table(path).to_pylist()}
    for record in release.records():
        row = rows.pop(record.key)
        assert row["image"]["bytes"] == photo_bytes(release, record)
        assert np.array_equal(
            PIL.Image.open(io.BytesIO(row["level"]["bytes"])), decode_levels(release.load_levels(record))
        )
        assert (row["desirability"], row["votes"]) == (record.desirability_code, list(record.votes))
        assert (row["license"], row["attribution"]) == (record.license, record.attribution)
    assert rows == {}


def test_each_split_is_a_file_and_columns_have_the_hubs_types(release, tmp_path):
    folder = exported(release, tmp_path / "out")
    assert sorted(path.name for path in folder.glob("data/*")) == sorted(
        f"{split}-00000-of-00001.parquet" for split in SPLITS
    )
    schema = pq.read_schema(folder / "data" / "train-00000-of-00001.parquet")
    features = json.loads(schema.metadata[b"huggingface"])["info"]["features"]
    assert list(features) == schema.names
    assert features["image"] == features["level"] == {"_type": "Image"}
    assert features["desirability"] == {"names": ["none", "good", "ok", "bad"], "_type": "ClassLabel"}


def test_the_card_begins_as_the_releases_and_names_the_files(release, tmp_path):
    _, head, text = (exported(release, tmp_path / "out") / "README.md").read_text("utf-8").split("---\n", 2)
    lines = dict(line.split(": ", 1) for line in head.splitlines())
    (config,) = json.loads(lines["configs"])
    assert config["data_files"] == [{"split": split, "path": f"data/{split}-*"} for split in SPLITS]
    of_release = (release.root / "README.md").read_text("utf-8").split("---\n")[1]
    assert f"license: {lines['license']}\n" in of_release
    assert text.startswith("\n# Sample")


def test_a_full_file_and_a_full_group_are_followed_by_the_next(release, tmp_path, monkeypatch):
    sizes = [record.bytes for record in release.records("train")]
    monkeypatch.setattr(parquet, "FILE_BYTES", max(sizes) * 2)
    monkeypatch.setattr(parquet, "GROUP_ROWS", 1)
    folder = exported(release, tmp_path / "out")
    files = sorted(folder.glob("data/train-*"))
    count = len(files)
    assert count > 1
    assert [path.name for path in files] == [f"train-{n:05d}-of-{count:05d}.parquet" for n in range(count)]
    keys = [row["key"] for path in files for row in pq.read_table(path, columns=["key"]).to_pylist()]
    assert keys == [record.key for record in release.records("train")]
    assert [pq.ParquetFile(path).num_row_groups for path in files] == [
        pq.read_metadata(path).num_rows for path in files
    ]


def test_the_labels_alone_go_without_photos(release, tmp_path):
    folder = exported(release, tmp_path / "out", with_photos=False)
    assert "image" not in pq.read_schema(folder / "data" / "train-00000-of-00001.parquet").names


def test_the_same_release_makes_the_same_bytes(release, tmp_path):
    first, second = (dict(all_bytes(exported(release, tmp_path / name / "out"))) for name in ("a", "b"))
    assert first == second


def test_without_pyarrow_it_says_what_is_missing(release, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(SmartBlurError) as refusal:
        exported(release, tmp_path / "out")
    assert (refusal.value.code, list(tmp_path.iterdir())) == ("not_installed", [])
