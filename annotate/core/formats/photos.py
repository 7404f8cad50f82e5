"""The photos of a release beside exported labels: upright, for tools that know no orientation."""

from __future__ import annotations

import io
from pathlib import Path

from annotate.core.imagefile import open_upright
from annotate.core.release import OlderRecord, Record, ReleaseFolder


def photo_name(record: Record) -> str:
    """What the photo is called in every export: its key and an ending, such as ``0123456789abcdef01234567.jpg``."""
    return f"{record.key}.png" if _is_turned(record) else record.file_name.rpartition("/")[2]


def lay_photo(release: ReleaseFolder, record: Record, folder: Path) -> Path:
    """The photo as `photo_name` in `folder`: linked to the release's own file where it has one, else copied.

    A photo of an old release that does not lie upright is turned.
    """
    target = folder / photo_name(record)
    if _is_turned(record):
        folder.mkdir(parents=True, exist_ok=True)
        target.write_bytes(photo_bytes(release, record))
    else:
        release.image_place(record).lay(target)
    return target


def photo_bytes(release: ReleaseFolder, record: Record) -> bytes:
    """What the file of `lay_photo` holds."""
    if _is_turned(record):
        return _upright(release.load_photo(record))
    return release.image_place(record).read(record.bytes)


def _is_turned(record: Record) -> bool:
    return isinstance(record, OlderRecord) and record.orientation != 1


def _upright(photo: bytes) -> bytes:
    file = io.BytesIO()
    open_upright(photo).save(file, "PNG")
    return file.getvalue()
