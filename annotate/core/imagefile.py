"""The gate for photos: what is accepted, the one form in which it is stored, and the one way its pixels are read.

Normal form: upright, still, 8-bit grey or RGB, a JPEG, PNG or WebP that holds its colour profile and nothing else. A
file that is so but for its metadata keeps its compressed pixels; any other is decoded and stored without loss (0037).
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
import PIL.Image

from annotate.core.containers import Container, corrupt, read_container
from annotate.core.errors import InvalidImage, Phrase
from annotate.core.exif import Exif, read_exif
from annotate.core.heif import is_heif, read_heif
from annotate.core.normalform import DEEP, MAIN_ONLY, TURNED, encode, normal_of, turn
from annotate.core.profiles import in_srgb, profile_of

SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".heic", ".heif", ".hif", ".avif")  # of what passes
MAX_PIXELS = 52_000_000  # phones of "50 megapixels" take 8160 x 6144
MAX_SIDE = 16_000
OVERSAMPLING = 3  # a photo is shrunk in steps only while it stays so many times larger: sharpness survives (0020)

_BAD_IMAGE_ERRORS = (SyntaxError, ValueError, OSError, RuntimeError, PIL.Image.DecompressionBombError)


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An accepted photo.

    Attributes:
        content: the bytes to store, in normal form: no EXIF, GPS, comment, other picture, or bytes after the end.
        format: "jpeg", "png" or "webp".
        width: in pixels.
        height: in pixels.
        sha256: of `content`, hex.
        source_sha256: of the bytes as uploaded, hex.
        dhash: 64-bit difference hash as a signed integer; near-duplicates differ in few bits.
        colour: name of the colour profile in `content`; "sRGB" if it holds none.
        captured_at: when the camera says the photo was taken.
        camera: maker and model; "" if unknown.
        changes: what had to be done to bring it into normal form, a sentence each; none where pixels were copied.
    """

    content: bytes
    format: str
    width: int
    height: int
    sha256: str
    source_sha256: str
    dhash: int
    colour: str
    captured_at: datetime | None
    camera: str
    changes: tuple[Phrase, ...]


class Stored(NamedTuple):
    """A photo in normal form, and a small picture of it."""

    format: str
    content: bytes
    size: tuple[int, int]
    colour: str
    thumbnail: PIL.Image.Image
    changes: tuple[Phrase, ...]


def probe(data: bytes) -> ImageFile:
    """Check an uploaded file and bring it into normal form.

    The size is checked in the header before anything is decoded; then the pixels are decoded once (a JPEG that needs no
    more at an eighth of its size), so a file that is cut off or broken is refused here and not by whoever reads it
    later.

    Raises:
        InvalidImage: ``not_an_image``, ``image_too_large``, ``image_animated`` or ``image_corrupt``.
    """
    container = _take_apart(data)
    exif = read_exif(container.exif)
    stored = _keep(container) if container.is_plain and exif.orientation == 1 else _convert(container, exif)
    return ImageFile(
        content=stored.content,
        format=stored.format,
        width=stored.size[0],
        height=stored.size[1],
        sha256=hashlib.sha256(stored.content).hexdigest(),
        source_sha256=hashlib.sha256(data).hexdigest(),
        dhash=difference_hash(stored.thumbnail),
        colour=stored.colour,
        captured_at=exif.captured_at,
        camera=exif.camera,
        changes=((MAIN_ONLY,) if container.has_more else ()) + stored.changes,
    )


def exif_of(data: bytes) -> Exif:
    """What a photo that passes the gate says of itself.

    Raises:
        InvalidImage: as `probe`, for what its header shows.
    """
    return read_exif(_take_apart(data).exif)


Resize = Callable[[PIL.Image.Image, tuple[int, int]], PIL.Image.Image]  # an RGB image at (width, height)


class Shrunk(NamedTuple):
    """A photo made smaller."""

    image: PIL.Image.Image
    size: tuple[int, int]  # (width, height) of the whole photo, upright


def open_upright(data: bytes) -> PIL.Image.Image:
    """The photo as people see it: RGB, upright, in sRGB; what is transparent is white.

    Args:
        data: a photo that passed the gate, or any file that would.

    Raises:
        InvalidImage: as `probe`.
    """
    container = _take_apart(data)
    return turn(_in_rgb(_load(_open(container))), read_exif(container.exif).orientation)


def lanczos(image: PIL.Image.Image, size: tuple[int, int]) -> PIL.Image.Image:
    """`image` at (width, height) pixels, first averaged in whole steps while it stays `OVERSAMPLING` times larger."""
    return image.resize(size, PIL.Image.Resampling.LANCZOS, reducing_gap=OVERSAMPLING)


