"""Files that are complete or not there: written aside, synced, renamed."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Iterable
from pathlib import Path


def write_file(path: Path, chunks: Iterable[bytes], aside: Path, *, is_synced: bool = True) -> str:
    """Write a file by way of the folder `aside` on the same disk; the SHA-256 of what was written, in hex.

    Args:
        is_synced: it survives a loss of power from here on; else whoever relies on it syncs it first.
    """
    digest = hashlib.sha256()
    temporary = aside / uuid.uuid4().hex
    with temporary.open("wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            file.write(chunk)
        if is_synced:
            file.flush()
            os.fsync(file.fileno())
    try:
        temporary.replace(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.replace(path)
    return digest.hexdigest()


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
