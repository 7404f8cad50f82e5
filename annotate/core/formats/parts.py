"""The connected parts of level maps, all levels at once, as runs of pixels down their columns. Made to be fast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import MAX_LEVELS, LevelMap

Integers = npt.NDArray[np.signedinteger]

_BAND_BYTES = 1 << 16  # larger arrays are fresh memory each time, which costs more than all that is done to them


class Borders(NamedTuple):
    """Where levels change down the columns of a map, above and below which is nothing but 0."""

    size: tuple[int, int]  # (width, height)
    x: Integers  # (N,)
    y: Integers  # (N,) ascending: the row below the border
    above: npt.NDArray[np.uint8]  # (N,) the level that ends
    below: npt.NDArray[np.uint8]  # (N,) the level that begins


class Parts(NamedTuple):
    """Parts of levels above 0 whose pixels share edges, as runs ordered by map, part, column and row.

    Positions are flat, column after column of their map: x * H + y.
    """

    start: Integers  # (N,)
    end: Integers  # (N,)
    first: Integers  # (P,) each part's first run
    map: Integers  # (P,) ascending: its number among the maps
    level: Integers  # (P,) ascending in a map
    area: Integers  # (P,) pixels
    box: Integers  # (P, 4) x, y, width, height


def find_borders(level_map: LevelMap) -> Borders:
    """The borders in a map of levels up to MAX_LEVELS."""
    height, width = level_map.shape
    rows = max(1, _BAND_BYTES // width)
    found = [level_map[0].nonzero()[0]]
    for top in range(1, height, rows):
        band = level_map[top : top + rows]
        found.append(np.flatnonzero(band != level_map[top - 1 : top - 1 + len(band)]) + top * width)
    found.append(level_map[-1].nonzero()[0] + height * width)
    change, flat = np.concatenate(found), level_map.reshape(-1)
    above, below = flat.take(change - width, mode="clip"), flat.take(change, mode="clip")
    above[: len(found[0])] = 0
    below[len(change) - len(found[-1]) :] = 0
    change = change.astype(np.int32)
    y = change // np.int32(width)  # numpy is slow at divmod, and fast at division by one number
    return Borders((width, height), change - y * np.int32(width), y, above, below)


def connected_parts(maps: Sequence[Borders]) -> Parts:
    """The parts of every level but 0 in each of the maps; some at once take less time than one after the other."""
    width, height = (max(sides) for sides in zip(*(borders.size for borders in maps), strict=True))
    layer_size = (width + 1) * (height + 1)
    whole = np.int32 if layer_size * MAX_LEVELS * len(maps) < 1 << 31 else np.int64
    stride, layer_size = whole(height + 1), whole(layer_size)  # a row of nothing lies between columns
    start, end = _runs(maps, stride, layer_size)
    number = _numbers(_roots(start, end, stride, width))
    order = number.argsort(kind="stable")  # number is 16 bits wide where it can be, which is sorted by radix
    start, length, number = start[order], (end - start)[order], number[order]
    first = np.diff(number, prepend=-1).nonzero()[0]
    if not len(first):
        return Parts(start, start, first, first, first, first, first.reshape(-1, 4))
    layer = start // layer_size
    place = start - layer * layer_size
    x = place // stride
    y = place - x * stride
    of_map, level = np.divmod(layer[first], MAX_LEVELS)
    run_count = np.diff(first, append=len(x))
    flat = (
        x * np.repeat([borders.size[1] for borders in maps], np.bincount(of_map, run_count, len(maps)).astype(int)) + y
    )
    left, right = x[first], x[first + run_count - 1] + 1
    top, bottom = np.minimum.reduceat(y, first), np.maximum.reduceat(y + length, first)
    return Parts(
        start=flat,
        end=flat + length,
        first=first,
        map=of_map,
        level=level + 1,
        area=np.add.reduceat(length, first),
        box=np.stack([left, top, right - left, bottom - top], 1),
    )


def _runs(maps: Sequence[Borders], stride: np.signedinteger, layer_size: np.signedinteger) -> tuple[Integers, Integers]:
    """(N,) where runs of a level start and end, ascending: layer * layer_size + x * stride + y.

    Each level of each map is a layer.
    """
    starts, ends = [], []
    for number, borders in enumerate(maps):
        place = borders.x * stride + borders.y + (number * MAX_LEVELS - 1) * layer_size
        starts.append((place + borders.below * layer_size)[borders.below > 0])
        ends.append((place + borders.above * layer_size)[borders.above > 0])
    start, end = np.concatenate(starts), np.concatenate(ends)
    start.sort()  # the n-th run of a layer, column after column, ends at the n-th of its ends
    end.sort()
    return start, end


def _roots(start: Integers, end: Integers, stride: np.signedinteger, width: int) -> npt.NDArray[np.intp]:
    """(N,) the first run of each run's part."""
    # Of the column to the left, runs first .. last - 1 touch this one.
    first = end.searchsorted(start - stride, side="right")
    last = start.searchsorted(end - stride, side="left")
    runs = np.arange(len(start))
    root = np.where(first < last, first, runs)
    for _ in range(width.bit_length()):  # each time it is followed twice as far, and it never stays in a column
        root = root.take(root)
    joins = np.flatnonzero(last - first > 1)
    if not len(joins):
        return root
    count = (last - first - 1)[joins]
    here = np.repeat(root[joins], count)
    other = root[np.arange(count.sum()) + np.repeat(first[joins] + 1 - (np.cumsum(count) - count), count)]
    apart = here != other
    boss: dict[int, int] = {}
    for a, b in set(zip(here[apart].tolist(), other[apart].tolist(), strict=True)):
        a, b = _top(boss, a), _top(boss, b)
        if a != b:
            boss[max(a, b)] = min(a, b)
    for run in boss:
        runs[run] = _top(boss, run)
    return runs[root]


def _top(boss: dict[int, int], run: int) -> int:
    while run in boss:
        run = boss[run]
    return run


def _numbers(root: npt.NDArray[np.intp]) -> npt.NDArray[np.signedinteger]:
    """(N,) parts numbered in the order of their first runs, in as few bits as do."""
    number = np.cumsum(root == np.arange(len(root))) - 1
    is_few = not len(number) or number[-1] < np.iinfo(np.int16).max
    return number[root].astype(np.int16 if is_few else np.int32)
