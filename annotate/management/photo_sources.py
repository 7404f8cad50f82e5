"""Photos in a folder or a zip file, read one at a time; nothing is ever unpacked to disk.

A file is a photo if its first bytes say so, or if its name promises a picture: then the gate says what is wrong.
"""

import lzma
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from annotate.core.errors import InvalidImage, SmartBlurError
from annotate.core.heif import is_heif
from annotate.core.zips import MAX_RATIO, files_in

PICTURE = re.compile(  # names of pictures: those that we cannot read are told instead of passed over
    r"\.(jpe?g?|jfif|pjp(eg)?|a?png|webp|hei[cf]|hif|avif|jxl|jp2|tiff?|gif|bmp|psd"
    r"|dng|cr[23w]|nef|nrw|arw|srf|sr2|orf|rw2|raf|pef|srw|raw|rwl|3fr|iiq|x3f)",
    re.IGNORECASE,
)
HEAD_BYTES = 12
MAX_ARCHIVE_FILES = 200_000

Found = tuple[str, Callable[[int], bytes]]  # its place, and how to read at most so many bytes of it


class Contents(NamedTuple):
    """What a folder or a zip file holds."""

    photos: list[Found]
    others: list[str]  # the places of files that are no pictures


@contextmanager
def open_source(path: Path) -> Iterator[Contents]:
    """The photos, by their names, of a folder with all below it, or of a zip file.

    Raises:
        SmartBlurError: it is neither, or holds no photo.
    """
    if path.is_dir():
        yield _sorted_out(((str(file), file.name, partial(_read_file, file)) for file in _files_below(path)), path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, ValueError, RuntimeError) as error:
        detail = f"Give a folder or a zip file; this is neither ({error})."
        raise SmartBlurError(detail, where=str(path), code="not_a_source") from None
    with archive:
        members = files_in(archive)
        files = ((f"{path}/{each.filename}", each.filename, partial(_read_member, archive, each)) for each in members)
        contents = _sorted_out(files, path)
        if len(contents.photos) > MAX_ARCHIVE_FILES:
            detail = f"A zip file may hold {MAX_ARCHIVE_FILES:,} photos. Split it, or give a folder."
            raise SmartBlurError(detail, where=str(path), code="archive_too_large")
        yield contents


def _sorted_out(files: Iterable[tuple[str, str, Callable[..., bytes]]], path: Path) -> Contents:
    """The files, each as (place, name, how to read it), by whether they are photos."""
    contents = Contents([], [])
    for place, name, read in files:
        if _is_photo(name, read):
            contents.photos.append((place, read))
        else:
            contents.others.append(place)
    if not contents.photos:
        raise SmartBlurError(
            "There is no JPEG, PNG, WebP, HEIC or AVIF photo in it.", where=str(path), code="no_photos"
        )
    return contents


def _is_photo(name: str, read: Callable[..., bytes]) -> bool:
    if Path(name).name.startswith("._"):  # what a Mac keeps beside a file
        return False
    if PICTURE.fullmatch(Path(name).suffix):
        return True
    try:
        head = read(HEAD_BYTES, is_head=True)
    except InvalidImage:
        return False
    return (
        head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or is_heif(head)
    )


def _files_below(folder: Path) -> Iterator[Path]:
    """Files in the order of their names; links are not followed."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _read_file(path: Path, limit: int, *, is_head: bool = False) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(limit) if is_head else _within(file.read(limit + 1), limit)
    except OSError as error:
        raise InvalidImage(f"The file cannot be read ({error.strerror}).", code="unreadable_file") from None


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int, *, is_head: bool = False) -> bytes:
    if member.file_size > MAX_RATIO * max(member.compress_size, 1):
        raise InvalidImage("It unpacks to far more than a photo would: this looks like a bomb.", code="archive_bomb")
    try:
        with archive.open(member) as file:
            return file.read(limit) if is_head else _within(file.read(limit + 1), limit)
    except (OSError, RuntimeError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        raise InvalidImage(f"The zip file is damaged or encrypted here ({error}).", code="unreadable_file") from None


def _within(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise InvalidImage(f"The file is larger than {limit // 2**20} MiB.", code="file_too_large")
    return data
