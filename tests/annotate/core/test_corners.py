"""Corners are ranked by what they tell of a ring, and few of them lie where the ring is best told."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annotate.core.corners import fit_corners, rank_corners


def simplify_one_by_one(points: list[tuple[int, int]], tolerance: float) -> list[tuple[int, int]]:
    """Douglas and Peucker as their paper has it: for a line from the first point to the last, by recursion."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    length = np.hypot(x1 - x0, y1 - y0)
    far = [
        abs((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length if length else np.hypot(x - x0, y - y0)
        for x, y in points
    ]
    cut = int(np.argmax(far))
    if len(points) < 3 or far[cut] <= tolerance:
        return [points[0], points[-1]]
    return simplify_one_by_one(points[: cut + 1], tolerance)[:-1] + simplify_one_by_one(points[cut:], tolerance)


corners = st.tuples(st.integers(0, 40), st.integers(0, 40))


@given(st.lists(st.lists(corners, min_size=3, max_size=20, unique=True), min_size=1, max_size=4), st.integers(0, 9))
def test_all_rings_at_once_are_simplified_as_one_after_the_other(
    rings: list[list[tuple[int, int]]], tolerance: int
) -> None:
    simple = rank_corners([np.array(ring) for ring in rings], tolerance)
    for ring, found in zip(rings, simple, strict=True):
        first = ring.index(min(ring, key=lambda point: point[::-1]))
        turned = ring[first:] + ring[: first + 1]
        expected = simplify_one_by_one(turned, tolerance)[:-1]
        remaining = [tuple(point) for point in found.points[found.worth > 0].tolist()]
        assert remaining == (expected if len(expected) > 1 else [])  # a single point is no ring


@given(st.lists(corners, min_size=3, max_size=20, unique=True), st.integers(1, 9))
def test_what_is_worth_more_is_what_a_larger_tolerance_keeps(ring: list[tuple[int, int]], tolerance: int) -> None:
    [ranked], [simple] = rank_corners([np.array(ring)], 0), rank_corners([np.array(ring)], tolerance)
    assert ((ranked.worth > tolerance) == (simple.worth > 0)).all()


def test_fitted_corners_lie_around_a_bow_as_much_as_inside() -> None:
    turns = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.rint(1000 * np.column_stack([np.cos(turns), np.sin(turns)])).astype(np.int64)
    kept = np.arange(0, 400, 50)
    x, y = fit_corners(circle, kept, farthest=200).T
    area = (x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2
    chords = 4 * np.sin(np.pi / 4) * 1000**2
    assert abs(area / (np.pi * 1000**2) - 1) < 0.03 < 1 - chords / (np.pi * 1000**2)


def test_corners_of_a_square_stay() -> None:
    side = np.arange(0, 100)
    zero, full = np.zeros(100, np.int64), np.full(100, 100)
    square = np.column_stack(
        [np.concatenate([side, full, 100 - side, zero]), np.concatenate([zero, side, full, 100 - side])]
    )
    assert np.allclose(fit_corners(square, np.array([0, 100, 200, 300]), 10), square[::100])


def test_a_corner_that_would_go_too_far_stays() -> None:
    ring = np.array([[0, 0], [50, 30], [100, 0], [100, 100], [0, 100]])
    kept = np.array([0, 2, 3, 4])
    assert (fit_corners(ring, kept, 1)[0] == [0, 0]).all()
