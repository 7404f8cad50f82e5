"""YOLO-seg: a text file for each photo, a line for each area: a class and the outline as shares of the photo.

A line of four shares is a box of YOLO's detection: centre, width and height. In a set of key points (``kpt_shape``,
YOLO-pose) every line is a box with its points behind it, which are no area. Lines have no order. A hole is an outline
that runs over a bridge into the hole and back: filled even-odd, the bridge has no width.
"""

from __future__ import annotations

import math
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from annotate.core.errors import Phrase
from annotate.core.formats.files import PHOTO_SUFFIXES, Files, InvalidFile
from annotate.core.formats.format import Format, Options, Rows, Sizes
from annotate.core.formats.labels import InvalidLabels, PhotoLabels, Ring, Shape, ring_of
from annotate.core.formats.yolo_writer import LOSES, READING, write

MAX_NAMES_BYTES = 2**20
MAX_SHARE = 1.01  # what rounding may add

_NAME_LISTS = ("classes.txt", "obj.names")


def recognises(files: Files) -> bool:
    """Does a text file begin with a class and shares of a photo? The first three are asked that are not empty."""
    lines = (files.head(name).partition(b"\n")[0].split() for name in _label_files(files))
    for values in islice(filter(None, lines), 3):
        if len(values) >= 5 and values[0].isdigit() and abs(_numbers(values[1:]) - 0.5).max() <= 0.5:
            return True
    return False


def read(files: Files, sizes: Sizes, options: Options) -> Rows:
    """The labels of each text file; an empty one is a photo without areas, a photo without one is not labelled.

    Args:
        sizes: asked for every photo; one of unknown size is listed, as YOLO says shares only.
    """
    try:
        description = _description(files)
        names = _class_names(files, description)
    except (InvalidFile, InvalidLabels) as refusal:
        yield InvalidLabels.at(refusal.where or "", refusal)
        return
    last = 5 if "kpt_shape" in description else None  # key points follow each box
    photos = {_stem(name): name for name in files.ending(*PHOTO_SUFFIXES)}
    for name in _label_files(files):
        stem = _photo_stem(name)
        try:
            if not _lists_photos(files.head(name)):
                yield from _read_photo(files, name, photos.get(stem, stem), names, sizes, last)
        except (InvalidFile, InvalidLabels) as refusal:
            yield InvalidLabels.at(name, refusal)


def _read_photo(
    files: Files, name: str, photo: str, names: dict[int, str] | None, sizes: Sizes, last: int | None
) -> Rows:
    size = sizes(photo)
    if size is None:
        sentence = Phrase("YOLO says shares of a photo, and the size of this one is not known here.")
        raise InvalidLabels(sentence, code="photo_missing")
    shapes = []
    for number, line in enumerate(files.read(name).splitlines(), 1):
        where = f"{name}: line {number}"
        values = line.split()
        if not values:
            continue
        try:
            shapes.append(Shape((_class_name(values[0], names),), (_ring(values[1:last], size),), where))
        except InvalidLabels as refusal:
            yield InvalidLabels.at(where, refusal)
            shapes.append(Shape((), (), where))
    yield PhotoLabels(photo, name, tuple(shapes), size=size, is_ordered=False)


def _ring(values: list[bytes], size: tuple[int, int]) -> Ring:
    shares = _numbers(values)
    if not ((shares >= 1 - MAX_SHARE) & (shares <= MAX_SHARE)).all():
        raise InvalidLabels("Shares of a photo are numbers from 0 to 1.")
    if len(shares) == 4:
        middle, half = shares[:2], shares[2:] / 2
        (left, top), (right, bottom) = middle - half, middle + half
        return ring_of([left, top, right, top, right, bottom, left, bottom], scale=size)
    return ring_of(shares, scale=size)


def _numbers(values: list[bytes]) -> npt.NDArray[np.float64]:
    """(N,) the numbers; one NaN if any of them is none."""
    try:
        return np.array(values).astype(np.float64)
    except ValueError:
        return np.array([math.nan])


def _class_name(number: bytes, names: dict[int, str] | None) -> str:
    """The class's name, or its number where nothing names classes."""
    (value,) = _numbers([number]).tolist()
    if not value.is_integer():  # "0.0" is class 0 for ultralytics, too
        raise InvalidLabels("A line begins with the number of a class.")
    index = int(value)
    if index < 0 or (names is not None and index not in names):
        raise InvalidLabels("There is no class %(number)s; they are counted from 0.", number=index, code="no_class")
    return str(index) if names is None else names[index]


def _description(files: Files) -> dict[str, Any]:
    """What data.yaml, or another file of YAML, says of the set beside its classes; {} where none has classes."""
    contents = (_parsed(files, name) for name in files.ending(".yaml", ".yml"))
    return next((content for content in contents if _names_in(content) is not None), {})


def _class_names(files: Files, description: dict[str, Any]) -> dict[int, str] | None:
    """Class -> name; None where no file says it."""
    names = _names_in(description)
    if names is not None:
        return names
    for name in files.names:
        if PurePosixPath(name).name in _NAME_LISTS:
            lines = files.read(name, MAX_NAMES_BYTES).decode("utf-8-sig", errors="replace").splitlines()
            return {i: line.strip() for i, line in enumerate(lines) if line.strip()}
    return None


def _parsed(files: Files, name: str) -> Any:
    try:
        return yaml.safe_load(files.read(name, MAX_NAMES_BYTES))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError):
        raise InvalidLabels("This is not YAML.", where=name) from None


def _names_in(content: Any) -> dict[int, str] | None:
    match content:
        case {"names": list(names)}:
            return {i: str(name) for i, name in enumerate(names)}
        case {"names": dict(names)}:
            return {i: str(name) for i, name in names.items() if type(i) is int}
        case _:
            return None


def _label_files(files: Files) -> list[str]:
    """Text files in a folder `labels` if there is one; else all but those that list classes."""
    texts = [name for name in files.ending(".txt") if PurePosixPath(name).name not in _NAME_LISTS]
    return [name for name in texts if "labels" in PurePosixPath(name).parts[:-1]] or texts


def _lists_photos(head: bytes) -> bool:
    """Is the first line the name of a photo, as in Darknet's train.txt?"""
    return head.partition(b"\n")[0].decode(errors="replace").strip().lower().endswith(PHOTO_SUFFIXES)


def _photo_stem(name: str) -> str:
    """The photo's name without its suffix: what is `labels/train/a.txt` belongs to `images/train/a`."""
    parts = list(PurePosixPath(_stem(name)).parts)
    for i in reversed(range(len(parts) - 1)):
        if parts[i] == "labels":
            return "/".join([*parts[:i], "images", *parts[i + 1 :]])
    return "/".join(parts)


def _stem(name: str) -> str:
    return PurePosixPath(name).with_suffix("").as_posix()


FORMAT = Format(
    name="yolo",
    title="YOLO-seg",
    recognises=recognises,
    read=read,
    write=write,
    reading=READING,
    loses=LOSES,
)
