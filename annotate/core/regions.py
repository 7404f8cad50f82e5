"""The region document: what one person says about the blur of one photo, as a painter's stack of polygons."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from operator import sub
from typing import Any

from annotate.core.errors import InvalidDocument, Phrase

SUBPIXEL = 16  # coordinates are integers in 1/16 px of the upright photo, origin top-left, y down
KINDS = ("defocus", "motion", "shake", "unknown")
DESIRABILITIES = ("none", "good", "ok", "bad")

MAX_REGIONS = 5_000
MAX_RING_VERTICES = 4_000
MAX_VERTICES = 200_000  # over the whole document
MAX_OUTLINE_ROWS = 10_000_000  # rows crossed by all edges together: what painting costs; a heavy document has a tenth
MAX_COORDINATE = SUBPIXEL * 2**20  # far off any photo, and small enough that exact crossings stay below 2**52
MAX_Z = 2**31 - 1
_CENTRE = SUBPIXEL // 2  # of the first pixel

_DOCUMENT_KEYS = {"base", "regions"}
_REGION_KEYS = {"id", "level", "kind", "rings", "z"}
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")  # ASCII, so that Python and browsers sort ids alike


@dataclass(frozen=True, slots=True)
class Region:
    """An area of one blur level.

    Attributes:
        id: unique in its document; breaks ties of `z`.
        level: 0 sharp .. L-1 strongest; a level-0 region erases what lies below it.
        kind: one of `KINDS`.
        rings: flat ``(x0, y0, x1, y1, ...)`` in 1/16 px, implicitly closed; even-odd over all rings, so holes are
            rings.
        z: regions are painted in order of (z, id).
    """

    id: str
    level: int
    kind: str
    rings: tuple[tuple[int, ...], ...]
    z: int


@dataclass(frozen=True, slots=True)
class Document:
    """A painter's stack: `base` everywhere (None = unlabelled), then the regions over it."""

    base: int | None
    regions: tuple[Region, ...]

    def painting_order(self) -> list[Region]:
        """The regions from the first painted to the last, which covers the others."""
        return sorted(self.regions, key=lambda region: (region.z, region.id))

    def as_json(self) -> dict[str, Any]:
        """Plain lists and dictionaries; `parse_document` gives the same document back."""
        return {
            "base": self.base,
            "regions": [
                {
                    "id": region.id,
                    "level": region.level,
                    "kind": region.kind,
                    "rings": [list(ring) for ring in region.rings],
                    "z": region.z,
                }
                for region in self.regions
            ],
        }


EMPTY = Document(None, ())


def parse_document(raw: object, *, level_count: int) -> Document:
    """The document that decoded JSON describes.

    Args:
        raw: ``{base, regions: [{id, level, kind, rings, z}]}`` as `json.loads` returns it.
        level_count: levels of the project; a level is 0 .. level_count - 1.

    Raises:
        InvalidDocument: something is missing, unknown, of the wrong type or over a limit; `where` names the place,
            for example ``regions[3].rings[0][7]``.
    """
    document = _require_keys(raw, _DOCUMENT_KEYS, where=None)
    base = document["base"]
    if base is not None:
        _require_int(base, 0, level_count - 1, "base")
    raw_regions = _require_list(document["regions"], Phrase("regions"), MAX_REGIONS, "regions")
    regions = tuple(_parse_region(region, level_count, f"regions[{i}]") for i, region in enumerate(raw_regions))
    _require_unique_ids(regions)
    _require_paintable(regions)
    return Document(base, regions)


