"""Images whose pixels stand for something: masks of what is blurred, and level maps. Told by content, not by name."""

from __future__ import annotations

import io
from collections.abc import Set

import numpy as np
import PIL.Image
import PIL.ImageFile
import PIL.ImageOps
from numpy.typing import NDArray

from annotate.core.blurmap import MAX_PIXELS, MAX_SIDE, LevelMap
from annotate.core.errors import InvalidImage

Grey = NDArray[np.uint16]  # (H, W)
Colours = NDArray[np.uint32]  # (H, W) 0xRRGGBB
Ends = tuple[int, int]  # black and white, as some masks hold them

_FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "TIFF", "GIF")
_UNREADABLE = (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError)
_TINT = 64  # between the channels of a pixel; what is less is grey
_WIDEST = {2: 85, 4: 17}  # Pillow spreads grey of 2 and 4 bits over 0 to 255


def read_grey(data: bytes) -> Grey:
    """(H, W) the grey values of a mask as they are stored, of 8 or 16 bits; of two colours their luma.

    Raises:
        InvalidImage: it cannot be read, is too large, is transparent somewhere, or has more than two colours: how
            bright these are says nothing.
    """
    image: PIL.Image.Image = _open(data)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema() != (255, 255):
            raise InvalidImage("Save the mask without transparency: parts of it are transparent.", code="transparent")
    if image.mode.startswith("I"):
        return _deep(image)
    if _is_colourful(image):
        raise InvalidImage(
            "The mask is in colours: nothing tells which are black and which are white.", code="is_colours"
        )
    return np.asarray(image.convert("L")).astype(np.uint16)


def read_levels(data: bytes) -> LevelMap:
    """(H, W) the numbers of a level map: its grey values, or the indices of its palette whatever their colours.

    Raises:
        InvalidImage: it cannot be read or is too large, or its pixels are colours or numbers above 255.
    """
    image = _open(data)
    if image.format == "JPEG":
        raise InvalidImage("A JPEG does not keep numbers: give level maps as PNG.", code="no_levels")
    if image.mode.startswith("I"):
        deep = _deep(image)
        if deep.max() > 255:
            raise InvalidImage(
                "This map has numbers up to %(most)s, as ids of objects have; levels are 0 to 254.",
                most=int(deep.max()),
                code="no_levels",
            )
        return deep.astype(np.uint8)
    if image.mode in ("RGB", "RGBA"):
        return _from_equal_channels(image)
    if image.mode not in ("1", "L", "P"):
        raise InvalidImage("This map's pixels are colours, not numbers.", code="no_levels")
    return np.asarray(image).astype(np.uint8) // np.uint8(_widening(data))


def read_colours(data: bytes) -> Colours:
    """(H, W) the colour of each pixel, 0xRRGGBB; of a palette the colour that it holds, of grey three equal parts.

    Raises:
        InvalidImage: it cannot be read, is too large, or is a JPEG.
    """
    image = _open(data)
    if image.format == "JPEG":
        raise InvalidImage("A JPEG does not keep colours: give masks in colours as PNG.", code="no_levels")
    red, green, blue = np.moveaxis(np.asarray(image.convert("RGB"), np.uint32), 2, 0)
    return np.asarray(red << 16 | green << 8 | blue)


def tone(value: int, ends: Set[Ends]) -> bool | None:
    """Is the only value of a mask white? Told by other masks of the set, or by itself at the ends of a scale."""
    is_black, is_white = (value in {pair[k] for pair in ends} for k in (0, 1))
    if is_black != is_white:
        return is_white
    return value > 0 if value in (0, 255, 65_535) else None


def _open(data: bytes) -> PIL.ImageFile.ImageFile:
    try:
        image = PIL.Image.open(io.BytesIO(data), formats=_FORMATS)
        if max(image.size) > MAX_SIDE or image.width * image.height > MAX_PIXELS:
            raise InvalidImage("The image is too large: at most %(side)s px a side.", side=MAX_SIDE)
        if getattr(image, "n_frames", 1) > 1:
            raise InvalidImage("The file holds several images, not one.", code="image_animated")
        image.load()
        PIL.ImageOps.exif_transpose(image, in_place=True)
    except _UNREADABLE:
        raise InvalidImage("This is no image that can be read: PNG, JPEG, BMP, WebP, TIFF or GIF.") from None
    return image


def _deep(image: PIL.Image.Image) -> Grey:
    pixels = np.asarray(image)
    if pixels.min() < 0 or pixels.max() > 65_535:
        raise InvalidImage("The image has more than 16 bits a pixel.")
    return pixels.astype(np.uint16)


def _is_colourful(image: PIL.Image.Image) -> bool:
    """Has it more than two colours, some of them no greys? Those that a JPEG makes of greys are none."""
    if image.mode in ("1", "L", "LA") or getattr(image, "format", "") == "JPEG":
        return False
    colours = image.convert("RGB")
    if colours.getcolors(2) is not None:
        return False
    pixels = np.asarray(colours)
    return bool((pixels.max(2) - pixels.min(2) > _TINT).any())


def _from_equal_channels(image: PIL.Image.Image) -> LevelMap:
    pixels = np.asarray(image)
    is_grey = (pixels[..., 0] == pixels[..., 1]).all() and (pixels[..., 0] == pixels[..., 2]).all()
    if not is_grey or (pixels.shape[2] == 4 and (pixels[..., 3] != 255).any()):
        raise InvalidImage("This map's pixels are colours, not numbers.", code="no_levels")
    return np.ascontiguousarray(pixels[..., 0])


def _widening(data: bytes) -> int:
    """By what Pillow has multiplied the grey values of a PNG of fewer than 8 bits."""
    is_grey_png = data.startswith(b"\x89PNG") and data[25] == 0
    return _WIDEST.get(data[24], 1) if is_grey_png else 1
