"""The few facts of a photo's EXIF block that are kept after the block itself is dropped."""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime

_MAKE, _MODEL, _ORIENTATION, _EXIF_IFD = 0x010F, 0x0110, 0x0112, 0x8769
_MOMENTS = ((0x9003, 0x9011), (0x9004, 0x9012), (0x0132, 0x9010))  # taken, digitized, written, each with its offset
_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 7: 1}  # byte, text, short, long, undefined: all that is read here
_MAX_ENTRIES = 512
_MAX_VALUE = 256
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
    tiff = tiff.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return Exif()
    main = _read_directory(tiff, order, _number(tiff[4:8], order))
    detail = _read_directory(tiff, order, _number(main[_EXIF_IFD], order)) if _EXIF_IFD in main else {}
    orientation = _number(main.get(_ORIENTATION, b""), order)
    return Exif(
        orientation if 1 <= orientation <= 8 else 1,
        _camera(_text(main.get(_MAKE, b"")), _text(main.get(_MODEL, b""))),
        _first_moment(main | detail),
    )


def _read_directory(tiff: bytes, order: str, offset: int) -> dict[int, bytes]:
    """Raw value of each tag of one image file directory (TIFF 6.0, section 2)."""
    values = {}
    count = min(_number(tiff[offset : offset + 2], order), _MAX_ENTRIES)
    table = tiff[offset + 2 : offset + 2 + 12 * count]
    for tag, kind, length, value in struct.iter_unpack(f"{order}HHI4s", table[: len(table) // 12 * 12]):
        size = min(_TYPE_SIZES.get(kind, 0) * length, _MAX_VALUE)
        place = _number(value, order)
        values[tag] = value[:size] if size <= 4 else tiff[place : place + size]
    return values


def _number(raw: bytes, order: str) -> int:
    return int.from_bytes(raw, "little" if order == "<" else "big")


def _text(raw: bytes) -> str:
    text = raw.split(b"\0")[0].decode("utf-8", "replace")
    return "".join(character for character in text if character.isprintable()).strip()[:80]


def _camera(make: str, model: str) -> str:
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()[:160]


def _first_moment(values: dict[int, bytes]) -> datetime | None:
    """The best time that is there and can be read; cameras write all three, scanners and phones' apps often one."""
    texts = ((_text(values.get(tag, b"")), _text(values.get(offset, b""))) for tag, offset in _MOMENTS)
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
