"""CVAT for images 1.1: one XML file, image after image; what is refused is told by its line."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from annotate.core.errors import Phrase
from annotate.core.formats.cvat_writer import write
from annotate.core.formats.files import Files
from annotate.core.formats.format import Format, Options, Rows, Sizes
from annotate.core.formats.labels import InvalidLabels, PhotoLabels, Ring, Shape, ring_of, ring_of_ellipse
from annotate.core.formats.rle import counts_of, rings_of_counts

_HEAD_BYTES = 1 << 20
_AT_ONCE = 1 << 16
_AREAS = ("polygon", "box", "mask", "ellipse")
_NO_AREAS = ("polyline", "points", "cuboid", "skeleton")

Attributes = Mapping[str, str]


def recognises(files: Files) -> bool:
    """Does a file hold annotations of images, as CVAT writes them?"""
    return any(_is_cvat(files, name) for name in files.ending(".xml"))


def _is_cvat(files: Files, name: str) -> bool:
    with files.open(name) as file:
        head = file.read(_HEAD_BYTES)
    return b"<annotations" in head and (b"<image " in head or b"<meta" in head)


def read(files: Files, sizes: Sizes, options: Options) -> Rows:
    """The areas of each image from the lowest to the highest, and its tags."""
    for name in files.ending(".xml"):
        yield from _read_file(files, name)


def _read_file(files: Files, name: str) -> Rows:
    parser = make_parser()
    reader = _Reader(lambda: f"{name}: line {parser.getLineNumber()}")
    parser.setContentHandler(reader)
    try:
        with files.open(name) as file:
            while block := file.read(_AT_ONCE):
                parser.feed(block)
                yield from reader.taken()
        parser.close()
    except (SAXParseException, DefusedXmlException) as error:
        yield from reader.taken()
        yield InvalidLabels("From here on this is not XML: %(reason)s", reason=_reason(error), where=reader.where())
    yield from reader.taken()


def _reason(error: Exception) -> str:
    return error.getMessage() if isinstance(error, SAXParseException) else str(error)[:200]


@dataclass(slots=True)
class _Item:
    """A shape or a tag that is being read."""

    tag: str
    given: Attributes
    where: str
    attributes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Photo:
    """An image that is being read."""

    given: Attributes
    where: str
    shapes: list[tuple[int, Shape]] = field(default_factory=list)  # with their z_order
    names: list[str] = field(default_factory=list)
    has_refused: bool = False


class _Reader(ContentHandler):
    """Turns elements into rows as they end."""

    def __init__(self, where: Callable[[], str]) -> None:
        super().__init__()
        self.where = where
        self.rows: list[PhotoLabels | InvalidLabels] = []
        self.path: list[str] = []
        self.text: list[str] = []
        self.input_types: dict[str, dict[str, str]] = {}  # of each label's attributes
        self.label = self.attribute = ""
        self.photo: _Photo | None = None
        self.item: _Item | None = None

    def taken(self) -> Iterator[PhotoLabels | InvalidLabels]:
        rows, self.rows = self.rows, []
        yield from rows

    def startElement(self, tag: str, given: Any) -> None:
        self.path.append(tag)
        self.text.clear()
        if tag == "image":
            self.photo = _Photo(dict(given), self.where())
        elif tag == "track":
            self.rows.append(InvalidLabels("Tracks through a video are not read.", where=self.where()))
        elif tag == "attribute":
            self.attribute = given.get("name", "")
        elif self.photo and tag in (*_AREAS, *_NO_AREAS, "tag"):
            self.item = _Item(tag, dict(given), self.where())

    def characters(self, content: str) -> None:
        self.text.append(content)

    def endElement(self, tag: str) -> None:
        self.path.pop()
        text = "".join(self.text)
        if "meta" in self.path:
            self._end_of_meta(tag, text.strip())
        elif self.item and tag == "attribute":
            self.item.attributes.append((self.attribute, text))
        elif self.photo and self.item and tag == self.item.tag:
            self._end_of_item(self.photo, self.item)
            self.item = None
        elif self.photo and tag == "image":
            self._end_of_image(self.photo)
            self.photo = None

    def _end_of_meta(self, tag: str, text: str) -> None:
        """Take the labels, and of what type their attributes are."""
        place = (self.path[-1], tag)
        if place == ("label", "name"):
            self.label = text
            self.input_types.setdefault(text, {})
        elif place == ("attribute", "name"):
            self.attribute = text
        elif place == ("attribute", "input_type"):
            self.input_types.setdefault(self.label, {})[self.attribute] = text

    def _end_of_item(self, photo: _Photo, item: _Item) -> None:
        try:
            names = self._names(item)
            if item.tag == "tag":
                photo.names += names
            else:
                order = _number(item.given, "z_order") if "z_order" in item.given else 0
                photo.shapes.append((int(order), Shape(names, _rings(item), item.where)))
        except InvalidLabels as error:
            error.where = item.where
            photo.has_refused = True
            self.rows.append(error)

    def _names(self, item: _Item) -> tuple[str, ...]:
        label = item.given.get("label", "")
        if not label or (self.input_types and label not in self.input_types):
            raise InvalidLabels("The label %(label)s is not among those of the file's head.", label=repr(label[:100]))
        types = self.input_types.get(label, {})
        return label, *(f"{name}={_value(text, types.get(name, 'text'))}" for name, text in item.attributes)

    def _end_of_image(self, photo: _Photo) -> None:
        file_name = photo.given.get("name", "")
        if not file_name:
            self.rows.append(InvalidLabels("This image has no name.", where=photo.where))
            return
        sides = [photo.given.get(side, "") for side in ("width", "height")]
        is_stated = all(side.isascii() and side.isdigit() and 0 < len(side) < 7 for side in sides)
        self.rows.append(
            PhotoLabels(
                file_name=file_name,
                where=photo.where,
                shapes=tuple(shape for _, shape in sorted(photo.shapes, key=lambda placed: placed[0])),
                names=tuple(photo.names),
                size=(int(sides[0]), int(sides[1])) if is_stated else None,
                says_where=bool(photo.shapes) or not photo.has_refused,
            )
        )


def _value(text: str, input_type: str) -> str:
    """An attribute as it is compared: numbers and ticks in one spelling, words as they are."""
    if input_type == "checkbox":
        return text.strip().lower()
    if input_type == "number":
        try:
            return f"{float(text):.12g}"
        except ValueError:
            return text
    return text


def _rings(item: _Item) -> tuple[Ring, ...]:
    """The outlines of an area in 1/16 px."""
    given = item.given
    if item.tag in _NO_AREAS:
        raise InvalidLabels("A %(shape)s is no area.", shape=item.tag)
    if item.tag == "polygon":
        return (ring_of(_points(given.get("points", ""))),)
    if item.tag == "ellipse":
        centre, radii = (_number(given, "cx"), _number(given, "cy")), (_number(given, "rx"), _number(given, "ry"))
        return (ring_of_ellipse(centre, radii, _number(given, "rotation") if "rotation" in given else 0),)
    if item.tag == "box":
        return (_ring_of_box(given),)
    left, top, width, height = (int(_number(given, name)) for name in ("left", "top", "width", "height"))
    try:
        counts = [int(count) for count in given.get("rle", "").split(",")]
    except ValueError:
        raise InvalidLabels("A mask is a list of lengths, in whole numbers.") from None
    return rings_of_api_mask([*counts, left, top, left + width - 1, top + height - 1])


def rings_of_api_mask(numbers: Sequence[int]) -> tuple[Ring, ...]:
    """Rings of a mask as CVAT's API has it: lengths of runs row by row, then left, top, right and bottom.

    The last column and row, right and bottom, are part of the mask. Source: cvat-sdk 2.80.

    Raises:
        InvalidLabels: the runs do not fill the box, or leave it empty.
    """
    *counts, left, top, right, bottom = numbers
    width, height = right - left + 1, bottom - top + 1
    runs = counts_of(counts, (width, height))
    rings = rings_of_counts(runs, width, is_by_column=False, offset=(left, top))
    if not rings:
        raise InvalidLabels("The mask is empty.")
    return rings


def _ring_of_box(given: Attributes) -> Ring:
    left, top, right, bottom = (_number(given, name) for name in ("xtl", "ytl", "xbr", "ybr"))
    x, y = (left + right) / 2, (top + bottom) / 2
    turn = math.radians(_number(given, "rotation")) if "rotation" in given else 0
    corners = [(left - x, top - y), (right - x, top - y), (right - x, bottom - y), (left - x, bottom - y)]
    cosine, sine = math.cos(turn), math.sin(turn)
    return ring_of([(x + across * cosine - down * sine, y + across * sine + down * cosine) for across, down in corners])


def _points(text: str) -> list[list[str]]:
    return [point.split(",") for point in text.split(";")]


def _number(given: Attributes, name: str) -> float:
    try:
        number = float(given[name])
    except (KeyError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise InvalidLabels("There is no number %(name)s.", name=name)
    return number


FORMAT = Format(
    "cvat",
    "CVAT for images 1.1",
    recognises=recognises,
    read=read,
    write=write,
    reading="""
Make a CVAT task with the labels of `annotations.xml` and the photos of `images/`, and upload `annotations.xml` as "CVAT
1.1". A label is a level; a region lies over those of a lower `z_order`; where there is none the photo is sharp, and
where there is `unlabelled` nobody knows. The tag is what people think of the photo.
""",
    loses=(
        Phrase("Who drew and voted what, how much they agree, and which split a photo is in."),
        Phrase("The bounds of the levels: labels have names only."),
        Phrase("Maps merged from several people are outlined anew; the maps are the same, the regions are not theirs."),
    ),
)
