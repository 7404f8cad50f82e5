"""Verifying: a sound release is sound, and whatever was done to one is found, with and without this software."""

import ast
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from zlib_ng import zlib_ng

from annotate.core.blurmap import decode_levels, encode_levels, rasterize
from annotate.core.errors import InvalidRelease
from annotate.core.mapconsensus import merge_level_maps
from annotate.core.regions import parse_document
from annotate.core.release import Item, Previous, read_release, verify_release, verify_standalone, write_release
from annotate.core.release.verify_standalone import is_safe
from tests.annotate.core.release.sample import (
    ANNOTATORS,
    HEIGHT,
    MANIFEST,
    WIDTH,
    all_bytes,
    document,
    level_png,
    make_item,
    make_items,
    photo,
    write_sample,
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sample(tmp_path_factory.mktemp("sound") / "release")


@pytest.fixture
def release(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "release"))


def some_levels(release: Path) -> Path:
    return sorted((release / "train/levels").glob("*.png"))[0]


def some_image(release: Path) -> Path:
    return sorted((release / "train/images").glob("*"))[0]


def seal_again(release: Path) -> None:
    """What an attacker would do: make checksums and SEAL fit the folder as it is."""
    sums = {p: hashlib.sha256(b).hexdigest() for p, b in all_bytes(release) if p not in ("SEAL", "checksums.sha256")}
    listing = "".join(f"{sums[path]}  {path}\n" for path in sorted(sums, key=str.encode)).encode()
    (release / "checksums.sha256").write_bytes(listing)
    (release / "SEAL").write_text(hashlib.sha256(listing).hexdigest() + "\n")


def edit_records(release: Path, change: Callable[[dict], dict | None]) -> None:
    for path in release.glob("*/metadata.jsonl"):
        records = [change(json.loads(line)) for line in path.read_text().splitlines()]
        path.write_text("".join(json.dumps(record, sort_keys=True) + "\n" for record in records if record))


def flip(path: Path, at: int = -1) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def codes(release: Path, level: str = "full") -> set[str]:
    return {fault.code for fault in verify_release(release, level)}  # type: ignore[arg-type]


@pytest.mark.parametrize("level", ["quick", "sealed", "full", "deep"])
def test_sound_release_has_no_fault(sound: Path, level: str) -> None:
    assert codes(sound, level) == set()


@pytest.mark.parametrize(
    ("path", "at"),
    [
        ("README.md", 0),
        ("tools/verify.py", 100),
        ("extras/votes.csv", -3),
        ("extras/regions.jsonl", 40),
        ("images.csv", 500),
        ("croissant.json", 30),
    ],
)
def test_flipped_bit_is_found(release: Path, path: str, at: int) -> None:
    flip(release / path, at)
    assert [(fault.path, fault.code) for fault in verify_release(release)] == [(path, "sha256")]


def test_flipped_bit_of_an_image_is_found(release: Path) -> None:
    flip(some_image(release))
    where = some_image(release).relative_to(release).as_posix()
    assert [(fault.path, fault.code) for fault in verify_release(release)] == [(where, "sha256")]


def test_who_has_just_written_a_release_finds_flipped_bits_by_their_sums_alone(release: Path) -> None:
    photo = some_image(release)
    level_map = next(release.glob("*/levels/*.png"))
    for path in (photo, level_map):
        flip(path)
    found = [(fault.path, fault.code) for fault in verify_release(release, "sealed")]
    assert sorted(found) == sorted((path.relative_to(release).as_posix(), "sha256") for path in (photo, level_map))


@pytest.mark.parametrize("at", [0, 20, 24, 60, -1])
def test_flipped_bit_of_a_level_map_is_found(release: Path, at: int) -> None:
    flip(some_levels(release), at)
    assert codes(release) >= {"sha256"}


@pytest.mark.parametrize(("path", "code"), [("checksums.sha256", "seal"), ("SEAL", "seal")])
def test_changed_seal_is_found(release: Path, path: str, code: str) -> None:
    flip(release / path, 3)
    assert code in codes(release, "quick")


