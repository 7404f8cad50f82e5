"""The brush of Label Studio: a mask as packed bits, in the run-length code of @thi.ng/rle-pack.

A head (32 bits: how many words; 5: bits of a word, less 1; four times 4: bits of a run's length, less 1), then runs: 1
bit (are all words alike?), 2 bits (which of the four lengths), the length less 1, and one word or as many as it says.
The words are the bytes R, G, B, A of each pixel, row by row; a pixel is painted if its A is above 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from annotate.core.blurmap import MAX_PIXELS
from annotate.core.formats.labels import InvalidLabels, Mask

CHANNELS = 4

_WORD_BITS = 8
_LENGTH_BITS = (4, 8, 12, 16)  # of the runs that are written
_PAINTED, _CLEAR = "1" * _WORD_BITS, "0" * _WORD_BITS


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
        bits = _Bits(bytes(rle))
    except (TypeError, ValueError):
        raise InvalidLabels("A brush is a list of bytes.") from None
    word_count = bits.read(32)
    if word_count != CHANNELS * width * height or width * height > MAX_PIXELS:
        raise InvalidLabels("The brush is not of a photo of %(width)s x %(height)s.", width=width, height=height)
    word_bits = bits.read(5) + 1
    length_bits = [bits.read(4) + 1 for _ in range(4)]
    mask = np.zeros(width * height, np.bool_)
    start = 0
    while start < word_count:
        is_run = bits.read(1)
        end = start + bits.read(length_bits[bits.read(2)]) + 1
        # The words at 3, 7, 11 .. say whether pixels 0, 1, 2 .. are painted.
        pixels = mask[start // CHANNELS : end // CHANNELS]
        if is_run:
            pixels[:] = bits.read(word_bits) > 0
        else:
            alphas = bits.read_words(end - start, word_bits)[(CHANNELS - 1 - start) % CHANNELS :: CHANNELS]
            pixels[:] = alphas[: len(pixels)].any(1)
        start = end
    return mask.reshape(height, width)


class _Bits:
    """Bits of bytes, from the first one's highest."""

    def __init__(self, content: bytes) -> None:
        self._bytes = content
        self._at = 0

    def read(self, count: int) -> int:
        start, end = self._advance(count)
        last = (end + 7) // 8
        return int.from_bytes(self._bytes[start // 8 : last]) >> (8 * last - end) & ((1 << count) - 1)

    def read_words(self, count: int, word_bits: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
        """(count, word_bits) of 0 and 1."""
        start, end = self._advance(count * word_bits)
        bits = np.unpackbits(np.frombuffer(self._bytes[start // 8 : (end + 7) // 8], np.uint8))
        return bits[start % 8 : start % 8 + count * word_bits].reshape(count, word_bits)

    def _advance(self, count: int) -> tuple[int, int]:
        start = self._at
        self._at += count
        if self._at > 8 * len(self._bytes):
            raise InvalidLabels("The brush is cut short.")
        return start, self._at


def encode_brush(mask: Mask) -> list[int]:
    """The bytes as numbers from which `decode_brush`, and Label Studio, make the (H, W) mask again."""
    head = f"{CHANNELS * mask.size:032b}{_WORD_BITS - 1:05b}" + "".join(f"{bits - 1:04b}" for bits in _LENGTH_BITS)
    text = head + "".join(_runs(mask.reshape(-1)))
    byte_count = (len(text) + 7) // 8
    return list(int(text.ljust(8 * byte_count, "0"), 2).to_bytes(byte_count))


def _runs(pixels: Mask) -> Iterator[str]:
    bounds = [0, *(np.flatnonzero(pixels[1:] != pixels[:-1]) + 1).tolist(), len(pixels)]
    longest = 1 << _LENGTH_BITS[-1]
    for start, end in pairwise(bounds):
        word = _PAINTED if pixels[start] else _CLEAR
        left = CHANNELS * (end - start)
        while left:
            length = min(left, longest)
            which = next(i for i, bits in enumerate(_LENGTH_BITS) if length <= 1 << bits)
            yield f"1{which:02b}{length - 1:0{_LENGTH_BITS[which]}b}{word}"
            left -= length
