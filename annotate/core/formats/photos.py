"""The photos of a release beside exported labels: upright, for tools that know no orientation."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

from annotate.core.imagefile import open_upright
from annotate.core.release import OlderRecord, Record, ReleaseFolder, normal_form


def photo_name(record: Record) -> str:
    """What the photo is called in every export: its key and an ending, such as ``0123456789abcdef01234567.jpg``."""
    return f"{record.key}.png" if _is_turned(record) else record.file_name.rpartition("/")[2]


def lay_photo(release: ReleaseFolder, record: Record, folder: Path) -> Path:
    """The photo as `photo_name` in `folder`, without taking room where it can be linked.

    A photo of an old release that does not lie upright is turned.
    """
    path = folder / photo_name(record)
    if _is_turned(record):
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(photo_bytes(release, record))
    else:
        link_or_copy(release.image_path(record), path)
    return path


def photo_bytes(release: ReleaseFolder, record: Record) -> bytes:
    """What the file of `lay_photo` holds."""
    stored = release.image_path(record).read_bytes()
    return _upright(normal_form(record, stored)) if _is_turned(record) else stored


def link_or_copy(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, or a copy where that cannot be."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _is_turned(record: Record) -> bool:
    return isinstance(record, OlderRecord) and record.orientation != 1


def _upright(photo: bytes) -> bytes:
    file = io.BytesIO()
    open_upright(photo).save(file, "PNG")
    return file.getvalue()
