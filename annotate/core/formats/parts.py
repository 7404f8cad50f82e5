"""The connected parts of a level map, all levels at once, as runs of pixels down its columns. Made to be fast."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import LevelMap

Integers = npt.NDArray[np.int32]


class Parts(NamedTuple):
    """Parts of levels above 0 whose pixels share edges, as runs ordered by part, column and row.

    Positions are flat, column after column: x * H + y.
    """

    start: Integers  # (N,)
    end: Integers  # (N,)
    first: Integers  # (P,) each part's first run
    level: Integers  # (P,) ascending
    area: Integers  # (P,) pixels
    box: Integers  # (P, 4) x, y, width, height


def connected_parts(level_map: LevelMap) -> Parts:
    """The parts of every level but 0."""
    height, width = level_map.shape
    stride = height + 1  # a row of nothing lies between columns
    start, end = _runs(level_map, stride, (width + 1) * stride)
    number = _numbers(_roots(start, end, stride))
    order = np.argsort(number, kind="stable")  # number is 16 bits wide where it can be, which is sorted by radix
    start, end, number = start[order], end[order], number[order]
    level = start // np.int32((width + 1) * stride)
    place = start - level * np.int32((width + 1) * stride)
    x = place // np.int32(stride)  # numpy is slow at divmod, and fast at division by one number
    y = place - x * np.int32(stride)
    length = end - start
    first = np.flatnonzero(np.diff(number, prepend=-1)).astype(np.int32)
    if not len(first):
        return Parts(start, end, first, first, first, np.zeros((0, 4), np.int32))
    left, right = x[first], x[np.append(first[1:], len(x)) - 1] + 1
    top, bottom = np.minimum.reduceat(y, first), np.maximum.reduceat(y + length, first)
    flat = place - x
    return Parts(
        start=flat,
        end=flat + length,
        first=first,
        level=level[first],
        area=np.add.reduceat(length, first),
        box=np.column_stack([left, top, right - left, bottom - top]),
    )


def _runs(level_map: LevelMap, stride: int, block: int) -> tuple[Integers, Integers]:
    """(N,) where runs of a level start and end, ascending: level * block + x * stride + y."""
    height, width = level_map.shape
    framed = np.zeros((height + 2, width), np.uint8)
    framed[1:-1] = level_map
    change = np.flatnonzero(framed[1:] != framed[:-1])
    flat = framed.reshape(-1)
    above, below = flat[change], flat[change + width]
    change = change.astype(np.int32)
    y = change // np.int32(width)
    place = (change - y * np.int32(width)) * np.int32(stride) + y
    start, end = (
        levels[levels > 0].astype(np.int32) * np.int32(block) + place[levels > 0] for levels in (below, above)
    )
    start.sort()  # the n-th run of a level, column after column, ends at the n-th of its ends
    end.sort()
    return start, end


def _roots(start: Integers, end: Integers, stride: int) -> npt.NDArray[np.intp]:
    """(N,) the first run of each run's part."""
    # Of the column to the left, runs first .. last - 1 touch this one.
    first = np.searchsorted(end, start - np.int32(stride), side="right")
    last = np.searchsorted(start, end - np.int32(stride), side="left")
    runs = np.arange(len(start))
    root = _followed(np.where(first < last, first, runs))
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


def _followed(parent: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """(N,) where each comes to by going from parent to parent."""
    while True:
        further = parent[parent]
        if np.array_equal(further, parent):
            return parent
        parent = further


def _top(boss: dict[int, int], run: int) -> int:
    while run in boss:
        run = boss[run]
    return run


def _numbers(root: npt.NDArray[np.intp]) -> npt.NDArray[np.signedinteger]:
    """(N,) parts numbered in the order of their first runs, in as few bits as do."""
    number = np.cumsum(root == np.arange(len(root))) - 1
    is_few = not len(number) or number[-1] < np.iinfo(np.int16).max
    return number[root].astype(np.int16 if is_few else np.int32)