@pytest.mark.parametrize(
    "path", ["SEAL", "checksums.sha256", "images.csv", "validation/metadata.jsonl", "extras/withdrawn.csv"]
)
def test_missing_file_is_found(release: Path, path: str) -> None:
    (release / path).unlink()
    assert (path, "missing") in {(fault.path, fault.code) for fault in verify_release(release, "quick")}


def test_missing_image_is_found(release: Path) -> None:
    some_image(release).unlink()
    assert codes(release, "quick") == {"missing"}


def test_extra_file_is_found(release: Path) -> None:
    (release / "train/images/notes.txt").write_text("mine")
    assert [tuple(f[:2]) for f in verify_release(release, "quick")] == [("train/images/notes.txt", "extra")]


def test_link_is_found(release: Path) -> None:
    (release / "LICENSE.txt").unlink()
    (release / "LICENSE.txt").symlink_to("/etc/passwd")
    assert ("LICENSE.txt", "link") in {tuple(fault[:2]) for fault in verify_release(release)}


def test_shortened_image_is_found_without_reading_it(release: Path) -> None:
    some_image(release).write_bytes(b"short")
    assert codes(release, "quick") == {"size"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"desirability": "bad"}, "record"),
        ({"desirability": "bad", "desirability_code": 3}, "content_id"),
        ({"votes": [1, 1, 1, 1]}, "content_id"),
        ({"level_px": [1, 2, 3, 4]}, "record"),
        ({"file_name": "../../etc/passwd"}, "record"),
        ({"license": "GPL-3.0-only"}, "licence"),
        ({"sha256": "0" * 64}, "record"),
        ({"split": "test"}, "record"),
        ({"bytes": 17}, "size"),
    ],
)
def test_edited_record_is_found_though_sealed_again(release: Path, change: dict, code: str) -> None:
    edit_records(release, lambda record: record | change if record["split"] == "train" else record)
    seal_again(release)
    assert code in codes(release, "quick")


def test_dropped_record_is_found_though_sealed_again(release: Path) -> None:
    edit_records(release, lambda record: None if record["split"] == "validation" else record)
    seal_again(release)
    assert codes(release, "quick") == {"count", "content_id"}


def test_swapped_lines_are_found_though_sealed_again(release: Path) -> None:
    path = release / "train/metadata.jsonl"
    path.write_bytes(b"".join(reversed(path.read_bytes().splitlines(keepends=True))))
    seal_again(release)
    assert "order" in codes(release, "quick")


def repaint(release: Path, value: int) -> None:
    levels = decode_levels(some_levels(release).read_bytes()).copy()
    levels[0, 0] = value if levels[0, 0] != value else value - 1
    some_levels(release).write_bytes(encode_levels(levels))
    seal_again(release)


def test_repainted_pixel_is_found_though_sealed_again(release: Path) -> None:
    repaint(release, 3)
    assert codes(release) == {"levels", "level_px_sha256"}


def test_level_that_does_not_exist_is_found(release: Path) -> None:
    repaint(release, 7)
    assert codes(release) == {"levels", "level_px_sha256"}


@pytest.mark.parametrize(
    "png",
    [b"", b"\x89PNG\r\n\x1a\n", level_png(1, (38, 23)), level_png(1)[:-12], level_png(1) + b"\0", level_png(1)[:40]],
)
def test_picture_that_is_no_level_map_is_found(release: Path, png: bytes) -> None:
    some_levels(release).write_bytes(png)
    seal_again(release)
    assert codes(release) == {"png"}


def test_group_in_two_splits_is_found(tmp_path: Path) -> None:
    items = [replace(item, facts=replace(item.facts, group="one burst")) for item in make_items()]
    write_release(tmp_path / "r", MANIFEST, items, annotators=ANNOTATORS)
    assert codes(tmp_path / "r", "quick") == {"leakage"}


