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
from modelsvc.fusenet.evaluation.tally import Reading
from modelsvc.fusenet.serving.pictures import grey, in_a_row, level_picture, stacked

COUNT, PER_ROW, SIDE = 24, 3, 150


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

    def __call__(self, sample: Sample) -> Mapping[str, Reading]:
        """What the method says."""
        said = self.look(sample)
        reading, known = said[self.name], sample.levels != IGNORE
        if known.any():
            truth = sample.levels / len(reading.above)
            error = np.abs(reading.blurred - sample.levels if sample.is_binary else reading.amount - truth)[known]
            self.seen_count += 1
            heapq.heappush(self._worst, Seen(float(error.mean()), self.seen_count, sample, reading))
            if len(self._worst) > COUNT:
                heapq.heappop(self._worst)
        return said

    def worst(self) -> list[Seen]:
        """The worst first."""
        return sorted(self._worst, reverse=True)

    def sheet(self, level_count: int) -> PIL.Image.Image:
        """Each of them: photo, truth and what was said; brighter is more blur, blue is unlabelled."""
        entries = [_entry(seen, level_count) for seen in self.worst()]
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
