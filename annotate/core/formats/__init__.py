"""Formats of other tools: labels in, releases out. One small file a format; see `format.Format`.

with open_files(path) as files:
    for row in FORMATS["coco"].read(files, sizes, Options()):
        if isinstance(row, PhotoLabels):
            understood = understand(row, meaning, size, level_count=4)
export(read_release(folder), FORMATS["coco"], out, Options())
"""

from annotate.core.formats import (
    coco,
    colourmasks,
    cvat,
    label_studio,
    labelme,
    levelmaps,
    masks,
    parquet,
    votes,
    webdataset,
    yolo,
)
from annotate.core.formats.export import export, export_name
from annotate.core.formats.files import PHOTO_SUFFIXES, Files, InvalidFile, open_files
from annotate.core.formats.format import Format, Options, Rows, Sizes
from annotate.core.formats.labels import InvalidLabels, PhotoLabels, Shape, ring_of, ring_of_ellipse, rings_of_mask
from annotate.core.formats.meaning import Meaning, Understood, counted_area, scale_to, understand
from annotate.core.formats.words import UNLABELLED, level_names, meaning_of_exports

# Asked in this order what a file looks like: pictures last, since photos may lie beside labels of any format.
_ALL: tuple[Format, ...] = (
    coco.FORMAT,
    cvat.FORMAT,
    label_studio.FORMAT,
    labelme.FORMAT,
    yolo.FORMAT,
    votes.FORMAT,
    colourmasks.FORMAT,
    levelmaps.FORMAT,
    masks.FORMAT,
    parquet.FORMAT,
    webdataset.FORMAT,
)
FORMATS = {each.name: each for each in _ALL}

__all__ = [
    "FORMATS",
    "PHOTO_SUFFIXES",
    "UNLABELLED",
    "Files",
    "Format",
    "InvalidFile",
    "InvalidLabels",
    "Meaning",
    "Options",
    "PhotoLabels",
    "Rows",
    "Shape",
    "Sizes",
    "Understood",
    "counted_area",
    "export",
    "export_name",
    "level_names",
    "meaning_of_exports",
    "open_files",
    "ring_of",
    "ring_of_ellipse",
    "rings_of_mask",
    "scale_to",
    "understand",
]
