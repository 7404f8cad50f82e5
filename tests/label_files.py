"""A tiny format of labels for tests, and imports of files in it; photos of `factories` are 48 x 32 pixels."""

import json
from typing import Any

from django.core.files.base import ContentFile

from annotate.core.formats import FORMATS, Files, Format, InvalidLabels, Options, PhotoLabels, Shape, Sizes, ring_of
from annotate.models import LabelImport, Project, User
from annotate.services import leases
from annotate.services.importing import label_imports
from tests.factories import owner_of


def read_lines(files: Files, sizes: Sizes, options: Options):
    """A JSON object a line: photo, author, boxes as [name, x0, y0, x1, y1, stated area?], words, size."""
    for number, line in enumerate(files.read(files.names[0]).splitlines(), 1):
        where = f"{files.names[0]}: line {number}"
        try:
            row = json.loads(line)
            boxes = tuple(_shape(box, where) for box in row.get("boxes", ()))
        except ValueError:
            yield InvalidLabels("This line is no JSON.", where=where)
            continue
        says_where = "boxes" in row
        words = tuple(row.get("words", ()))
        size = tuple(row["size"]) if "size" in row else None
        author = row.get("author", "")
        yield PhotoLabels(row["photo"], where, boxes, words, size=size, author=author, says_where=says_where)


def _shape(box: list, where: str) -> Shape:
    name, x0, y0, x1, y1, *stated = box
    ring = ring_of([x0, y0, x1, y0, x1, y1, x0, y1])
    return Shape((name,), (ring,), where, stated_area=stated[0] if stated else None)


LINES = Format("lines", "Lines of tests", lambda files: files.names[0].endswith(".lines"), read_lines)


def use_lines(monkeypatch: Any) -> None:
    """Know the format for the length of a test."""
    monkeypatch.setitem(FORMATS, "lines", LINES)


def start(project: Project, *rows: Any, by: User | None = None) -> LabelImport:
    """The import of a file with these rows, read to its end; text stands there as it is."""
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    file = ContentFile(text.encode())
    work = label_imports.start_import(project, file, by=by or owner_of(project), file_name="some.lines")
    return run(work)


def run(work: LabelImport) -> LabelImport:
    """The import after a worker came by."""
    leases.work_off(label_imports.waiting(), label_imports.work_on)
    work.refresh_from_db()
    return work


def apply(work: LabelImport, **mapping: Any) -> LabelImport:
    """The import, brought in."""
    return run(label_imports.apply(work, by=work.started_by, mapping=mapping or None))


def undo(work: LabelImport) -> LabelImport:
    """The import, taken back."""
    return run(label_imports.undo(work, by=work.started_by))
