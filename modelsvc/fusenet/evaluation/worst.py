"""The photos that a method reads worst, kept while it is measured, to be looked at."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import PIL.Image

from annotate.core.blurmap import IGNORE
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.reading import Look
from modelsvc.fusenet.evaluation.tally import Reading, false_blur
from modelsvc.fusenet.serving.pictures import grey, in_a_row, level_picture, stacked

COUNT, PER_ROW, SIDE = 24, 3, 150
ALARMS = 10  # photos sharp everywhere, by how much of them is called blurred


class Seen(NamedTuple):
    """A photo and its error; ordered by error."""

    error: float
    number: int
    sample: Sample
    reading: Reading


class Worst:
    """A method that remembers the photos with its largest mean error of the amount, or of "blurred" where truth is."""

    def __init__(self, look: Look, name: str) -> None:
        self.look, self.name, self.seen_count = look, name, 0
        self._worst: list[Seen] = []
        self._alarms: list[Seen] = []

    def __call__(self, sample: Sample) -> Mapping[str, Reading]:
        """What the method says."""
        said = self.look(sample)
        reading, known = said[self.name], sample.levels != IGNORE
        if known.any():
            truth = sample.levels / len(reading.above)
            error = np.abs(reading.blurred - sample.levels if sample.is_binary else reading.amount - truth)[known]
            self.seen_count += 1
            _keep(self._worst, COUNT, Seen(float(error.mean()), self.seen_count, sample, reading))
            if (share := false_blur(sample, reading)) > 0:
                _keep(self._alarms, ALARMS, Seen(share, self.seen_count, sample, reading))
        return said

    def worst(self) -> list[Seen]:
        """The worst first."""
        return sorted(self._worst, reverse=True)

    def sheets(self, level_count: int) -> dict[str, PIL.Image.Image]:
        """ "worst", and "alarms" of photos sharp everywhere, where there are some.

        Of each photo: itself, truth and what was said; brighter is more blur, blue is unlabelled.
        """
        seen = {"worst": self.worst(), "alarms": sorted(self._alarms, reverse=True)}
        return {name: _sheet(some, level_count) for name, some in seen.items() if some}


def _keep(heap: list[Seen], count: int, seen: Seen) -> None:
    heapq.heappush(heap, seen)
    if len(heap) > count:
        heapq.heappop(heap)


def _sheet(some: list[Seen], level_count: int) -> PIL.Image.Image:
    entries = [_entry(seen, level_count) for seen in some]
    rows = [entries[start : start + PER_ROW] for start in range(0, len(entries), PER_ROW)]
    return stacked([in_a_row([tile for entry in row for tile in entry]) for row in rows])


def _entry(seen: Seen, level_count: int) -> list[tuple[str, PIL.Image.Image]]:
    sample = seen.sample
    truth = level_picture(sample.levels, 2 if sample.is_binary else level_count)
    said = grey(seen.reading.blurred if sample.is_binary else seen.reading.amount)
    captions = (f"{sample.name[-20:]}", sample.kind or "truth", f"error {seen.error:.2f}")
    tiles = []
    for caption, picture in zip(captions, (PIL.Image.fromarray(sample.pixels), truth, said), strict=True):
        tile = PIL.Image.new("RGB", (SIDE, SIDE), (235, 235, 235))
        picture = picture.convert("RGB")
        picture.thumbnail((SIDE, SIDE))
        tile.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2))
        tiles.append((caption, tile))
    return tiles
