"""COCO: one JSON file of images, categories and annotations, read in any order of its keys."""

from __future__ import annotations

import marshal
import math
import re
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any, BinaryIO, cast

import ijson
import numpy as np

from annotate.core.errors import Phrase
from annotate.core.formats.coco_writer import write
from annotate.core.formats.files import Files
from annotate.core.formats.format import Format, Options, Rows, Sizes
from annotate.core.formats.labels import InvalidLabels, PhotoLabels, Ring, Shape, ring_of
from annotate.core.formats.rle import counts_of, rings_of_counts

_HEAD_BYTES = 1 << 22
_NAN = re.compile(rb"([:,\[]\s*)(?:NaN|-?Infinity)(?=\s*(?:[,\]}]|\Z))")
_MOST_COMPARED = 1000  # rings of one annotation whose boxes are compared with each other
_KEPT = ("category_id", "segmentation", "bbox", "area", "attributes", "completed_by", "keypoints", "caption")

Scale = tuple[float, float]


def recognises(files: Files) -> bool:
    """Does a file hold images and annotations that name their image?"""
    return any(_is_coco(files, name) for name in files.ending(".json"))


def _is_coco(files: Files, name: str) -> bool:
    with files.open(name) as file:
        head = file.read(_HEAD_BYTES)
    keys = (b'"images"', b'"file_name"'), (b'"annotations"', b'"image_id"')
    return any(all(key in head for key in pair) for pair in keys)


def read(files: Files, sizes: Sizes, options: Options) -> Rows:
    """The annotations of each image and author: polygons, masks, and boxes where there is neither."""
    for name in files.ending(".json"):
        try:
            yield from _File(files, name, sizes).rows()
        except (ijson.JSONError, UnicodeDecodeError) as error:
            sentence = Phrase("From some place on this is not JSON: %(reason)s")
            yield InvalidLabels(sentence, reason=str(error)[:200], where=name)


@dataclass(slots=True)
class _Photo:
    """An image of the file, and where in the spool its annotations lie."""

    file_name: str
    where: str
    size: tuple[int, int] | None
    names: tuple[str, ...]
    author: str = ""
    places: array[int] = field(default_factory=lambda: array("Q"))


