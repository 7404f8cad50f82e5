"""Outlines of areas that are given as runs of pixels: along the edges of pixels, so that they paint the very pixels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotate.core.regions import MAX_RING_VERTICES

Mask = npt.NDArray[np.bool_]  # (H, W)
Integers = npt.NDArray[np.int64]


class Runs(NamedTuple):
    """Runs of pixels within lines, rows or columns; none touches another of its line."""

    line: Integers  # (N,) ascending
    start: Integers  # (N,) ascending within a line
    end: Integers  # (N,)


def runs_of_mask(mask: Mask) -> Runs:
    """The runs of its rows."""
    height, width = mask.shape
    framed = np.zeros((height, width + 2), np.bool_)
    framed[:, 1:-1] = mask
    change = np.flatnonzero(framed[:, 1:] != framed[:, :-1])
    line, place = np.divmod(change, width + 1)
    return Runs(line[::2], place[::2], place[1::2])


def trace_runs(runs: Runs) -> list[Integers]:
    """(N, 2) corners (along the line, across) of each ring round the runs, none with too many corners for a ring.

    Seen along rows, rings go clockwise round parts and anticlockwise round holes; parts that meet in a corner only have
    separate rings. An area with a longer outline is cut in two.
    """
    if not len(runs.line):
        return []
    rings = _traced(runs)
    if all(len(ring) <= MAX_RING_VERTICES for ring in rings):
        return rings
    half = int(np.searchsorted(runs.line, (runs.line[0] + runs.line[-1] + 1) // 2))
    return trace_runs(Runs(*(each[:half] for each in runs))) + trace_runs(Runs(*(each[half:] for each in runs)))


def _traced(runs: Runs) -> list[Integers]:
    """Each run has two ends, which lead from one line to the next; between lines they are joined two by two."""
    count = len(runs.line)
    place = np.concatenate([runs.start, runs.end])
    line = np.concatenate([runs.line, runs.line])
    is_start = np.arange(2 * count) < count
    # A start is walked towards the line before, an end towards the line after: there it comes in, here it goes out.
    leaves, enters = line + ~is_start, line + is_start
    stride = int(place.max()) + 1
    # Of two at one place an end comes before a start, so that areas which meet there stay apart.
    key = 2 * (np.concatenate([leaves, enters]) * stride + np.concatenate([place, place])) + np.tile(is_start, 2)
    order = np.argsort(key)
    mate = np.empty_like(order)
    mate[order[::2]], mate[order[1::2]] = order[1::2], order[::2]
    following = mate[: 2 * count] - 2 * count  # whatever leaves is joined to what enters
    return _rings(following, place, leaves)


def _rings(following: Integers, place: Integers, leaves: Integers) -> list[Integers]:
    walk, first = _cycles(following.tolist())
    here, line = place[walk], leaves[walk]
    there = place[following[walk]]
    turns = here != there  # elsewhere the outline runs straight on
    corners = np.column_stack([here[turns], line[turns], there[turns], line[turns]]).reshape(-1, 2)
    counts = 2 * np.add.reduceat(turns, first)
    return np.split(corners, np.cumsum(counts)[:-1])


def _cycles(following: list[int]) -> tuple[list[int], list[int]]:
    """The members of a permutation's cycles, one cycle after the other, and where each begins."""
    walk: list[int] = []
    first: list[int] = []
    is_seen = bytearray(len(following))
    for begin in range(len(following)):
        if is_seen[begin]:
            continue
        first.append(len(walk))
        step = begin
        while not is_seen[step]:
            is_seen[step] = 1
            walk.append(step)
            step = following[step]
    return walk, first
