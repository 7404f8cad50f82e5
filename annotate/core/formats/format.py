"""What a format of other tools is here: how it is read and written, and what it cannot hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from annotate.core.errors import Phrase
from annotate.core.formats.files import Files
from annotate.core.formats.labels import InvalidLabels, PhotoLabels
from annotate.core.release import ReleaseFolder

# From a photo's name, as in `PhotoLabels.file_name`, to (width, height) when it is upright; None if it is unknown.
Sizes = Callable[[str], tuple[int, int] | None]
Rows = Iterator[PhotoLabels | InvalidLabels]  # a row that cannot be read stands in its place


@dataclass(frozen=True, slots=True)
class Options:
    """What a reader or a writer cannot know by itself.

    Attributes:
        threshold: pixels of a mask from this value on are "white", those below are "black".
        band: pixels of a mask nearer to the threshold than this are neither.
        is_blur_white: the polarity of a mask that is written.
        from_level: levels from this one on are written as blurred where a format knows blurred and sharp only.
        with_photos: are the photos written beside the labels?
        photo_prefix: what stands before the name of a photo where a format asks for its address.
        photo_column, author_column, vote_column: what these columns of a table are called; "" takes the usual names.
    """

    threshold: int = 128
    band: int = 0
    is_blur_white: bool = True
    from_level: int = 1
    with_photos: bool = True
    photo_prefix: str = "/data/local-files/?d="
    photo_column: str = ""
    author_column: str = ""
    vote_column: str = ""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of the field.

    Attributes:
        name: as commands and addresses write it.
        title: as people know it.
        recognises: does this look like the format? A guess to begin with; the person chooses.
        read: the labels, a photo and an author at a time. None if the format only goes out.
        write: a release in this format, into an empty folder; `export` adds licences and README.md, to which a
            README.md that is there already is the beginning. None if the format only comes in.
        reading: how other programs read an export, in Markdown for its README; FOLDER stands for the export's name.
        loses: what of a release the format cannot hold, a sentence each; written into the export's README.
    """

    name: str
    title: str
    recognises: Callable[[Files], bool] | None = None
    read: Callable[[Files, Sizes, Options], Rows] | None = None
    write: Callable[[ReleaseFolder, Path, Options], None] | None = None
    reading: str = ""
    loses: tuple[Phrase, ...] = ()
