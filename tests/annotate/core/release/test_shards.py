"""Shards: plain tar files, the same bytes for the same samples, each member where the index says."""

import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.core.errors import Conflict
from annotate.core.release.shards import Members, Position, ShardWriter, write_shards
from annotate.core.release.verify_standalone import TAR_BLOCK, TAR_END, tar_header
from tests.annotate.core.release.sample import all_bytes


def make_samples(count: int) -> list[tuple[str, Members]]:
    return [(f"{n:024x}", [("jpg", b"p" * n), ("level.png", b"l" * 600), ("json", b"{}\n")]) for n in range(count)]


def index_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines()]


def read_tar(path: Path) -> dict[str, bytes]:
    with tarfile.open(path) as tar:
        return {info.name: tar.extractfile(info).read() for info in tar}


@given(st.integers(0, (8 << 30) - 1))
def test_header_is_the_one_that_tarfile_writes(size: int) -> None:
    info = tarfile.TarInfo("0123456789abcdef01234567.level.png")
    info.size = size
    assert tar_header(info.name, size) == info.tobuf(tarfile.USTAR_FORMAT)


def test_tarfile_reads_what_was_written_in_order(tmp_path: Path) -> None:
    assert write_shards(tmp_path, "train", make_samples(3)) == 3
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["index.jsonl", "train-00000.tar"]
    expected = {f"{key}.{kind}": content for key, members in make_samples(3) for kind, content in members}
    assert list(read_tar(tmp_path / "train-00000.tar").items()) == list(expected.items())


def test_each_member_lies_where_the_index_says(tmp_path: Path) -> None:
    write_shards(tmp_path, "train", make_samples(7), shard_images=3)
    lines = index_of(tmp_path)
    assert [line["shard"] for line in lines[::3]] == [f"train-0000{n}.tar" for n in (0, 0, 0, 1, 1, 1, 2)]
    for line in lines:
        content = (tmp_path / line["shard"]).read_bytes()[line["offset"] : line["offset"] + line["size"]]
        assert content == read_tar(tmp_path / line["shard"])[line["member"]]


def test_shard_ends_before_it_would_be_too_large(tmp_path: Path) -> None:
    sample = [("0" * 24, [("jpg", bytes(TAR_BLOCK))]), ("1" * 24, [("jpg", b"")]), ("2" * 24, [("jpg", b"")])]
    write_shards(tmp_path / "fits", "x", sample, shard_bytes=4 * TAR_BLOCK + len(TAR_END))
    write_shards(tmp_path / "over", "x", sample, shard_bytes=4 * TAR_BLOCK + len(TAR_END) - 1)
    assert [line["shard"] for line in index_of(tmp_path / "fits")] == ["x-00000.tar"] * 3
    assert [line["shard"] for line in index_of(tmp_path / "over")] == ["x-00000.tar", "x-00000.tar", "x-00001.tar"]


def test_sample_larger_than_a_shard_has_one_for_itself(tmp_path: Path) -> None:
    write_shards(tmp_path, "x", make_samples(3), shard_bytes=1)
    assert [line["shard"] for line in index_of(tmp_path)[::3]] == ["x-00000.tar", "x-00001.tar", "x-00002.tar"]


@pytest.mark.parametrize("done", range(8))
def test_writing_goes_on_from_any_sample_over_whatever_lies_behind_it(tmp_path: Path, done: int) -> None:
    write_shards(tmp_path / "expected", "x", make_samples(7), shard_images=3)
    first = ShardWriter(tmp_path / "x", "x", shard_images=3)
    position = Position()
    for number, sample in enumerate(make_samples(7)):
        first.add(*sample)
        position = first.position if number + 1 == done else position
    first.close()
    second = ShardWriter(tmp_path / "x", "x", shard_images=3)
    second.position = position
    for sample in make_samples(7)[done:]:
        second.add(*sample)
    second.end()
    shards = {name: content for name, content in all_bytes(tmp_path / "expected") if name != "index.jsonl"}
    assert dict(all_bytes(tmp_path / "x")) == shards


def test_shard_that_was_taken_away_is_not_gone_on_with(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path, "x")
    writer.add(*make_samples(1)[0])
    writer.close()
    (tmp_path / "x-00000.tar").unlink()
    with pytest.raises(Conflict) as refusal:
        writer.add(*make_samples(2)[1])
    assert refusal.value.code == "shard_lost"


@pytest.mark.parametrize("key", ["a.b", "a/b", "", "ä", "a" * 81])
def test_key_that_readers_would_cut_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="no dots"):
        write_shards(tmp_path, "x", [(key, [("jpg", b"")])])


def test_nothing_to_write_leaves_an_empty_index(tmp_path: Path) -> None:
    assert write_shards(tmp_path / "new", "x", []) == 0
    assert dict(all_bytes(tmp_path / "new")) == {"index.jsonl": b""}
