"""Batches of `SmartBlurDataset` for one's own training code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from annotate.core.blurmap import IGNORE


def collate(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Photos of several sizes as one batch: `DataLoader(photos, batch_size=8, collate_fn=collate)`.

    Each photo lies in the upper left corner of the largest width and height; what was added is black, not valid, and
    at level 255, or amount 0.

    Args:
        items: as `SmartBlurDataset` gives them.

    Returns:
        image (N, 3, H, W) uint8; level (N, H, W) int64 or float32; valid (N, H, W) bool; desirability (N,) int64;
        posterior (N, 4) float32; key, a list of N.
    """
    height = max(item["valid"].shape[0] for item in items)
    width = max(item["valid"].shape[1] for item in items)

    def grown(name: str, fill: int) -> Tensor:
        maps = [item[name] for item in items]
        return torch.stack([pad(m, (0, width - m.shape[-1], 0, height - m.shape[-2]), value=fill) for m in maps])

    return {
        "image": grown("image", 0),
        "level": grown("level", 0 if items[0]["level"].is_floating_point() else IGNORE),
        "valid": grown("valid", 0),
        "desirability": torch.tensor([item["desirability"] for item in items]),
        "posterior": torch.stack([item["posterior"] for item in items]),
        "key": [item["key"] for item in items],
    }
