"""Lines of the release's text files: JSON and CSV, each written in exactly one way."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from annotate.core.errors import InvalidRelease
from annotate.core.release.manifest import Annotator, Withdrawn
from annotate.core.release.plain import Json, P, Plain
from annotate.core.release.records import Record, VoteLine
from annotate.core.release.verify_standalone import DESIRABILITIES, canonical_json

Cell = str | int | None
MAX_LINE_BYTES = 1 << 26  # of a file that is read; a line of ours has some hundred kB at most

SOURCE_COLUMNS = ("key", "license", "attribution", "source_url", "photographer")
VOTE_COLUMNS = ("key", *VoteLine.names())
ANNOTATOR_COLUMNS = Annotator.names()
WITHDRAWN_COLUMNS = Withdrawn.names()

_FORMULA = re.compile(r"'*[=+\-@\t\r]")  # what a spreadsheet would run, and what the guard below made of it


def json_line(value: Json, where: str) -> bytes:
    """The value as one line of canonical JSON.

    Raises:
        InvalidRelease: it holds a decimal number, which would not be the same everywhere, or no JSON at all.
    """
    _refuse_floats(value, where)
    try:
        return (canonical_json(value) + "\n").encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidRelease(f"This cannot be written as JSON: {error}.", where=where) from error


def _refuse_floats(value: Json, where: str) -> None:
    if type(value) in (int, str):  # nearly all that there is
        return
    if isinstance(value, float):
        raise InvalidRelease("Use whole numbers; decimal numbers are not written the same everywhere.", where=where)
    if isinstance(value, Mapping):
        for name, part in value.items():
            _refuse_floats(part, f"{where}.{name}")
    elif isinstance(value, list | tuple) and set(map(type, value)) - {int}:
        for part in value:
            _refuse_floats(part, where)


def csv_line(cells: Iterable[Cell]) -> bytes:
    """Cells as one line of CSV, quoted only where they must be; text that a spreadsheet would run is disarmed.

    Python's own writer is not used: which characters it quotes differs between Python versions.
    """
    line = ",".join(_cell(cell) for cell in cells) + "\n"
    try:
        return line.encode()
    except UnicodeEncodeError as error:
        raise InvalidRelease("Text holds half a character (a lone surrogate).", where=line[:60]) from error


def _cell(value: Cell) -> str:
    if not isinstance(value, str):
        return "" if value is None else str(value)
    text = f"'{value}" if _FORMULA.match(value) else value
    return '"' + text.replace('"', '""') + '"' if re.search(r'[,"\n\r]', text) else text


def image_columns(level_count: int, record: type[Record] = Record) -> tuple[str, ...]:
    """The columns of images.csv: lists spread out."""
    spread = {
        "posterior_ppm": DESIRABILITIES,
        "votes": DESIRABILITIES,
        "level_px": tuple(str(level) for level in range(level_count)),
    }
    return tuple(
        chain.from_iterable([f"{n}_{p}" for p in spread[n]] if n in spread else [n] for n in record.index_columns())
    )


def image_cells(record: Record) -> list[Cell]:
    """A row of images.csv; file names are relative to the release."""
    cells: list[Cell] = []
    written = record.as_written()
    for name in record.index_columns():
        value = written[name]
        if name.endswith("file_name"):
            cells.append(f"{written['split']}/{value}")
        elif isinstance(value, list):
            cells.extend(value)
        else:
            cells.append(value)
    return cells


def source_cells(record: Record) -> list[Cell]:
    """A row of extras/sources.csv."""
    return [getattr(record, name) for name in SOURCE_COLUMNS]


def cells_of(value: Plain) -> list[Cell]:
    """A row of the fields in order."""
    return list(value.as_json().values())


# Reading --------------------------------------------------------------------------------------------------------------


@contextmanager
def located(where: str) -> Iterator[None]:
    """Say of a refusal from inside that it happened at `where`."""
    try:
        yield
    except InvalidRelease as refusal:
        raise InvalidRelease(refusal.detail, where=f"{where}.{refusal.where}" if refusal.where else where) from refusal


def read_json_lines(path: Path) -> Iterator[tuple[str, Json]]:
    """("folder/file:line", value) of every line; nothing where there is no such file.

    Raises:
        InvalidRelease: a line is not JSON of whole numbers, or too long.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        for number in range(1, 1 << 62):
            line = file.readline(MAX_LINE_BYTES)
            if not line:
                return
            where = f"{path.parent.name}/{path.name}:{number}"
            if not line.endswith(b"\n"):
                raise InvalidRelease("The line is cut short or too long.", where=where)
            yield where, parse_json(line, where)


def parse_json(text: bytes, where: str) -> Json:
    """The value that JSON text describes; raises InvalidRelease where it is none or holds a decimal number."""
    try:
        return json.loads(text, parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise InvalidRelease(f"This is not JSON of whole numbers: {error}.", where=where) from error


def _refuse(number: str) -> Json:
    raise ValueError(f"{number[:20]} is a decimal number")


def read_csv(path: Path, cls: type[P]) -> Iterator[tuple[str, dict[str, str], P]]:
    """("folder/file:line", row, value) of every row of a CSV file whose columns hold the fields of `cls`.

    Raises:
        InvalidRelease: a column is missing, a number is malformed, or the file is no CSV.
    """
    if not path.is_file():
        return
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        try:
            for row in rows:
                where = f"{path.parent.name}/{path.name}:{rows.line_num}"
                yield where, row, _from_cells(cls, row, where)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InvalidRelease(f"This is not CSV: {error}.", where=f"{path.parent.name}/{path.name}") from error


def _from_cells(cls: type[P], row: dict[str, str], where: str) -> P:
    if None in row or None in row.values():
        raise InvalidRelease("The row has more or fewer cells than there are columns.", where=where)
    try:
        with located(where):
            return cls(**{name: _uncell(row[name], kind) for name, kind in cls.kinds().items()})
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidRelease(f"This row is malformed: {error!r}.", where=where) from error


def _uncell(text: str, kind: str) -> Cell:
    if kind == "str":
        return plain_text(text)
    return None if text == "" and kind == "int | None" else int(text)


def plain_text(cell: str) -> str:
    """What a cell said before `csv_line` disarmed it."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
