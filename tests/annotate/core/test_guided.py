"""Maps take their steps to the edges of the photo."""

import numpy as np
import pytest
from numpy.typing import NDArray

from annotate.core.blurmap import MOST_CORNERS, rasterize, vectorize_along_edges
from annotate.core.guided import follow_edges

COLUMNS = np.arange(120)


def photo_with_an_edge(column: int) -> NDArray[np.uint8]:
    """A blue half beside a green one of the same brightness, with a little noise."""
    even = np.where(COLUMNS[:, None] < column, [60, 90, 200], [60, 140, 60])
    noise = np.random.default_rng(0).integers(-4, 5, (80, 120, 3))
    return (even + noise).astype(np.uint8)


def soft_step(column: float) -> NDArray[np.float32]:
    """(1, 80, 120) from 1 to 0, a half at `column`."""
    row = 1 / (1 + np.exp((COLUMNS + 0.5 - column) / 2))
    return np.broadcast_to(row, (1, 80, 120)).astype(np.float32)


@pytest.mark.parametrize("column", [57, 58, 62, 63])
def test_a_step_moves_to_the_edge_beside_it(column: int) -> None:
    followed = follow_edges(soft_step(60), photo_with_an_edge(column))
    assert ((followed[0] > 0.5) == (column > COLUMNS)).all()


def test_a_step_far_from_any_edge_stays() -> None:
    followed = follow_edges(soft_step(60), photo_with_an_edge(100))
    assert (followed[0, :, :59] > 0.5).all()
    assert (followed[0, :, 61:] < 0.5).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (17, 4)])
def test_an_even_map_stays_even_whatever_its_size(size: tuple[int, int]) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    followed = follow_edges(np.full((2, *size), 0.7, np.float32), photo)
    assert followed.shape == (2, *size)
    assert np.abs(followed - 0.7).max() < 1e-3


def test_a_document_along_edges_paints_what_the_photo_shows() -> None:
    document = vectorize_along_edges(soft_step(60), (1200, 800), photo_with_an_edge(63), span=(120, 80))
    (region,) = document.regions
    assert len(region.rings[0]) <= 2 * 8
    painted = rasterize(document, (1200, 800)) == 1
    assert (painted[:, :625].all(), painted[:, 635:].any()) == (True, False)


def test_a_region_has_at_most_forty_corners() -> None:
    rng = np.random.default_rng(0)
    above = np.sort(rng.random((3, 80, 120), np.float32), 0)[::-1]
    photo = rng.integers(0, 256, (80, 120, 3), dtype=np.uint8)
    regions = vectorize_along_edges(above, (1200, 800), photo, span=(120, 80)).regions
    assert max(sum(len(ring) // 2 for ring in region.rings) for region in regions) == MOST_CORNERS
