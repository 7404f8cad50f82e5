"""The brush of Label Studio: a mask as packed bits, in the run-length code of @thi.ng/rle-pack.

A head (32 bits: how many words; 5: bits of a word, less 1; four times 4: bits of a run's length, less 1), then runs: 1
bit (are all words alike?), 2 bits (which of the four lengths), the length less 1, and one word or as many as it says.
The words are the bytes R, G, B, A of each pixel, row by row; a pixel is painted if its A is above 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import MAX_PIXELS
from annotate.core.formats.labels import InvalidLabels, Mask

Integers = npt.NDArray[np.int64]

CHANNELS = 4

_WORD_BITS = 8
_LENGTH_BITS = (4, 8, 12, 16)  # of the runs that are written
_PAINTED = 255
_HEAD_BITS = 32 + 5 + 4 * 4
_RUNS_AT_ONCE = 1 << 16  # bounds memory


def decode_brush(rle: Sequence[int], size: tuple[int, int]) -> Mask:
    """(H, W) what is painted.

    Args:
        rle: bytes as numbers.
        size: (width, height) in pixels.

    Raises:
        InvalidLabels: the bytes are not of a mask of this size, or cut short.
    """
    width, height = size
    try:
        content = bytes(rle)
    except (TypeError, ValueError):
        raise InvalidLabels("A brush is a list of bytes.") from None
    head = int.from_bytes(content[:7].ljust(7, b"\0")) >> 3  # 53 bits
    word_count, word_bits = head >> 21, (head >> 16 & 31) + 1
    if word_count != CHANNELS * width * height or width * height > MAX_PIXELS:
        raise InvalidLabels("The brush is not of a photo of %(width)s x %(height)s.", width=width, height=height)
    length_bits = [(head >> place & 15) + 1 for place in (12, 8, 4, 0)]
    mask = np.zeros(width * height, np.bool_)
    for start, end, is_painted in _decoded(content, word_count, word_bits, length_bits):
        mask[start // CHANNELS : end // CHANNELS] = is_painted  # of words 3, 7, 11 .., the alphas of pixels 0, 1, 2 ..
    return mask.reshape(height, width)


def _decoded(
    content: bytes, word_count: int, word_bits: int, length_bits: list[int]
) -> Iterator[tuple[int, int, bool | Mask]]:
    """(first word, last + 1, are the alphas among them above 0?) of every run that paints something."""
    padded = content + bytes(8)
    at, start = _HEAD_BITS, 0
    while start < word_count:
        # 64 bits from `at`: at most 3 + 16 + 32 of them are a run.
        window = int.from_bytes(padded[at >> 3 : (at >> 3) + 8]) << (at & 7)
        bits = length_bits[window >> 61 & 3]
        end = start + (window >> 61 - bits & (1 << bits) - 1) + 1
        if end > word_count:
            raise _damaged()
        words_at = at + 3 + bits
        if window >> 63 & 1:
            at = words_at + word_bits
            if window >> 61 - bits - word_bits & (1 << word_bits) - 1:
                yield start, end, True
        else:
            at = words_at + (end - start) * word_bits
            words = _bits(content, words_at, at).reshape(-1, word_bits)
            yield start, end, np.asarray(words[(CHANNELS - 1 - start) % CHANNELS :: CHANNELS].any(1))
        if at > 8 * len(content):
            raise _damaged()
        start = end


def _bits(content: bytes, first: int, last: int) -> npt.NDArray[np.uint8]:
    """(last - first,) 0 or 1 each."""
    if last > 8 * len(content):
        raise _damaged()
    bits = np.unpackbits(np.frombuffer(content[first >> 3 : (last + 7) >> 3], np.uint8))
    return bits[first & 7 :][: last - first]


def _damaged() -> InvalidLabels:
    return InvalidLabels("The brush is damaged or cut short.")


def encode_brush(mask: Mask) -> list[int]:
    """The bytes as numbers from which `decode_brush`, and Label Studio, make the (H, W) mask again."""
    pixels = mask.reshape(-1)
    bounds = np.concatenate([[0], np.flatnonzero(pixels[1:] != pixels[:-1]) + 1, [len(pixels)]])
    longest = (1 << _LENGTH_BITS[-1]) // CHANNELS
    length = np.diff(bounds)
    pieces = -(-length // longest)  # a run too long for a number is several
    is_painted = np.repeat(pixels[bounds[:-1]], pieces)
    whole = np.full(len(is_painted), longest)
    whole[np.cumsum(pieces) - 1] = length - longest * (pieces - 1)
    head = f"{CHANNELS * mask.size:032b}{_WORD_BITS - 1:05b}" + "".join(f"{bits - 1:04b}" for bits in _LENGTH_BITS)
    bits = [np.array(list(head), np.uint8)]
    for first in range(0, len(whole), _RUNS_AT_ONCE):
        part = slice(first, first + _RUNS_AT_ONCE)
        bits.append(_run_bits(CHANNELS * whole[part], is_painted[part]))
    encoded: list[int] = np.packbits(np.concatenate(bits)).tolist()
    return encoded


def _run_bits(length: Integers, is_painted: Mask) -> npt.NDArray[np.uint8]:
    """The code of runs of these many words each, a bit an element."""
    which = np.searchsorted(1 << np.array(_LENGTH_BITS), length)
    length_bits = np.array(_LENGTH_BITS)[which]
    code = ((4 | which) << length_bits | length - 1) << _WORD_BITS | np.where(is_painted, _PAINTED, 0)
    bits = 3 + length_bits + _WORD_BITS
    run = np.repeat(np.arange(len(length)), bits)
    from_right = np.repeat(np.cumsum(bits), bits) - 1 - np.arange(len(run))
    return np.asarray(code[run] >> from_right & 1, np.uint8)
