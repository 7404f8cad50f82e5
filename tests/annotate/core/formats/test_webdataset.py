import json
import tarfile

import pytest

from annotate.core.formats import FORMATS, Options, export
from annotate.core.formats.photos import photo_bytes
from annotate.core.release import SPLITS, read_release
from tests.annotate.core.release.sample import all_bytes, write_sample


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return read_release(write_sample(tmp_path_factory.mktemp("release") / "sample", 12))


def exported(release, folder, **options):
    return export(release, FORMATS["webdataset"], folder, Options(**options))


@pytest.mark.parametrize("split", SPLITS)
def test_a_sample_is_a_photo_its_map_and_what_is_known_of_it(release, tmp_path, split):
    folder = exported(release, tmp_path / "out")
    with tarfile.open(folder / split / f"{split}-00000.tar") as shard:
        members = {member.name: shard.extractfile(member).read() for member in shard}
    for record in release.records(split):
        ending = record.file_name.rpartition(".")[2]
        assert members.pop(f"{record.key}.{ending}") == photo_bytes(release, record)
        assert members.pop(f"{record.key}.level.png") == release.load_levels(record)
        facts = json.loads(members.pop(f"{record.key}.json"))
        assert (facts["key"], facts["desirability"], facts["votes"]) == (
            record.key,
            record.desirability,
            list(record.votes),
        )
    assert members == {}


def test_the_index_tells_where_each_member_lies(release, tmp_path):
    folder = exported(release, tmp_path / "out") / "test"
    for line in map(json.loads, (folder / "index.jsonl").read_text().splitlines()):
        content = (folder / line["shard"]).read_bytes()[line["offset"] :][: line["size"]]
        with tarfile.open(folder / line["shard"]) as shard:
            assert shard.extractfile(line["member"]).read() == content


def test_keys_hold_no_dots(release, tmp_path):
    folder = exported(release, tmp_path / "out")
    with tarfile.open(folder / "train" / "train-00000.tar") as shard:
        keys = {name.partition(".")[0] for name in shard.getnames()}
    assert keys == {record.key for record in release.records("train")}


def test_the_labels_alone_go_without_photos(release, tmp_path):
    folder = exported(release, tmp_path / "out", with_photos=False)
    with tarfile.open(folder / "train" / "train-00000.tar") as shard:
        assert {name.partition(".")[2] for name in shard.getnames()} == {"level.png", "json"}


def test_the_same_release_makes_the_same_bytes(release, tmp_path):
    first, second = (dict(all_bytes(exported(release, tmp_path / name / "out"))) for name in ("a", "b"))
    assert first == second
