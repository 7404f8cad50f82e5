"""The blur map: a level for every pixel, 0 sharp .. L-1 strongest, 255 unlabelled; from regions, to and from PNG."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from zlib_ng import zlib_ng

from annotate.core import contours, scanlines
from annotate.core.errors import InvalidRelease
from annotate.core.guided import follow_edges
from annotate.core.regions import MAX_REGIONS, MAX_RING_VERTICES, MAX_VERTICES, Document, Region

LevelMap = npt.NDArray[np.uint8]  # (H, W)
Probabilities = npt.NDArray[np.float32]  # (L-1, H, W)

IGNORE = 255
MAX_LEVELS = 8
MAX_PIXELS = 52_000_000
MAX_SIDE = 16_000
MOST_CORNERS = 40  # of a region that people take over from a model and correct by hand
LEAST_SHARE = 0.002  # of a map; smaller parts and holes are left out

_UNPACKED_BYTES = 1 << 16
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def rasterize(document: Document, size: tuple[int, int]) -> LevelMap:
    """Paint the document's regions over its base, later regions over earlier ones.

    A pixel belongs to a region if its centre is inside by even-odd over all rings; a centre exactly on a left or top
    edge is in, on a right or bottom edge is out. It costs what the outlines cross, however much they cover.

    Args:
        document: regions in 1/16 px, origin top-left, y down; what lies outside the image is clipped.
        size: (width, height) of the image in pixels.

    Returns:
        (H, W) uint8: level of each pixel, 255 where the base is None and no region was painted.
    """
    width, height = size
    base = IGNORE if document.base is None else document.base
    level_map = np.full((height, width), base, np.uint8)
    pixels = level_map.reshape(-1)
    regions = document.painting_order()
    level = np.array([*(region.level for region in regions), base], np.uint8)
    for bounds, painters in scanlines.topmost_runs([region.rings for region in regions], width, height):
        pixels[bounds[0] : bounds[-1]] = level[painters].repeat(np.diff(bounds))
    return level_map


def shows_blur(document: Document, size: tuple[int, int]) -> bool | None:
    """Whether what `rasterize` makes of it holds a level above 0; None where it holds no level at all.

    It looks no further than the first pixel that tells: mostly at some rows of what would be painted.
    """
    width, height = size
    regions = document.painting_order()
    levels = np.array([region.level for region in regions], np.uint8)
    may_blur, is_labelled, covered_px = bool(levels.any()), document.base is not None, 0
    for bounds, painters in scanlines.topmost_runs([region.rings for region in regions], width, height):
        is_covered = painters != scanlines.NOBODY
        if levels[painters[is_covered]].any():
            return True
        is_labelled |= bool(is_covered.any())
        if is_labelled and not may_blur and not document.base:
            return False
        covered_px += int(np.diff(bounds)[is_covered].sum())
    if document.base and covered_px < width * height:
        return True
    return False if is_labelled else None


def vectorize(
    above: Probabilities,
    size: tuple[int, int],
    *,
    span: tuple[float, float] | None = None,
    is_labelled: contours.Mask | None = None,
    min_area_share: float = LEAST_SHARE,
    tolerance_px: float | None = None,
    most_corners: int | None = None,
) -> Document:
    """A document that paints the levels of a predicted map, made for people to edit.

    The base is the commonest level. Above and below it each level is painted as one area together with all that
    lies beyond it (for base 2: levels <= 1, then <= 0, and levels >= 3), so neighbours overlap instead of sharing a
    seam, and a border moved by a person opens no gap. A border runs where the probability, taken as linear between
    the map's pixels, is a half: the map may be much smaller than the photo.

    Args:
        above: (L-1, H, W) P(level > k), not rising with k.
        size: (width, height) of the photo in pixels.
        span: how many columns and rows of the map lie on the photo; by default all.
        is_labelled: (H, W) where the map says anything; by default everywhere. The rest stays unlabelled.
        min_area_share: parts and holes smaller than this share of the map are left out; 0 keeps all.
        tolerance_px: how far a simplified border may lie from the true one, in pixels of the photo; by default 1.5,
            less for photos below 3072 px, where that would eat narrow areas.
        most_corners: of a region; those that tell least are left out. By default as many as the tolerance asks for.

    Area and tolerance are raised until the document is within its limits, which only noise exceeds.
    """
    height, width = above.shape[1:]
    grid = contours.Grid(size, span or (width, height))
    if tolerance_px is None:
        tolerance_px = min(1.5, max(size) / 2048)
    if is_labelled is None:
        is_labelled = np.ones((height, width), np.bool_)
    base, layers = _layers(above, is_labelled, min_area_share * grid.span[0] * grid.span[1])
    is_feasible = sum(layer.part_count for layer in layers) <= MAX_REGIONS
    regions = _outline(layers, grid, tolerance_px, most_corners) if is_feasible else ()
    if is_feasible and _is_within_limits(regions):
        return Document(base, regions)
    min_area_share, tolerance_px = 2 * min_area_share + 1 / (height * width), 2 * tolerance_px + 0.5
    return vectorize(
        above,
        size,
        span=span,
        is_labelled=is_labelled,
        min_area_share=min_area_share,
        tolerance_px=tolerance_px,
        most_corners=most_corners,
    )


def vectorize_along_edges(
    above: Probabilities, size: tuple[int, int], photo: npt.NDArray[np.uint8], *, span: tuple[float, float]
) -> Document:
    """A document of few corners whose borders follow the edges of the photo, where it has any beside them.

    Args:
        above: (L-1, H, W) P(level > k), not rising with k.
        size: (width, height) of the photo in pixels.
        photo: (H, W, 3) the photo made as small as the map.
        span: how many columns and rows of the map lie on the photo.
    """
    has_border = (above.max((1, 2)) > 0.5) & (above.min((1, 2)) <= 0.5)
    if has_border.any():
        above = above.copy()
        above[has_border] = follow_edges(above[has_border], photo)
        for finer, coarser in pairwise(above):
            np.minimum(finer, coarser, out=coarser)
    return vectorize(above, size, span=span, tolerance_px=max(size) / 512, most_corners=MOST_CORNERS)


def outline_area(
    inside: contours.Surface, size: tuple[int, int], *, span: tuple[float, float], name: str, least_part: float = 0
) -> Document:
    """A document of few corners that paints level 0 where a map is above 0, and nothing elsewhere.

    Args:
        inside: (H, W) above 0 in the area and below 0 around it, steep or not.
        size: (width, height) of the photo in pixels.
        span: how many columns and rows of the map lie on the photo.
        name: how the ids of its regions begin.
        least_part: parts smaller than this share of the largest are left out.
    """
    mask: contours.Mask = inside > 0
    parts = contours.find_components(mask)
    mask = contours.select(parts, parts.area >= least_part * parts.area.max(initial=0), mask.shape)
    mask = contours.keep_large(mask, LEAST_SHARE * span[0] * span[1])
    [outlines] = contours.outline_parts([(mask, inside)], contours.Grid(size, span), max(size) / 512, MOST_CORNERS)
    flat = [tuple(tuple(ring.reshape(-1).tolist()) for ring in rings) for rings in outlines]
    return Document(None, tuple(Region(f"{name}-{n}", 0, "unknown", rings, 0) for n, rings in enumerate(flat)))


def outline(level_map: LevelMap, *, level_count: int) -> Document:
    """A document that paints the very same map; only one as busy as noise is simplified to be within the limits."""
    above = np.stack([level_map > k for k in range(level_count - 1)]).astype(np.float32)
    is_labelled = level_map != IGNORE
    return vectorize(above, level_map.shape[::-1], is_labelled=is_labelled, min_area_share=0, tolerance_px=0)


class _Layer(NamedTuple):
    level: int
    mask: contours.Mask
    surface: contours.Surface  # 0 at the border, above 0 inside
    part_count: int


def _layers(above: Probabilities, is_labelled: contours.Mask, min_area: float) -> tuple[int | None, list[_Layer]]:
    """The commonest level, where everything is labelled, and what `vectorize` paints, in order."""
    levels = np.where(is_labelled, (above > 0.5).sum(0, dtype=np.uint8), np.uint8(IGNORE))
    base = int(np.argmax(level_areas(levels, len(above) + 1)))
    ground = np.where(is_labelled, np.float32(0.5), np.float32(-0.5))
    below = [(level, levels <= level, 0.5 - above[level]) for level in range(base - 1, -1, -1)]
    beyond = [(level, levels >= level, above[level - 1] - 0.5) for level in range(base + 1, len(above) + 1)]
    layers = []
    for level, mask, surface in [*below, *beyond]:
        here = levels == level
        if not here.any():
            layers.append(_Layer(level, here, surface, 0))
            continue
        mask = contours.keep_large(mask & is_labelled, min_area)
        parts = contours.find_components(mask)
        is_seen = parts.measure(here) >= max(min_area, 1)
        seen = contours.select(parts, is_seen, mask.shape)
        layers.append(_Layer(level, seen, np.minimum(surface, ground), int(is_seen.sum())))
    labelled = is_labelled if is_labelled.all() else contours.keep_large(is_labelled, min_area)
    if labelled.all():
        return base, layers
    part_count = len(contours.find_components(labelled).area)
    return None, [_Layer(base, labelled, ground, part_count), *layers]


def _outline(
    layers: Sequence[_Layer], grid: contours.Grid, tolerance_px: float, most_corners: int | None
) -> tuple[Region, ...]:
    regions: list[Region] = []
    areas = [(mask, surface) for _, mask, surface, _ in layers]
    outlined = contours.outline_parts(areas, grid, tolerance_px, most_corners)
    for z, (layer, parts) in enumerate(zip(layers, outlined, strict=True)):
        for rings in parts:
            flat = tuple(tuple(ring.reshape(-1).tolist()) for ring in rings)
            regions.append(Region(f"r{len(regions)}", layer.level, "unknown", flat, z))
    return tuple(regions)


def _is_within_limits(regions: Sequence[Region]) -> bool:
    sizes = [len(ring) // 2 for region in regions for ring in region.rings]
    return max(sizes, default=0) <= MAX_RING_VERTICES and sum(sizes) <= MAX_VERTICES


def level_areas(level_map: LevelMap, level_count: int) -> list[int]:
    """Pixels of each level, 0 .. level_count - 1; unlabelled pixels are in none of them."""
    return [int(np.count_nonzero(level_map == level)) for level in range(level_count)]


def encode_levels(level_map: LevelMap) -> bytes:
    """The map as a level PNG: 8-bit grey, not interlaced, no extra chunks, one IDAT, filter 0.

    Runs of equal levels are what zlib's Z_RLE strategy is made for: faster and smaller than a default PNG.

    Args:
        level_map: (H, W) uint8.
    """
    height, width = level_map.shape
    rows = np.zeros((height, width + 1), np.uint8)  # each row starts with its filter type, 0
    rows[:, 1:] = level_map
    deflate = zlib.compressobj(6, zlib.DEFLATED, 15, 9, zlib.Z_RLE)
    image = deflate.compress(rows.data) + deflate.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return _PNG_SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", image) + _chunk(b"IEND", b"")


def decode_levels(png: bytes) -> LevelMap:
    """The (H, W) uint8 map in a level PNG exactly as `encode_levels` lays it out, from any zlib.

    Raises:
        InvalidRelease: another kind of PNG (palette, 1/2/4/16 bits, alpha, interlaced, filtered, extra chunks), a
            damaged or oversized one, or levels other than 0 .. 7 and 255.
    """
    header, image = _read_chunks(png)
    width, height, *kind = struct.unpack(">IIBBBBB", header)
    if kind != [8, 0, 0, 0, 0]:
        raise InvalidRelease("Store the level map as 8-bit grey, not interlaced; this PNG is of another kind.")
    if not 0 < width <= MAX_SIDE or not 0 < height <= MAX_SIDE or width * height > MAX_PIXELS:
        raise InvalidRelease(f"Keep the level map within {MAX_SIDE:,} px a side and {MAX_PIXELS:,} pixels.")
    level_map, top = np.empty((height, width), np.uint8), 0
    for rows in _inflated(image, height, width + 1):
        if rows[:, 0].any():
            raise InvalidRelease("Store every row of the level map with filter 0.")
        level_map[top : top + len(rows)] = rows[:, 1:]
        top += len(rows)
    signed = level_map.view(np.int8)  # 255 is -1
    if signed.min() < -1 or signed.max() >= MAX_LEVELS:
        raise InvalidRelease(f"Use only levels 0 to {MAX_LEVELS - 1} and 255 in a level map.")
    return level_map


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _read_chunks(png: bytes) -> tuple[bytes, bytes]:
    """The bodies of IHDR and IDAT, in a file that has just these, once each, and IEND."""
    if not png.startswith(_PNG_SIGNATURE):
        raise InvalidRelease("Give the level map as a PNG file.")
    bodies = []
    at = len(_PNG_SIGNATURE)
    for expected in (b"IHDR", b"IDAT", b"IEND"):
        size = int.from_bytes(png[at : at + 4])
        name, body, checksum = png[at + 4 : at + 8], png[at + 8 : at + 8 + size], png[at + 8 + size : at + 12 + size]
        if name != expected:
            raise InvalidRelease("Store the level map as a PNG of one IHDR, one IDAT and IEND, and nothing else.")
        if len(checksum) != 4 or int.from_bytes(checksum) != zlib.crc32(body, zlib.crc32(name)):
            raise InvalidRelease(f"Replace the level map: its {name.decode()} is damaged.")
        bodies.append(body)
        at += 12 + size
    header, image, end = bodies
    if at != len(png) or len(header) != 13 or end:
        raise InvalidRelease("Replace the level map: its chunks do not have the right sizes.")
    return header, image


def _inflated(image: bytes, row_count: int, row_bytes: int) -> Iterator[LevelMap]:
    """The rows, some at a time: what is larger is fresh memory for every map, which takes longer than to unpack it."""
    inflate = zlib_ng.decompressobj()  # what is written stays zlib's: its bytes are part of a release
    at_once = max(1, _UNPACKED_BYTES // row_bytes, row_count // 64)  # what is packed is copied as often
    try:
        for top in range(0, row_count, at_once):
            size = min(at_once, row_count - top) * row_bytes
            pixels = inflate.decompress(image, size)
            image = inflate.unconsumed_tail
            if len(pixels) != size:
                break
            yield np.frombuffer(pixels, np.uint8).reshape(-1, row_bytes)
        is_whole = len(pixels) == size and not inflate.decompress(image, 1) and inflate.eof
    except zlib_ng.error:  # type: ignore[misc]  # its stub takes the class for an instance
        raise InvalidRelease("Replace the level map: its pixels are damaged.") from None
    if not is_whole or inflate.unused_data:
        raise InvalidRelease("Replace the level map: its pixels do not fill its width and height.")
