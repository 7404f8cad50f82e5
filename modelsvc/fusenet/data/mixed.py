"""Photos of several kinds in one training: synthetic blur, and some real photos with masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from modelsvc.fusenet.data.releases import Photos, Sample


class MixedPhotos:
    """Several sets of photos as one, each so many times an epoch."""

    def __init__(self, parts: Sequence[tuple[Photos, int]]) -> None:
        """Mix.

        Args:
            parts: photos, and how often each of them is drawn in an epoch.
        """
        self.level_count = parts[0][0].level_count
        self.faults: dict[str, str] = {}
        self._places = [(photos, index) for photos, times in parts for index in list(range(len(photos))) * times]
        for photos, _ in parts:
            photos.faults = self.faults

    def __len__(self) -> int:
        return len(self._places)

    def largest_side(self, *, is_whole: bool) -> int:
        """The largest of all sets."""
        return max(photos.largest_side(is_whole=is_whole) for photos in {id(p): p for p, _ in self._places}.values())

    def draw(self, index: int, rng: np.random.Generator, *, is_whole: bool) -> Sample | None:
        """A sample of the set that the index falls into."""
        photos, own = self._places[index]
        return photos.draw(own, rng, is_whole=is_whole)

    def whole(self, index: int) -> Sample | None:
        """A sample for measuring."""
        photos, own = self._places[index]
        return photos.whole(own)