def test_withdrawn_image_is_found(release: Path) -> None:
    key = next(read_release(release).records()).key
    with (release / "extras/withdrawn.csv").open("a") as file:
        file.write(f"{key},1.0.0,asked for\n")
    seal_again(release)
    assert codes(release, "quick") == {"withdrawn"}


def test_licence_off_the_list_is_found(tmp_path: Path) -> None:
    write_release(tmp_path / "r", replace(MANIFEST, licenses=("CC0-1.0",)), make_items(), annotators=ANNOTATORS)
    assert codes(tmp_path / "r", "quick") == {"licence"}


def test_paths_that_lead_out_are_not_followed(release: Path) -> None:
    listing = (release / "checksums.sha256").read_bytes()
    line = f"{hashlib.sha256().hexdigest()}  ../../../../dev/null\n".encode()
    (release / "checksums.sha256").write_bytes(line + listing)
    (release / "SEAL").write_text(hashlib.sha256(line + listing).hexdigest() + "\n")
    assert [tuple(fault[:2]) for fault in verify_release(release)] == [("checksums.sha256:1", "checksums")]


@pytest.mark.parametrize(
    "path", ["", ".", "..", "/a", "a/", "a//b", "a/../b", "a\\b", "C:x", "a\nb", "a\0b", "a/.", "a" * 256]
)
def test_unsafe_paths(path: str) -> None:
    assert not is_safe(path)
    assert is_safe("train/images/ab/größe.jpg")


# Deep -----------------------------------------------------------------------------------------------------------------


def written_with(folder: Path, change: Callable[[Item], Item]) -> Path:
    write_release(folder, MANIFEST, [change(item) for item in make_items()], annotators=ANNOTATORS)
    return folder


def test_level_map_that_its_regions_do_not_give_is_found(tmp_path: Path) -> None:
    blank = encode_levels(np.zeros((23, 37), np.uint8))
    folder = written_with(tmp_path / "r", lambda item: replace(item, load_levels=lambda: blank))
    assert (codes(folder, "full"), codes(folder, "deep")) == (set(), {"made_again"})


def test_votes_that_are_not_those_of_the_record_are_found(tmp_path: Path) -> None:
    folder = written_with(tmp_path / "r", lambda item: replace(item, votes=item.votes[:1]))
    assert (codes(folder, "full"), codes(folder, "deep")) == (set(), {"votes"})


def test_annotator_who_is_not_listed_is_found(tmp_path: Path) -> None:
    write_release(tmp_path / "r", MANIFEST, make_items(), annotators=ANNOTATORS[:1])
    assert codes(tmp_path / "r", "deep") == {"annotator"}


def test_label_against_the_posterior_is_found(tmp_path: Path) -> None:
    def flip_label(item: Item) -> Item:
        return replace(item, facts=replace(item.facts, posterior_ppm=(0, 0, 0, 1_000_000)))

    assert codes(written_with(tmp_path / "r", flip_label), "deep") == {"posterior"}


def test_regions_that_are_no_document_are_found(tmp_path: Path) -> None:
    def spoil(item: Item) -> Item:
        lines = tuple(replace(line, regions=({"id": "x", "level": 99},)) for line in item.annotations)
        return replace(item, annotations=lines)

    assert codes(written_with(tmp_path / "r", spoil), "deep") == {"regions"}


def with_photo(item: Item, content: bytes, **facts: object) -> Item:
    facts |= {"sha256": hashlib.sha256(content).hexdigest()}
    return replace(item, facts=replace(item.facts, **facts), load_image=lambda: content)


def test_a_photo_of_another_size_than_its_record_says_is_found(tmp_path: Path) -> None:
    png = level_png(1, (23, 37))
    item = with_photo(make_item(1), photo(1, "png"), format="png", width=23, height=37)
    write_release(tmp_path / "r", MANIFEST, [replace(item, load_levels=lambda: png)], annotators=ANNOTATORS)
    assert codes(tmp_path / "r", "deep") == {"image"}


