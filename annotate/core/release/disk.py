"""Files that are complete or not there: written aside, synced, renamed."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def write_file(path: Path, chunks: Iterable[bytes], aside: Path) -> str:
    """Write a file by way of the folder `aside` on the same disk; the SHA-256 of what was written, in hex."""
    digest = hashlib.sha256()
    with _written_aside(path, aside) as file:
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def write_unsynced(path: Path, content: bytes, aside: Path) -> None:
    """Write a file so; whoever relies on its surviving a loss of power syncs it first."""
    with _written_aside(path, aside) as file:
        file.write(content)


@contextmanager
def _written_aside(path: Path, aside: Path) -> Iterator[BinaryIO]:
    temporary = aside / uuid.uuid4().hex
    with temporary.open("wb") as file:
        yield file
    try:
        temporary.replace(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(path)


def sync_path(path: Path) -> None:
    """Make a file's contents, or the names in a folder, survive a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folders(folder: Path) -> None:
    """Make the names in the folder and in every folder below it survive a loss of power."""
    for name, _, _ in os.walk(folder):
        sync_path(Path(name))
