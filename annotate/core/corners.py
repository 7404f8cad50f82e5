"""The corners of outlines: which points tell most of a ring, and where few corners lie best."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Points = npt.NDArray[np.float64]  # (N, 2)

_LEAST_BEND = 0.2  # sine of the angle between two lines, below which where they meet tells nothing


class Ranked(NamedTuple):
    """A ring and what each of its points is worth: with a tolerance of t those remain that are worth more than t."""

    points: Integers  # (N, 2)
    worth: npt.NDArray[np.float64]  # (N,) 0 of those that no tolerance keeps


def rank_corners(rings: Sequence[Integers], tolerance: float) -> list[Ranked]:
    """Each ring (N, 2), begun at its smallest point, with what its points are worth to Douglas and Peucker (1973).

    All pieces of all rings are cut at once, again and again until none has a point off its chord. A point is worth
    how far it was off when it was cut at, but not more than the cuts before it; the first one what the second is.
    """
    if not rings:
        return []
    closed = [np.roll(ring, -_smallest(ring), axis=0) for ring in rings]
    points = np.concatenate([np.concatenate([ring, ring[:1]]) for ring in closed])
    x, y = points.T.copy()
    last = np.cumsum([len(ring) + 1 for ring in closed]) - 1
    start = np.append(0, last[:-1] + 1)
    worth = np.zeros(len(points))
    worth[start] = worth[last] = np.inf  # what is kept is worth something
    open_ = np.flatnonzero(worth == 0)  # points in pieces that may have to be cut
    ceiling = np.full(len(open_), np.inf)
    while len(open_):
        is_kept = worth > 0
        knots = np.flatnonzero(is_kept)
        piece = (np.cumsum(is_kept) - 1)[open_]
        distance = _distances(x, y, knots, open_, piece)
        begins = _firsts(piece)
        peak = np.repeat(np.maximum.reduceat(distance, begins), np.diff(np.append(begins, len(piece))))
        ceiling = np.minimum(ceiling, peak)
        is_cut = np.flatnonzero((distance == peak) & (peak > tolerance))
        is_cut = is_cut[_firsts(piece[is_cut])]
        worth[open_[is_cut]] = ceiling[is_cut]
        is_open = (peak > tolerance) & (worth[open_] == 0)
        open_, ceiling = open_[is_open], ceiling[is_open]
    worth[start] = [worth[first + 1 : end].max(initial=0) for first, end in zip(start, last, strict=True)]
    return [Ranked(points[first:end], worth[first:end]) for first, end in zip(start, last, strict=True)]


def fit_corners(points: Integers, kept: Integers, farthest: float) -> Points:
    """(M, 2) corners where those lines meet that lie nearest to the points between the corners kept.

    A chord runs inside of a bow; the line through the bow's points leaves as much on one side as on the other.

    Args:
        points: (N, 2) of a ring.
        kept: (M,) ascending, which of them are corners, at least 3.
        farthest: how far a corner may move; one that would go farther stays.
    """
    corners = points[kept].astype(np.float64)
    middles, directions = _lines(points, kept)
    before, towards = np.roll(middles, 1, axis=0), np.roll(directions, 1, axis=0)
    bend = _cross(towards, directions)
    is_bent = np.abs(bend) > _LEAST_BEND
    along = _cross(middles - before, directions) / np.where(is_bent, bend, 1)
    nearest = [
        middle + _dot(corners - middle, line) * line for middle, line in ((before, towards), (middles, directions))
    ]
    fitted = np.where(is_bent[:, None], before + along[:, None] * towards, (nearest[0] + nearest[1]) / 2)
    is_near = np.hypot(*(fitted - corners).T) <= farthest
    return np.where(is_near[:, None], fitted, corners)


def _lines(points: Integers, kept: Integers) -> tuple[Points, Points]:
    """A point and a direction, (M, 2) each, of the least-squares line from each corner of a ring to the next."""
    closed = np.concatenate([points[kept[0] :], points[: kept[0] + 1]]) - points[kept[0]]
    x, y = closed.T.astype(np.float64)
    terms = np.stack([np.ones(len(x)), x, y, x * x, x * y, y * y])
    sums = np.cumsum(np.pad(terms, ((0, 0), (1, 0))), 1)
    first = kept - kept[0]
    last = np.append(first[1:], len(points))
    count, x, y, xx, xy, yy = sums[:, last + 1] - sums[:, first]
    x, y = x / count, y / count
    angle = np.arctan2(2 * (xy / count - x * y), xx / count - x * x - (yy / count - y * y)) / 2
    return np.column_stack([x, y]) + points[kept[0]], np.column_stack([np.cos(angle), np.sin(angle)])


def _cross(a: Points, b: Points) -> Points:
    crossed: Points = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return crossed


def _dot(a: Points, b: Points) -> Points:
    """(N, 1) products of vectors."""
    products: Points = (a * b).sum(1, keepdims=True)
    return products


def _smallest(ring: Integers) -> int:
    """Where the topmost point of a ring is, of several the leftmost."""
    top = np.flatnonzero(ring[:, 1] == ring[:, 1].min())
    return int(top[ring[top, 0].argmin()])


def _firsts(ascending: Integers) -> Integers:
    """Where each new value begins."""
    return np.flatnonzero(np.diff(ascending, prepend=-1))


def _distances(x: Integers, y: Integers, knots: Integers, open_: Integers, piece: Integers) -> npt.NDArray[np.float64]:
    """(N,) how far each open point is from the line through the ends of its piece, or from both where they are one.

    Args:
        x: (P,) of all points.
        y: (P,) as x.
        knots: where pieces begin and end.
        open_: (N,) which points are asked for.
        piece: (N,) which piece each of them is in.
    """
    start_x, start_y = x[knots], y[knots]
    chord_x, chord_y = np.diff(start_x), np.diff(start_y)
    length = np.hypot(chord_x, chord_y)
    to_x, to_y = x[open_] - start_x[piece], y[open_] - start_y[piece]
    distance = np.abs(to_x * chord_y[piece] - to_y * chord_x[piece]) / np.maximum(length, 1)[piece]
    is_closed = np.flatnonzero((length == 0)[piece])
    distance[is_closed] = np.hypot(to_x[is_closed], to_y[is_closed])
    return distance
