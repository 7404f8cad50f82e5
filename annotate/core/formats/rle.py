"""Masks as lengths of runs, zeros first: column after column as COCO counts them, row after row as CVAT does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import MAX_PIXELS, MAX_SIDE
from annotate.core.formats.labels import InvalidLabels, Ring, rings_of_mask

Counts = npt.NDArray[np.int64]  # (N,) lengths of runs: outside, inside, outside ...

_MOST_CHARACTERS = 6  # of one number: 30 bits are more than a mask has pixels


def counts_of(raw: object, size: tuple[int, int]) -> Counts:
    """The runs of a mask of (width, height), from a list of numbers or from COCO's text.

    Raises:
        InvalidLabels: they are no lengths, or do not fill the mask.
    """
    width, height = size
    if not 0 < width <= MAX_SIDE or not 0 < height <= MAX_SIDE or width * height > MAX_PIXELS:
        raise InvalidLabels("A mask is at least one pixel and at most %(most)s pixels large.", most=MAX_PIXELS)
    if isinstance(raw, str):
        counts = _uncompressed(raw.encode("ascii", "replace"))
    else:
        try:
            counts = np.asarray(raw)
        except (TypeError, ValueError):
            counts = np.array("")
        if counts.dtype.kind not in "iu" or counts.ndim != 1:
            raise InvalidLabels("A mask is a list of lengths, in whole numbers.")
    counts = counts.astype(np.int64)
    if (counts < 0).any() or (counts > width * height).any() or counts.sum() != width * height:
        raise InvalidLabels("The lengths of this mask do not fill %(width)s x %(height)s.", width=width, height=height)
    return counts


def compressed(counts: Counts) -> str:
    """The runs as COCO's text: each as its difference to the one two before, five bits in a character.

    Source: rleToString of pycocotools 2.0.11.
    """
    values = counts.copy()
    values[3:] -= counts[1:-2]
    # A number has as many characters as its bits and one for the sign need.
    magnitude = np.where(values < 0, ~values, values)
    steps = 5 * np.arange(_MOST_CHARACTERS)
    length = 1 + (magnitude[:, None] >> (steps + 4) > 0).sum(1)
    characters = ((values[:, None] >> steps) & 31) + 48
    place = np.arange(_MOST_CHARACTERS)
    characters += np.where(place < length[:, None] - 1, 32, 0)
    return str(characters[place < length[:, None]].astype(np.uint8).tobytes(), "ascii")


def _uncompressed(text: bytes) -> Counts:
    """Source: rleFrString of pycocotools 2.0.11."""
    bits = np.frombuffer(text, np.uint8).astype(np.int64) - 48
    if not len(bits) or bits.min() < 0 or bits.max() > 63 or bits[-1] & 32:
        raise InvalidLabels("This is no mask in COCO's text.")
    first = np.flatnonzero(np.append(True, bits[:-1] & 32 == 0))
    length = np.diff(np.append(first, len(bits)))
    if length.max() > _MOST_CHARACTERS:
        raise InvalidLabels("This is no mask in COCO's text.")
    place = np.arange(len(bits)) - np.repeat(first, length)
    values = np.add.reduceat((bits & 31) << 5 * place, first)
    values -= np.where(bits[first + length - 1] & 16, 1 << 5 * length, 0)
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    return values


def rings_of_counts(
    counts: Counts, line: int, *, is_by_column: bool, offset: tuple[int, int] = (0, 0)
) -> tuple[Ring, ...]:
    """Rings that paint exactly the pixels of the runs; none where the mask is empty.

    Args:
        line: pixels of a column, or of a row.
        offset: (x, y) of the mask's upper left pixel.
    """
    ends = np.cumsum(counts)
    starts, ends = ends[:-1:2], ends[1::2]
    is_any = ends > starts
    if not is_any.any():
        return ()
    first, last = int(starts[is_any][0]) // line, -(-int(ends[is_any][-1]) // line)  # the lines that hold anything
    changes = np.zeros((last - first) * line + 1, np.int8)
    np.add.at(changes, starts[is_any] - first * line, 1)
    np.add.at(changes, ends[is_any] - first * line, -1)
    lines = changes.cumsum(dtype=np.int8)[:-1].reshape(-1, line).astype(np.bool_)
    across = np.flatnonzero(lines.any(0))
    box = lines[:, across[0] : across[-1] + 1]
    x, y = offset
    if is_by_column:
        return rings_of_mask(box.T, (x + first, y + int(across[0])))
    return rings_of_mask(box, (x + int(across[0]), y + first))
