"""Masks as people write them, read by the values that they hold: 0 and 255, 0 and 1, 16 bits, two colours."""

from __future__ import annotations

from collections.abc import Iterable, Set
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from annotate.core import masks
from annotate.core.errors import InvalidImage, SmartBlurError

PROPORTION = 0.02  # by how much those of a mask may differ from its photo's
NEARLY_BLACK, NEARLY_WHITE = 64, 191  # within these a mask of many values is one tone, made uneven by compression
MOST_CLASSES, CLASS_SHARE = 8, 0.01  # so few values, one between the ends that covers so much: classes, not soft edges


def open_mask(path: Path, size: tuple[int, int], ends: Set[masks.Ends] = frozenset()) -> PIL.Image.Image:
    """The mask of a photo of `size` (width, height) in pixels: black to white, as large.

    Args:
        ends: black and white of other masks of the set: they tell what a mask of one value is.

    Raises:
        InvalidImage: it cannot be read, has other proportions than the photo, or nothing tells black from white.
    """
    stored = read_grey(path)
    height, width = stored.shape
    if abs(width * size[1] / (height * size[0]) - 1) > PROPORTION:
        detail = f"The mask {path.name} is {width} x {height} px, its photo {size[0]} x {size[1]} px."
        raise InvalidImage(f"{detail} They are not of one picture.", where=str(path))
    return PIL.Image.fromarray(_black_to_white(stored, path, ends)).resize(size)


def find_ends(paths: Iterable[Path]) -> frozenset[masks.Ends]:
    """Black and white of the masks of a set; those that cannot be read tell nothing.

    Raises:
        SmartBlurError: code ``one_value``, all masks hold the same single value.
    """
    found, single = set(), set()
    for path in paths:
        try:
            values = np.unique(read_grey(path)).tolist()
        except InvalidImage:
            continue
        if len(values) == 1:
            single.add(values[0])
        else:
            found.add((values[0], values[-1]))
    if not found and len(single) == 2:
        found.add((min(single), max(single)))
    if not found and len(single) == 1:
        detail = f"All masks hold one value, {single.pop()}: nothing tells what is blurred from what is sharp."
        raise SmartBlurError(detail, code="one_value")
    return frozenset(found)


def read_grey(path: Path) -> masks.Grey:
    """(H, W) the grey values as they are stored, of 8 or 16 bits; of two colours their luma.

    Raises:
        InvalidImage: it cannot be read, or has more than two colours.
    """
    try:
        return masks.read_grey(path.read_bytes())
    except InvalidImage as error:
        raise InvalidImage(f"The mask {path.name} cannot be read. {error.detail}", where=str(path)) from error
    except OSError as error:
        detail = f"The mask {path.name} cannot be read. The file cannot be read: {error.strerror}."
        raise InvalidImage(detail, where=str(path), code="file_error") from error


def _black_to_white(stored: masks.Grey, path: Path, ends: Set[masks.Ends]) -> NDArray[np.uint8]:
    """(H, W) 0 to 255 of a mask's own values."""
    values, counts = np.unique(stored, return_counts=True)
    low, high = int(values[0]), int(values[-1])
    if low == high:
        return np.full(stored.shape, _tone(low, path, ends), np.uint8)
    between = counts[1:-1].max(initial=0) > CLASS_SHARE * stored.size
    if len(values) <= MOST_CLASSES and between and path.suffix.lower() not in (".jpg", ".jpeg", ".jfif"):
        detail = f"The mask {path.name} has {len(values)} values, from {low} to {high}; a mask of blur has two."
        raise InvalidImage(detail, where=str(path))
    if len(values) > 2 and (high < NEARLY_BLACK or NEARLY_WHITE < low < high <= 255):
        return stored.astype(np.uint8)
    stretched: NDArray[np.uint8] = np.rint((stored - low) * (255 / (high - low))).astype(np.uint8)
    return stretched


def _tone(value: int, path: Path, ends: Set[masks.Ends]) -> int:
    """0 or 255 for the only value of a mask."""
    is_white = masks.tone(value, ends)
    if is_white is not None:
        return 255 * is_white
    detail = f"The mask {path.name} has one value, {value}, and no other mask tells whether that is black or white."
    raise InvalidImage(detail, where=str(path))
