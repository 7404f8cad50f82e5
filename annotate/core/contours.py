"""Areas of a picture and their outlines: connected components, contours, simplification. Plain arrays in and out."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]  # (H, W)
Integers = npt.NDArray[np.int64]

OUTSIDE = 254  # stands for what lies around a level map; neither a level nor 255
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


def find_components(mask: Mask, *, is_diagonal: bool = False) -> Components:
    """Parts whose pixels share edges, or corners too if `is_diagonal`."""
    height, width = mask.shape
    stride = width + 1
    flat = np.zeros(height * stride + 1, np.int8)
    flat[:-1].reshape(height, stride)[:, :-1] = mask
    changes = np.diff(flat, prepend=0)
    start, end = np.flatnonzero(changes == 1), np.flatnonzero(changes == -1)
    reach = int(is_diagonal)
    first = np.searchsorted(
        end, start + stride - reach, side="right"
    )  # runs below that touch this one: first .. last - 1
    last = np.searchsorted(start, end + stride + reach, side="left")
    count = np.maximum(last - first, 0)
    above = np.repeat(np.arange(len(start)), count)
    below = np.arange(len(above)) + np.repeat(first - (np.cumsum(count) - count), count)
    root = _join(len(start), above, below)
    _, label = np.unique(root, return_inverse=True)
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
    mask = select(parts, parts.area >= min_area, mask.shape)
    holes = find_components(~mask, is_diagonal=True)
    return np.asarray(~select(holes, holes.area >= min_area, mask.shape))


def find_joints(level_map: npt.NDArray[np.uint8]) -> Mask:
    """(H + 1, W + 1) the corners of pixels where three or more borders meet, and the four corners of the map.

    Borders between the same two areas run from joint to joint; simplified piece by piece they stay shared.
    """
    framed = np.pad(level_map, 1, constant_values=OUTSIDE)
    across = (framed[1:, 1:] != framed[:-1, 1:]).astype(np.uint8)  # a border runs to the right of the corner
    down = (framed[1:, 1:] != framed[1:, :-1]).astype(np.uint8)  # a border runs down from the corner
    meeting = across + down
    meeting[:, 1:] += across[:, :-1]
    meeting[1:] += down[:-1]
    joints = np.asarray(meeting > 2)
    joints[:: joints.shape[0] - 1, :: joints.shape[1] - 1] = True
    return joints


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
        y, x = np.nonzero(inside & ~neighbour)
        corners.append(y * stride + x + offset)
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


def outline_parts(mask: Mask, joints: Mask, tolerance_px: float) -> list[list[Integers]]:
    """For each part of the mask its rings of (x, y) in 1/16 px, holes included.

    Args:
        mask: (H, W).
        joints: (H + 1, W + 1) points that simplification must keep, from `find_joints`.
        tolerance_px: how far a simplified border may lie from the true one. What is thinner vanishes.
    """
    parts = find_components(mask)
    rings_of: dict[int, list[Integers]] = {}
    for corner, direction in trace(mask):
        ring = simplify_ring(corner, direction, joints, tolerance_px)
        pixel = corner[0] + _RIGHT_OF[direction[0]]
        run = np.searchsorted(parts.start, pixel[0] * (mask.shape[1] + 1) + pixel[1], side="right") - 1
        if len(ring) > 2 and signed_area(ring):
            rings_of.setdefault(int(parts.label[run]), []).append(ring)
    return [rings for _, rings in sorted(rings_of.items()) if any(signed_area(ring) > 0 for ring in rings)]


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


def simplify_ring(corner: Integers, direction: Integers, joints: Mask, tolerance_px: float) -> Integers:
    """(M, 2) points (x, y) in 1/16 px: a traced ring through the middles of its steps, simplified between joints.

    The middles of pixel edges give slanted borders without the bias of stairs, and keep every pixel centre on its side.
    """
    is_joint = joints[corner[:, 0], corner[:, 1]]
    is_turn = direction != np.roll(direction, -1)
    is_kept = is_turn | np.roll(is_turn, 1) | is_joint | np.roll(is_joint, -1)  # the middle of a straight run is not
    points = np.stack([16 * corner, 16 * corner + 8 * _STEPS[direction]], axis=1).reshape(-1, 2)
    chosen = np.column_stack([is_joint, is_kept]).reshape(-1)
    fixed = np.column_stack([is_joint, np.zeros_like(is_joint)]).reshape(-1)[chosen]
    points = points[chosen]

    starts = np.flatnonzero(fixed)
    if not len(starts):
        starts = np.lexsort(points.T)[:1]  # the same for everybody who traces this ring
    points = np.roll(points, -starts[0], axis=0)
    ends = [*(starts[1:] - starts[0]), len(points)]
    points = np.concatenate([points, points[:1]])
    chains = [points[a : b + 1] for a, b in zip(starts - starts[0], ends, strict=True)]
    return np.concatenate([_simplify_chain(chain, 16 * tolerance_px)[:-1] for chain in chains])[:, ::-1]


def _simplify_chain(points: Integers, tolerance: float) -> Integers:
    """Douglas-Peucker, the same for both directions of the chain; its two ends stay."""
    first, last = points[[0, 1]].tolist(), points[[-1, -2]].tolist()
    is_backward = last < first
    if is_backward:
        points = points[::-1]
    kept = np.zeros(len(points), np.bool_)
    kept[[0, -1]] = True
    pieces = [(0, len(points) - 1)]
    while pieces:
        a, b = pieces.pop()
        if b - a < 2:
            continue
        chord = points[b] - points[a]
        offsets = points[a + 1 : b] - points[a]
        if chord.any():
            distances = np.abs(offsets[:, 0] * chord[1] - offsets[:, 1] * chord[0]) / np.hypot(*chord)
        else:
            distances = np.hypot(offsets[:, 0], offsets[:, 1])
        farthest = int(distances.argmax())
        if distances[farthest] > tolerance:
            kept[a + 1 + farthest] = True
            pieces += [(a, a + 1 + farthest), (a + 1 + farthest, b)]
    simple = points[kept]
    return simple[::-1] if is_backward else simple


def signed_area(ring: Integers) -> int:
    """Twice the area of a ring of (x, y), above 0 if it runs clockwise on the screen (y down)."""
    x, y = ring.T
    return int((x * np.roll(y, -1) - np.roll(x, -1) * y).sum())
