"""What used to be kept beside a photo's file, put back into it: by releases 1.0, and by this site before 0037."""

import io
import struct

import PIL.ExifTags
import PIL.Image

from annotate.core.containers import corrupt, read_container
from annotate.core.errors import Phrase
from annotate.core.imagefile import ImageFile, probe

PART = 65_519  # most bytes of a profile in one segment of a JPEG


def put_back(stored: bytes, orientation: int, icc: bytes | None) -> bytes:
    """The file with its orientation (EXIF 1 to 8) and its profile in it, and the same pixels; raises InvalidImage."""
    if orientation == 1 and icc is None:
        return stored
    exif = PIL.Image.Exif()
    exif[PIL.ExifTags.Base.Orientation] = orientation
    if stored.startswith(b"\xff\xd8"):
        return stored[:2] + _segment(0xE1, exif.tobytes()) + _profile_segments(icc or b"") + stored[2:]
    saved = io.BytesIO()
    try:
        with PIL.Image.open(io.BytesIO(stored), formats=["PNG", "WEBP"]) as photo:
            how = {"lossless": True, "exact": True, "quality": 0} if photo.format == "WEBP" else {}
            photo.save(saved, photo.format, exif=exif, icc_profile=icc or b"", **how)
    except (OSError, ValueError, SyntaxError, PIL.Image.DecompressionBombError):
        raise corrupt(Phrase("its pixels are damaged")) from None
    return saved.getvalue()


def renewed(stored: bytes, orientation: int, icc: bytes | None) -> ImageFile | None:
    """The photo in normal form; None where the file is that already. Raises InvalidImage where it cannot be read."""
    container = read_container(stored)
    if orientation == 1 and icc is None and container.is_plain and container.content == stored:
        return None
    return probe(put_back(stored, orientation, icc))


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _profile_segments(icc: bytes) -> bytes:
    parts = [icc[at : at + PART] for at in range(0, len(icc), PART)]
    return b"".join(_segment(0xE2, b"ICC_PROFILE\0" + bytes([n, len(parts)]) + part) for n, part in enumerate(parts, 1))
