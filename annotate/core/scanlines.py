"""Which pixels lie inside polygons, and which polygon is on top there: by what their outlines cross, row by row."""

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotate.core.regions import SUBPIXEL

Integers = npt.NDArray[np.int64]
Rings = Sequence[tuple[int, ...]]  # flat (x0, y0, x1, y1, ...) in 1/16 px

NOBODY = -1

_CROSSINGS_AT_ONCE = 1 << 16  # few enough for a processor's cache


def topmost_runs(polygons: Sequence[Rings], width: int, height: int) -> Iterator[tuple[Integers, Integers]]:
    """Who is seen where, when polygons are painted in order: bands of rows, downwards, that nobody may be in between.

    Exact: coordinates are below 2**24, so every product is below 2**52.

    Args:
        polygons: of each the rings, even-odd over all of them.
        width: of the picture in pixels; what lies outside is clipped.
        height: likewise.

    Yields:
        (N + 1,) bounds of runs of pixels, as positions in the flat picture, ascending; and (N,) the last polygon that
        covers each run, or NOBODY.
    """
    edges = _crossing_edges(polygons, height)
    for top, bottom in pairwise(_cuts(edges, height)):
        painter, start, end = _inside_runs(edges, top, bottom, width, height)
        if len(painter):
            bounds = np.sort(np.concatenate([start, end]))
            bounds = bounds[np.diff(bounds, prepend=-1) > 0]
            first, last = np.searchsorted(bounds, start), np.searchsorted(bounds, end)
            yield bounds, _topmost(painter, first, last, len(bounds) - 1)


class _Edges(NamedTuple):
    """Every edge that meets a row of pixel centres, turned to point down. Arrays of equal length."""

    painter: Integers  # index of its polygon
    x: Integers  # upper end, 1/16 px
    y: Integers
    dx: Integers  # to the lower end; dy > 0
    dy: Integers
    first: Integers  # the rows it meets: first .. last - 1
    last: Integers


def _crossing_edges(polygons: Sequence[Rings], height: int) -> _Edges:
    rings = [ring for polygon in polygons for ring in polygon]
    points = np.fromiter(chain.from_iterable(rings), np.int64).reshape(-1, 2)
    sizes = np.array([len(ring) // 2 for ring in rings], np.int64)
    next_point = np.arange(1, len(points) + 1)
    next_point[np.cumsum(sizes) - 1] -= sizes  # the last point of a ring is followed by its first
    painter = np.repeat([i for i, polygon in enumerate(polygons) for ring in polygon], sizes)

    x, y = points.T
    next_x, next_y = points[next_point].T
    is_down = y < next_y
    top, bottom = np.where(is_down, y, next_y), np.where(is_down, next_y, y)
    first = np.maximum(_first_centre_from(top), 0)
    last = np.minimum(_first_centre_from(bottom), height)
    edges = _Edges(
        painter, np.where(is_down, x, next_x), top, np.where(is_down, next_x - x, x - next_x), bottom - top, first, last
    )
    return _Edges(*(values[first < last] for values in edges))


def _cuts(edges: _Edges, height: int) -> list[int]:
    """The rows between which about _CROSSINGS_AT_ONCE crossings lie, from 0 to the height."""
    begun, ended = (np.bincount(rows, minlength=height + 1) for rows in (edges.first, edges.last))
    crossed = np.cumsum(np.cumsum(begun - ended)[:height])  # from the first row to the end of each
    return [0, *(np.flatnonzero(np.diff(crossed // _CROSSINGS_AT_ONCE)) + 1).tolist(), height]


def _first_centre_from(coordinate: Integers) -> Integers:
    """Index of the first pixel whose centre is at or after the coordinate."""
    return -((SUBPIXEL // 2 - coordinate) // SUBPIXEL)


def _inside_runs(edges: _Edges, top: int, bottom: int, width: int, height: int) -> tuple[Integers, Integers, Integers]:
    """(painter, start, end) of each run of inside pixels of rows top .. bottom - 1 in the flat picture."""
    edge, row = _crossings(edges, top, bottom)
    # The edge meets the row of centres at x + (centre - y) * dx / dy; the first centre not left of that:
    centre = row * SUBPIXEL + SUBPIXEL // 2
    dy = edges.dy[edge]
    meets = (edges.x[edge] - SUBPIXEL // 2) * dy + (centre - edges.y[edge]) * edges.dx[edge]
    column = np.clip(-(-meets // (SUBPIXEL * dy)), 0, width)
    # A closed ring meets a row an even number of times: sorted by painter, row, column the crossings pair up.
    stride = width + 1  # a run may begin or end right of the last column
    crossings = np.sort((edges.painter[edge] * height + row) * stride + column)
    starts, ends = crossings[0::2], crossings[1::2]
    lengths = (ends - starts)[starts < ends]
    painters, places = np.divmod(starts[starts < ends], height * stride)
    places -= places // stride
    return painters, places, places + lengths


def _crossings(edges: _Edges, top: int, bottom: int) -> tuple[Integers, Integers]:
    """(index of edge, row) of every meeting of an edge with rows top .. bottom - 1."""
    first = np.maximum(edges.first, top)
    counts = np.maximum(np.minimum(edges.last, bottom) - first, 0)
    edge = np.repeat(np.arange(len(counts)), counts)
    row = np.arange(len(edge)) + np.repeat(first - (np.cumsum(counts) - counts), counts)
    return edge, row


def _topmost(painter: Integers, first: Integers, last: Integers, count: int) -> Integers:
    """(count,) the last painter of each place, where each paints places first .. last - 1; NOBODY where none does.

    A stretch is two of a power of two that overlap. From the longest power down, each hands what it has to its halves.
    """
    top = np.full(count, NOBODY)
    power_of = np.frexp(last - first)[1] - 1
    for power in range(int(power_of.max(initial=0)), -1, -1):
        now = power_of == power
        for begin in (first[now], last[now] - 2**power):
            np.maximum.at(top, begin, painter[now])
        if half := 2**power // 2:
            top[half:] = np.maximum(top[half:], top[:-half])
    return top
