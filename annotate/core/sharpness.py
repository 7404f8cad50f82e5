"""How sharp a photo is from place to place, measured at its own scale; where nothing can be seen, that is said too.

Blur a photo a little more: what was sharp changes much, what was soft hardly changes. An edge of blur sigma has a
gradient energy proportional to 1 / sigma, so that with blurs of variance 1 and 5 (pixels squared) put on top

    E1 / E2 = sqrt(u2 (1 + u2 / c) / (u1 (1 + u1 / c))),    u1 = sigma^2 + 1,  u2 = sigma^2 + 5

after Zhuo and Sim, "Defocus map estimation from a single image" (Pattern Recognition 44, 2011, eq. 5-7), with energies
pooled over a window in place of single edges, and with the first blur taken too, since it quietens noise. The window is
about a Gaussian of variance c / 2 and cuts the feet of soft edges: without c they would read 14-25 % too sharp. What
noise adds to both energies is taken off, and edges must stand out from it. Texture without clear edges reads as sharper
than an edge does. Even areas have too little energy to tell by: no evidence.

The browser computes the same for what is in sight (frontend/src/model/sharpness.ts). All sums are of whole numbers, so
both agree to the rounding of the last step: tests/data/sharpness_cases.json.
"""

import io
import math
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from annotate.core.errors import InvalidImage
from annotate.core.noise import luma_of, noise_of

NO_EVIDENCE = 0
SHARPEST = 255
OCTAVE = 38.0  # steps of the map for a factor of 2 in sigma^2 + 1; the softest, 1, is a sigma of 10 px
LEAST_ENERGY = 1.0  # mean squared gradient after the first blur, in grey levels squared
NOISE_SHARES = 3920 / 2**16, 11781952 / 2**32  # mean squared gradient of noise of variance 1 after each blur
TIMES_NOISE = 3  # as much energy as noise makes is asked as evidence
WINDOW = 13 / 6  # c: twice the variance of the window, in squares of a cell, itself included
LONGEST_SIDE = 512  # cells of the stored map
SMALLEST_CELL = 4  # pixels
COARSE_SIDE = 32  # cells, averaged, that tell light from dark whatever the noise
LEAST_CONTRAST = 2.0  # standard deviation of their grey levels
BINOMIAL = (1, 4, 6, 4, 1)  # over 16: variance 1; with gaps between the taps: variance 4; over cells: the window
FINE = 16  # blurred luma is kept in sixteenths of a grey level
MARGIN = 8  # rows that the two blurs and a gradient reach beyond their own
BAND = 512  # rows measured at a time

Map = NDArray[np.uint8]
Plane = NDArray[np.int32]
Sums = NDArray[np.int64]
Energies = NDArray[np.float64]


def cell_of(size: tuple[int, int]) -> int:
    """Pixels a side of the squares that the stored map of a photo of (width, height) is made of."""
    return max(SMALLEST_CELL, math.ceil(max(size) / LONGEST_SIDE))


