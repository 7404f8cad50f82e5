"""labelme 6: a JSON file for each photo, shapes in pixels of the upright photo, later ones over earlier ones.

The photo is the one that `imagePath` names. `imageData` is another one: labelme turns it, and compresses it again.
"""

from __future__ import annotations

import base64
import io
import json
import math
import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import PIL.Image

from annotate.core.blurmap import MAX_PIXELS
from annotate.core.formats.files import Files, InvalidFile
from annotate.core.formats.format import Format, Options, Rows, Sizes
from annotate.core.formats.labels import (
    InvalidLabels,
    Mask,
    PhotoLabels,
    Ring,
    Shape,
    ring_of,
    ring_of_ellipse,
    rings_of_mask,
)
from annotate.core.regions import MAX_COORDINATE, SUBPIXEL


def recognises(files: Files) -> bool:
    """Is the first JSON file one of labelme?"""
    head = files.head(next(iter(files.ending(".json")), ""))
    return head.lstrip().startswith(b"{") and b'"shapes"' in head and b'"annotations"' not in head


def read(files: Files, sizes: Sizes, options: Options) -> Rows:
    """The labels of each JSON file. Lines and points are no areas and are listed."""
    for name in files.ending(".json"):
        try:
            content = json.loads(files.read(name))
            yield from _read_photo(name, content)
        except (ValueError, RecursionError):
            yield InvalidLabels("This is not JSON.", where=name)
        except (InvalidFile, InvalidLabels) as refusal:
            yield InvalidLabels.at(refusal.where or name, refusal)


def _read_photo(name: str, content: Any) -> Rows:
    match content:
        case {"imagePath": str(path), "shapes": list(raw_shapes)}:
            pass
        case _:
            raise InvalidLabels("A file of labelme has an imagePath and shapes.", where=name)
    shapes = []
    for i, raw in enumerate(raw_shapes):
        where = f"{name}: shapes[{i}]"
        try:
            shapes.append(_shape(raw, where))
        except InvalidLabels as refusal:
            yield InvalidLabels.at(where, refusal)
            shapes.append(Shape((), (), where))
    names = tuple(_raised(content.get("flags")))
    yield PhotoLabels(
        file_name=_photo_name(name, path),
        where=name,
        shapes=tuple(shapes),
        names=names,
        size=_size(content.get("imageWidth"), content.get("imageHeight")),
        says_where=bool(shapes) or not names,
    )


def _photo_name(name: str, image_path: str) -> str:
    """The photo's name in the folder that the labels lie in; labelme writes it as seen from the JSON file."""
    path = image_path.replace("\\", "/")
    inside = posixpath.normpath(posixpath.join(PurePosixPath(name).parent.as_posix(), path))
    return "/".join(part for part in inside.split("/") if part not in ("", ".", "..") and not part.endswith(":"))


def _size(width: object, height: object) -> tuple[int, int] | None:
    is_stated = type(width) is int and type(height) is int and width > 0 and height > 0
    return (width, height) if is_stated else None  # type: ignore[return-value]


def _raised(flags: object) -> Iterator[str]:
    return (
        (str(name) for name, is_raised in flags.items() if is_raised is True) if isinstance(flags, dict) else iter(())
    )


def _shape(raw: Any, where: str) -> Shape:
    match raw:
        case {"label": str(label), "points": list(points)}:
            return Shape((label, *_attributes(raw)), _rings(raw, points), where)
        case _:
            raise InvalidLabels("A shape of labelme has a label and points.")


def _attributes(raw: dict[str, Any]) -> Iterator[str]:
    yield from _raised(raw.get("flags"))
    for name in ("group_id", "description"):
        if raw.get(name) not in (None, ""):
            yield f"{name}={raw[name]}"


def _rings(raw: dict[str, Any], points: list[Any]) -> tuple[Ring, ...]:
    kind = raw.get("shape_type") or "polygon"
    if kind in ("polygon", "oriented_rectangle"):
        return (ring_of(points),)
    if kind in ("line", "linestrip", "point", "points"):
        raise InvalidLabels("Lines and points are no areas.", code="no_area")
    if kind not in ("rectangle", "circle", "mask"):
        raise InvalidLabels("Shapes of the kind %(kind)s are not known here.", kind=str(kind)[:40])
    (x0, y0), (x1, y1) = _pair(points)
    if kind == "rectangle":
        return (ring_of([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]),)
    if kind == "circle":
        radius = math.hypot(x1 - x0, y1 - y0)
        return (ring_of_ellipse((x0, y0), (radius, radius)),)
    left, top, right, bottom = map(int, (x0, y0, x1, y1))  # all of them inside the mask
    return rings_of_mask(_mask(raw.get("mask"), (right - left + 1, bottom - top + 1)), (left, top))


def _pair(points: list[Any]) -> list[list[float]]:
    try:
        pair = np.asarray(points, np.float64)
    except (TypeError, ValueError, OverflowError):
        pair = np.empty(0)
    if pair.shape != (2, 2) or not (np.abs(pair) <= MAX_COORDINATE / SUBPIXEL).all():
        raise InvalidLabels("A rectangle, circle or mask has two points.")
    corners: list[list[float]] = pair.tolist()
    return corners


def _mask(png: object, size: tuple[int, int]) -> Mask:
    try:
        image = PIL.Image.open(io.BytesIO(base64.b64decode(str(png))), formats=("PNG",))
        if image.size != size or image.width * image.height > MAX_PIXELS:
            raise InvalidLabels("The mask is not as large as its two points say.")
        pixels = np.asarray(image)
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError):
        raise InvalidLabels("The mask is no PNG file in base64.") from None
    if pixels.ndim != 2:
        raise InvalidLabels("The mask has more than one channel.")
    return np.asarray(pixels != 0)


FORMAT = Format(name="labelme", title="labelme", recognises=recognises, read=read)
