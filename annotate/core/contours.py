"""Areas of a picture and their outlines: connected components, contours. Plain arrays in and out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotate.core.corners import Ranked, fit_corners, rank_corners

Mask = npt.NDArray[np.bool_]  # (H, W)
Surface = npt.NDArray[np.float32]  # (H, W)
Integers = npt.NDArray[np.int64]

SUBPIXEL = 16
FARTHEST = 0.01  # of the photo's long side, that a corner may move to lie better

_RIGHT_OF = np.array(
    [[0, 0], [0, -1], [-1, -1], [-1, 0]]
)  # from the corner where a step starts to the pixel right of it
_STEPS = np.array([[0, 1], [1, 0], [0, -1], [-1, 0]])  # east, south, west, north as (dy, dx)


class Components(NamedTuple):
    """The connected parts of a mask, as runs of pixels within rows.

    Positions are flat, with one column more than the mask has: row * (W + 1) + column.
    """

    start: Integers  # (N,) ascending
    end: Integers  # (N,)
    label: Integers  # (N,) 0 .. C - 1
    area: Integers  # (C,) pixels

    def measure(self, mask: Mask) -> Integers:
        """(C,) pixels of each component that are in the mask, too."""
        stride = mask.shape[1] + 1
        total = np.zeros(mask.shape[0] * stride + 1, np.int32)
        total[1:].reshape(-1, stride)[:, :-1] = mask
        np.cumsum(total, out=total)
        return np.bincount(self.label, total[self.end] - total[self.start], len(self.area)).astype(np.int64)


class Grid(NamedTuple):
    """A map that lies on a photo of `size`, on which `span` columns and rows of the map are seen."""

    size: tuple[int, int]  # (width, height) in pixels
    span: tuple[float, float]  # (columns, rows)

    def place(self, points: npt.NDArray[np.float64]) -> Integers:
        """(N, 2) points (y, x) of the map as (x, y) in 1/16 px of the photo, none of them outside."""
        return self.clip(points[:, ::-1] * SUBPIXEL * np.array(self.size) / self.span)

    def clip(self, points: npt.NDArray[np.float64]) -> Integers:
        """(N, 2) points (x, y) in 1/16 px of the photo, rounded, none of them outside."""
        clipped: Integers = np.clip(np.rint(points), 0, SUBPIXEL * np.array(self.size)).astype(np.int64)
        return clipped


def find_components(mask: Mask, *, is_diagonal: bool = False) -> Components:
    """Parts whose pixels share edges, or corners too if `is_diagonal`."""
    height, width = mask.shape
    stride = width + 1
    flat = np.zeros(height * stride + 1, np.bool_)  # begins with a pixel outside, and so does every later row
    flat[1:].reshape(height, stride)[:, :-1] = mask
    start, end = np.flatnonzero(flat[1:] != flat[:-1]).reshape(-1, 2).T
    reach = int(is_diagonal)
    first = np.searchsorted(
        end, start + stride - reach, side="right"
    )  # runs below that touch this one: first .. last - 1
    last = np.searchsorted(start, end + stride + reach, side="left")
    count = np.maximum(last - first, 0)
    above = np.repeat(np.arange(len(start)), count)
    below = np.arange(len(above)) + np.repeat(first - (np.cumsum(count) - count), count)
    root = _join(len(start), above, below)
    label = (np.cumsum(root == np.arange(len(root))) - 1)[root]  # in the order of their first runs
    return Components(start, end, label, np.bincount(label, end - start).astype(np.int64))


def _join(count: int, a: Integers, b: Integers) -> Integers:
    """(count,) the smallest member of each item's set when a[i] and b[i] are in one set: hook to the smaller, jump."""
    parent = np.arange(count)
    while len(a):
        np.minimum.at(parent, np.maximum(a, b), np.minimum(a, b))
        while (parent[parent] != parent).any():
            parent = parent[parent]
        a, b = parent[a], parent[b]
        a, b = a[a != b], b[a != b]
    return parent


