"""What painting a document takes, in seconds of the processor: `python -m tests.bar.painting`.

Two documents that cross nearly as many rows as one may, and one as people draw it, each painted by the runs that show
and, for comparison, as it was before: run after run, one over another.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from annotate.core import scanlines
from annotate.core.blurmap import LevelMap, rasterize
from annotate.core.regions import SUBPIXEL, Document, parse_document
from tests.bar.common import polygons, verdict

SIZE = (8160, 6120)  # 50 megapixels
ROUNDS = 3
FORMERLY_AT_ONCE = 1_000_000  # crossings
TARGETS = {
    "slabs_speedup": {"min": 2.5},
    "combs_speedup": {"min": 1.5},
    "drawn_s": {"max": 0.2},
    "longest_s": {"max": 2},
    "different": {"max": 0},
}


def slabs(count: int) -> dict[str, Any]:
    """Regions each as large as the photo, save some corners."""
    width, height = (SUBPIXEL * side for side in SIZE)
    rings = [[n, 0, width - n, 0, width, height, 0, height] for n in range(count)]
    return {"base": None, "regions": [_region(n, ring) for n, ring in enumerate(rings)]}


def combs(count: int, teeth: int) -> dict[str, Any]:
    """Regions of thin teeth as high as the photo, each beside those of the others."""
    width, height = (SUBPIXEL * side for side in SIZE)
    step = width / teeth
    rings = [
        [v for t in range(teeth) for v in (round(t * step) + 9 * n, 0, round((t + 0.5) * step) + 9 * n, height)]
        for n in range(count)
    ]
    return {"base": 0, "regions": [_region(n, ring) for n, ring in enumerate(rings)]}


def _region(number: int, ring: list[int]) -> dict[str, Any]:
    return {"id": f"r{number:04}", "level": number % 4, "kind": "unknown", "rings": [ring], "z": number}


DOCUMENTS: dict[str, dict[str, Any]] = {
    "drawn": polygons(12, 80, *SIZE),
    "slabs": slabs(700),
    "combs": combs(27, 30),
}


def one_over_another(document: Document, size: tuple[int, int]) -> LevelMap:
    """The same map, every run painted though others cover it."""
    width, height = size
    level_map = np.full((height, width), 255 if document.base is None else document.base, np.uint8)
    pixels, regions = level_map.reshape(-1), document.painting_order()
    edges = scanlines._crossing_edges([region.rings for region in regions], height)
    rows = max(1, FORMERLY_AT_ONCE // len(edges.x))
    for top in range(0, height, rows):
        runs = scanlines._inside_runs(edges, top, min(top + rows, height), width, height)
        for painter, start, end in zip(*(each.tolist() for each in runs), strict=True):
            pixels[start:end] = regions[painter].level
    return level_map


def _timed(paint: Callable[[Document, tuple[int, int]], LevelMap], document: Document) -> tuple[float, LevelMap]:
    begun = time.process_time()
    painted = paint(document, SIZE)
    return time.process_time() - begun, painted


def main() -> None:
    """Paint each document both ways."""
    figures: dict[str, Any] = {"different": 0, "longest_s": 0.0}
    for name, raw in DOCUMENTS.items():
        document = parse_document(raw, level_count=4)
        took: dict[str, float] = {}
        for _ in range(ROUNDS):
            seconds, seen = _timed(rasterize, document)
            before, all_over = _timed(one_over_another, document)
            took = {"s": min(seconds, took.get("s", seconds)), "before_s": min(before, took.get("before_s", before))}
            figures["different"] += int((seen != all_over).sum())
        figures |= {f"{name}_{key}": round(value, 3) for key, value in took.items()}
        figures[f"{name}_speedup"] = round(took["before_s"] / took["s"], 1)
        figures["longest_s"] = max(figures["longest_s"], round(took["s"], 3))
    verdict("painting", figures, TARGETS)


if __name__ == "__main__":
    main()
