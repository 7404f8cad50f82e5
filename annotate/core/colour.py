"""ICC profiles of the colour spaces that cameras write, made from their names: a release keeps the name alone."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from functools import cache

# Red, green and blue as XYZ under D50, and the curve: the standards' own numbers.
_SPACES: Mapping[str, tuple[Sequence[float], bytes]] = {
    "Adobe RGB (1998)": (
        (0.60974, 0.31111, 0.01947, 0.20528, 0.62567, 0.06087, 0.14919, 0.06322, 0.74457),
        struct.pack(">4s4xIH2x", b"curv", 1, 563),  # 2 + 51/256
    ),
    "Display P3": (
        (0.51512, 0.24120, -0.00105, 0.29198, 0.69225, 0.04189, 0.15710, 0.06657, 0.78407),
        struct.pack(
            ">4s4xH2x5i", b"para", 3, *(round(v * 65536) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
        ),
    ),
}
_D50 = (0.9642, 1.0, 0.8249)


@cache
def profile_named(name: str) -> bytes | None:
    """An ICC 4 profile of the colour space whose profiles bear this name; None for sRGB and for what is not known."""
    if name not in _SPACES:
        return None
    primaries, curve = _SPACES[name]
    tags = {b"desc": _text(name), b"cprt": _text("CC0"), b"wtpt": _xyz(_D50)}
    tags |= {key: _xyz(primaries[3 * n : 3 * n + 3]) for n, key in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    index, content = b"", b""
    start = 128 + 4 + 12 * len(tags)
    for key, value in tags.items():
        index += struct.pack(">4sII", key, start + len(content), len(value))
        content += value
    body = struct.pack(">I", len(tags)) + index + content
    header = struct.pack(">I4xI4s4s4s", 128 + len(body), 0x04200000, b"mntr", b"RGB ", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + _xyz(_D50)[8:]
    return header.ljust(128, b"\0") + body


def _xyz(values: Sequence[float]) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(value * 65536) for value in values))


def _text(text: str) -> bytes:
    words = text.encode("utf-16-be")
    record = struct.pack(">4s4xII4sII", b"mluc", 1, 12, b"enUS", len(words), 28) + words
    return record + bytes(-len(record) % 4)
