"""A release in shards is the release in files: the same content, read alike, checked as closely, written as safely."""

import json
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.core.errors import Conflict, InvalidRelease
from annotate.core.release import (
    Item,
    discard_partial,
    pack_release,
    read_release,
    unpack_release,
    verify_release,
    write_release,
)
from annotate.core.release.shards import ShardWriter
from annotate.core.release.verify_standalone import find_faults
from tests.annotate.core.release.sample import ANNOTATORS, MANIFEST, all_bytes, make_items, write_sample
from tests.annotate.core.release.test_verify import seal_again
from tests.annotate.core.release.test_write import ROOT


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("sound") / "release", layout="shards")


@pytest.fixture
def release(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "release"))


def as_told(item: Item) -> tuple[dict[str, Any], bytes, bytes]:
    return item.as_json(), item.load_image(), item.load_levels()


def index_of(release: Path, split: str = "train") -> list[dict]:
    return [json.loads(line) for line in (release / split / "shards/index.jsonl").read_text().splitlines()]


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 14), st.integers(1, 6), st.integers(1, 4))
def test_both_layouts_give_the_same_items(
    tmp_path_factory: pytest.TempPathFactory, count: int, unit: int, workers: int
) -> None:
    folder = tmp_path_factory.mktemp("both")
    files = read_release(write_sample(folder / "files", count))
    shards = read_release(write_sample(folder / "shards", count, layout="shards", unit=unit, workers=workers))
    assert shards.layout == "shards"
    assert (shards.content_id, shards.manifest) == (files.content_id, files.manifest)
    assert list(map(as_told, shards.items())) == list(map(as_told, files.items()))
    assert verify_release(shards.root, "deep") == []


def test_files_of_the_layout(sound: Path) -> None:
    media = sorted(path for path, _ in all_bytes(sound) if path.split("/")[0] in ("train", "validation", "test"))
    tails = ("metadata.jsonl", "shards/index.jsonl", "shards/{}-00000.tar")
    assert media == [f"{split}/{tail.format(split)}" for split in ("test", "train", "validation") for tail in tails]


