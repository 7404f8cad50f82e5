"""Masks as lengths of runs, zeros first: column after column as COCO counts them, row after row as CVAT does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import MAX_PIXELS, MAX_SIDE
from annotate.core.formats.labels import InvalidLabels, Ring, rings_of_runs
from annotate.core.formats.outlines import Mask, Runs
from annotate.core.formats.parts import Parts

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


def counts_of_rows(mask: Mask) -> list[int]:
    """The runs of a mask, row after row."""
    flat = mask.reshape(-1)
    ends = np.flatnonzero(np.diff(flat, prepend=False, append=not flat[-1]))
    return [int(count) for count in np.diff(ends, prepend=0)]


def texts_of_parts(parts: Parts, pixel_counts: npt.NDArray[np.signedinteger]) -> list[str]:
    """Each part as a mask of its map's size in COCO's text.

    A number is written as its difference to the one two before it, five bits in a character.
    Source: rleEncode and rleToString of pycocotools 2.0.11.

    Args:
        pixel_counts: (maps,) width * height.
    """
    if not len(parts.first):
        return []
    counts, first = _counts_of_parts(parts, pixel_counts[parts.map])
    before = np.zeros_like(counts)
    before[2:] = counts[:-2]
    for place in range(3):  # the first three of a part stand for themselves; one of two is followed by the next's first
        before[np.minimum(first + place, len(counts) - 1)] = 0
    text, start = _characters(counts - before)
    begins = start[first].tolist()
    return [text[begin:end] for begin, end in zip(begins, [*begins[1:], None], strict=True)]


def _characters(values: npt.NDArray[np.int32]) -> tuple[str, npt.NDArray[np.int32]]:
    """The values one after the other, lowest bits first, and (N,) where each begins."""
    rest = (values ^ (values >> 31)) >> 4  # what is left of the magnitude after the first character and the sign
    goes_on = []  # (N,) for each further character: has the value one?
    length = np.ones(len(values), np.int32)
    while (more := rest > 0).any():
        goes_on.append(more)
        length += more
        rest >>= 5
    ends = np.cumsum(length, dtype=np.int32)
    start = ends - length
    characters = np.empty(int(ends[-1]), np.uint8)
    for step in range(len(goes_on) + 1):
        at = np.flatnonzero(goes_on[step - 1]) if step else slice(None)
        five_bits = (values[at] >> 5 * step) & 31
        if step < len(goes_on):
            five_bits += goes_on[step][at] * np.int32(32)
        characters[start[at] + step] = (five_bits + 48).astype(np.uint8)
    return str(characters.tobytes(), "ascii"), start


def _counts_of_parts(
    parts: Parts, pixel_counts: npt.NDArray[np.signedinteger]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.intp]]:
    """The runs of all parts one after the other, and (P,) where each part's begin."""
    is_first = np.zeros(len(parts.start), np.bool_)
    is_first[parts.first] = True
    gap = parts.start.copy()
    gap[1:] -= np.where(is_first[1:], 0, parts.end[:-1])
    kept = np.flatnonzero(is_first | (gap > 0))  # a run may go on at the top of the next column
    end = parts.end[np.append(kept[1:], len(gap)) - 1]
    first = np.flatnonzero(is_first[kept])
    run_count = np.diff(first, append=len(kept))
    rest = pixel_counts - end[first + run_count - 1]
    count = 2 * run_count + (rest > 0)
    begin = np.cumsum(count) - count
    counts = np.empty(int(count.sum()), np.int32)
    place = 2 * np.arange(len(kept)) + np.repeat(begin - 2 * first, run_count)
    counts[place] = gap[kept]
    counts[place + 1] = end - parts.start[kept]
    counts[(begin + count - 1)[rest > 0]] = rest[rest > 0]
    return counts, begin


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
    start, end = ends[:-1:2], ends[1::2]
    is_any = end > start
    start, end = start[is_any], end[is_any]
    goes_on = start[1:] == end[:-1]
    start, end = start[np.append(True, ~goes_on)[: len(start)]], end[np.append(~goes_on, True)[: len(end)]]
    first, last = start // line, (end - 1) // line
    lines = last - first + 1
    at = np.repeat(first, lines) + np.arange(lines.sum()) - np.repeat(np.cumsum(lines) - lines, lines)
    runs = Runs(
        line=at,
        start=np.maximum(np.repeat(start, lines) - at * line, 0),
        end=np.minimum(np.repeat(end, lines) - at * line, line),
    )
    return rings_of_runs(runs, offset, are_columns=is_by_column)
