"""What a file of labels says, row by row, each with the photo of the project that it is about.

A row is one author's word on one photo. Where a row cannot be taken, an InvalidLabels stands in its place.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from django.core.files.storage import FileSystemStorage, default_storage, storages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotate.core.errors import SmartBlurError
from annotate.core.formats import (
    FORMATS,
    Files,
    InvalidLabels,
    Meaning,
    Options,
    PhotoLabels,
    Understood,
    open_files,
    scale_to,
)
from annotate.core.formats import understand as understand_labels
from annotate.core.release import ReleaseFolder
from annotate.models import LabelImport
from annotate.services.importing.label_photos import Photo, Photos
from annotate.services.importing.label_releases import RELEASE, Released, open_release, read_released


@dataclass(frozen=True, slots=True)
class Row:
    """What one author says of one photo.

    Attributes:
        labels: as the file says it.
        photo: None for one that only a release has, and brings.
        released: how our own release says it; None for other formats.
    """

    labels: PhotoLabels
    photo: Photo | None
    released: Released | None = None

    def understand(self, meaning: Meaning, size: tuple[int, int], *, level_count: int) -> Understood:
        """What it means on a photo of (width, height) in a project of so many levels; raises InvalidLabels."""
        if self.released:
            return self.released.understand(self.labels, meaning, level_count=level_count)
        return understand_labels(self.labels, meaning, size, level_count=level_count)


Rows = Iterator[Row | InvalidLabels]


def importable() -> dict[str, str]:
    """The formats that come in: name -> title in the reader's language."""
    return {RELEASE: _("SmartBlur release")} | {each.name: _(each.title) for each in FORMATS.values() if each.read}


def recognised(work: LabelImport) -> str:
    """The name of the format that the file looks like.

    Raises:
        SmartBlurError: code format_not_recognised.
        InvalidFile: it cannot be opened.
    """
    with stored_file(work) as path, open_files(path) as files:
        if _is_release(files):
            return RELEASE
        for each in FORMATS.values():
            if each.read and each.recognises and each.recognises(files):
                return each.name
    sentence = _("This file looks like no format that comes in. Choose which one it is.")
    raise SmartBlurError(sentence, code="format_not_recognised", where="format")


def _is_release(files: Files) -> bool:
    return any(
        name == "release.json" or (name.count("/") == 1 and name.endswith("/release.json")) for name in files.names
    )


@contextmanager
def open_rows(work: LabelImport, photos: Photos) -> Iterator[Rows]:
    """All that the file says, in its order, for as long as the file is open.

    Somebody who says two things of one photo is two people: so tools export what several people drew.

    Raises:
        SmartBlurError: the file cannot be read at all.
    """
    with stored_file(work) as path:
        if work.format == RELEASE:
            with open_release(path) as release:
                yield _in_turn(_released(release, photos), work.format)
            return
        read = FORMATS[work.format].read
        if read is None:
            raise SmartBlurError(_("Labels do not come in in this format."), code="unknown_format", where="format")
        with open_files(path) as files:
            rows = (_placed(labels, photos) for labels in read(files, photos.size_of, Options(**work.options)))
            yield _in_turn(rows, work.format)


def _released(release: ReleaseFolder, photos: Photos) -> Rows:
    for labels, facts, released in read_released(release):
        yield Row(labels, photos.find_released(facts), released)


def _placed(labels: PhotoLabels | InvalidLabels, photos: Photos) -> Row | InvalidLabels:
    if isinstance(labels, InvalidLabels):
        return labels
    try:
        photo = photos.find(labels.file_name, labels.where)
        scale_to(labels, photo.size)  # one of another shape is told by the dry run
    except InvalidLabels as refusal:
        return refusal
    return Row(labels, photo)


def _in_turn(rows: Rows, format_name: str) -> Rows:
    """The rows, those of the same photo and author told apart."""
    said: Counter[tuple[int, str]] = Counter()
    for row in rows:
        if isinstance(row, InvalidLabels) or row.photo is None:
            yield row
            continue
        author = (row.photo.pk, row.labels.author)
        said[author] += 1
        yield _told_apart(row, said[author], format_name) if said[author] > 1 else row


def _told_apart(row: Row, number: int, format_name: str) -> Row | InvalidLabels:
    if not (row.labels.shapes or row.labels.says_where):
        sentence = gettext_noop("This was said before by the same author: only the first is taken.")
        return InvalidLabels(sentence, where=row.labels.where, code="said_twice")
    author = f"{row.labels.author or format_name} ({number})"
    return replace(row, labels=replace(row.labels, author=author))


@contextmanager
def stored_file(work: LabelImport) -> Iterator[Path]:
    """The file on this computer, under the name that it came with: where it lies, or a copy for as long as needed."""
    if isinstance(storages["default"], FileSystemStorage):
        yield Path(default_storage.path(work.file.name))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, Path(work.file.name).name)
        with default_storage.open(work.file.name) as stored, path.open("wb") as copy:
            shutil.copyfileobj(stored, copy, 1 << 20)
        yield path
