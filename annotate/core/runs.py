"""A level map as runs of equal levels: what people paint has few, so many large maps fit into little memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import LevelMap

_BAND_PX = 1 << 21  # about so many pixels are unrolled at once


@dataclass(frozen=True, slots=True)
class Runs:
    """A (H, W) uint8 map, row after row.

    Attributes:
        shape: (H, W).
        starts: (N,) uint32 where each run begins; the first is 0.
        levels: (N,) uint8 what it holds.
    """

    shape: tuple[int, int]
    starts: npt.NDArray[np.uint32]
    levels: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, level_map: LevelMap) -> Self:
        """The runs of a map."""
        flat = level_map.reshape(-1)
        starts = np.flatnonzero(np.concatenate([[True], flat[1:] != flat[:-1]])).astype(np.uint32)
        height, width = level_map.shape
        return cls((height, width), starts, flat[starts])

    def pixels(self, start: int, stop: int) -> npt.NDArray[np.uint8]:
        """(stop - start,) the levels of these pixels, 0 <= start < stop <= H * W."""
        first = int(np.searchsorted(self.starts, start, "right")) - 1
        last = int(np.searchsorted(self.starts, stop, "left"))
        bounds = self.starts[first : last + 1].astype(np.int64)
        bounds = np.append(bounds[: last - first], stop)
        bounds[0] = start
        return self.levels[first:last].repeat(np.diff(bounds))

    def sample(self, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> LevelMap:
        """(len(rows), len(columns)) the levels where these rows and columns meet; rows rise."""
        width, bands = self.shape[1], []
        for some in np.array_split(rows, -(-self.shape[0] * width // _BAND_PX)):
            if len(some):
                top, bottom = int(some[0]), int(some[-1]) + 1
                band = self.pixels(top * width, bottom * width).reshape(-1, width)
                bands.append(band[some - top].take(columns, axis=1))
        return np.concatenate(bands)
