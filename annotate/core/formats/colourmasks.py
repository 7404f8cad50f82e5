"""Masks in colours: a picture for each photo and, in ``labelmap.txt``, the label that each colour stands for.

So come Pascal VOC's ``SegmentationClass`` and what CVAT ("Segmentation mask") and datumaro make of it. Lines of
``labelmap.txt`` are ``label:R,G,B:parts:actions``. Source: datumaro 1.13.12, whose writer leaves colours out that are
Pascal's own and saves pictures as RGB, where Pascal's have a palette.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath

import numpy as np

from annotate.core.errors import Phrase
from annotate.core.formats.files import Files, InvalidFile
from annotate.core.formats.format import Format, Options, Rows, Sizes
from annotate.core.formats.labels import InvalidLabels, PhotoLabels, Shape, rings_of_mask
from annotate.core.formats.pairs import read_pixels
from annotate.core.masks import read_colours

FOLDER = "SegmentationClass"
LABELS = "labelmap.txt"
BORDER = 0xE0E0C0  # round the objects of Pascal VOC: not labelled

_COLOUR = re.compile(r"\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*")
_MAX_BYTES = 1 << 20
_TOLD = 5  # colours without a label that a refusal names


def recognises(files: Files) -> bool:
    """Do pictures lie in a folder SegmentationClass, and what their colours mean beside it?"""
    return _label_map(files) is not None and bool(_masks(files))


def read(files: Files, sizes: Sizes, options: Options) -> Rows:
    """The area of each colour, called by its label. One colour that has none refuses its picture.

    Raises:
        InvalidFile: labelmap.txt is missing.
    """
    name = _label_map(files)
    if name is None:
        raise InvalidFile("labelmap.txt, which says what the colours mean, is missing.")
    labels = label_map(files.read(name, _MAX_BYTES).decode("utf-8-sig", errors="replace"))
    for mask, photo in _masks(files).items():
        try:
            yield _labels(files, mask, photo, labels)
        except InvalidLabels as refusal:
            yield refusal


def label_map(text: str) -> dict[int, str]:
    """0xRRGGBB -> label. A label without a colour has the one of Pascal VOC for its place in the list."""
    lines = [line.strip().rsplit(":", 3) for line in text.splitlines() if line.strip() and not line.startswith("#")]
    labels: dict[int, str] = {}
    for number, (label, *rest) in enumerate(lines):
        stated = _COLOUR.fullmatch(rest[0]) if rest else None
        red, green, blue = map(int, stated.groups()) if stated else pascal_colour(number)
        labels[red << 16 | green << 8 | blue] = label
    return labels


def pascal_colour(number: int) -> tuple[int, int, int]:
    """The colour of a class of Pascal VOC: its bits, lowest first, go to red, green and blue in turn, highest first."""
    red, green, blue = (
        sum((number >> 3 * place + channel & 1) << 7 - place for place in range(8)) for channel in range(3)
    )
    return red, green, blue


def _label_map(files: Files) -> str | None:
    return next((name for name in files.names if PurePosixPath(name).name == LABELS), None)


def _masks(files: Files) -> dict[str, str]:
    """Each picture and the photo's name without its ending: the path below the folder of pictures."""
    found = {}
    for name in files.ending(".png", ".bmp", ".gif", ".tif", ".tiff"):
        folders = PurePosixPath(name).parts[:-1]
        if FOLDER in folders:
            inside = PurePosixPath(name).parts[folders.index(FOLDER) + 1 :]
            found[name] = PurePosixPath(*inside).with_suffix("").as_posix()
    return found


def _labels(files: Files, mask: str, photo: str, labels: dict[int, str]) -> PhotoLabels:
    colours, _ = read_pixels(files, mask, read_colours)
    found, place, counts = np.unique(colours, return_inverse=True, return_counts=True)
    unknown = [colour for colour in found.tolist() if colour not in labels and colour != BORDER]
    if unknown:
        raise InvalidLabels(
            "labelmap.txt has no label for these colours: %(colours)s.",
            colours=", ".join(f"#{colour:06x}" for colour in unknown[:_TOLD]),
            where=mask,
            code="no_class",
        )
    height, width = colours.shape
    shapes = tuple(
        Shape((labels[colour],), rings_of_mask(place.reshape(height, width) == i), mask, float(counts[i]))
        for i, colour in enumerate(found.tolist())
        if colour in labels
    )
    return PhotoLabels(photo, mask, shapes, size=(width, height))


FORMAT = Format(
    "voc", Phrase("Masks in colours (Pascal VOC, CVAT segmentation mask)"), recognises=recognises, read=read
)
