"""Where labels lie: one file, a folder or a zip file, all read in the same way. Nothing in them is trusted."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from annotate.core.errors import SmartBlurError
from annotate.core.zips import files_in, most_unpacked

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif")
MAX_FILES = 1_000_000
MAX_MEMBER_BYTES = 4 * 2**30
MAX_READ_BYTES = 2**28


class InvalidFile(SmartBlurError):
    """Something that cannot be read as labels at all."""

    code = "invalid_file"


@dataclass(frozen=True, slots=True)
class Files:
    """Files by their names.

    Attributes:
        names: with folders, ``/`` between, sorted; hidden ones and those of file managers are left out.
    """

    names: tuple[str, ...]
    _root: Path
    _zip: zipfile.ZipFile | None = None

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The file's bytes, from its beginning.

        Raises:
            InvalidFile: it is missing, encrypted or damaged.
        """
        try:
            with self._zip.open(name) if self._zip else (self._root / name).open("rb") as file:
                yield cast(BinaryIO, file)
        except (OSError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
            raise InvalidFile("The file cannot be read: %(reason)s", reason=str(error), where=name) from None

    def read(self, name: str, limit: int = MAX_READ_BYTES) -> bytes:
        """All of a file's bytes, at most `limit`; raises as `open`."""
        with self.open(name) as file:
            content = file.read(limit + 1)
        if len(content) > limit:
            raise InvalidFile("The file is larger than can be read at once.", where=name)
        return content

    def head(self, name: str, size: int = 1 << 16) -> bytes:
        """The first bytes of a file, to tell what it is; empty where it cannot be read."""
        try:
            with self.open(name) as file:
                return file.read(size)
        except InvalidFile:
            return b""

    def ending(self, *suffixes: str) -> list[str]:
        """The names that end in one of these, such as ".json", in any case."""
        return [name for name in self.names if name.lower().endswith(suffixes)]


@contextmanager
def open_files(path: Path) -> Iterator[Files]:
    """What lies at `path`: the files of a folder or of a zip file, or the one file.

    Raises:
        InvalidFile: nothing is there, or the zip file is damaged or far too large.
    """
    if path.is_dir():
        found = (each for each in path.rglob("*") if each.is_file() and not each.is_symlink())
        yield Files(_sorted(each.relative_to(path).as_posix() for each in found), path)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            members = files_in(archive)
            unpacked = sum(member.file_size for member in members)
            if (
                len(members) > MAX_FILES
                or unpacked > most_unpacked(path.stat().st_size)
                or any(member.file_size > MAX_MEMBER_BYTES for member in members)
            ):
                raise InvalidFile("The zip file holds more than can be read.", where=path.name)
            yield Files(_sorted(member.filename for member in members), path, archive)
    elif path.is_file():
        yield Files((path.name,), path.parent)
    else:
        raise InvalidFile("There is no such file or folder.", where=str(path))


def _sorted(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if not _is_hidden(PurePosixPath(name))))


def _is_hidden(name: PurePosixPath) -> bool:
    return any(part.startswith(".") or part in ("__MACOSX", "Thumbs.db") for part in name.parts)
