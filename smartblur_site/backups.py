"""A backup of the whole site in one folder, made while people work, and the way back.

    DIR/backup.json          what is in it, sealed by its digest; replaced last, so one broken off changes nothing
    DIR/2026…Z/              the rows of one moment, a file a table, and files.jsonl: every stored file and its digest
    DIR/files/ab/abcd…       the stored files, each once, by SHA-256

Rows first, then files: a photo is written before its row and never changes, so every row finds its file. A second
backup into the same folder reads only what is new.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.files.storage import Storage, storages

from annotate import __version__, localcopy
from annotate.core.errors import Conflict, SmartBlurError
from annotate.storage import INCOMING
from modelsvc.services import checkpoints
from smartblur_site import tables
from smartblur_site.tables import Table

FORMAT = "smartblur-backup-1"
STORES = ("default", "releases", "models")  # names of Django's storages
BLOCK = 1 << 20
BEGUN = ".smartblur-backup"  # in a folder from the first backup's beginning: what lies there is ours to tidy
ROWS, CONTENT = re.compile(r"\d{8}T\d{12}Z"), re.compile(r"[0-9a-f]{64}|[0-9a-f]{32}\.part")  # names that we give


class InvalidBackup(SmartBlurError):
    """A folder that is not a whole backup."""

    code = "invalid_backup"


@dataclass(frozen=True)
class StoredFile:
    """A file of one of the stores, as the backup lists it."""

    store: str
    name: str
    bytes: int
    modified: str
    sha256: str


@dataclass(frozen=True)
class Backup:
    """What backup.json says."""

    folder: Path
    about: dict[str, Any]

    @property
    def rows(self) -> Path:
        """Where the rows and the list of files are."""
        return self.folder / self.about["made"]

    @property
    def tables(self) -> list[Table]:
        """The tables."""
        return [Table(**table) for table in self.about["tables"]]

    def files(self) -> Iterator[StoredFile]:
        """The stored files, in order."""
        with (self.rows / "files.jsonl").open() as lines:
            for line in lines:
                yield StoredFile(**json.loads(line))

    def content(self, sha256: str) -> Path:
        """Where a file of this digest lies."""
        return content_path(self.folder, sha256)


def content_path(folder: Path, sha256: str) -> Path:
    """Where a backup keeps the file of this digest."""
    return folder / "files" / sha256[:2] / sha256


# Making one -----------------------------------------------------------------------------------------------------------


def make_backup(folder: Path) -> Backup:
    """Bring the backup in a folder up to date, or make it; until that is done, a former one there stays whole.

    Of one that breaks off nothing is left, so that it does not keep a full disk full.

    Raises:
        SmartBlurError: the folder holds something else.
    """
    before = _former(folder)
    made = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    rows = folder / made
    rows.mkdir(parents=True)
    (folder / BEGUN).touch()
    try:
        with tables.one_moment():
            about: dict[str, Any] = {"format": FORMAT, "made": made, "version": __version__}
            about |= {"migrations": tables.migrations_applied(), "sequences": tables.sequences()}
            about["tables"] = [table.as_json() for table in tables.write_tables(rows)]
        about["files"] = _write_files(folder, rows, before)
        _replace(folder / "backup.json", json.dumps(about | {"seal": _seal(about)}, indent=1).encode())
    except BaseException:
        shutil.rmtree(rows, ignore_errors=True)
        _tidy(folder, before)
        raise
    backup = Backup(folder, about)
    _tidy(folder, backup)
    return backup


def _former(folder: Path) -> Backup | None:
    if (folder / "backup.json").exists():
        return open_backup(folder)
    if not (folder / BEGUN).exists() and (stranger := next(folder.glob("*"), None)):
        detail = f"{folder} holds something else, such as {stranger.name}. Name an empty folder or a former backup."
        raise SmartBlurError(detail, where=str(folder), code="not_a_backup")
    return None


def _write_files(folder: Path, rows: Path, before: Backup | None) -> dict[str, Any]:
    """Copy what the stores hold and the folder does not, and list it."""
    known = (
        {(file.store, file.name, file.bytes, file.modified): file.sha256 for file in before.files()} if before else {}
    )
    count = size = 0
    digest = hashlib.sha256()
    with (rows / "files.jsonl").open("xb") as lines:
        for store in STORES:
            for name, source in _sources(store):
                file = _copy_in(store, name, source, folder, known)
                if file is None:
                    continue
                line = json.dumps(vars(file), sort_keys=True).encode() + b"\n"
                digest.update(line)
                lines.write(line)
                count, size = count + 1, size + file.bytes
        lines.flush()
        os.fsync(lines.fileno())
    return {"count": count, "bytes": size, "sha256": digest.hexdigest()}


def _names(storage: Storage, folder: str = "", *, now: str | None = None) -> Iterator[str]:
    """Every file of a store but those that are being written, in order.

    Args:
        now: where the folder is at this moment: while it is replaced, the former one is called NAME.old.
    """
    try:
        folders, files = storage.listdir(folder if now is None else now)
    except FileNotFoundError:  # nothing was ever stored, or it was removed meanwhile
        return
    for name in sorted(files):
        yield f"{folder}/{name}".lstrip("/")
    for name in sorted({name.removesuffix(".old") for name in folders}):
        if not name.startswith(".") and name != INCOMING and not name.endswith((".partial", ".unpacking")):
            path = f"{folder}/{name}".lstrip("/")
            yield from _names(storage, path, now=None if name in folders else f"{path}.old")


def _sources(store: str) -> Iterator[tuple[str, str]]:
    """(name, where to read it) of every file; a checkpoint's are all of one moment, though a training replaces it."""
    for parent, names in groupby(_names(storages[store]), key=posixpath.dirname):
        if store == checkpoints.SHELF and posixpath.basename(parent) in checkpoints.SENT and localcopy.lies_here(store):
            with localcopy.held(localcopy.place(store, parent)) as still:
                for path in sorted(still.iterdir()) if still else ():
                    yield f"{parent}/{path.name}", path.relative_to(localcopy.place(store, "")).as_posix()
        else:
            yield from ((name, name) for name in names)


