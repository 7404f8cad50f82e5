"""Readers of what comes from outside refuse in our words whatever the bytes are; the long form is `tests.bar.fuzz`."""

import random
import time

import pytest

from tests.bar.fuzz import READERS, is_refused, seeds_of

TRIES = 150


def spoilt(seed: bytes, dice: random.Random) -> bytes:
    """The bytes with some of them changed, doubled, or gone."""
    data = bytearray(seed)
    for _ in range(dice.randint(1, 6)):
        at, length = dice.randrange(len(data) + 1), dice.randint(1, 12)
        what = dice.randrange(4)
        if what == 0:
            data[at : at + length] = dice.randbytes(length)
        elif what == 1:
            del data[at : at + length]
        elif what == 2:
            data[at:at] = data[at : at + length]
        else:
            data[at : at + 1] = bytes([dice.choice([0, 1, 127, 128, 255, 0x22, 0x5B])])
    return bytes(data)


@pytest.mark.promise("S14")
@pytest.mark.parametrize("reader", READERS)
def test_spoilt_bytes_are_read_or_refused_and_soon(reader: str) -> None:
    dice, refused = random.Random(7), 0
    seeds = seeds_of(reader)
    assert not any(is_refused(reader, seed) for seed in seeds)
    for _ in range(TRIES):
        began = time.process_time()
        refused += is_refused(reader, spoilt(dice.choice(seeds), dice))
        assert time.process_time() - began < 2
    assert refused > TRIES // 10
