"""The gate for photos: what is accepted, what is stored of it, and the one way its pixels are read."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageCms

from annotate.core.containers import Container, corrupt, read_container
from annotate.core.errors import InvalidImage, Phrase
from annotate.core.exif import read_exif

MAX_PIXELS = 52_000_000  # phones of "50 megapixels" take 8160 x 6144
MAX_SIDE = 16_000
OVERSAMPLING = 3  # a photo is shrunk in steps only while it stays so many times larger: sharpness survives (0020)

_SRGB = PIL.ImageCms.createProfile("sRGB")
_BAD_IMAGE_ERRORS = (SyntaxError, ValueError, OSError, PIL.Image.DecompressionBombError)
_TURNS = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An accepted photo.

    Attributes:
        content: the bytes to store: same pixels, no EXIF, GPS, profile, comment, or bytes after the end.
        format: "jpeg", "png" or "webp".
        width: of the upright photo in pixels.
        height: of the upright photo in pixels.
        orientation: EXIF 1 to 8: how the stored pixels must be turned to be upright.
        sha256: of `content`, hex.
        source_sha256: of the bytes as uploaded, hex.
        dhash: 64-bit difference hash of the upright photo as a signed integer; near-duplicates differ in few bits.
        colour: name of the embedded colour profile, "sRGB" if there is none, "unknown" if it cannot be read.
        icc: the embedded profile where it is not sRGB; `open_upright` needs it to show the right colours.
        captured_at: when the camera says the photo was taken.
        camera: maker and model; "" if unknown.
    """

    content: bytes
    format: str
    width: int
    height: int
    orientation: int
    sha256: str
    source_sha256: str
    dhash: int
    colour: str
    icc: bytes | None
    captured_at: datetime | None
    camera: str


def probe(data: bytes) -> ImageFile:
    """Check an uploaded file and take off its metadata without touching its pixels.

    The size is checked in the header before anything is decoded; then the pixels are decoded once (a JPEG at an eighth
    of its size), so a file that is cut off or broken is refused here and not by whoever reads it later.

    Raises:
        InvalidImage: ``not_an_image``, ``image_too_large``, ``image_animated`` or ``image_corrupt``.
    """
    container = read_container(data)
    exif = read_exif(container.exif)
    thumbnail = _turn(_decode(container, mode="L", least=(64, 64)), exif.orientation)
    colour = _profile_name(container.icc)
    is_sideways = exif.orientation >= 5
    return ImageFile(
        content=container.content,
        format=container.format,
        width=container.height if is_sideways else container.width,
        height=container.width if is_sideways else container.height,
        orientation=exif.orientation,
        sha256=hashlib.sha256(container.content).hexdigest(),
        source_sha256=hashlib.sha256(data).hexdigest(),
        dhash=_dhash(thumbnail),
        colour=colour,
        icc=None if colour.startswith("sRGB") else container.icc,
        captured_at=exif.captured_at,
        camera=exif.camera,
    )


Resize = Callable[[PIL.Image.Image, tuple[int, int]], PIL.Image.Image]  # an RGB image at (width, height)


class Shrunk(NamedTuple):
    """A photo made smaller."""

    image: PIL.Image.Image
    size: tuple[int, int]  # (width, height) of the whole photo, upright


def open_upright(data: bytes, orientation: int | None = None, icc: bytes | None = None) -> PIL.Image.Image:
    """The photo as people see it: RGB, upright, in sRGB; what is transparent is white.

    Args:
        data: a photo that passed the gate, or any file that would.
        orientation: EXIF 1 to 8 as stored beside the photo; None reads it from the file.
        icc: the colour profile as stored beside the photo; None reads it from the file.

    Raises:
        InvalidImage: as `probe`.
    """
    container = read_container(data)
    return _turn(_in_rgb(container, _decode(container), icc), _orientation(container, orientation))


def lanczos(image: PIL.Image.Image, size: tuple[int, int]) -> PIL.Image.Image:
    """`image` at (width, height) pixels, first averaged in whole steps while it stays `OVERSAMPLING` times larger."""
    return image.resize(size, PIL.Image.Resampling.LANCZOS, reducing_gap=OVERSAMPLING)


