"""Tables of votes: a photo, an author and a vote in each row, from a spreadsheet or our own extras/votes.csv."""

from __future__ import annotations

import codecs
import csv
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple, TextIO

from annotate.core.errors import Phrase
from annotate.core.formats.files import Files, InvalidFile
from annotate.core.formats.format import Format, Options, Rows, Sizes
from annotate.core.formats.labels import InvalidLabels, PhotoLabels
from annotate.core.formats.photos import photo_name
from annotate.core.release import ReleaseFolder
from annotate.core.release.records import VoteLine
from annotate.core.release.tables import cells_of, csv_line, plain_text

SUFFIXES = (".csv", ".tsv")
OUR_NAME = "votes.csv"
DELIMITERS = ",;\t"
PHOTO_COLUMNS = ("file_name", "filename", "file", "photo", "image", "path", "key")
AUTHOR_COLUMNS = ("author", "annotator", "user", "worker", "rater", "labeler", "labeller", "email")
VOTE_COLUMNS = ("vote", "desirability", "rating", "label", "choice", "answer", "class")


class _Table(NamedTuple):
    """A table after its first line.

    Attributes:
        photo, author, vote: where these stand in a row; no author where no column tells.
        width: cells of a row.
    """

    text: TextIO
    delimiter: str
    photo: int
    author: int | None
    vote: int
    width: int


def recognises(files: Files) -> bool:
    """Is there a table with columns of photos and votes, and nothing but tables?"""
    tables = _tables(files)
    try:
        for name in tables:
            with _open_table(files, name, Options()):
                pass
    except InvalidFile:
        return False
    return bool(tables)


def read(files: Files, sizes: Sizes, options: Options) -> Rows:
    """A vote for each row that has one."""
    tables = _tables(files)
    if not tables:
        raise InvalidFile("There is no table here: give a file that ends in .csv or .tsv.")
    for name in tables:
        with _open_table(files, name, options) as table:
            for line, cells in _rows(table):
                yield _vote(table, cells, f"{name}: line {line}")


def _tables(files: Files) -> list[str]:
    """The tables; of an export or a release, which hold others too, the one of votes."""
    tables = files.ending(*SUFFIXES)
    return [name for name in tables if PurePosixPath(name).name == OUR_NAME] or tables


@contextmanager
def _open_table(files: Files, name: str, options: Options) -> Iterator[_Table]:
    """The table and its columns; raises InvalidFile where they cannot be told."""
    with files.open(name) as file:
        head = file.read(2)
        file.seek(0)
        is_wide = head in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        text = io.TextIOWrapper(file, "utf-16" if is_wide else "utf-8-sig", newline="")
        try:
            first = text.readline()
            delimiter = max(DELIMITERS, key=first.count)
            header = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter), [])]
            photo = _column(header, options.photo_column, PHOTO_COLUMNS)
            vote = _column(header, options.vote_column, VOTE_COLUMNS)
            if photo is None or vote is None:
                raise InvalidFile(
                    "Say which column names the photo and which the vote; there are %(columns)s.",
                    columns=", ".join(header) or "-",
                    where=name,
                    code="unknown_columns",
                )
            author = _column(header, options.author_column, AUTHOR_COLUMNS)
            yield _Table(text, delimiter, photo, author, vote, len(header))
        except (UnicodeError, csv.Error) as error:
            raise InvalidFile("This is no table of text in UTF-8: %(reason)s", reason=str(error), where=name) from None
        finally:
            text.detach()


def _column(header: list[str], chosen: str, usual: tuple[str, ...]) -> int | None:
    if chosen:
        return header.index(chosen) if chosen in header else None
    lowered = [name.lower().replace(" ", "_") for name in header]
    return next((lowered.index(name) for name in usual if name in lowered), None)


def _rows(table: _Table) -> Iterator[tuple[int, list[str] | str]]:
    """(line, cells) of each row, or what is wrong with it."""
    rows = csv.reader(table.text, delimiter=table.delimiter, strict=True)
    while True:
        line = rows.line_num + 2
        try:
            if cells := next(rows):
                yield line, cells
        except csv.Error as error:
            yield line, str(error)
        except StopIteration:
            return


def _vote(table: _Table, cells: list[str] | str, where: str) -> PhotoLabels | InvalidLabels:
    if isinstance(cells, str):
        return InvalidLabels("This is not a row of a table: %(reason)s", reason=cells, where=where)
    if len(cells) != table.width:
        return InvalidLabels(
            "The row has %(count)s cells, the table %(wanted)s columns.",
            count=len(cells),
            wanted=table.width,
            where=where,
        )
    photo, vote = (plain_text(cells[column].strip()) for column in (table.photo, table.vote))
    if not photo or not vote:
        return InvalidLabels("The row names no photo or no vote.", where=where)
    author = "" if table.author is None else plain_text(cells[table.author].strip())
    return PhotoLabels(photo, where, names=(vote,), author=author, says_where=False)


def write(release: ReleaseFolder, out: Path, options: Options) -> None:
    """``votes.csv`` with a row for each vote, and ``images.csv`` with one for each photo as the release has it."""
    with (out / OUR_NAME).open("wb") as file:
        file.write(csv_line(("file_name", "key", *VoteLine.names())))
        for record, item in zip(release.records(), release.items(), strict=True):
            file.writelines(csv_line((photo_name(record), record.key, *cells_of(vote))) for vote in item.votes)
    shutil.copyfile(release.root / "images.csv", out / "images.csv")


FORMAT = Format(
    "votes",
    Phrase("Votes (CSV)"),
    recognises=recognises,
    read=read,
    write=write,
    reading="""
`votes.csv` has a row for each vote; `images.csv` has one for each photo, with what the votes came to. A cell that a
spreadsheet would run begins with an apostrophe more.
""",
    loses=(
        Phrase("The photos."),
        Phrase("The blur maps, and the regions that people drew."),
    ),
)
