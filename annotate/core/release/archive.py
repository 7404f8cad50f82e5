"""A release as one zip file: packed as a stream that is always the same, unpacked as if by an enemy."""

from __future__ import annotations

import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from annotate.core.errors import Conflict, InvalidRelease
from annotate.core.release.verify_standalone import is_safe
from annotate.core.zips import files_in, most_unpacked

BLOCK = 1 << 20
PIECE = 1 << 14  # small, since many may read slowly, and each holds some
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first time a zip file can hold
MAX_FILES = 500_000
MAX_DIRECTORY_BYTES = 1 << 26  # of the archive's own list; it is held in memory
MAX_UNPACKED_BYTES = 1 << 40

_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, RuntimeError)


def pack_release(folder: Path) -> Iterator[bytes]:
    """The release as a zip file, piece by piece: stored, sorted, without times; the same bytes each time."""
    stream = _Stream()
    with zipfile.ZipFile(cast(IO[bytes], stream), "w", zipfile.ZIP_STORED) as archive:
        for name in _names_in(folder):
            path, entry = folder / name, zipfile.ZipInfo(f"{folder.name}/{name}", LONG_AGO)
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            entry.create_system = 3
            with (
                path.open("rb", buffering=0) as source,
                archive.open(entry, "w", force_zip64=path.stat().st_size >= 1 << 31) as target,
            ):
                while block := source.read(PIECE):
                    target.write(block)
                    yield stream.take()
    yield stream.take()


def _names_in(folder: Path) -> list[str]:
    """The files of a folder, sorted: names alone, since a slow reader of 100,000 holds them for hours."""
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(names, key=lambda name: name.split("/"))


class _Stream:
    """A file that can only be written to, and be emptied."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        return len(piece)

    def flush(self) -> None:
        """Nothing: what was written is there."""

    def take(self) -> bytes:
        written = b"".join(self._pieces)
        self._pieces.clear()
        return written


def unpack_release(archive: Path, folder: Path, *, max_bytes: int = MAX_UNPACKED_BYTES) -> None:
    """Unpack a zip file into `folder`, which appears when all of it is there, or not at all.

    A single folder that holds everything in the archive is left out.

    Args:
        max_bytes: what the unpacked files may have together; `most_unpacked` of the zip file's size bounds it, too.

    Raises:
        InvalidRelease: it is no zip file, or one that is damaged or hostile: paths that lead out, links, names twice,
            files that overlap, encrypted or more than they say.
        Conflict: `folder` exists.
    """
    if folder.exists():
        raise Conflict(f"Something lies in {folder.name} already.", code="folder_taken")
    aside = folder.with_name(f"{folder.name}.unpacking")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        _require_small_directory(archive)
        with zipfile.ZipFile(archive) as source:
            entries = _check_entries(source, archive.stat().st_size, max_bytes)
            for path, entry in entries.items():
                _extract(source, entry, aside / path)
        aside.rename(folder)
    except _UNREADABLE as error:
        raise InvalidRelease(f"This is not a zip file that can be unpacked: {error}.", where=archive.name) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _require_small_directory(archive: Path) -> None:
    """Refuse a list of files that would not fit in memory, before zipfile reads it all."""
    with archive.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - (1 << 16) - 22))
        tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) < at + 22:
        raise InvalidRelease("This is not a zip file, or its end is missing.", where=archive.name)
    (directory_bytes,) = struct.unpack_from("<I", tail, at + 12)
    wide = tail.rfind(b"PK\6\6", 0, at)
    if wide >= 0 and len(tail) >= wide + 48:
        (directory_bytes,) = struct.unpack_from("<Q", tail, wide + 40)
    if directory_bytes > MAX_DIRECTORY_BYTES:
        raise InvalidRelease("The zip file lists too many files.", where=archive.name)


def _check_entries(source: zipfile.ZipFile, archive_size: int, max_bytes: int) -> dict[str, zipfile.ZipInfo]:
    """Path -> entry of every file, each of them harmless as far as the list tells."""
    files = files_in(source)
    if not files or len(files) > MAX_FILES:
        raise InvalidRelease(f"Pack 1 to {MAX_FILES:,} files; these are {len(files):,}.", where="archive")
    tops = {entry.filename.split("/", 1)[0] for entry in files}
    top = f"{tops.pop()}/" if len(tops) == 1 and all("/" in entry.filename for entry in files) else ""
    entries: dict[str, zipfile.ZipInfo] = {}
    seen: set[str] = set()
    for entry in source.infolist():
        _require_harmless(entry)
    for entry in files:
        path = entry.filename.removeprefix(top)
        if path.casefold() in seen:
            raise InvalidRelease("This name is in the archive twice.", where=_shown(entry))
        seen.add(path.casefold())
        entries[path] = entry
    most = min(max_bytes, most_unpacked(archive_size))
    if sum(entry.file_size for entry in files) > most:
        raise InvalidRelease(f"Unpacked, this would take more than {most:,} bytes.", where="archive")
    end = 0
    for start, length in sorted((entry.header_offset, 30 + entry.compress_size) for entry in files):
        if start < end or start + length > archive_size:
            raise InvalidRelease("Files in this archive overlap or lie outside of it.", where="archive")
        end = start + length
    return entries


def _require_harmless(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    refusals = {
        "The path leads out of the folder or cannot be a file's name.": not is_safe(entry.orig_filename.rstrip("/")),
        "Only plain files may be in the archive, no links.": kind not in (0, stat.S_IFREG, stat.S_IFDIR),
        "The file is encrypted.": bool(entry.flag_bits & 1),
        "The file is compressed in a way that is not accepted; use deflate or store.": entry.compress_type
        not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED),
    }
    for detail, holds in refusals.items():
        if holds:
            raise InvalidRelease(detail, where=_shown(entry))


def _extract(source: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path) -> None:
    """Write one file. zipfile stops at the size that the list names, and checks the CRC there."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with source.open(entry) as packed, path.open("xb") as file:
            shutil.copyfileobj(packed, file, BLOCK)
            if file.tell() != entry.file_size:
                raise InvalidRelease("The file is shorter than the archive says.", where=_shown(entry))
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise InvalidRelease("The name is a file and a folder at once.", where=_shown(entry)) from error


def _shown(entry: zipfile.ZipInfo) -> str:
    return ascii(entry.orig_filename[:200])[1:-1] or "a file without a name"