def select(components: Components, is_wanted: npt.NDArray[np.bool_], shape: tuple[int, int]) -> Mask:
    """(H, W) the pixels of the components that are wanted, given as (C,)."""
    chosen = is_wanted[components.label]
    changes = np.zeros(shape[0] * (shape[1] + 1) + 1, np.int8)
    changes[components.start[chosen]] = 1
    changes[components.end[chosen]] = -1  # one column lies between rows, so no run starts where another ends
    return changes.cumsum(dtype=np.int8)[:-1].reshape(shape[0], shape[1] + 1)[:, :-1].astype(np.bool_)


def keep_large(mask: Mask, min_area: float) -> Mask:
    """The mask without parts, and then without holes, of fewer pixels than `min_area`."""
    parts = find_components(mask)
    if (parts.area < min_area).any():
        mask = select(parts, parts.area >= min_area, mask.shape)
    holes = find_components(~mask, is_diagonal=True)
    return np.asarray(~select(holes, holes.area >= min_area, mask.shape)) if (holes.area < min_area).any() else mask


def trace(mask: Mask) -> list[tuple[Integers, Integers]]:
    """The outlines of the mask: each a closed walk along edges of pixels with the mask on its right.

    Returns:
        for each ring (corner, direction): (N, 2) the (y, x) where each unit step starts, (N,) 0 east, 1 south, 2 west,
        3 north. Rings run clockwise around parts and anticlockwise around holes; the pixel right of the first step is
        in the part. Where parts meet in a corner only, they have separate rings.
    """
    framed = np.pad(mask, 1)
    inside = framed[1:-1, 1:-1]
    stride = mask.shape[1] + 1
    corners = []  # of each direction: flat position where a step in that direction starts
    for neighbour, offset in (
        (framed[:-2, 1:-1], 0),  # top edges go east
        (framed[1:-1, 2:], 1),  # right edges go south
        (framed[2:, 1:-1], stride + 1),  # bottom edges go west
        (framed[1:-1, :-2], stride),  # left edges go north
    ):
        pixel = np.flatnonzero(inside & ~neighbour)
        corners.append(pixel + pixel // mask.shape[1] + offset)
    corner = np.concatenate(corners)
    direction = np.repeat(np.arange(4), [len(each) for each in corners])

    corner_count = (mask.shape[0] + 1) * stride
    steps = direction * corner_count + corner  # ascending, so a step is found by bisection
    target = corner + np.array([1, stride, -1, -stride])[direction]
    following = np.full(len(steps), -1)
    for turn in (3, 0, 1):  # left, straight on, right: what is found last counts, so right turns go first
        wanted = (direction + turn) % 4 * corner_count + target
        place = np.minimum(np.searchsorted(steps, wanted), len(steps) - 1)
        following = np.where(steps[place] == wanted, place, following)
    rings = [np.array(ring) for ring in _cycles(following.tolist())]
    return [(np.column_stack(np.divmod(corner[ring], stride)), direction[ring]) for ring in rings]


def parts_of(traced: Sequence[tuple[Integers, Integers]], mask: Mask) -> list[int]:
    """For each ring of `trace` which part of the mask it is an outline of, as `find_components` counts them."""
    if not traced:
        return []
    y, x = np.array([corner[0] + _RIGHT_OF[direction[0]] for corner, direction in traced]).T
    parts = find_components(mask)
    labels = parts.label[np.searchsorted(parts.start, y * (mask.shape[1] + 1) + x, side="right") - 1]
    numbers: list[int] = labels.tolist()
    return numbers


def outline_parts(
    areas: Sequence[tuple[Mask, Surface]], grid: Grid, tolerance_px: float, most_corners: int | None = None
) -> list[list[list[Integers]]]:
    """For each area, for each of its parts, the rings of (x, y) in 1/16 px of the photo, holes included.

    Args:
        areas: of each the mask (H, W) and a surface (H, W) above 0 in the mask and below 0 around it; between two
            pixels the outline runs where it is 0.
        grid: where the masks lie on the photo.
        tolerance_px: how far a simplified border may lie from the true one. What is thinner vanishes.
        most_corners: how many corners the rings of a part may have together; those that tell least go, and holes too
            small to be worth three.
    """
    outlines = [_outlines(mask, surface, grid) for mask, surface in areas]
    ranked = iter(rank_corners([ring for rings in outlines for _, ring in rings], SUBPIXEL * tolerance_px))
    outlined = []
    for rings in outlines:
        ranked_of: dict[int, list[Ranked]] = {}
        for label, _ in rings:
            ranked_of.setdefault(label, []).append(next(ranked))
        parts = [_foremost(each, most_corners, grid) for _, each in sorted(ranked_of.items())]
        outlined.append([part for part in parts if any(signed_area(ring) > 0 for ring in part)])
    return outlined


def _outlines(mask: Mask, surface: Surface, grid: Grid) -> list[tuple[int, Integers]]:
    """Every ring of a mask with the number of the part that it is of, not simplified."""
    if not mask.any():
        return []
    mask, surface = np.pad(mask, 1, mode="edge"), np.pad(surface, 1, mode="edge")  # borders run on beyond the photo
    traced = trace(mask)
    corner, direction = (np.concatenate(steps) for steps in zip(*traced, strict=True))
    inside = corner + _RIGHT_OF[direction]
    points = grid.place(_crossings(inside, direction, surface) - 1)
    first = np.cumsum([len(each) for _, each in traced])[:-1]
    return list(zip(parts_of(traced, mask), np.split(points, first), strict=True))


def _foremost(ranked: list[Ranked], most_corners: int | None, grid: Grid) -> list[Integers]:
    """The rings of a part with the corners that tell most, without those rings that have no area left."""
    least = 0.0
    if most_corners is not None:
        worth = np.sort(np.concatenate([ring.worth for ring in ranked]))
        least = float(worth[-most_corners - 1]) if len(worth) > most_corners else 0.0
    rings = [(points, np.flatnonzero(worth > least)) for points, worth in ranked]
    rings = [(points, kept) for points, kept in rings if len(kept) > 2]
    if most_corners is None:
        outlines = [points[kept] for points, kept in rings]
    else:
        farthest = SUBPIXEL * max(grid.size) * FARTHEST
        outlines = [grid.clip(fit_corners(points, kept, farthest)) for points, kept in rings]
    return [ring for ring in outlines if signed_area(ring)]


def _crossings(inside: Integers, direction: Integers, surface: Surface) -> npt.NDArray[np.float64]:
    """(N, 2) the (y, x) where the surface is 0 between the pixels of a traced ring and their neighbours outside."""
    across = _STEPS[direction - 1]  # a quarter turn to the left of each step
    outside = inside + across
    is_in_map = ((outside >= 0) & (outside < surface.shape)).all(1)
    here, there = surface[*inside.T], surface[*np.where(is_in_map[:, None], outside, inside).T]
    fall = here - there
    share = np.where(is_in_map & (fall > 0), here / np.where(fall > 0, fall, 1), 0.5)
    return np.asarray(inside + 0.5 + across * np.clip(share, 0, 1)[:, None], np.float64)


def _cycles(following: list[int]) -> list[list[int]]:
    """The cycles of a permutation."""
    cycles = []
    is_seen = [False] * len(following)
    for first in range(len(following)):
        cycle = []
        step = first
        while not is_seen[step]:
            is_seen[step] = True
            cycle.append(step)
            step = following[step]
        if cycle:
            cycles.append(cycle)
    return cycles


def signed_area(ring: Integers) -> int:
    """Twice the area of a ring of (x, y), above 0 if it runs clockwise on the screen (y down)."""
    x, y = ring.T
    return int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