def open_shrunk(data: bytes, long_side: int, *, resize: Resize = lanczos) -> Shrunk:
    """The photo as `open_upright` and `fit_to_scale` give it, in less time and memory.

    A JPEG is decoded at a half, a quarter or an eighth where that is still `OVERSAMPLING` times too large.

    Args:
        data: as for `open_upright`.
        long_side: in pixels; a smaller photo stays as it is.
        resize: another way to do what `lanczos` does.

    Raises:
        InvalidImage: as `probe`.
    """
    container = _take_apart(data)
    width, height = container.width, container.height
    image = _in_rgb(_load(_open(container), least=_fitting((width, height), OVERSAMPLING * long_side)))
    orientation = read_exif(container.exif).orientation
    shrunk = turn(resize(image, _fitting((width, height), long_side)), orientation)
    return Shrunk(shrunk, (height, width) if orientation >= 5 else (width, height))


def fit_to_scale(image: PIL.Image.Image, long_side: int, *, resize: Resize = lanczos) -> PIL.Image.Image:
    """`image` with its long side at most `long_side`; a smaller photo stays as it is. `resize` as in `open_shrunk`."""
    size = _fitting(image.size, long_side)
    return image if size == image.size else resize(image, size)


def preview(image: PIL.Image.Image, long_side: int) -> bytes:
    """The image as a JPEG whose longer side is at most `long_side` px; a smaller image keeps its size."""
    file = io.BytesIO()
    fit_to_scale(image, long_side).save(file, "JPEG", quality=88)
    return file.getvalue()


def difference_hash(image: PIL.Image.Image) -> int:
    """Is each of 9 x 8 grey cells darker than its right neighbour? 64 bits, row by row, as a signed integer.

    Krawetz, "Kind of Like That" (2013): unmoved by size, compression and slight changes of light.
    """
    grey = image if image.mode == "L" else image.resize((72, 64), PIL.Image.Resampling.BOX).convert("L")
    cells = np.asarray(grey.resize((9, 8), PIL.Image.Resampling.BILINEAR))
    bits = np.packbits(cells[:, :-1] < cells[:, 1:])
    return int.from_bytes(bits.tobytes(), signed=True)


def _fitting(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    ratio = min(1.0, long_side / max(size))
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def _take_apart(data: bytes) -> Container:
    return read_heif(data) if is_heif(data) else read_container(data)


def _keep(container: Container) -> Stored:
    """The file with the very pixels that it has, and without its profile where that says no more than sRGB."""
    image = _open(container)
    profile = profile_of(image.info.get("icc_profile"), image.mode)
    thumbnail = _load(image, mode="L", least=(64, 64))
    content = container.content
    if container.has_profile and not profile.icc:
        content = read_container(content, with_profile=False).content
    return Stored(container.format, content, (container.width, container.height), profile.name, thumbnail, ())


def _convert(container: Container, exif: Exif) -> Stored:
    """Another file of what is seen."""
    normal = normal_of(_load(_open(container)))
    upright = turn(normal.image, exif.orientation)
    file = encode(upright, normal.profile.icc)
    changes = [DEEP] if container.depth > 8 else []
    changes += [*normal.changes, *([TURNED] if exif.orientation > 1 else []), file.change]
    return Stored(file.format, file.content, upright.size, normal.profile.name, upright, tuple(changes))


def _in_rgb(image: PIL.Image.Image) -> PIL.Image.Image:
    normal = normal_of(image)
    return in_srgb(normal.image, normal.profile.icc)


def _open(container: Container) -> PIL.Image.Image:
    """The picture before it is decoded, of a size that may be."""
    width, height = container.width, container.height
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise InvalidImage(
            "Upload a photo of at most %(megapixels)s megapixels and %(side)s px a side; this one is"
            " %(width)s x %(height)s.",
            megapixels=MAX_PIXELS // 1_000_000,
            side=MAX_SIDE,
            width=width,
            height=height,
            code="image_too_large",
        )
    if not width or not height:
        raise corrupt(Phrase("its header has no size"))
    try:
        image = PIL.Image.open(io.BytesIO(container.content), formats=[container.format])
        if image.size != (width, height):
            raise ValueError("the decoder sees another size")
    except _BAD_IMAGE_ERRORS:
        raise corrupt(Phrase("its pixels are damaged")) from None
    return image


def _load(image: PIL.Image.Image, *, mode: str | None = None, least: tuple[int, int] | None = None) -> PIL.Image.Image:
    """The decoded picture, not turned; a JPEG may come in another `mode`, and at 1/8 of its size but `least`."""
    try:
        if least and image.format == "JPEG":
            image.draft(mode, least)
        size = image.size
        image.load()
        if image.size != size:
            raise ValueError("the decoder gives another size")
    except _BAD_IMAGE_ERRORS:
        raise corrupt(Phrase("its pixels are damaged")) from None
    return image
