"""Writing: the same snapshot gives the same bytes, whoever writes it and however often it is killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from annotate.core.errors import Conflict, InvalidRelease
from annotate.core.release import Previous, read_release, verify_release, write_release
from tests.annotate.core.release.sample import (
    ANNOTATORS,
    MANIFEST,
    WITHDRAWN,
    all_bytes,
    make_item,
    make_items,
    write_sample,
)

ROOT = Path(__file__).parents[4]


def write_in_process(folder: Path, workers: int, unit: int, **environment: str) -> None:
    command = [sys.executable, "-m", "tests.annotate.core.release.sample", str(folder), str(workers), str(unit)]
    subprocess.run(command, check=True, cwd=ROOT, env={"PATH": os.environ["PATH"], **environment})


def test_same_snapshot_gives_the_same_bytes_anywhere(tmp_path: Path) -> None:
    write_in_process(tmp_path / "a", 1, 5, TZ="Asia/Tokyo", LC_ALL="C", PYTHONHASHSEED="1")
    write_in_process(tmp_path / "b", 4, 3, TZ="America/Lima", LC_ALL="C.UTF-8", PYTHONHASHSEED="2", PYTHONUTF8="0")
    assert dict(all_bytes(tmp_path / "a")) == dict(all_bytes(tmp_path / "b"))


def test_nothing_but_the_release_is_left(tmp_path: Path) -> None:
    write_sample(tmp_path / "release")
    assert [path.name for path in tmp_path.iterdir()] == ["release"]
    assert sorted(path.name for path in (tmp_path / "release").iterdir()) == [
        "CHANGELOG.md",
        "CITATION.cff",
        "DATASHEET.md",
        "LICENSE.txt",
        "README.md",
        "SEAL",
        "checksums.sha256",
        "croissant.json",
        "extras",
        "images.csv",
        "release.json",
        "statistics.json",
        "test",
        "tools",
        "train",
        "validation",
    ]


def test_interrupted_writing_goes_on_where_it_stopped(tmp_path: Path) -> None:
    loaded: list[str] = []

    def counted(count: int) -> list:
        return [
            replace(item, load_image=lambda i=item: loaded.append(i.facts.key) or i.load_image())
            for item in make_items(count)
        ]

    def stop(done: int) -> None:
        if done >= 32:
            raise KeyboardInterrupt

    options = {"annotators": ANNOTATORS, "withdrawn": WITHDRAWN, "unit": 10, "workers": 1}
    with pytest.raises(KeyboardInterrupt):
        write_release(tmp_path / "a", MANIFEST, counted(60), on_progress=stop, **options)
    assert not (tmp_path / "a").exists()
    loaded.clear()
    write_release(tmp_path / "a", MANIFEST, counted(60), **options)
    assert len(loaded) == 60 - 30
    assert dict(all_bytes(tmp_path / "a")) == dict(all_bytes(write_sample(tmp_path / "b", 60)))


def test_killed_writing_is_taken_up_by_the_next(tmp_path: Path) -> None:
    expected = dict(all_bytes(write_sample(tmp_path / "expected", 12)))
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "tests.annotate.core.release.sample", str(folder), "2", "1"]
    for _ in range(3):
        writer = subprocess.Popen(command, cwd=ROOT)
        while not list((tmp_path / "killed.partial").glob("units/*")) and writer.poll() is None:
            time.sleep(0.001)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
    write_sample(folder, 12, unit=1)
    assert dict(all_bytes(folder)) == expected


def test_killed_between_publishing_and_tidying(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("annotate.core.release.write.discard_partial", lambda folder: None)
        write_sample(tmp_path / "a")
    expected = dict(all_bytes(tmp_path / "a"))
    shutil.rmtree(tmp_path / "a")
    write_sample(tmp_path / "a")
    assert dict(all_bytes(tmp_path / "a")) == expected
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_two_writers_at_once_make_one_sound_release(tmp_path: Path) -> None:
    expected = dict(all_bytes(write_sample(tmp_path / "expected", 12)))
    folder = tmp_path / "contested"
    command = [sys.executable, "-m", "tests.annotate.core.release.sample", str(folder), "2", "2"]
    for writer in [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL) for _ in range(3)]:
        writer.wait()  # the losers may fail, but must not spoil anything
    write_sample(folder, 12, unit=2)
    assert dict(all_bytes(folder)) == expected


def test_writing_again_is_no_work_and_no_change(tmp_path: Path) -> None:
    first = write_release(tmp_path / "a", MANIFEST, make_items())
    before = dict(all_bytes(tmp_path / "a"))
    assert write_release(tmp_path / "a", MANIFEST, iter(())) == first
    assert dict(all_bytes(tmp_path / "a")) == before


def test_another_release_in_the_folder_is_a_conflict(tmp_path: Path) -> None:
    write_sample(tmp_path / "a")
    with pytest.raises(Conflict):
        write_release(tmp_path / "a", replace(MANIFEST, version="2.0.0"), make_items())


def test_half_written_release_of_another_plan_is_thrown_away(tmp_path: Path) -> None:
    with pytest.raises(InvalidRelease):
        write_release(tmp_path / "a", replace(MANIFEST, title="Other"), [*make_items(5), make_items(5)[0]], unit=1)
    write_sample(tmp_path / "a", 12, unit=1)
    assert dict(all_bytes(tmp_path / "a")) == dict(all_bytes(write_sample(tmp_path / "b", 12)))


def test_half_written_release_with_other_images_is_a_conflict(tmp_path: Path) -> None:
    with pytest.raises(InvalidRelease):
        write_release(tmp_path / "a", MANIFEST, [*make_items(5), make_items(5)[0]], unit=1)
    with pytest.raises(Conflict) as refusal:
        write_release(tmp_path / "a", MANIFEST, make_items(12)[1:], unit=1)
    assert refusal.value.code == "snapshot_changed"


def test_release_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRelease) as refusal:
        write_release(tmp_path / "a", MANIFEST, [])
    assert (refusal.value.where, (tmp_path / "a").exists()) == ("items", False)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"load_image": lambda: b"rotten"}, ""),
        ({"load_levels": lambda: b"no png"}, ""),
        ({"facts": {"votes": (1, 2, 3)}}, ".votes"),
        ({"facts": {"posterior_ppm": (1, 2, 3, 4)}}, ".posterior_ppm"),
        ({"facts": {"split": "dev"}}, ".split"),
        ({"facts": {"width": 36}}, ""),
        ({"facts": {"license": "who knows?"}}, ".license"),
        ({"lineage": ({"step": "ingest", "share": 0.5},)}, ".lineage.steps.share"),
        ({"facts": {"attribution": "\ud800"}}, ""),
    ],
)
def test_broken_item_is_refused_by_name(tmp_path: Path, change: dict, where: str) -> None:
    item = make_item(3)
    if "facts" in change:
        change = {"facts": replace(item.facts, **change["facts"])}
    with pytest.raises(InvalidRelease) as refusal:
        write_release(tmp_path / "a", MANIFEST, [replace(item, **change)])
    assert refusal.value.where == item.facts.key + where
    assert not (tmp_path / "a").exists()


def test_next_release_lists_what_changed(tmp_path: Path) -> None:
    write_sample(tmp_path / "old", 6)
    old = read_release(tmp_path / "old")
    items = {seed: make_item(seed) for seed in range(1, 8)}  # 0 is gone, 6 and 7 are new
    items[1] = replace(items[1], facts=replace(items[1].facts, desirability="bad"))
    items[2] = replace(items[2], load_levels=items[5].load_levels, lineage=())
    items[3] = replace(items[3], facts=replace(items[3].facts, posterior_ppm=(0, 0, 0, 1_000_000)))
    manifest = replace(MANIFEST, version="1.1.0", previous=Previous(version="1.0.0", content_id=old.content_id))
    ordered = sorted(items.values(), key=lambda item: item.facts.key)
    write_release(tmp_path / "new", manifest, ordered, annotators=ANNOTATORS, previous=old)

    lines = (tmp_path / "new/changes/from-1.0.0.jsonl").read_text().splitlines()
    key = {seed: make_item(seed).facts.key for seed in range(8)}
    expected = [("removed", 0), ("desirability", 1), ("levels", 2), ("votes_only", 3), ("added", 6), ("added", 7)]
    told = {(line.split('"change":"')[1].split('"')[0], line.split('"key":"')[1][:24]) for line in lines}
    assert told == {(change, key[seed]) for change, seed in expected}
    assert lines == sorted(lines, key=lambda line: line.split('"key":"')[1][:24])
    assert (tmp_path / "new/CHANGELOG.md").read_text().count("\n## ") == 2
    assert verify_release(tmp_path / "new", "full", against=tmp_path / "old") == []


def test_release_that_is_not_the_previous_one_is_refused(tmp_path: Path) -> None:
    old = read_release(write_sample(tmp_path / "old", 6))
    with pytest.raises(InvalidRelease) as refusal:
        write_release(tmp_path / "new", replace(MANIFEST, version="1.1.0"), make_items(), previous=old)
    assert refusal.value.where == "previous"


def test_progress_counts_up_to_the_last_image(tmp_path: Path) -> None:
    told: list[int] = []
    write_sample(tmp_path / "a", 40, on_progress=told.append, unit=7)
    assert told == [16, 32, 40]