def _parse_region(raw: object, level_count: int, where: str) -> Region:
    region = _require_keys(raw, _REGION_KEYS, where)
    region_id, kind = region["id"], region["kind"]
    if not isinstance(region_id, str) or not _ID.fullmatch(region_id):
        raise InvalidDocument("Use 1 to 64 letters, digits, or any of _ . : - as the id.", where=f"{where}.id")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InvalidDocument("Use one of these kinds: %(kinds)s.", kinds=", ".join(KINDS), where=f"{where}.kind")
    _require_int(region["level"], 0, level_count - 1, f"{where}.level")
    _require_int(region["z"], -MAX_Z, MAX_Z, f"{where}.z")
    rings = _require_list(region["rings"], Phrase("rings"), MAX_VERTICES // 3, f"{where}.rings")
    if not rings:
        raise InvalidDocument("Give the region at least one ring, or leave the region out.", where=f"{where}.rings")
    return Region(
        id=region_id,
        level=region["level"],
        kind=kind,
        rings=tuple(_parse_ring(ring, f"{where}.rings[{i}]") for i, ring in enumerate(rings)),
        z=region["z"],
    )


def _parse_ring(raw: object, where: str) -> tuple[int, ...]:
    ring = _require_list(raw, Phrase("numbers"), 2 * MAX_RING_VERTICES, where)
    if len(ring) < 6 or len(ring) % 2:
        raise InvalidDocument("Write a ring as x, y pairs of at least three points.", where=where)
    # One pass in C for the good case; the slow pass below only finds the place of a bad number.
    if set(map(type, ring)) == {int} and min(ring) >= -MAX_COORDINATE and max(ring) <= MAX_COORDINATE:
        return tuple(ring)
    for i, value in enumerate(ring):
        _require_int(value, -MAX_COORDINATE, MAX_COORDINATE, f"{where}[{i}]")
    raise AssertionError("an int subclass is not JSON")


def _require_keys(raw: object, keys: set[str], where: str | None) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise InvalidDocument("Send an object with %(keys)s.", keys=", ".join(sorted(keys)), where=where)
    if raw.keys() != keys:
        for key in sorted(keys - raw.keys()):
            raise InvalidDocument("Add the missing %(key)s.", key=repr(key), where=where)
        unknown = sorted(str(key) for key in raw.keys() - keys)[0]
        raise InvalidDocument("Remove the unknown %(key)s.", key=repr(unknown[:40]), where=where)
    return raw


def _require_list(raw: object, noun: Phrase, limit: int, where: str) -> list[Any]:
    if not isinstance(raw, list):
        raise InvalidDocument("Send a list of %(noun)s.", noun=noun, where=where)
    if len(raw) > limit:
        raise InvalidDocument(
            "Send at most %(limit)s %(noun)s here; these are %(count)s.",
            limit=limit,
            noun=noun,
            count=len(raw),
            where=where,
        )
    return raw


def _require_int(value: object, lowest: int, highest: int, where: str) -> None:
    if type(value) is not int or not lowest <= value <= highest:
        raise InvalidDocument(
            "Use a whole number from %(lowest)s to %(highest)s.", lowest=lowest, highest=highest, where=where
        )


def _require_unique_ids(regions: tuple[Region, ...]) -> None:
    seen: set[str] = set()
    for i, region in enumerate(regions):
        if region.id in seen:
            raise InvalidDocument(
                "Give each region its own id; %(id)s is not.", id=repr(region.id), where=f"regions[{i}].id"
            )
        seen.add(region.id)


def _require_paintable(regions: tuple[Region, ...]) -> None:
    rings = [ring for region in regions for ring in region.rings]
    vertex_count = sum(map(len, rings)) // 2
    if vertex_count > MAX_VERTICES:
        raise InvalidDocument(
            "Simplify the outlines: %(count)s points are more than the %(most)s a photo may have.",
            count=vertex_count,
            most=MAX_VERTICES,
            where="regions",
        )
    if _climbs(rings) > SUBPIXEL * MAX_OUTLINE_ROWS:
        raise InvalidDocument("Simplify the outlines: together they run up and down too far.", where="regions")


def shrink(document: Document, step: int) -> Document:
    """The document of every step-th pixel along each side: coordinates are rounded to 1/16 of what is left."""

    def smaller(ring: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(round((value - _CENTRE) / step) + _CENTRE for value in ring)

    regions = (replace(each, rings=tuple(map(smaller, each.rings))) for each in document.regions)
    return document if step == 1 else Document(document.base, tuple(regions))


def outline_rows(document: Document) -> int:
    """How many rows of pixels all edges cross together, which is most of what painting costs; at least 0."""
    return _climbs(ring for region in document.regions for ring in region.rings) // SUBPIXEL


def _climbs(rings: Iterable[tuple[int, ...]]) -> int:
    """How far a walk round all rings goes up and down, in 1/16 px."""
    columns = (ring[1::2] for ring in rings)
    return sum(sum(map(abs, map(sub, heights, heights[1:] + heights[:1]))) for heights in columns)
