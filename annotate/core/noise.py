"""How noisy a photo is, read where it is quietest; what the sharpness map takes off what it measures."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 16  # pixels a side
MOST_BLOCKS = 64  # along each side of the photo, evenly spread
QUIET = 20  # one block in so many is quieter than the one that is read
QUIET_SHARE = 0.72  # of the noise's variance that this block shows, being among the quietest: measured on even noise
MOST = 144.0  # grey levels squared; more is taken for texture
RESPONSE = 36 * (BLOCK - 2) ** 2  # squared second differences of a block per variance of its noise


def luma_of(pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """(H, W) grey levels of (H, W, 3) sRGB, the same whole numbers in the browser."""
    whole = pixels.astype(np.int32)
    luma: NDArray[np.int32] = (77 * whole[..., 0] + 150 * whole[..., 1] + 29 * whole[..., 2]) >> 8
    return luma


def noise_of(pixels: NDArray[np.uint8]) -> float:
    """The variance of a photo's noise in grey levels squared, 0 where no block tells; at most `MOST`.

    Second differences across and down leave noise and take away edges and slopes (Immerkaer, "Fast noise variance
    estimation", 1996); of all blocks a quiet one is read, since texture differs as noise does. Blocks with black or
    white pixels are left out: they clip their noise. JPEG and scaling down smooth noise, and it reads as less.

    Args:
        pixels: (H, W, 3) sRGB.
    """
    places = _places(pixels.shape[1])
    if not len(places):
        return 0.0
    columns = places[:, None] + np.arange(BLOCK)
    strips = [luma_of(pixels[top : top + BLOCK])[:, columns] for top in _places(pixels.shape[0])]
    energies = np.sort(np.concatenate([_energies(strip) for strip in strips] or [np.zeros(0)]))
    if not len(energies):
        return 0.0
    return float(min(energies[len(energies) // QUIET] / (RESPONSE * QUIET_SHARE), MOST))


def _places(side: int) -> NDArray[np.int64]:
    """Where blocks begin along a side of the photo."""
    count = side // BLOCK
    return np.arange(0, count, max(1, math.ceil(count / MOST_BLOCKS))) * BLOCK


def _energies(strip: NDArray[np.int32]) -> NDArray[Any]:
    """Summed squared second differences of the (16, N, 16) blocks that are not clipped."""
    blocks = strip[:, (strip.min((0, 2)) > 0) & (strip.max((0, 2)) < 255)]
    twice = np.diff(np.diff(blocks, 2, axis=0), 2, axis=2)
    energies: NDArray[Any] = np.square(twice).sum((0, 2))
    return energies