def test_release_of_many_shards_is_read_verified_and_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ShardWriter.__init__.__kwdefaults__, "shard_images", 2)
    files = read_release(write_sample(tmp_path / "files", 30))

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):  # after 16 images, in the middle of a shard or at its end
        write_sample(tmp_path / "shards", 30, layout="shards", unit=3, on_progress=stop)
    shards = read_release(write_sample(tmp_path / "shards", 30, layout="shards", unit=3))
    names = [path.name for path in sorted((shards.root / "train/shards").glob("*.tar"))]
    assert names == [f"train-{n:05d}.tar" for n in range(-(-files.image_counts["train"] // 2))]
    assert list(map(as_told, shards.items())) == list(map(as_told, files.items()))
    assert verify_release(shards.root, "deep") == []
    once = write_sample(tmp_path / "once", 30, layout="shards", workers=4)
    assert dict(all_bytes(shards.root)) == dict(all_bytes(once))


def test_sample_is_photo_map_and_record(sound: Path) -> None:
    release = read_release(sound)
    record = next(release.records("train"))
    with tarfile.open(sound / "train/shards/train-00000.tar") as tar:
        names = tar.getnames()[:3]
        photo, levels, line = (tar.extractfile(name).read() for name in names)
    kind = record.file_name.rpartition(".")[2]
    assert names == [f"{record.key}.{kind}", f"{record.key}.level.png", f"{record.key}.json"]
    assert (photo, levels) == (release.load_photo(record), release.load_levels(record))
    assert line == (sound / "train/metadata.jsonl").read_bytes().splitlines(keepends=True)[0]


def test_range_that_the_index_names_is_the_member(sound: Path) -> None:
    for line in index_of(sound):
        with (sound / "train/shards" / line["shard"]).open("rb") as file:
            file.seek(line["offset"])
            content = file.read(line["size"])
        with tarfile.open(sound / "train/shards" / line["shard"]) as tar:
            assert tar.extractfile(line["member"]).read() == content


def write_in_process(folder: Path, workers: int, unit: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "tests.annotate.core.release.sample", str(folder), str(workers), str(unit)]
    return subprocess.Popen([*command, "shards"], cwd=ROOT, stderr=subprocess.DEVNULL)


def test_same_bytes_whoever_writes_them(sound: Path, tmp_path: Path) -> None:
    assert write_in_process(tmp_path / "a", 1, 5).wait() == 0
    assert write_in_process(tmp_path / "b", 4, 3).wait() == 0
    assert dict(all_bytes(tmp_path / "a")) == dict(all_bytes(tmp_path / "b")) == dict(all_bytes(sound))


def test_killed_writing_is_taken_up_by_the_next(sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "killed"
    for killed in range(3):
        writer = write_in_process(folder, 2, 1)
        while len(list((tmp_path / "killed.partial").glob("units/*"))) <= 3 * killed and writer.poll() is None:
            time.sleep(0.001)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    write_sample(folder, 12, unit=1, layout="shards")
    assert dict(all_bytes(folder)) == dict(all_bytes(sound))


def test_two_writers_at_once_make_one_sound_release(sound: Path, tmp_path: Path) -> None:
    folder = tmp_path / "contested"
    for writer in [write_in_process(folder, 2, 2) for _ in range(3)]:
        writer.wait()  # the losers may fail, but must not spoil anything
    write_sample(folder, 12, unit=2, layout="shards")
    assert dict(all_bytes(folder)) == dict(all_bytes(sound))


@pytest.mark.parametrize("layout", ["folder", "shards"])
def test_unit_that_was_thrown_away_half_written_is_not_taken_for_complete(tmp_path: Path, layout: str) -> None:
    folder = tmp_path / "a"

    def begin_anew() -> bytes:
        discard_partial(folder)
        with pytest.raises(InvalidRelease):
            write_release(folder, MANIFEST, [*items[:8], items[0]], annotators=ANNOTATORS, unit=4, layout=layout)
        return items[5].load_image()

    items = make_items()
    disturbed = [*items[:5], replace(items[5], load_image=begin_anew), *items[6:]]
    with pytest.raises((OSError, Conflict)):
        write_release(folder, MANIFEST, disturbed, annotators=ANNOTATORS, unit=4, layout=layout)
    write_sample(folder, unit=4, layout=layout)
    assert dict(all_bytes(folder)) == dict(all_bytes(write_sample(tmp_path / "b", layout=layout)))


def test_interrupted_writing_loads_no_image_of_a_complete_unit_again(tmp_path: Path) -> None:
    loaded: list[str] = []
    items = [replace(i, load_image=lambda i=i: loaded.append(i.facts.key) or i.load_image()) for i in make_items(20)]

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):  # after 16 images
        write_release(tmp_path / "a", MANIFEST, items, on_progress=stop, unit=5, layout="shards")
    loaded.clear()
    write_release(tmp_path / "a", MANIFEST, items, unit=5, layout="shards")
    assert len(loaded) == 20 - 15
    write_release(tmp_path / "b", MANIFEST, items, layout="shards")
    assert dict(all_bytes(tmp_path / "a")) == dict(all_bytes(tmp_path / "b"))


def test_other_layout_in_the_folder_is_a_conflict(release: Path) -> None:
    with pytest.raises(Conflict):
        write_sample(release, layout="folder")


def test_packed_and_unpacked_it_is_the_same(sound: Path, tmp_path: Path) -> None:
    (tmp_path / "release.zip").write_bytes(b"".join(pack_release(sound)))
    unpack_release(tmp_path / "release.zip", tmp_path / "again")
    assert dict(all_bytes(tmp_path / "again")) == dict(all_bytes(sound))


def test_images_of_a_release_in_shards_make_the_release_in_files(sound: Path, tmp_path: Path) -> None:
    shards = read_release(sound)
    again = {"annotators": shards.annotators(), "withdrawn": shards.withdrawn(), "agreement": shards.agreement()}
    write_release(tmp_path / "files", shards.manifest, shards.items(), **again)
    assert dict(all_bytes(tmp_path / "files")) == dict(all_bytes(write_sample(tmp_path / "expected")))


# Damage ---------------------------------------------------------------------------------------------------------------


def member(release: Path, number: int) -> tuple[Path, dict]:
    line = index_of(release)[number]
    return release / "train/shards" / line["shard"], line


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(("number", "code"), [(3, "sha256"), (4, "png"), (5, "record")])
def test_damage_names_the_member_and_the_shard(release: Path, number: int, code: str) -> None:
    path, line = member(release, number)
    flip(path, line["offset"] + line["size"] // 2)
    name = f"train/shards/{line['shard']}"
    found = [(fault.path, fault.code) for fault in verify_release(release)]
    assert found == [(fault.path, fault.code) for fault in verify_release(release, "sealed")]
    assert found == [(f"{name}:{line['member']}", code), (name, "sha256")]
    verdict = subprocess.run([sys.executable, "tools/verify.py"], cwd=release, capture_output=True, text=True)
    assert verdict.returncode == 1
    assert f"{name}:{line['member']}" in verdict.stdout


def test_verifier_inside_finds_it_sound(sound: Path) -> None:
    verdict = subprocess.run([sys.executable, "-I", sound / "tools/verify.py"], capture_output=True, text=True)
    assert (verdict.returncode, verdict.stdout) == (0, "sound (full)\n")


def test_damaged_header_names_the_member(release: Path) -> None:
    path, line = member(release, 3)
    flip(path, line["offset"] - 512)
    assert (f"train/shards/{line['shard']}:{line['member']}", "header") in [f[:2] for f in verify_release(release)]


def cut_shard(release: Path) -> str:
    path, _ = member(release, 0)
    path.write_bytes(path.read_bytes()[:-512])
    return "train/shards/train-00000.tar"


def drop_line(release: Path) -> str:
    path = release / "train/shards/index.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    return "train/shards/index.jsonl"


def add_lines(release: Path) -> str:
    path = release / "train/shards/index.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines + lines[-3:]))
    return f"train/shards/index.jsonl:{len(lines) + 1}"


def move_member(release: Path) -> str:
    path = release / "train/shards/index.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    line = json.loads(lines[4])
    lines[4] = json.dumps(line | {"offset": line["offset"] + 512}).encode() + b"\n"
    path.write_bytes(b"".join(lines))
    return "train/shards/index.jsonl:5"


def add_shard(release: Path) -> str:
    shutil.copyfile(release / "train/shards/train-00000.tar", release / "train/shards/train-00001.tar")
    seal_again(release)
    return "train/shards/train-00001.tar"


def lose_shard(release: Path) -> str:
    (release / "train/shards/train-00000.tar").unlink()
    return "train/shards/train-00000.tar"


@pytest.mark.parametrize("damage", [cut_shard, drop_line, add_lines, move_member, lose_shard, add_shard])
def test_quick_look_finds_what_does_not_fit_together(release: Path, damage: Callable[[Path], str]) -> None:
    place = damage(release)
    assert place in [fault.path for fault in find_faults(release, "quick")]


def change(line: int, **fields: Any) -> Callable[[list[dict]], list[dict]]:
    return lambda lines: [*lines[:line], lines[line] | fields, *lines[line + 1 :]]


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[1:],
        lambda lines: lines[3:] + lines[:3],
        change(1, key="0" * 24),
        change(0, shard="../x-00000.tar"),
        change(0, offset=-1),
        change(0, offset="512"),
        change(0, size=True),
        change(0, more=1),
    ],
)
def test_index_that_cannot_be_is_refused(release: Path, damage: Callable[[list[dict]], list[dict]]) -> None:
    lines = damage(index_of(release))
    (release / "train/shards/index.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(InvalidRelease) as refusal:
        read_release(release).load_index("train")
    assert refusal.value.where.startswith("shards/index.jsonl:")


def test_image_that_the_index_does_not_hold_is_refused(release: Path) -> None:
    (release / "train/shards/index.jsonl").write_text("")
    shards = read_release(release)
    with pytest.raises(InvalidRelease):
        shards.load_photo(next(shards.records("train")))
