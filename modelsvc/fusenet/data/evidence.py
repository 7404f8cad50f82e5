"""Where blur left a trace, and where nobody can know: a wall looks the same in focus and out of it."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from annotate.core.blurmap import IGNORE
from modelsvc.fusenet.data.kernels import Floats

CELL = 8  # px, in which changes are averaged
LEAST_CHANGE = 0.8  # steps of 8-bit sRGB, mean over a cell, that blur must change ...
CHANGE_IN_NOISE = 0.3  # ... and in noise, standard deviations of it
NEAR, FAR = 24, 96  # px within which a trace tells of its surroundings: where something is sharp, where nothing is


def without_evidence(levels: NDArray[np.uint8], sharp: Floats, blurred: Floats, *, noise: float) -> NDArray[np.uint8]:
    """(H, W) the levels, 255 where something is called blurred and nothing around it changed by more than noise.

    Args:
        levels: (H, W) true levels.
        sharp: (H, W, 3) the photo before blur, sRGB in 0..255.
        blurred: the same after it, before noise.
        noise: standard deviation of what is added, in steps of 8-bit sRGB.
    """
    height, width = levels.shape
    change = torch.from_numpy(np.abs(blurred - sharp).max(-1) * (levels != IGNORE))[None, None]  # (1, 1, H, W)
    cells = F.avg_pool2d(change, CELL, ceil_mode=True, count_include_pad=False)
    trace = (cells > max(LEAST_CHANGE, CHANGE_IN_NOISE * noise)).float()
    reach = (NEAR if (levels == 0).any() else FAR) // CELL
    near = F.max_pool2d(trace, 2 * reach + 1, 1, reach)[0, 0].numpy() > 0
    is_told: NDArray[np.bool_] = near.repeat(CELL, 0).repeat(CELL, 1)[:height, :width]
    known: NDArray[np.uint8] = np.where(is_told | (levels == 0), levels, IGNORE).astype(np.uint8)
    return known
