"""Maps that follow the edges of their photo, after He, Sun and Tang, "Guided image filtering" (TPAMI 35, 2013).

Within each window a map is taken as a linear function of the photo's colour, fitted by least squares. Where the photo
has an edge, the map gets its step just there; where it has none, the map becomes smooth. The functions are fitted on a
grid a quarter as fine and enlarged, as in He and Sun, "Fast guided filter" (2015). The map itself keeps a say: where
its own step is steep, and so sure, the step stays.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np
import numpy.typing as npt

Maps = npt.NDArray[np.float32]  # (K, H, W)

FLATNESS = 1e-4  # variance of a colour, of 0 to 1, below which the photo is taken to be even
OWN_SHARE = 0.3  # of the map itself in what comes out
STEP = 4  # pixels of the maps to a cell in which functions are fitted; a window has 5 x 5 cells
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


def follow_edges(maps: Maps, photo: npt.NDArray[np.uint8]) -> Maps:
    """(K, H, W) the maps with their steps moved to the edges of the photo nearby.

    Args:
        maps: (K, H, W).
        photo: (H, W, 3) RGB, made as small as the maps.
    """
    colours = np.ascontiguousarray(photo.transpose(2, 0, 1), np.float32) / np.float32(255)
    slopes, offsets = _fit(_shrunk(maps), _shrunk(colours))
    count, (height, width) = len(maps), maps.shape[1:]
    terms = _enlarged(_means(np.concatenate([slopes.reshape(-1, *slopes.shape[2:]), offsets])), (height, width))
    fitted: Maps = (terms[: 3 * count].reshape(count, 3, height, width) * colours).sum(1) + terms[3 * count :]
    return np.float32(OWN_SHARE) * maps + np.float32(1 - OWN_SHARE) * fitted


def _fit(maps: Maps, colours: Maps) -> tuple[Maps, Maps]:
    """(K, 3, H, W) and (K, H, W): the linear function of colour nearest to each map in the window at each pixel."""
    count, shape = len(maps), maps.shape[1:]
    squares = np.stack([colours[i] * colours[j] for i, j in _PAIRS])
    products = (maps[:, None] * colours).reshape(-1, *shape)  # (3K, H, W)
    means = _means(np.concatenate([colours, squares, maps, products]))
    colour, square, level, product = np.split(means, [3, 9, 9 + count])
    with_colour = product.reshape(count, 3, *shape) - level[:, None] * colour  # covariances
    inverse = _inverses([square[n] - colour[i] * colour[j] for n, (i, j) in enumerate(_PAIRS)])
    slopes = np.stack([sum(with_colour[:, j] * inverse[i][j] for j in range(3)) for i in range(3)], 1)
    offsets: Maps = level - (slopes * colour).sum(1)
    return slopes, offsets


def _inverses(covariances: list[npt.NDArray[np.float32]]) -> list[list[npt.NDArray[np.float32]]]:
    """3 x 3 entries, each (H, W), of the inverses of symmetric matrices given as in `_PAIRS`, of noisy colours."""
    rr, gg, bb, rg, rb, gb = covariances
    rr, gg, bb = rr + np.float32(FLATNESS), gg + np.float32(FLATNESS), bb + np.float32(FLATNESS)
    first, second, third = gg * bb - gb * gb, rb * gb - rg * bb, rg * gb - rb * gg
    scale = 1 / (rr * first + rg * second + rb * third)
    first, second, third = first * scale, second * scale, third * scale
    last = (rg * rb - rr * gb) * scale
    return [
        [first, second, third],
        [second, (rr * bb - rb * rb) * scale, last],
        [third, last, (rr * gg - rg * rg) * scale],
    ]


def _means(maps: Maps) -> Maps:
    """(K, H, W) the mean of the 5 x 5 cells around each; the borders go on beyond the map."""
    columns = np.pad(maps, ((0, 0), (2, 2), (2, 2)), mode="edge")
    rows = _total([columns[:, :, left : left + maps.shape[2]] for left in range(5)])
    return _total([rows[:, top : top + maps.shape[1]] for top in range(5)]) * np.float32(1 / 25)


def _shrunk(maps: Maps) -> Maps:
    """(K, ceil(H/4), ceil(W/4)) means of cells; the borders go on beyond the map."""
    _, height, width = maps.shape
    whole = np.pad(maps, ((0, 0), (0, -height % STEP), (0, -width % STEP)), mode="edge")
    rows = _total([whole[:, top::STEP] for top in range(STEP)])
    return _total([rows[:, :, left::STEP] for left in range(STEP)]) * np.float32(1 / STEP**2)


def _total(parts: Sequence[Maps]) -> Maps:
    total: Maps = reduce(np.add, parts)
    return total


def _enlarged(maps: Maps, shape: tuple[int, int]) -> Maps:
    """(K, H, W) what was shrunk, enlarged again, linear between the middles of cells."""
    tall = _stretched(maps.swapaxes(1, 2)).swapaxes(1, 2)
    return _stretched(tall)[:, : shape[0], : shape[1]]


def _stretched(maps: Maps) -> Maps:
    """(K, H, STEP * W) a row of pixels for each row of cells."""
    count, height, width = maps.shape
    framed = np.pad(maps, ((0, 0), (0, 0), (1, 1)), mode="edge")
    stretched = np.empty((count, height, width, STEP), np.float32)
    for pixel in range(STEP):
        off = (pixel + 0.5) / STEP - 0.5  # from the middle of its cell, in cells
        neighbour = framed[:, :, 2:] if off > 0 else framed[:, :, :-2]
        stretched[..., pixel] = np.float32(1 - abs(off)) * maps + np.float32(abs(off)) * neighbour
    return stretched.reshape(count, height, STEP * width)