def test_bytes_that_are_no_photo_are_found(tmp_path: Path) -> None:
    write_release(tmp_path / "r", MANIFEST, [with_photo(make_item(1), b"no photo")], annotators=ANNOTATORS)
    assert (codes(tmp_path / "r", "full"), codes(tmp_path / "r", "deep")) == (set(), {"image"})


def test_same_scene_in_two_splits_is_found(tmp_path: Path) -> None:
    copies = {split: photo(1, kind) for split, kind in (("train", "png"), ("test", "webp"))}
    items = [
        with_photo(
            make_item(seed), copies[split], split=split, group=split, format={"train": "png", "test": "webp"}[split]
        )
        for seed, split in ((1, "train"), (2, "test"))
    ]
    write_release(tmp_path / "r", MANIFEST, sorted(items, key=lambda item: item.facts.key), annotators=ANNOTATORS)
    assert (codes(tmp_path / "r", "full"), codes(tmp_path / "r", "deep")) == (set(), {"near_duplicate"})


def test_flat_photos_in_two_splits_are_not_the_same_scene(tmp_path: Path) -> None:
    items = [
        with_photo(make_item(seed), flat(colour), split=split, group=split, format="png")
        for seed, split, colour in ((1, "train", "black"), (2, "test", "white"))
    ]
    write_release(tmp_path / "r", MANIFEST, sorted(items, key=lambda item: item.facts.key), annotators=ANNOTATORS)
    assert codes(tmp_path / "r", "deep") == set()


def flat(colour: str) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (WIDTH, HEIGHT), colour).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("method", "people"),
    [
        ("ordered-median", 2),
        ("ordered-median", 3),
        ("pattern-em", 4),
        ("single", 1),
        ("settled-median", 2),
        ("settled-median", 4),
        ("settled-em", 5),
    ],
)
def test_merged_level_map_is_made_again(tmp_path: Path, method: str, people: int) -> None:
    item = make_item(1)
    lines = tuple(
        replace(item.annotations[0], annotation=str(n), base=n % 2, regions=tuple(document(n)["regions"]))
        for n in range(people)
    )
    maps = [rasterize(parse_document(line.document, level_count=4), (WIDTH, HEIGHT)) for line in lines]
    merged = encode_levels(merge_level_maps(maps, 4, rule=method).levels)
    step = {"step": "consensus", "levels_method": method, "levels_from": [line.annotation for line in lines]}
    item = replace(item, annotations=lines, lineage=(step,), load_levels=lambda: merged)
    write_release(tmp_path / "r", MANIFEST, [item], annotators=ANNOTATORS)
    assert codes(tmp_path / "r", "deep") == set()
    other = replace(
        item, lineage=({**step, "levels_from": ["0"]},), annotations=(replace(lines[0], regions=()), *lines[1:])
    )
    write_release(tmp_path / "other", MANIFEST, [other], annotators=ANNOTATORS)
    assert codes(tmp_path / "other", "deep") == {"made_again"}


def test_record_that_lineage_contradicts_is_found(tmp_path: Path) -> None:
    manifest = replace(MANIFEST, rules={"levels": {"tolerance_px": 4}})
    item = make_item(2)
    step = {"step": "consensus", "levels_method": "single", "levels_from": [item.annotations[0].annotation]}
    sound = replace(item, lineage=(step,), facts=replace(item.facts, level_annotators=1, pre_model="", pre_kept_ppm=0))
    write_release(tmp_path / "sound", manifest, [sound], annotators=ANNOTATORS)
    assert "provenance" not in codes(tmp_path / "sound", "deep")
    other = replace(sound, facts=replace(sound.facts, pre_model="net 3", pre_kept_ppm=1_000_000))
    write_release(tmp_path / "other", manifest, [other], annotators=ANNOTATORS)
    assert "provenance" in codes(tmp_path / "other", "deep")


@pytest.mark.parametrize("path", ["images.csv", "extras/sources.csv"])
def test_derived_table_that_says_something_else_is_found(release: Path, path: str) -> None:
    (release / path).write_text((release / path).read_text().replace("CC0-1.0", "CC-BY-4.0"))
    seal_again(release)
    assert (codes(release, "full"), codes(release, "deep")) == (set(), {"index"})


