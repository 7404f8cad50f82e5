"""Boosted trees on all hand-crafted measures: what can be had without learning features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from annotate.core.blurmap import IGNORE

TREES, PIXELS_A_PHOTO, STEP = 120, 500, 4
Floats = NDArray[np.float32]


class Trees:
    """Gradient-boosted trees (Friedman 2001; scikit-learn's HistGradientBoostingClassifier) from measures to levels."""

    def __init__(
        self, measures: Sequence[Floats], truths: Sequence[NDArray[np.uint8]], level_count: int, *, seed: int = 0
    ) -> None:
        """Learn from photos with known levels, up to 500 pixels of each; 255 is left out.

        Args:
            measures: (M, H, W) a photo, one map a measure.
        """
        from sklearn.ensemble import HistGradientBoostingClassifier  # takes a second, and only this needs it

        rng = np.random.default_rng(seed)
        features, levels = [], []
        for maps, truth in zip(measures, truths, strict=True):
            known = np.flatnonzero(truth != IGNORE)
            chosen = rng.choice(known, min(PIXELS_A_PHOTO, len(known)), replace=False)
            features.append(maps.reshape(len(maps), -1)[:, chosen].T)
            levels.append(truth.ravel()[chosen])
        self.level_count = level_count
        self.seen = np.unique(np.concatenate(levels))
        self.classifier: Any = HistGradientBoostingClassifier(
            max_iter=TREES, learning_rate=0.1, max_leaf_nodes=15, early_stopping=False, random_state=seed
        )
        if len(self.seen) > 1:
            self.classifier.fit(np.concatenate(features), np.concatenate(levels))

    def read(self, maps: Floats) -> Floats:
        """(K-1, H, W) P(level > k) of a photo's (M, H, W) measures, found at every 4th pixel of every 4th row."""
        rows, columns = (slice(min(STEP, side) // 2, None, STEP) for side in maps.shape[1:])
        coarse = maps[:, rows, columns]
        share = np.zeros((coarse[0].size, self.level_count), np.float32)
        is_told = len(self.seen) == 1  # then there is nothing to tell apart
        share[:, self.seen] = 1 if is_told else self.classifier.predict_proba(coarse.reshape(len(maps), -1).T)
        above = 1 - share.cumsum(1)[:, :-1].T.reshape(1, -1, *coarse.shape[1:])  # (1, K-1, H/4, W/4)
        smooth: Floats = F.interpolate(torch.from_numpy(above), maps.shape[1:], mode="bilinear")[0].numpy()
        return smooth.clip(0, 1)
