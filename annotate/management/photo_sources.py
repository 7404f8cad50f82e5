"""Photos in a folder or a zip file, read one at a time; nothing is ever unpacked to disk."""

import lzma
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from annotate.core.errors import InvalidImage, SmartBlurError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
MAX_ARCHIVE_FILES = 200_000
MAX_RATIO = 200  # photos are compressed already: what a zip file shrinks more is a bomb

Found = tuple[str, Callable[[int], bytes]]  # its place, and how to read at most so many bytes of it


@contextmanager
def open_source(path: Path) -> Iterator[list[Found]]:
    """The photos, by their names, of a folder with all below it, or of a zip file.

    Raises:
        SmartBlurError: it is neither, or holds no photo.
    """
    if path.is_dir():
        yield _not_empty([(str(photo), partial(_read_file, photo)) for photo in _photos_below(path)], path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        detail = f"Give a folder or a zip file; this is neither ({error})."
        raise SmartBlurError(detail, where=str(path), code="not_a_source") from None
    with archive:
        members = [member for member in archive.infolist() if _is_photo(member.filename) and not member.is_dir()]
        if len(members) > MAX_ARCHIVE_FILES:
            detail = f"A zip file may hold {MAX_ARCHIVE_FILES:,} photos. Split it, or give a folder."
            raise SmartBlurError(detail, where=str(path), code="archive_too_large")
        yield _not_empty([(f"{path}/{each.filename}", partial(_read_member, archive, each)) for each in members], path)


def _is_photo(name: str) -> bool:
    """Whether the name promises a photo; what the bytes are is for the gate to say."""
    return Path(name).suffix.lower() in SUFFIXES and not Path(name).name.startswith("._")


def _photos_below(folder: Path) -> Iterator[Path]:
    """Files in the order of their names; links are not followed."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if _is_photo(name) and path.is_file() and not path.is_symlink():
                yield path


def _not_empty(found: list[Found], path: Path) -> list[Found]:
    if not found:
        raise SmartBlurError("There is no .jpg, .jpeg, .png or .webp in it.", where=str(path), code="no_photos")
    return found


def _read_file(path: Path, limit: int) -> bytes:
    try:
        with path.open("rb") as file:
            return _within(file.read(limit + 1), limit)
    except OSError as error:
        raise InvalidImage(f"The file cannot be read ({error.strerror}).", code="unreadable_file") from None


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    if member.file_size > MAX_RATIO * max(member.compress_size, 1):
        raise InvalidImage("It unpacks to far more than a photo would: this looks like a bomb.", code="archive_bomb")
    try:
        with archive.open(member) as file:
            return _within(file.read(limit + 1), limit)
    except (OSError, RuntimeError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        raise InvalidImage(f"The zip file is damaged or encrypted here ({error}).", code="unreadable_file") from None


def _within(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise InvalidImage(f"The file is larger than {limit // 2**20} MiB.", code="file_too_large")
    return data
