"""Photos on disk: a name is made from the content, so a file is there whole or not at all, and never changes."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage

INCOMING = "incoming"
# Of folders, see localcopy.py; the setting of each.
SHELVES = {"releases": "RELEASES_ROOT", "models": "MODELS_ROOT", "exports": "EXPORTS_ROOT"}


class ContentStorage(FileSystemStorage):
    """Files whose names say what is in them: saving one that is there already does nothing."""

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: two files of one name are the same file."""
        return name

    def _save(self, name: str, content: File) -> str:
        final = Path(self.path(name))
        if not final.exists():
            final.parent.mkdir(parents=True, exist_ok=True)
            self._write_whole(final, content)
        return name

    def _write_whole(self, final: Path, content: File) -> None:
        """Write beside, sync and rename, so that a crash at any moment leaves no half of a photo under its name."""
        incoming = self._incoming()
        incoming.mkdir(parents=True, exist_ok=True)
        part = incoming / uuid.uuid4().hex
        try:
            with part.open("xb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            part.replace(final)
        finally:
            part.unlink(missing_ok=True)

    def _incoming(self) -> Path:
        return Path(self.base_location).resolve() / INCOMING

    def sweep_incoming(self, *, older_than_s: float = 3600.0) -> int:
        """Remove what a killed process left half written, and count it."""
        count = 0
        for part in self._incoming().glob("*"):
            if part.stat().st_mtime < time.time() - older_than_s:
                part.unlink(missing_ok=True)
                count += 1
        return count


class ShelfStorage(ContentStorage):
    """The files of a shelf of folders, on this disk."""

    def __init__(self, shelf: str) -> None:
        super().__init__()
        self.shelf = shelf

    @property
    def base_location(self) -> Path:
        """The folder that its setting names."""
        return Path(getattr(settings, SHELVES[self.shelf]))

    @property
    def location(self) -> str:
        """The same, absolute."""
        return str(self.base_location.resolve())
