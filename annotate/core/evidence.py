"""Where a photo shows something to judge blur by: an even wall looks the same in focus and out of it."""

import numpy as np
import numpy.typing as npt
import PIL.Image
import PIL.ImageFilter

from annotate.core.sharpness import NO_EVIDENCE, sharpness_map

CELL = 4  # pixels a side, of a photo that is half as large as the network sees it
REACH = 1  # cells around one with evidence that it tells of, too

Mask = npt.NDArray[np.bool_]


def find_evidence(photo: npt.NDArray[np.uint8]) -> Mask:
    """(ceil(H/4), ceil(W/4)) whether edges or texture beyond the photo's own noise show in a cell or beside it.

    Args:
        photo: (H, W, 3) sRGB, half as large as the network sees it.
    """
    shows = PIL.Image.fromarray(sharpness_map(photo, CELL) != NO_EVIDENCE).convert("L")
    return np.asarray(shows.filter(PIL.ImageFilter.MaxFilter(2 * REACH + 1))) > 0


def on_pixels(cells: Mask, shape: tuple[int, ...], side: int = CELL) -> Mask:
    """(H, W) what holds for cells of `side` pixels, for each pixel."""
    pixels: Mask = cells.repeat(side, 0).repeat(side, 1)[: shape[0], : shape[1]]
    return pixels