def sharpness_map(pixels: NDArray[np.uint8], cell: int) -> Map:
    """(rows, columns) uint8, one value a cell: 255 sharp to 1 blurred by 10 px or more, 0 where there is no evidence.

    Args:
        pixels: (H, W, 3) sRGB.
        cell: pixels a side; the last cells may reach beyond the photo.
    """
    height, width = pixels.shape[:2]
    step = max(1, BAND // cell) * cell
    bands = [_energies(pixels, top, min(top + step, height), cell) for top in range(0, height, step)]
    once, twice = (np.concatenate(energies) for energies in zip(*bands, strict=True))
    first, second = _pooled(once), _pooled(twice)
    noise_once, noise_twice = (share * noise_of(pixels) * FINE**2 for share in NOISE_SHARES)
    least = max(LEAST_ENERGY * FINE**2, TIMES_NOISE * noise_once) * cell**2
    is_even = (once < least) | (first < least * sum(BINOMIAL) ** 2)
    covered = _pooled(np.outer(_covered(height, cell), _covered(width, cell)))
    readings = _readings(first - noise_once * covered, second - noise_twice * covered, WINDOW * cell**2)
    return np.where(is_even, NO_EVIDENCE, readings).astype(np.uint8)


def _readings(first: Energies, second: Energies, window: float) -> Energies:
    """Values from both energies, 0 where the second blur leaves as much: the positive root u1 of what is said above."""
    gain = np.maximum((np.maximum(first, 1) / np.maximum(second, 1)) ** 2 - 1, 0)
    b = window * gain - 8
    u = (8 * window + 32) / np.maximum(b + np.sqrt(b**2 + 16 * gain * (window + 4)), 1e-9)
    values = np.clip(np.floor(SHARPEST - OCTAVE * np.log2(u) + 0.5), 1, SHARPEST)
    return np.where(first > second, values, NO_EVIDENCE)


def _covered(side: int, cell: int) -> Sums:
    """How many pixels of a side lie in each cell."""
    return np.minimum(cell, side - np.arange(0, side, cell))


def shows_anything(image: PIL.Image.Image) -> bool:
    """Whether there is something in a photo to be sharp or blurred: light and dark, or some edge, beyond noise."""
    coarse = np.asarray(image.convert("L").reduce(max(1, min(image.size) // COARSE_SIDE)), np.float32)
    if coarse.std() >= LEAST_CONTRAST:
        return True
    return bool(sharpness_map(np.asarray(image.convert("RGB")), cell_of(image.size)).any())


def nothing_to_judge() -> InvalidImage:
    """What is said of a frame that shows nothing."""
    return InvalidImage("Nothing can be seen in this photo: there is nothing to judge by.", code="nothing_to_judge")


def as_png(map_: Map) -> bytes:
    """The map as an 8-bit grey PNG."""
    file = io.BytesIO()
    PIL.Image.fromarray(map_).save(file, "PNG", optimize=True)
    return file.getvalue()


def _energies(pixels: NDArray[np.uint8], top: int, bottom: int, cell: int) -> tuple[Sums, Sums]:
    """Gradient energy in the cells of some rows after the first and after the second blur."""
    start = max(0, top - MARGIN)
    once = _blurred(luma_of(pixels[start : bottom + MARGIN]), gap=1, shift=4)
    twice = _blurred(once, gap=2, shift=8)
    inner = slice(top - start, bottom - start)
    return _cells(_squared_gradient(once)[inner], cell), _cells(_squared_gradient(twice)[inner], cell)


def _blurred(plane: Plane, *, gap: int, shift: int) -> Plane:
    """The plane under the binomial along both axes, taps `gap` apart, edges repeated; divided by 2**shift, rounded."""
    padded = np.pad(plane, 2 * gap, mode="edge")
    both: Plane = _along_rows(_along_rows(padded, gap).T, gap).T
    return (both + (1 << (shift - 1))) >> shift


def _along_rows(plane: NDArray[Any], gap: int = 1) -> NDArray[Any]:
    """Weighted sums of five rows `gap` apart; there are 4 gaps of rows fewer."""
    count = len(plane) - 4 * gap
    total = np.zeros_like(plane[:count])
    for i, weight in enumerate(BINOMIAL):
        total += weight * plane[i * gap : i * gap + count]
    return total


def _squared_gradient(plane: Plane) -> Plane:
    """Squared differences to the right and the lower neighbour, together."""
    across = np.diff(plane, axis=1, append=plane[:, -1:])
    down = np.diff(plane, axis=0, append=plane[-1:])
    return np.square(across) + np.square(down)


def _cells(plane: Plane, cell: int) -> Sums:
    """Sums over squares of `cell` pixels."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % cell), (0, -width % cell)))
    sums: Sums = padded.reshape(padded.shape[0] // cell, cell, -1, cell).sum((1, 3), dtype=np.int64)
    return sums


def _pooled(cells: Sums) -> Sums:
    """Sums over windows of 5 x 5 cells, weighted by the binomial; beyond the photo there is no energy."""
    return _along_rows(_along_rows(np.pad(cells, 2)).T).T
