"""Chance that repeats: whoever asks again about the same thing gets the same answer."""

import hashlib


def draw(*what: object) -> float:
    """A number in [0, 1) for these words, evenly spread over all words and always the same for the same ones."""
    digest = hashlib.sha256(" ".join(map(str, what)).encode()).digest()
    return (int.from_bytes(digest[:8]) >> 11) / 2**53
