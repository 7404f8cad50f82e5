"""Colour profiles (ICC) inside photos: which are kept, what they are called, and pixels brought from them to sRGB."""

from __future__ import annotations

import io
from typing import NamedTuple

import PIL.Image
import PIL.ImageCms

_SRGB = PIL.ImageCms.createProfile("sRGB")
_SPACES = {"RGB": "RGB", "L": "GRAY"}  # mode of an image -> colour space of the profiles that fit it
_ERRORS = (PIL.ImageCms.PyCMSError, OSError, ValueError)


class Profile(NamedTuple):
    """The colours that pixels are meant in."""

    name: str = "sRGB"  # its own description, at most 80 printable characters
    icc: bytes | None = None  # None where it is sRGB: every reader takes pixels without a profile for that


SRGB = Profile()


def profile_of(icc: bytes | None, mode: str) -> Profile:
    """The profile for an image of this mode; sRGB where there is none, or a damaged one, or one that does not fit."""
    if not icc:
        return SRGB
    try:
        opened = PIL.ImageCms.ImageCmsProfile(io.BytesIO(icc))
        name, space = PIL.ImageCms.getProfileDescription(opened), opened.profile.xcolor_space
    except _ERRORS:
        return SRGB
    name = "".join(character for character in name if character.isprintable()).strip()[:80] or "unknown"
    return SRGB if name.startswith("sRGB") or space.strip() != _SPACES.get(mode) else Profile(name, icc)


def in_srgb(image: PIL.Image.Image, icc: bytes | None) -> PIL.Image.Image:
    """The image as RGB in sRGB; what a profile cannot tell, being damaged or of another kind, is not converted."""
    if icc:
        try:
            profile = PIL.ImageCms.ImageCmsProfile(io.BytesIO(icc))
            converted = PIL.ImageCms.profileToProfile(image, profile, _SRGB, outputMode="RGB")
        except _ERRORS:
            converted = None
        if converted:
            return converted
    return image if image.mode == "RGB" else image.convert("RGB")
