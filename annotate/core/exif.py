"""The few facts of a photo's EXIF block that are kept after the block itself is dropped."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import PIL.Image

_MAKE, _MODEL, _ORIENTATION, _EXIF_IFD = 0x010F, 0x0110, 0x0112, 0x8769
_MOMENTS = ((0x9003, 0x9011), (0x9004, 0x9012), (0x0132, 0x9010))  # taken, digitized, written, each with its offset
_TAGS = (_MAKE, _MODEL, _ORIENTATION, *(tag for moment in _MOMENTS for tag in moment))
_YEARS = range(1970, 2100)


@dataclass(frozen=True, slots=True)
class Exif:
    """What a photo says of itself.

    Attributes:
        orientation: 1 to 8, how the stored pixels are turned (EXIF tag 274).
        camera: maker and model, at most 160 characters; "" if unknown.
        captured_at: when it was taken, else digitized, else written, with its time zone; cameras that do not tell
            theirs are read as UTC.
    """

    orientation: int = 1
    camera: str = ""
    captured_at: datetime | None = None


def read_exif(tiff: bytes) -> Exif:
    """The facts in a TIFF-structured EXIF block, with or without JPEG's "Exif" before it, as some put it into PNG.

    Whatever is missing or malformed is left at its default.
    """
    if not tiff:
        return Exif()
    values = _read_tags(tiff)
    orientation = values.get(_ORIENTATION)
    return Exif(
        orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        _camera(_text(values.get(_MAKE)), _text(values.get(_MODEL))),
        _first_moment(values),
    )


def _read_tags(tiff: bytes) -> dict[int, Any]:
    """The value of each tag that is asked for here and can be read."""
    exif, values = PIL.Image.Exif(), {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of what is malformed, where it does not raise
        try:
            exif.load(tiff)
            directories = [exif, exif.get_ifd(_EXIF_IFD)] if _EXIF_IFD in exif else [exif]
        except Exception:  # of a dozen kinds: these are bytes of strangers
            directories = [exif]
        for directory in directories:
            for tag in _TAGS:
                try:
                    values[tag] = directory[tag]
                except Exception:  # noqa: S112 - missing, or malformed
                    continue
    return values


def _text(value: Any) -> str:
    raw = value.encode("latin-1", "replace") if isinstance(value, str) else value  # Pillow reads UTF-8 as Latin-1
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""
    return "".join(character for character in text.split("\0")[0] if character.isprintable()).strip()[:80]


def _camera(make: str, model: str) -> str:
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()[:160]


def _first_moment(values: Mapping[int, Any]) -> datetime | None:
    """The best time that is there and can be read; cameras write all three, scanners and phones' apps often one."""
    texts = ((_text(values.get(tag)), _text(values.get(offset))) for tag, offset in _MOMENTS)
    return next((moment for taken, offset in texts if (moment := _moment(taken, offset))), None)


def _moment(taken: str, offset: str) -> datetime | None:
    """A time such as "2024:05:31 18:03:09" with an offset such as "+02:00" or nothing."""
    date, _, time = taken.partition(" ")
    for zone in (offset, ""):
        try:
            moment = datetime.fromisoformat(f"{date.replace(':', '-')}T{time}{zone}")
        except ValueError:
            continue
        if moment.year in _YEARS:
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None
