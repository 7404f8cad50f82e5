"""What a batch of photos is to come out as, as tensors."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Targets:
    """What people, or the synthesis, say of N photos.

    Attributes:
        above: (N, K-1, H, W) P(level > k); soft where annotators differ.
        valid: (N, 1, H, W) 1 where labelled, 0 where ignored.
        posterior: (N, 4) probabilities of none, good, ok, bad.
        judged: (N,) 1 where the posterior holds for these pixels, 0 for a crop of a judged photo.
        subject: (N, 1, H, W) 1 on the subject, 0 off it.
        has_subject: (N,) 1 where a subject mask exists.
        graded: (N,) 1 where levels are known, 0 where only "blurred or not" is: level 1 then stands for any.
    """

    above: Tensor
    valid: Tensor
    posterior: Tensor
    judged: Tensor
    subject: Tensor
    has_subject: Tensor
    graded: Tensor


def above_levels(levels: Tensor, level_count: int) -> Tensor:
    """(N, K-1, H, W) float of level > k from (N, H, W) integers."""
    steps = torch.arange(level_count - 1, device=levels.device)
    return (levels.unsqueeze(1) > steps[:, None, None]).float()
