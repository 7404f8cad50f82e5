"""Folders that belong together, a release or a checkpoint, and the copy of one that this computer works on.

There are three shelves of them, `releases`, `models` and `exports`. On the site's own disk a folder is used where it
lies, and nothing is ever copied. Where files are in a bucket, it is stored there as one zip, whole or not at all; the
data folder of each computer then holds copies, which may be removed at any time.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.utils.translation import gettext

from annotate.core.errors import NO_SPACE, Conflict, DiskFull
from annotate.core.release import pack_release
from annotate.storage import SHELVES

UNUSED_FOR_S = 30 * 24 * 3600.0
INCOMING = ".incoming-"
TRIES = 5


def lies_here(shelf: str) -> bool:
    """Whether the shelf is a folder that all of the site's computers see, so that nothing needs a copy."""
    return isinstance(storages[shelf], FileSystemStorage)


def place(shelf: str, name: str) -> Path:
    """Where a folder lies on this computer, or would lie."""
    return Path(getattr(settings, SHELVES[shelf]), name)


def send(shelf: str, name: str, *, folder: Path | None = None, beside: Iterable[str] = ()) -> None:
    """Store a folder, in place of a former one of that name; where it lies here nothing needs to be done.

    Args:
        folder: what to store; by default what lies in the folder's place.
        beside: files of it that are wanted by themselves, too, at NAME/FILE.
    """
    if lies_here(shelf):
        return
    folder = folder or place(shelf, name)
    for file in beside:
        send_file(shelf, f"{name}/{file}", folder / file)
    storages[shelf].save(f"{name}.zip", io.BufferedReader(_Pieces(pack_release(folder))))


@contextmanager
def held(folder: Path) -> Iterator[Path | None]:
    """The folder as it is at one moment, in hard links, whatever takes its place meanwhile; None where none is there.

    Whoever replaces it renames it to NAME.old first and brings the new one under its name, as a checkpoint is written.
    """
    sources = (folder, folder.with_name(f"{folder.name}.old"))
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".held-") as aside:
        still = Path(aside, folder.name)
        is_whole = any(_link_all(source, still) for source in sources * TRIES)
        yield still if is_whole else None


def _link_all(source: Path, target: Path) -> bool:
    """Make `target` a folder of links to the files of `source`; False, and none, if that is replaced meanwhile."""
    with suppress(FileNotFoundError, shutil.Error):
        before = identity(source)
        shutil.copytree(source, target, copy_function=_link)
        if identity(source) == before:
            return True
    shutil.rmtree(target, ignore_errors=True)
    return False


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links
        shutil.copy2(source, target)


def identity(folder: Path) -> tuple[int, int]:
    """What tells a folder from the next one of the same name, where a whole folder takes its place."""
    found = folder.stat()
    return found.st_ino, found.st_mtime_ns


@contextmanager
def written_whole(folder: Path) -> Iterator[None]:
    """Leave nothing of the folder where the disk has no room for what the block writes into it.

    Raises:
        DiskFull: it has not.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in NO_SPACE:
            raise
        shutil.rmtree(folder, ignore_errors=True)
        raise DiskFull(shutil.disk_usage(folder.parent).free) from error


def send_file(shelf: str, name: str, path: Path) -> None:
    """Store one file under its name; where it lies here nothing needs to be done."""
    if not lies_here(shelf):
        with path.open("rb") as file:
            storages[shelf].save(name, io.BufferedReader(file))


def is_stored(shelf: str, name: str) -> bool:
    """Whether the folder is there for other computers."""
    return place(shelf, name).is_dir() if lies_here(shelf) else storages[shelf].exists(f"{name}.zip")


def stream(shelf: str, name: str) -> Iterator[bytes]:
    """The folder as a zip file, piece by piece, the same bytes wherever it lies.

    Raises:
        FileNotFoundError: it is not there.
    """
    if not lies_here(shelf):
        return storages[shelf].stream(f"{name}.zip")
    if not (name and place(shelf, name).is_dir()):  # without a name it would be the whole shelf
        raise FileNotFoundError(name)
    return pack_release(place(shelf, name))


def copy_of(
    shelf: str,
    name: str,
    *,
    is_current: Callable[[Path], bool] = Path.is_dir,
    check: Callable[[Path], None] = lambda folder: None,
) -> Path:
    """The folder on this computer: itself where it lies here, else a copy, fetched unless a current one is there.

    Args:
        is_current: whether a copy that is there is of this very folder; asked at each call.
        check: raises unless what has just been fetched is what was stored.

    Raises:
        Conflict: the files are gone, or are no longer what was stored.
    """
    folder = place(shelf, name)
    if lies_here(shelf):
        return folder
    if is_current(folder):
        os.utime(folder)
        return folder
    sweep_copies(shelf)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=INCOMING) as incoming:
        fetched = _fetch(shelf, name, Path(incoming))
        check(fetched)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            fetched.rename(folder)
        except OSError:  # another process of this computer was faster
            if not is_current(folder):
                raise
    return folder


def _fetch(shelf: str, name: str, into: Path) -> Path:
    archive = into / "archive.zip"
    try:
        with archive.open("wb") as file:
            for piece in storages[shelf].stream(f"{name}.zip"):
                file.write(piece)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(into)
    except FileNotFoundError:
        sentence = gettext("The files of %(name)s are no longer where they were stored. Restore them from a backup.")
        raise Conflict(sentence, name=name, code="files_missing") from None
    except zipfile.BadZipFile as error:
        sentence = gettext("The stored files of %(name)s are damaged: %(error)s. Restore them from a backup.")
        raise Conflict(sentence, name=name, error=str(error), code="files_damaged") from None
    archive.unlink()
    (folder,) = into.iterdir()
    return folder


def delete(shelf: str, name: str) -> None:
    """Remove what is stored under a name and below it, here and elsewhere."""
    shutil.rmtree(place(shelf, name), ignore_errors=True)
    if not lies_here(shelf):
        _delete_below(storages[shelf], name)


def _delete_below(storage: Storage, name: str) -> None:
    folders, files = storage.listdir(name)
    for file in files:
        storage.delete(f"{name}/{file}")
    for folder in folders:
        _delete_below(storage, f"{name}/{folder}")


def sweep_copies(shelf: str) -> int:
    """Remove the copies that nobody has used for a month, and count them; does nothing where the shelf lies here."""
    if lies_here(shelf):
        return 0
    old = [folder for folder in place(shelf, "").glob("*") if folder.stat().st_mtime < time.time() - UNUSED_FOR_S]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


class _Pieces(io.RawIOBase):
    """Bytes that come piece by piece, as a file that can be read once."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count
