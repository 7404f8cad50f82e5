"""HEIC, HEIF and AVIF files as phones make them: told by their first bytes, and their facts read without decoding."""

import functools
import io

import PIL.Image

from annotate.core.containers import Container, animated, corrupt
from annotate.core.errors import Phrase

_MOVING = {b"avis", b"hevc", b"hevx", b"msf1"}
_STILL = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"avif"}


@functools.cache
def register_decoder() -> None:
    """Let Pillow read and write HEIF. The decoder takes 4 MB, so only a process that meets such a file loads it."""
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)


def is_heif(data: bytes) -> bool:
    """Is it a file of the HEIF family (ISO/IEC 23008-12), AVIF among them?"""
    return data[4:8] == b"ftyp" and data[8:12] in _MOVING | _STILL


def read_heif(data: bytes) -> Container:
    """The facts of a HEIF or AVIF file, which is never stored as it comes.

    Its own turning (irot, imir) is done by the decoder, and EXIF's orientation then is 1: so it is done once.

    Raises:
        InvalidImage: ``image_animated`` or ``image_corrupt``.
    """
    if data[8:12] in _MOVING:
        raise animated()
    brands = data[8 : min(int.from_bytes(data[:4]), 256)]
    form = "avif" if b"avif" in brands else "heif"
    register_decoder()
    try:
        image = PIL.Image.open(io.BytesIO(data), formats=[form])
    except Exception:  # of many kinds: these are bytes of strangers
        raise corrupt(Phrase("its header is damaged")) from None
    has_more = getattr(image, "n_frames", 1) > 1
    if form == "avif" and has_more:
        raise animated()
    depth = image.info.get("bit_depth", 8)
    return Container(form, *image.size, data, image.info.get("exif") or b"", depth=depth, has_more=has_more)
