"""What any photo becomes that is not in normal form: 8-bit grey or RGB that looks the same, and a file of it."""

import io
from typing import NamedTuple

import numpy as np
import PIL.Image

from annotate.core.errors import Phrase
from annotate.core.profiles import Profile, in_srgb, profile_of

TURNED = Phrase("It was turned upright.")
DEEP = Phrase("Its colours now have 8 bits each.")
INKS = Phrase("Its inks (CMYK) became red, green and blue.")
TRANSPARENT = Phrase("What was transparent became white.")
MAIN_ONLY = Phrase("Only its main picture was kept.")
AS_PNG = Phrase("It is stored as PNG, without loss.")
AS_WEBP = Phrase("It is stored as WebP, without loss.")

_TURNS = {
    2: PIL.Image.Transpose.FLIP_LEFT_RIGHT,
    3: PIL.Image.Transpose.ROTATE_180,
    4: PIL.Image.Transpose.FLIP_TOP_BOTTOM,
    5: PIL.Image.Transpose.TRANSPOSE,
    6: PIL.Image.Transpose.ROTATE_270,
    7: PIL.Image.Transpose.TRANSVERSE,
    8: PIL.Image.Transpose.ROTATE_90,
}


class Normal(NamedTuple):
    """A picture in 8-bit grey or RGB.

    Attributes:
        image: of mode L or RGB.
        profile: the colours it is in.
        changes: what was done to it, a sentence each.
    """

    image: PIL.Image.Image
    profile: Profile
    changes: tuple[Phrase, ...]


class Encoded(NamedTuple):
    """A file in normal form."""

    format: str
    content: bytes
    change: Phrase


def normal_of(image: PIL.Image.Image) -> Normal:
    """What is seen of an image of any mode that a decoder gives: transparency lies on white, inks are in sRGB."""
    icc, changes = image.info.get("icc_profile"), []
    if image.mode.startswith("I"):  # 16-bit grey
        image = PIL.Image.fromarray(((np.asarray(image).astype(np.uint32) + 128) // 257).astype(np.uint8))
    elif image.mode == "CMYK":
        image, icc = in_srgb(image, icc), None
        changes.append(INKS)
    elif image.has_transparency_data:
        changes += [TRANSPARENT] if _is_seen_through(image) else []
        image = _on_white(image)
    mode = "L" if image.mode in ("1", "L") else "RGB"
    image = image if image.mode == mode else image.convert(mode)
    return Normal(image, profile_of(icc, mode), tuple(changes))


def turn(image: PIL.Image.Image, orientation: int) -> PIL.Image.Image:
    """The image upright, of which EXIF says 1 to 8."""
    return image.transpose(_TURNS[orientation]) if orientation in _TURNS else image


def encode(image: PIL.Image.Image, icc: bytes | None) -> Encoded:
    """A file that decodes to exactly these pixels, of mode L or RGB, with this profile and nothing else (0037)."""
    file = io.BytesIO()
    image.info.clear()
    if image.mode == "L":
        image.save(file, "PNG", compress_level=3, icc_profile=icc)
        return Encoded("png", file.getvalue(), AS_PNG)
    image.save(file, "WEBP", lossless=True, quality=0, method=0, icc_profile=icc or b"")
    return Encoded("webp", file.getvalue(), AS_WEBP)


def _is_seen_through(image: PIL.Image.Image) -> bool:
    return image.convert("RGBA").getchannel("A").getextrema()[0] != 255


def _on_white(image: PIL.Image.Image) -> PIL.Image.Image:
    page = PIL.Image.new("RGBA", image.size, "white")
    page.alpha_composite(image.convert("RGBA"))
    return page.convert("L" if image.mode in ("1", "L", "LA") else "RGB")
