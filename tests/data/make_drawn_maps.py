"""Write drawn_maps.json: 1,000 drawn documents, each with the CRC-32 of its level map as Python paints it.

raster_cases.json holds small maps by an oracle; these are larger and many, and hold the browser to Python. A line is
``[width, height, base, [[level, z, ring, ...], ...], crc]``; regions are named r0, r1 ... in their order.

    python -m tests.data.make_drawn_maps
"""

import json
import random
import zlib
from pathlib import Path
from typing import Any

from annotate.core.blurmap import rasterize
from annotate.core.regions import Document, parse_document

COUNT = 1000
PATH = Path(__file__).with_name("drawn_maps.json")

Line = list[Any]


def document_of(line: Line) -> Document:
    """The document that a line stands for."""
    regions = [
        {"id": f"r{number}", "level": level, "kind": "unknown", "rings": rings, "z": z}
        for number, (level, z, *rings) in enumerate(line[3])
    ]
    return parse_document({"base": line[2], "regions": regions}, level_count=8)


def map_crc(line: Line) -> int:
    """CRC-32 of the levels row by row, a byte each."""
    return zlib.crc32(rasterize(document_of(line), (line[0], line[1])).tobytes())


def drawn(seed: int) -> Line:
    """A line without its CRC: one to four regions of one to three rings, on the grid and off it."""
    dice = random.Random(seed)
    width, height = dice.randint(20, 90), dice.randint(20, 70)
    step, margin = dice.choice([(1, 0), (1, 200), (8, 0), (8, 80), (16, 48)])

    def ring() -> list[int]:
        limits = (16 * width, 16 * height)
        corners = range(dice.choice([3, 3, 4, 5, 8]))
        return [
            step * dice.randint(-margin // step, (limits[axis] + margin) // step) for _ in corners for axis in (0, 1)
        ]

    regions = [
        [dice.randrange(8), dice.randint(-2, 2), *(ring() for _ in range(dice.choice([1, 1, 1, 2, 3])))]
        for _ in range(dice.choice([1, 2, 2, 3, 4]))
    ]
    return [width, height, dice.choice([None, 0, 3]), regions]


def main() -> None:
    lines = [drawn(seed) for seed in range(COUNT)]
    text = ",\n".join(json.dumps([*line, map_crc(line)], separators=(",", ":")) for line in lines)
    PATH.write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
