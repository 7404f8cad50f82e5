"""A release of format 1.0, kept as it was written then: photos on their sides, some of other colour spaces."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from annotate.core.blurmap import decode_levels
from annotate.core.errors import InvalidRelease
from annotate.core.imagefile import open_upright
from annotate.core.release import ReleaseFolder, read_release, unpack_release, verify_release
from annotate.core.release.changes import list_changes

ARCHIVE = Path(__file__).parents[3] / "data/release-1.0.zip"
MARKED = 3  # the level of the red corner that every photo has


@pytest.fixture
def older(tmp_path: Path) -> ReleaseFolder:
    unpack_release(ARCHIVE, tmp_path / "older")
    return read_release(tmp_path / "older")


def test_it_is_sound(older: ReleaseFolder) -> None:
    assert verify_release(older.root, "deep") == []


def test_its_splits_have_todays_names(older: ReleaseFolder) -> None:
    assert dict(older.image_counts) == {"train": 6, "validation": 4, "test": 4}
    assert {split: sum(1 for _ in older.records(split)) for split in older.image_counts} == dict(older.image_counts)
    assert {record.split for record in older.records("validation")} == {"validation"}
    assert {record.facts().split for record in older.records()} == {"train", "validation", "test"}


def test_every_photo_lies_under_its_map(older: ReleaseFolder) -> None:
    shares = []
    for item, record in zip(older.items(), older.records(), strict=True):
        pixels = np.asarray(open_upright(item.load_image())).astype(int)
        marked = decode_levels(older.load_levels(record)) == MARKED
        assert pixels.shape[:2] == marked.shape
        if np.ptp(pixels, axis=2).any():  # not the grey one
            red = pixels[..., 0] - pixels[..., 1] > 100
            shares.append((red & marked).sum() / (red | marked).sum())
    assert len(shares) == 13
    assert min(shares) > 0.95


def test_no_pixel_is_changed(older: ReleaseFolder) -> None:
    for item, record in zip(older.items(), older.records(), strict=True):
        with (
            PIL.Image.open(older.image_place(record).path) as stored,
            PIL.Image.open(io.BytesIO(item.load_image())) as restored,
        ):
            assert restored.tobytes() == stored.tobytes()


def test_upright_photos_keep_their_bytes(older: ReleaseFolder) -> None:
    upright = [record for record in older.records() if record.as_written()["orientation"] == 1]
    kept = [older.load_photo(record) == older.image_place(record).path.read_bytes() for record in upright]
    assert sorted(kept) == [False, True, True]  # the third is given its profile, Display P3


def test_a_colour_space_is_in_the_file_again(older: ReleaseFolder) -> None:
    named = [record for record in older.records() if record.as_written()["colour"] != "sRGB"]
    with_profile = [PIL.Image.open(io.BytesIO(older.load_photo(record))).info.get("icc_profile") for record in named]
    assert [bool(profile) for profile in with_profile] == [True, True, True]


def test_what_did_not_change_since_is_no_change(older: ReleaseFolder) -> None:
    assert list(list_changes(older.records(), older.records())) == []


@pytest.mark.parametrize(("column", "value"), [("orientation", 9), ("split", "validation"), ("key", "0" * 24)])
def test_a_record_that_breaks_1_0_is_refused(older: ReleaseFolder, column: str, value: object) -> None:
    lines = older.root / "val/metadata.jsonl"
    first, *rest = lines.read_text().splitlines()
    lines.write_text("\n".join([json.dumps(json.loads(first) | {column: value}), *rest, ""]))
    with pytest.raises(InvalidRelease) as refusal:
        list(older.records())
    assert refusal.value.where == f"val/metadata.jsonl:1.{column}"
