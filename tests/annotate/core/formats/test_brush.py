import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotate.core.formats import InvalidLabels
from annotate.core.formats.brush import decode_brush, encode_brush

# What encode_rle of label-studio-sdk 2.1.2 makes of 3x2 pixels; (1, 2, 3, 255) at x 1, y 0; (9, 9, 9, 128) at x 2, y 1.
OF_THE_SDK = bytes.fromhex("00000018391bfc600000800400181ff6c022090200")


def test_a_brush_is_rgba_row_by_row_and_its_alpha_paints():
    mask = np.zeros((40, 20), bool)
    mask[3:5, 7:9] = True
    assert np.array_equal(decode_brush(encode_brush(mask), (20, 40)), mask)
    assert encode_brush(np.ones((1, 1), bool)) == [0, 0, 0, 4, 57, 189, 252, 63, 240]


def test_a_brush_of_label_studios_own_code_is_read():
    assert decode_brush(OF_THE_SDK, (3, 2)).tolist() == [[False, True, False], [False, False, True]]


def test_words_that_differ_are_read_by_their_last_of_four():
    #      4 words of 8 bits  lengths of 4, 8, 12, 16 bits, then no run, the first length, 4 words
    bits = (
        f"{4:032b}{7:05b}" + "0011011110111111" + "0" + "00" + "0011" + "".join(f"{word:08b}" for word in (9, 0, 7, 0))
    )
    rle = list(int(bits.ljust(96, "0"), 2).to_bytes(12))
    assert decode_brush(rle, (1, 1)).tolist() == [[False]]


@given(arrays(bool, st.tuples(st.integers(1, 30), st.integers(1, 30))))
def test_what_is_written_is_read(mask):
    assert np.array_equal(decode_brush(encode_brush(mask), mask.shape[::-1]), mask)


# A run of 17 words, the second length of 8 bits, where 2x2 pixels have 16.
TOO_LONG = f"{16:032b}{7:05b}" + "0011011110111111" + "001" + f"{16:08b}" + 17 * "00000001"


@pytest.mark.parametrize(
    "rle",
    [
        list(int(TOO_LONG, 2).to_bytes(25)),
        [],
        [1],
        ["a"],
        [300],
        encode_brush(np.ones((2, 2), bool))[:-2],
        [0, 0, 0, 99, 1],
    ],
)
def test_what_is_no_brush_of_this_size_is_refused(rle):
    with pytest.raises(InvalidLabels):
        decode_brush(rle, (2, 2))
