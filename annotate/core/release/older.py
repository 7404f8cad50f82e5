"""Releases of format 1.0: all that is different in them, so that nothing else needs to know.

Their photos are as they were uploaded. Their records tell how to turn them and which colours they were made for, and
call the validation split "val".
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass

import PIL.ExifTags
import PIL.Image

from annotate.core.colour import profile_named
from annotate.core.errors import InvalidRelease
from annotate.core.release.plain import Json
from annotate.core.release.records import Record
from annotate.core.release.verify_standalone import EDITIONS, misfit

SPLIT_1_0 = {"validation": "val"}
_1_0 = EDITIONS["1.0"]
_SINCE = {old: new for new, old in SPLIT_1_0.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderRecord(Record):
    """A line of metadata.jsonl as 1.0 has it, its split under today's name.

    Attributes:
        orientation: EXIF 1 to 8: how the stored pixels must be turned to be upright.
        colour: name of the profile that the pixels were made for.
    """

    orientation: int
    colour: str

    @classmethod
    def index_columns(cls) -> tuple[str, ...]:
        """All columns, in the order of 1.0."""
        return tuple(_1_0.columns)

    def as_written(self) -> dict[str, Json]:
        """The record as it stands in its release."""
        return self.as_json() | {"split": SPLIT_1_0.get(self.split, self.split)}


def normal_form(record: Record, stored: bytes) -> bytes:
    """A photo's file as every reader shows it rightly.

    That is the stored one, or of a release 1.0 the stored one with its orientation and its profile in it, which were
    kept beside it. No pixel is changed; raises InvalidRelease where it cannot be read.
    """
    if not isinstance(record, OlderRecord):
        return stored
    profile = profile_named(record.colour)
    if record.orientation == 1 and profile is None:
        return stored
    exif = PIL.Image.Exif()
    exif[PIL.ExifTags.Base.Orientation] = record.orientation
    if record.file_name.endswith(".jpg"):
        return stored[:2] + _segment(0xE1, exif.tobytes()) + _profile_segment(profile) + stored[2:]
    return _saved_again(stored, exif, profile)


def parse_record_1_0(raw: Json, level_count: int) -> OlderRecord:
    """The record that a line of a release 1.0 holds; raises InvalidRelease, `where` is the column."""
    if not isinstance(raw, Mapping):
        raise InvalidRelease("A record is an object.")
    if wrong := misfit(dict(raw), level_count, _1_0):
        raise InvalidRelease(f"The column {wrong[0]} {wrong[1]}.", where=wrong[0])
    return OlderRecord.from_json({**raw, "split": _SINCE.get(raw["split"], raw["split"])})


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2, "big") + body


def _profile_segment(profile: bytes | None) -> bytes:
    return _segment(0xE2, b"ICC_PROFILE\0\1\1" + profile) if profile else b""


def _saved_again(stored: bytes, exif: PIL.Image.Exif, profile: bytes | None) -> bytes:
    """A PNG or WebP with the same pixels."""
    saved = io.BytesIO()
    try:
        with PIL.Image.open(io.BytesIO(stored), formats=["PNG", "WEBP"]) as photo:
            how = {"lossless": True, "exact": True, "quality": 0} if photo.format == "WEBP" else {}
            photo.save(saved, photo.format, exif=exif, icc_profile=profile, **how)
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError) as error:
        raise InvalidRelease(f"The photo cannot be read ({error}).") from error
    return saved.getvalue()