class _File:
    """One file, gone through once for each of its lists: they may come in any order."""

    def __init__(self, files: Files, name: str, sizes: Sizes) -> None:
        self.files, self.name, self.sizes = files, name, sizes
        self.categories: dict[object, str | None] = {}  # None: the id stands for several
        self.photos: dict[object, _Photo] = {}

    def rows(self) -> Rows:
        yield from self._read_categories()
        yield from self._read_images()
        self._tell_authors()
        is_label_studio = "Label Studio" in self._values("info.contributor")
        with tempfile.TemporaryFile() as spool:
            yield from self._spool_annotations(spool)
            for photo in self.photos.values():
                yield from self._labels(photo, spool, is_label_studio=is_label_studio)

    def _values(self, prefix: str) -> Iterator[Any]:
        with self.files.open(self.name) as file:
            yield from ijson.items(_WithoutNaN(file), prefix, use_float=True)

    def _items(self, key: str) -> Iterator[tuple[str, Any]]:
        """Where each element of a list lies, and the element; {} in place of what is no object."""
        for number, item in enumerate(self._values(f"{key}.item")):
            yield f"{self.name}: {key}[{number}]", item if isinstance(item, dict) else {}

    def _read_categories(self) -> Rows:
        for where, category in self._items("categories"):
            number, name = _id(category.get("id")), category.get("name")
            if number is None or not isinstance(name, str):
                yield InvalidLabels("A category has an id and a name.", where=where)
            elif self.categories.setdefault(number, name) != name:
                self.categories[number] = None
                yield InvalidLabels("The id %(id)s stands for several categories.", id=str(number), where=where)

    def _read_images(self) -> Rows:
        for where, image in self._items("images"):
            number, file_name = _id(image.get("id")), image.get("file_name")
            if number is None or not isinstance(file_name, str) or not file_name:
                yield InvalidLabels("An image has an id and a file_name.", where=where)
            elif number in self.photos:
                yield InvalidLabels("The id %(id)s stands for several images.", id=str(number), where=where)
            else:
                size = image.get("width"), image.get("height")
                is_stated = all(type(side) is int and side > 0 for side in size)
                names = _attributes(image)
                self.photos[number] = _Photo(file_name, where, cast(Any, size) if is_stated else None, names)

    def _tell_authors(self) -> None:
        """One photo that is listed twice has been labelled by two people."""
        listed = Counter(photo.file_name for photo in self.photos.values())
        seen: Counter[str] = Counter()
        for photo in self.photos.values():
            seen[photo.file_name] += 1
            if listed[photo.file_name] > 1:
                photo.author = str(seen[photo.file_name])

    def _spool_annotations(self, spool: IO[bytes]) -> Rows:
        for number, (where, annotation) in enumerate(self._items("annotations")):
            photo = self.photos.get(_id(annotation.get("image_id")))
            if photo is None:
                image = str(annotation.get("image_id"))[:100]
                yield InvalidLabels("There is no image with the id %(id)s.", id=image, where=where)
                continue
            try:
                kept = marshal.dumps((number, {key: annotation[key] for key in _KEPT if key in annotation}))
            except ValueError:
                yield InvalidLabels("This annotation is nested too deep.", where=where)
                continue
            photo.places.append(spool.tell())
            spool.write(kept)

    def _labels(self, photo: _Photo, spool: IO[bytes], *, is_label_studio: bool) -> Rows:
        """What each author says of a photo, after what of it cannot be read."""
        size, scale = photo.size, (1.0, 1.0)
        if is_label_studio and _is_turned(size, self.sizes(photo.file_name)):
            size = cast(Any, size)[::-1]
            scale = size[0] / size[1], size[1] / size[0]
        shapes: dict[str, list[Shape]] = {}
        for place in photo.places:
            spool.seek(place)
            number, annotation = marshal.load(spool)  # noqa: S302 - our own file, which nobody else can open
            where = f"{self.name}: annotations[{number}]"
            of_author = shapes.setdefault(_author(annotation) or photo.author, [])
            try:
                of_author.append(self._shape(annotation, photo.size, scale, where))
            except InvalidLabels as error:
                error.where = where
                yield error
        for author, read in (shapes or {photo.author: []}).items():
            yield PhotoLabels(
                file_name=photo.file_name,
                where=photo.where,
                shapes=tuple(read),
                names=photo.names,
                size=size,
                author=author,
                is_ordered=False,
                says_where=bool(read) or not photo.places,
            )

    def _shape(self, annotation: dict[str, Any], size: tuple[int, int] | None, scale: Scale, where: str) -> Shape:
        number = annotation.get("category_id")
        name = self.categories.get(_id(number))
        rings = _rings(annotation, size, scale)
        if name is None:
            raise InvalidLabels("No single category has the id %(id)s.", id=str(number)[:100])
        area = annotation.get("area")
        return Shape(
            names=(name, *_attributes(annotation)),
            rings=rings,
            where=where,
            stated_area=area if isinstance(area, int | float) and math.isfinite(area) else None,
            is_union=not isinstance(annotation.get("segmentation"), dict) and _is_overlapping(rings),
        )


