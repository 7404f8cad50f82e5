"""Where people's level maps of one photo part, place by place, and one map made of what a curator takes from each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import IGNORE, LevelMap, outline
from annotate.core.contours import find_components, select
from annotate.core.regions import Document

MIN_SHARE = 0.001  # smaller places are left as they are: borders drawn by two hands always part by some pixels
MOST = 24


@dataclass(frozen=True, slots=True)
class Difference:
    """A connected place where the maps part.

    Attributes:
        box: (left, top, right, bottom) in pixels of the photo, right and bottom outside.
        area_px: how many pixels it has.
        levels: the commonest level of each map there, 255 unlabelled.
    """

    box: tuple[int, int, int, int]
    area_px: int
    levels: tuple[int, ...]


def parted(maps: Sequence[LevelMap]) -> npt.NDArray[np.bool_]:
    """(H, W) whether the maps say different things of a pixel."""
    mask = np.zeros(maps[0].shape, np.bool_)
    for other in maps[1:]:
        mask |= other != maps[0]
    return mask


def find_places(maps: Sequence[LevelMap]) -> list[npt.NDArray[np.bool_]]:
    """(H, W) masks of the places where the maps part, the largest first, at most MOST of them."""
    mask = parted(maps)
    parts = find_components(mask)
    order = np.argsort(-parts.area, kind="stable")
    wanted = [part for part in order[:MOST] if parts.area[part] >= MIN_SHARE * mask.size]
    return [select(parts, np.arange(len(parts.area)) == part, mask.shape) for part in wanted]


def find_differences(maps: Sequence[LevelMap]) -> list[Difference]:
    """Where the maps part, the largest place first."""
    return [
        Difference(_box(place), int(place.sum()), tuple(_commonest(levels[place]) for levels in maps))
        for place in find_places(maps)
    ]


def _box(place: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(place.any(axis=1)), np.flatnonzero(place.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _commonest(levels: LevelMap) -> int:
    return int(np.bincount(levels).argmax())


def take(document: Document, maps: Sequence[LevelMap], takes: Mapping[int, int], *, level_count: int) -> Document:
    """The document, with the places that `takes` names painted as another map has them.

    Args:
        maps: as `find_places` had them.
        takes: place (its number) -> map (its number).

    Returns:
        A document of the same map but for those places; what the map that is taken leaves unlabelled stays.
    """
    places = find_places(maps) if takes else []
    wanted = np.full_like(maps[0], IGNORE)
    for number, source in takes.items():
        if number < len(places):
            wanted[places[number]] = maps[source][places[number]]
    if (wanted == IGNORE).all():
        return document
    patch = outline(wanted, level_count=level_count)
    top = max((region.z for region in document.regions), default=0) + 1
    taken = {region.id for region in document.regions}
    regions = [
        replace(region, id=_free(f"taken-{number}", taken), z=top + number)
        for number, region in enumerate(patch.painting_order())
    ]
    return Document(document.base, (*document.regions, *regions)) if patch.base is None else patch


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "-"
    return name


def part_by_borders_only(maps: Sequence[LevelMap], width_px: int) -> bool:
    """Whether all that the maps part by is strips along borders: no square of more than `width_px` fits into it."""
    mask = parted(maps).astype(np.int32)
    side = width_px + 1
    if min(mask.shape) < side:
        return not mask.any()
    sums = np.pad(mask.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    squares = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return bool((squares < side * side).all())
