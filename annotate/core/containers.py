"""What surrounds the pixels in JPEG, PNG and WebP files: read without decoding, and rewritten without metadata.

Only listed parts are copied, so the result holds nothing but what a decoder needs to show the same compressed pixels.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from annotate.core.errors import InvalidImage, Phrase

_MAX_SCANS = 100  # a progressive JPEG has about ten; thousands of them are a way to burn a server's time
_ANY_SCANS = 20  # any photo may have these; more of them only while scans times pixels stay within the budget
_MAX_SCAN_PIXELS = 1_000_000_000  # each scan is a walk over the whole photo, however few its bytes

_JPEG_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOFn; between them lie DHT, a reserved code and DAC
_JPEG_TABLES = {0xC4, 0xCC, 0xDB, 0xDD}  # DHT, DAC, DQT, DRI
_JPEG_PLAIN = {0xC0, 0xC1, 0xC2}  # baseline, extended, progressive: browsers decode no other
_JPEG_SCAN, _JPEG_END = 0xDA, 0xD9
_JFIF_HEADER = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
_JPEG_AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # neither a stuffed zero, nor filling, nor a restart

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"sRGB", b"gAMA", b"cHRM"}
_PNG_GREY, _PNG_RGB = 0, 2

_WEBP_KEPT = {b"VP8X", b"ALPH", b"VP8 ", b"VP8L"}
_WEBP_ANIMATION, _WEBP_ALPHA, _WEBP_PROFILE = 0x02, 0x10, 0x20


@dataclass(frozen=True, slots=True)
class Container:
    """An image file taken apart.

    Attributes:
        format: "jpeg", "png" or "webp"; of files that are never stored as they come, "heif" or "avif".
        width: of the stored pixels, before any turning; from the header.
        height: as width.
        content: the file without metadata and without bytes after its end; pixels are bit for bit the same.
        exif: the TIFF-structured EXIF block; empty if none.
        is_plain: it holds 8-bit grey or RGB pixels in a way that every browser decodes.
        has_profile: `content` holds a colour profile, well made or not.
        depth: bits a channel.
        has_more: other pictures lie beside the main one: another exposure, a gain map, a depth map.
    """

    format: str
    width: int
    height: int
    content: bytes
    exif: bytes = b""
    is_plain: bool = False
    has_profile: bool = False
    depth: int = 8
    has_more: bool = False


def read_container(data: bytes, *, with_profile: bool = True) -> Container:
    """Take a JPEG, PNG or WebP file apart, told by its first bytes; without its colour profile if so asked.

    Raises:
        InvalidImage: ``not_an_image``, ``image_animated``, ``image_too_costly`` or ``image_corrupt``.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return _read_jpeg(data, with_profile)
    if data.startswith(_PNG_SIGNATURE):
        return _read_png(data, with_profile)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _read_webp(data, with_profile)
    raise InvalidImage("Upload a JPEG, PNG, WebP, HEIC or AVIF photo; this file is none of them.", code="not_an_image")


def corrupt(what: Phrase) -> InvalidImage:
    """The refusal of a damaged file."""
    return InvalidImage("Upload the photo again from the original: %(what)s.", what=what, code="image_corrupt")


def animated() -> InvalidImage:
    """The refusal of a file that moves."""
    return InvalidImage("Upload a still photo; this file is an animation.", code="image_animated")


def _read_jpeg(data: bytes, with_profile: bool) -> Container:
    """JPEG (ITU-T T.81, annex B): keep frame, tables, scans and what tells of colour: profile and Adobe's marker."""
    kept = []
    frame = exif = adobe = b""
    frame_kind = scan_count = 0
    has_jfif = has_profile = has_more = False
    for marker, body, segment in _jpeg_segments(data):
        if marker in _JPEG_FRAMES:
            if frame or len(body) < 6:
                raise corrupt(Phrase("it does not have exactly one frame"))
            frame, frame_kind = body, marker
        scan_count += marker == _JPEG_SCAN
        if marker in _JPEG_FRAMES or marker in _JPEG_TABLES or marker == _JPEG_SCAN:
            kept.append(segment)
        elif marker == 0xE0 and body.startswith(b"JFIF\0"):
            has_jfif = True
        elif marker == 0xE1 and body.startswith(b"Exif\0\0"):
            exif = exif or body[6:]
        elif marker == 0xE2 and body.startswith(b"ICC_PROFILE\0") and with_profile:
            has_profile = True
            kept.append(segment)
        elif marker == 0xE2 and body.startswith(b"MPF\0"):
            has_more = True
        elif marker == 0xEE and body.startswith(b"Adobe") and len(body) >= 12:
            adobe = b"\xff\xee\x00\x0e" + body[:12]
    if not frame or not scan_count:
        raise corrupt(Phrase("it holds no picture"))
    if scan_count > _MAX_SCANS:
        raise corrupt(Phrase("it has too many scans"))
    # Decoders take a JFIF header as the word for YCbCr, against the Adobe marker and against components named R, G, B.
    jfif = _JFIF_HEADER if has_jfif and (adobe or frame[6::3][:3] == b"RGB") else b""
    depth, height, width, channels = struct.unpack_from(">BHHB", frame)
    if scan_count > _ANY_SCANS and scan_count * width * height > _MAX_SCAN_PIXELS:
        raise InvalidImage(
            "Save the photo again with fewer scans: %(scans)s are too many for a photo of %(width)s x %(height)s.",
            scans=scan_count,
            width=width,
            height=height,
            code="image_too_costly",
        )
    content = b"".join((b"\xff\xd8", jfif, adobe, *kept, b"\xff\xd9"))
    is_plain = frame_kind in _JPEG_PLAIN and depth == 8 and channels in (1, 3)
    return Container("jpeg", width, height, content, exif, is_plain, has_profile, depth, has_more)


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(marker code, body, whole segment) up to the end of the image; a scan's segment includes its coded pixels."""
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":  # any number of filling bytes may come before a marker
            at += 1
        if len(data) < at + 2 or data[at] != 0xFF:
            raise corrupt(Phrase("it is cut off or damaged"))
        marker = data[at + 1]
        if marker == _JPEG_END:
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if end < at + 4 or end > len(data):
            raise corrupt(Phrase("it is cut off or damaged"))
        body = data[at + 4 : end]
        if marker == _JPEG_SCAN:
            following = _JPEG_AFTER_SCAN.search(data, end)
            if following is None:
                raise corrupt(Phrase("it is cut off"))
            end = following.start()
        yield marker, body, data[at:end]
        at = end


