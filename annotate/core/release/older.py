"""Releases of format 1.0: all that is different in them, so that nothing else needs to know.

Their photos are as they were uploaded. Their records tell how to turn them and which colours they were made for, and
call the validation split "val".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from annotate.core.beside import put_back
from annotate.core.colour import profile_named
from annotate.core.errors import InvalidImage, InvalidRelease
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
    try:
        return put_back(stored, record.orientation, profile_named(record.colour))
    except InvalidImage as refusal:
        raise InvalidRelease(f"The photo cannot be read: {refusal.detail}") from refusal


def parse_record_1_0(raw: Json, level_count: int) -> OlderRecord:
    """The record that a line of a release 1.0 holds; raises InvalidRelease, `where` is the column."""
    if not isinstance(raw, Mapping):
        raise InvalidRelease("A record is an object.")
    if wrong := misfit(dict(raw), level_count, _1_0):
        raise InvalidRelease(f"The column {wrong[0]} {wrong[1]}.", where=wrong[0])
    return OlderRecord.from_json({**raw, "split": _SINCE.get(raw["split"], raw["split"])})