# Against --------------------------------------------------------------------------------------------------------------


def test_release_that_does_not_follow_is_found(sound: Path, tmp_path: Path) -> None:
    old = read_release(sound)
    previous = Previous(version="1.0.0", content_id=old.content_id)
    manifest = replace(MANIFEST, version="1.1.0", previous=previous)
    moved = [
        replace(item, facts=replace(item.facts, split="train")) if item.facts.split == "test" else item
        for item in make_items()
    ]
    write_release(tmp_path / "moved", manifest, moved, annotators=ANNOTATORS, previous=old)
    write_release(tmp_path / "silent", replace(manifest, previous=None), make_items(11), annotators=ANNOTATORS)
    assert {f.code for f in verify_release(tmp_path / "moved", against=sound)} == {"sticky"}
    assert {f.code for f in verify_release(tmp_path / "silent", against=sound)} == {"previous", "changes"}


# The program inside ---------------------------------------------------------------------------------------------------


def run_verify(release: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(release / "tools/verify.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", env={"LC_ALL": "C"}, check=False)


def test_program_inside_finds_the_release_sound(release: Path) -> None:
    ran = run_verify(release)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "sound (full)\n", "")


def test_program_inside_tells_at_most_20_faults(release: Path) -> None:
    for number in range(30):
        (release / f"näme{number:02}.txt").write_text("")
    ran = run_verify(release, "--quick", "--json")
    told = json.loads(ran.stdout)
    assert (ran.returncode, told["ok"], told["level"], told["fault_count"], len(told["faults"])) == (
        1,
        False,
        "quick",
        30,
        20,
    )
    assert told["faults"][0].keys() == {"path", "code", "detail"}
    assert len(run_verify(release).stdout.splitlines()) == 21


def test_program_inside_refuses_what_is_no_release(release: Path, tmp_path: Path) -> None:
    assert run_verify(release, str(tmp_path / "nowhere")).returncode == 2
    assert run_verify(release, "--fast").returncode == 2
    (release / "release.json").write_text("{}")
    ran = run_verify(release)
    assert (ran.returncode, ran.stdout) == (2, "")
    with pytest.raises(InvalidRelease):
        verify_release(release)


@pytest.mark.parametrize("png", [level_png(1), level_png(1)[:40], level_png(1)[:60] + b"\xff" + level_png(1)[61:]])
def test_without_a_faster_library_maps_are_read_alike(monkeypatch: pytest.MonkeyPatch, png: bytes) -> None:
    said = []
    for library in (zlib, zlib_ng):
        monkeypatch.setattr(verify_standalone, "inflating", library)
        try:
            said.append(verify_standalone.level_pixels(png, 37, 23))
        except ValueError as error:
            said.append(str(error).split(" (")[0].encode())
    assert said[0] == said[1]


def test_program_inside_imports_nothing_else(release: Path) -> None:
    probe = f"import sys, runpy; runpy.run_path({str(release / 'tools/verify.py')!r}); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", probe], capture_output=True, text=True, check=True)
    assert {name.split(".")[0] for name in ran.stdout.split()} <= sys.stdlib_module_names | {"__main__"}


def test_program_inside_is_written_for_python_3_9(release: Path) -> None:
    tree = ast.parse((release / "tools/verify.py").read_text(), feature_version=(3, 9))
    assert ast.get_docstring(tree)


def test_sha256sum_agrees(release: Path) -> None:
    ran = subprocess.run(["sha256sum", "--check", "--quiet", "--strict", "checksums.sha256"], cwd=release, check=False)
    assert ran.returncode == 0


def test_one_item_is_a_release(tmp_path: Path) -> None:
    write_release(tmp_path / "r", MANIFEST, [make_item(1)], annotators=ANNOTATORS)
    assert codes(tmp_path / "r", "deep") == set()