class _WithoutNaN:
    """A file whose NaN and Infinity are null: Python writes them, JSON does not know them, and one is no whole file."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.kept = file, b""

    def read(self, size: int = -1) -> bytes:
        if size == 0:  # ijson asks whether this gives bytes
            return b""
        while block := self.file.read(size):
            whole, comma, rest = (self.kept + block).rpartition(b",")  # before a comma no word is cut in two
            self.kept = comma + rest
            if whole:
                return _NAN.sub(rb"\1null", whole)
        rest, self.kept = self.kept, b""
        return _NAN.sub(rb"\1null", rest)


def _id(raw: object) -> int | float | str | None:
    return raw if isinstance(raw, int | float | str) else None


def _author(annotation: dict[str, Any]) -> str:
    who = annotation.get("completed_by")
    who = who.get("email", who.get("id")) if isinstance(who, dict) else who
    return "" if who is None else str(who)[:200]


def _attributes(item: dict[str, Any]) -> tuple[str, ...]:
    """``name=value`` of each, as CVAT writes them."""
    found = item.get("attributes")
    if not isinstance(found, dict):
        return ()
    return tuple(f"{name}={_word(value)}" for name, value in found.items() if isinstance(value, str | int | float))


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_turned(stated: tuple[int, int] | None, true: tuple[int, int] | None) -> bool:
    """Is one upright and the other lying? Label Studio states the size of the stored pixels."""
    return stated is not None and true is not None and (stated[0] - stated[1]) * (true[0] - true[1]) < 0


def _rings(annotation: dict[str, Any], size: tuple[int, int] | None, scale: Scale) -> tuple[Ring, ...]:
    """The outlines of an annotation in 1/16 px: its polygons or mask, or its box where it has neither."""
    drawn, box = annotation.get("segmentation"), annotation.get("bbox")
    if isinstance(drawn, dict):
        return _rings_of_mask(drawn, size)
    if isinstance(drawn, list) and drawn:
        polygons = [drawn] if isinstance(drawn[0], int | float) else drawn
        return tuple(ring_of(polygon, scale=scale) for polygon in polygons)
    if "keypoints" in annotation or "caption" in annotation:
        raise InvalidLabels("Key points and captions are no areas.")
    if not isinstance(box, list) or len(box) != 4 or not all(isinstance(each, int | float) for each in box):
        raise InvalidLabels("There is neither an outline nor a box.")
    x, y, width, height = box
    if width <= 0 or height <= 0:
        raise InvalidLabels("There is neither an outline nor a box.")
    # Label Studio turns rectangles right, so these are not scaled.
    return (ring_of([(x, y), (x + width, y), (x + width, y + height), (x, y + height)]),)


def _rings_of_mask(mask: dict[str, Any], size: tuple[int, int] | None) -> tuple[Ring, ...]:
    stated = mask.get("size")
    if not isinstance(stated, list) or len(stated) != 2 or not all(type(side) is int for side in stated):
        raise InvalidLabels("A mask states its size as [height, width].")
    height, width = stated
    if size is not None and size != (width, height):
        raise InvalidLabels("The mask is of another size than its image.")
    rings = rings_of_counts(counts_of(mask.get("counts"), (width, height)), height, is_by_column=True)
    if not rings:
        raise InvalidLabels("The mask is empty.")
    return rings


def _is_overlapping(rings: tuple[Ring, ...]) -> bool:
    """May polygons overlap? Those of one annotation are parts, never holes."""
    if not 1 < len(rings) <= _MOST_COMPARED:
        return len(rings) > 1
    low = np.array([(min(ring[::2]), min(ring[1::2])) for ring in rings])
    high = np.array([(max(ring[::2]), max(ring[1::2])) for ring in rings])
    meets = ((low[:, None] < high) & (low < high[:, None])).all(2) & ~np.eye(len(rings), dtype=np.bool_)
    return bool(meets.any())


FORMAT = Format(
    "coco",
    "COCO",
    recognises=recognises,
    read=read,
    write=write,
    reading="""
`annotations/instances_SPLIT.json` holds the labels of a split, `images/` the photos. A category is a level, each
connected part of it an annotation: a compressed mask (RLE) with `iscrowd` 0, exact to the pixel, none over another.
`pycocotools`, `supervision`, `datumaro` and `fiftyone` read these masks as they are; Detectron2 needs
`INPUT.MASK_FORMAT = "bitmask"`. For readers that know polygons only take the export for YOLO.

Where no annotation is, the photo is sharp. Where the category is `unlabelled` (`iscrowd` 1, only where a photo has
such areas) nobody knows: leave these pixels out of every loss and every figure. What people think of the photo is in
`images[].attributes.desirability`.
""",
    loses=(
        Phrase("Who drew and voted what, how much they agree, and the kind of blur (motion, defocus)."),
        Phrase("The bounds of the levels: categories have names only."),
    ),
)