def _read_png(data: bytes, with_profile: bool) -> Container:
    """PNG (ISO/IEC 15948): keep what makes the pixels and their colour, drop text, time, EXIF and unknown chunks.

    A gamma and primaries without a profile go, too: browsers convert by them, other readers do not.
    """
    kept: dict[bytes, list[bytes]] = {}
    header = exif = b""
    for name, body, chunk in _png_chunks(data):
        if (name == b"IHDR") == bool(header):
            raise corrupt(Phrase("its header is missing or comes twice"))
        if name == b"IHDR":
            header = body
        elif name in (b"acTL", b"fcTL", b"fdAT"):
            raise animated()
        elif name == b"eXIf":
            exif = body
        if name in _PNG_KEPT or (name == b"iCCP" and with_profile):
            kept.setdefault(name, []).append(chunk)
    if len(header) != 13:
        raise corrupt(Phrase("its header is damaged"))
    width, height, depth, colour, interlace = struct.unpack(">IIBB2xB", header)
    if not kept.keys() & {b"sRGB", b"iCCP"}:
        kept.pop(b"gAMA", None)
        kept.pop(b"cHRM", None)
    is_plain = depth == 8 and colour in (_PNG_GREY, _PNG_RGB) and not interlace and b"tRNS" not in kept
    content = b"".join((_PNG_SIGNATURE, *chain.from_iterable(kept.values())))
    return Container("png", width, height, content, exif, is_plain, b"iCCP" in kept, depth)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(name, body, whole chunk) up to IEND."""
    at = len(_PNG_SIGNATURE)
    name = b""
    while name != b"IEND":
        end = at + 12 + int.from_bytes(data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if end > len(data) or len(name) < 4:
            raise corrupt(Phrase("it is cut off"))
        if int.from_bytes(data[end - 4 : end]) != zlib.crc32(body, zlib.crc32(name)):
            raise corrupt(Phrase("a part of it does not match its checksum"))
        yield name, body, data[at:end]
        at = end


def _read_webp(data: bytes, with_profile: bool) -> Container:
    """WebP (RFC 9649): keep the picture, its alpha and profile, and clear the flags of what is dropped."""
    parts: dict[bytes, bytes] = {}
    for name, body in _webp_chunks(data):
        if name in (b"ANIM", b"ANMF"):
            raise animated()
        parts.setdefault(name, body)
    lossy, lossless, extended = parts.get(b"VP8 ", b""), parts.get(b"VP8L", b""), parts.get(b"VP8X", b"")
    if bool(lossy) == bool(lossless):
        raise corrupt(Phrase("it does not hold exactly one picture"))
    width, height = _webp_lossy_size(lossy) if lossy else _webp_lossless_size(lossless)
    has_profile = with_profile and bool(extended) and b"ICCP" in parts
    has_alpha = b"ALPH" in parts or bool(lossless and lossless[4] & 0x10)
    if extended:
        flags, canvas = extended[0], (_little(extended[4:7]) + 1, _little(extended[7:10]) + 1)
        if flags & _WEBP_ANIMATION:
            raise animated()
        if len(extended) != 10 or canvas != (width, height):
            raise corrupt(Phrase("its header does not fit its picture"))
        has_alpha = has_alpha or bool(flags & _WEBP_ALPHA)
        kept_flags = flags & _WEBP_ALPHA | _WEBP_PROFILE * has_profile
        parts[b"VP8X"] = bytes([kept_flags]) + bytes(3) + extended[4:]
    kept = _WEBP_KEPT | {b"ICCP"} if has_profile else _WEBP_KEPT
    content = join_webp((name, body) for name, body in parts.items() if name in kept)
    exif = parts.get(b"EXIF", b"").removeprefix(b"Exif\0\0")
    return Container("webp", width, height, content, exif, not has_alpha, has_profile)


def join_webp(chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A WebP file of these (name, body)."""
    joined = b"".join(name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for name, body in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(joined)) + b"WEBP" + joined


def _webp_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at, file_end = 12, 8 + _little(data[4:8])
    if file_end > len(data):
        raise corrupt(Phrase("it is cut off"))
    while at < file_end:
        end = at + 8 + _little(data[at + 4 : at + 8])
        if end > file_end or at + 8 > file_end:
            raise corrupt(Phrase("it is cut off"))
        yield data[at : at + 4], data[at + 8 : end]
        at = end + (end - at) % 2


def _webp_lossy_size(body: bytes) -> tuple[int, int]:
    if body[3:6] != b"\x9d\x01\x2a" or len(body) < 10:
        raise corrupt(Phrase("its picture is damaged"))
    return _little(body[6:8]) & 0x3FFF, _little(body[8:10]) & 0x3FFF


def _webp_lossless_size(body: bytes) -> tuple[int, int]:
    if body[:1] != b"\x2f" or len(body) < 5:
        raise corrupt(Phrase("its picture is damaged"))
    bits = _little(body[1:5])
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _little(raw: bytes) -> int:
    return int.from_bytes(raw, "little")