def open_shrunk(
    data: bytes,
    long_side: int,
    orientation: int | None = None,
    icc: bytes | None = None,
    *,
    resize: Resize = lanczos,
) -> Shrunk:
    """The photo as `open_upright` and `fit_to_scale` give it, in less time and memory.

    A JPEG is decoded at a half, a quarter or an eighth where that is still `OVERSAMPLING` times too large.

    Args:
        data: as for `open_upright`, and so `orientation` and `icc`.
        long_side: in pixels; a smaller photo stays as it is.
        resize: another way to do what `lanczos` does.

    Raises:
        InvalidImage: as `probe`.
    """
    container = read_container(data)
    width, height = container.width, container.height
    image = _in_rgb(container, _decode(container, least=_fitting((width, height), OVERSAMPLING * long_side)), icc)
    turn = _orientation(container, orientation)
    shrunk = _turn(resize(image, _fitting((width, height), long_side)), turn)
    return Shrunk(shrunk, (height, width) if turn >= 5 else (width, height))


def fit_to_scale(image: PIL.Image.Image, long_side: int, *, resize: Resize = lanczos) -> PIL.Image.Image:
    """`image` with its long side at most `long_side`; a smaller photo stays as it is. `resize` as in `open_shrunk`."""
    size = _fitting(image.size, long_side)
    return image if size == image.size else resize(image, size)


def preview(image: PIL.Image.Image, long_side: int) -> bytes:
    """The image as a JPEG whose longer side is at most `long_side` px; a smaller image keeps its size."""
    file = io.BytesIO()
    fit_to_scale(image, long_side).save(file, "JPEG", quality=88)
    return file.getvalue()


def _fitting(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    ratio = min(1.0, long_side / max(size))
    return max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio))


def _orientation(container: Container, known: int | None) -> int:
    return read_exif(container.exif).orientation if known is None else known


def _in_rgb(container: Container, image: PIL.Image.Image, icc: bytes | None) -> PIL.Image.Image:
    profile = icc or container.icc
    if profile and not _profile_name(profile).startswith("sRGB"):
        image = _in_srgb(image, profile)
    return _flatten(image)


def _decode(container: Container, *, mode: str | None = None, least: tuple[int, int] | None = None) -> PIL.Image.Image:
    """The stored pixels, not turned; a JPEG may come in another `mode`, and at down to 1/8 of its size but `least`."""
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
        if least:
            image.draft(mode, least)
        image.load()
    except _BAD_IMAGE_ERRORS:
        raise corrupt(Phrase("its pixels are damaged")) from None
    return image


def _turn(image: PIL.Image.Image, orientation: int) -> PIL.Image.Image:
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def _flatten(image: PIL.Image.Image) -> PIL.Image.Image:
    """RGB of any mode that the three formats give."""
    if image.mode.startswith("I"):  # 16-bit grey
        return PIL.Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        page = PIL.Image.new("RGBA", image.size, "white")
        page.alpha_composite(image.convert("RGBA"))
        return page.convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _in_srgb(image: PIL.Image.Image, icc: bytes) -> PIL.Image.Image:
    """The image in sRGB; unchanged where the profile is damaged or made for another kind of image."""
    if image.has_transparency_data or image.mode.startswith("I"):
        image = _flatten(image)
    image = image.convert("RGB") if image.mode == "P" else image
    try:
        profile = PIL.ImageCms.ImageCmsProfile(io.BytesIO(icc))
        converted = PIL.ImageCms.profileToProfile(image, profile, _SRGB, outputMode="RGB")
    except (PIL.ImageCms.PyCMSError, OSError, ValueError):
        return image
    return image if converted is None else converted


def _profile_name(icc: bytes | None) -> str:
    """The profile's own description, at most 80 printable characters; "sRGB" without a profile."""
    if icc is None:
        return "sRGB"
    try:
        name = PIL.ImageCms.getProfileDescription(PIL.ImageCms.ImageCmsProfile(io.BytesIO(icc)))
    except (PIL.ImageCms.PyCMSError, OSError, ValueError):
        return "unknown"
    return "".join(character for character in name if character.isprintable()).strip()[:80] or "unknown"


def _dhash(image: PIL.Image.Image) -> int:
    """Is each of 9 x 8 grey cells darker than its right neighbour? 64 bits, row by row, as a signed integer.

    Krawetz, "Kind of Like That" (2013): unmoved by size, compression and slight changes of light.
    """
    grey = image if image.mode == "L" else _flatten(image).resize((72, 64), PIL.Image.Resampling.BOX).convert("L")
    cells = np.asarray(grey.resize((9, 8), PIL.Image.Resampling.BILINEAR))
    bits = np.packbits(cells[:, :-1] < cells[:, 1:])
    return int.from_bytes(bits.tobytes(), signed=True)