def _copy_in(store: str, name: str, source: str, folder: Path, known: dict[tuple, str]) -> StoredFile | None:
    """The file as it is now, copied unless the folder has it; None if it was removed meanwhile."""
    storage = storages[store]
    try:
        size, modified = storage.size(source), storage.get_modified_time(source).isoformat()
        sha256 = known.get((store, name, size, modified))
        if sha256 is None or not content_path(folder, sha256).exists():
            sha256, size = _copy(storage, source, folder)
    except FileNotFoundError:
        return None
    return StoredFile(store, name, size, modified, sha256)


def _copy(storage: Storage, name: str, folder: Path) -> tuple[str, int]:
    """The digest and the size of what was copied."""
    part = folder / "files" / f"{uuid.uuid4().hex}.part"
    part.parent.mkdir(exist_ok=True)
    digest, size = hashlib.sha256(), 0
    try:
        with storage.open(name) as source, part.open("xb") as copy:
            while block := source.read(BLOCK):
                digest.update(block)
                copy.write(block)
                size += len(block)
            copy.flush()
            os.fsync(copy.fileno())
        final = content_path(folder, digest.hexdigest())
        final.parent.mkdir(exist_ok=True)
        part.replace(final)
    finally:
        part.unlink(missing_ok=True)
    return digest.hexdigest(), size


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f"{path.name}.new")
    try:
        with fresh.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def _tidy(folder: Path, backup: Backup | None) -> None:
    """Remove the rows of other backups than this one, and files of ours that it does not list."""
    for path in folder.iterdir():
        if path.is_dir() and ROWS.fullmatch(path.name) and not (backup and path.name == backup.about["made"]):
            shutil.rmtree(path)
    listed = {file.sha256 for file in backup.files()} if backup else set()
    for path in folder.glob("files/**/*"):
        if path.is_file() and CONTENT.fullmatch(path.name) and path.name not in listed:
            path.unlink()


# The way back ---------------------------------------------------------------------------------------------------------


def open_backup(folder: Path) -> Backup:
    """What lies in a folder.

    Raises:
        InvalidBackup: it is no backup, or its description was changed.
    """
    try:
        about = json.loads((folder / "backup.json").read_text())
        seal = about.pop("seal")
    except FileNotFoundError:
        raise InvalidBackup("There is no backup here: backup.json is missing.", where=str(folder)) from None
    except (ValueError, AttributeError, KeyError):
        raise InvalidBackup("backup.json is damaged.", where=str(folder)) from None
    if about.get("format") != FORMAT or not ROWS.fullmatch(str(about.get("made"))):
        raise InvalidBackup(f"This is not a backup of the format {FORMAT}.", where=str(folder))
    if seal != _seal(about):
        raise InvalidBackup("backup.json is not as it was written: its seal differs.", where=str(folder))
    return Backup(folder, about)


def _seal(about: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()


def verify_backup(backup: Backup) -> None:
    """Read everything once.

    Raises:
        InvalidBackup: something is missing or is not as it was written.
    """
    _require(backup.rows / "files.jsonl", backup.about["files"]["sha256"])
    for table in backup.tables:
        _require(backup.rows / table.file_name, table.sha256)
    known = set()
    for file in backup.files():
        if file.store not in STORES or PurePosixPath(file.name).is_absolute() or ".." in PurePosixPath(file.name).parts:
            raise InvalidBackup("The backup lists a file outside our stores.", where=f"{file.store}: {file.name}")
        if file.sha256 not in known:
            _require(backup.content(file.sha256), file.sha256)
            known.add(file.sha256)


def _require(path: Path, sha256: str) -> None:
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidBackup(f"The backup is not whole: {error.strerror}.", where=str(path)) from None
    if found != sha256:
        raise InvalidBackup("The backup is damaged: this file is not as it was written.", where=str(path))


def restore(backup: Backup, *, replace: bool = False) -> None:
    """Put rows and files back; rows appear in one transaction, after all files are there.

    Args:
        replace: remove what the installation holds.

    Raises:
        InvalidBackup: it is damaged; nothing was changed.
        Conflict: the installation is not empty, is in use, or is older than the backup.
    """
    verify_backup(backup)
    if not replace and tables.has_people():
        detail = (
            "This installation has accounts already. Restore into an empty one, or say --replace to lose what it holds."
        )
        raise Conflict(detail, code="not_empty")
    for file in backup.files():
        _put_back(backup, file)
    tables.read_tables(backup.rows, backup.tables, backup.about["sequences"], backup.about["migrations"])
    listed = {(file.store, file.name) for file in backup.files()}
    for store in STORES if replace else ():
        for name in list(_names(storages[store])):
            if (store, name) not in listed:
                storages[store].delete(name)


def _put_back(backup: Backup, file: StoredFile) -> None:
    storage = storages[file.store]
    with backup.content(file.sha256).open("rb") as content:
        if storage.exists(file.name):
            with storage.open(file.name) as there:
                if hashlib.file_digest(there, "sha256").hexdigest() == file.sha256:
                    return
            storage.delete(file.name)
        storage.save(file.name, content)
