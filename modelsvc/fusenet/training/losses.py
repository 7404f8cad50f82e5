"""What the network is trained to lower: functions of tensors. Shapes: N photos, K levels, H x W pixels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from modelsvc.fusenet.config import TrainConfig
from modelsvc.fusenet.data.targets import Targets
from modelsvc.fusenet.model import Output

EDGE_PX = 2  # hands are not more exact than this
EDGE_STEP = 0.05  # of the amount from a pixel to the next; below it is no edge


def pixel_weights(above: Tensor, valid: Tensor) -> Tensor:
    """(N, 1, H, W): inverse square root of the level's share in the batch, in [.5, 2]; half at edges; 0 if ignored."""
    level_count = above.shape[1] + 1
    level = above.sum(1, keepdim=True)  # (N, 1, H, W)
    nearest = level.round().long()
    share = torch.stack([((nearest == k) * valid).sum() for k in range(level_count)]) / valid.sum().clamp_min(1)
    frequency = (level_count * share).clamp_min(1e-6).rsqrt().clamp(0.5, 2)  # 1 where levels are even
    width = 2 * EDGE_PX + 1
    highest = F.max_pool2d(torch.where(valid > 0, level, -1.0), width, 1, EDGE_PX)
    lowest = -F.max_pool2d(torch.where(valid > 0, -level, -float(level_count)), width, 1, EDGE_PX)
    at_edge = (highest > lowest) & (valid > 0)
    return frequency[nearest] * torch.where(at_edge, 0.5, 1.0) * valid


def shrink(map_: Tensor, weight: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """`map_` and `weight` averaged over factor x factor pixels, the map by weight."""
    mean_weight = F.avg_pool2d(weight, factor)
    return F.avg_pool2d(map_ * weight, factor) / mean_weight.clamp_min(1e-6), mean_weight


def weighted_mean(value: Tensor, weight: Tensor) -> Tensor:
    """Mean of `value` by `weight`, which broadcasts; 0 where nothing weighs."""
    weight = weight.expand_as(value)
    return (value * weight).sum() / weight.sum().clamp_min(1e-6)


def cumulative_bce(logits: Tensor, above: Tensor, weight: Tensor, smoothing: float = 0.0) -> Tensor:
    """Binary cross-entropy of every "level > k", ordinal regression as in Li and Lin (2007)."""
    target = above * (1 - smoothing) + smoothing / 2
    return weighted_mean(F.binary_cross_entropy_with_logits(logits, target, reduction="none"), weight)


def gradient_match(blur: Tensor, amount: Tensor, weight: Tensor) -> Tensor:
    """Mean difference of the two maps' steps to the right and down, where the truth has a step."""
    total = blur.new_zeros(())
    for axis in (2, 3):
        step, wanted = blur.diff(dim=axis), amount.diff(dim=axis)
        both = torch.minimum(weight.narrow(axis, 1, step.shape[axis]), weight.narrow(axis, 0, step.shape[axis]))
        total = total + weighted_mean((step - wanted).abs(), both * (wanted.abs() > EDGE_STEP))
    return total / 2


def existence_and_desirability(exists: Tensor, wish: Tensor, targets: Targets, smoothing: float = 0.0) -> Tensor:
    """BCE of "there is blur", plus cross-entropy of good, ok, bad weighted by how likely there is blur."""
    p_blur = targets.posterior[:, 1:].sum(1)  # (N,)
    given_blur = targets.posterior[:, 1:] / p_blur.clamp_min(1e-6).unsqueeze(1)  # (N, 3)
    existence = F.binary_cross_entropy_with_logits(exists, p_blur * (1 - smoothing) + smoothing / 2, reduction="none")
    smooth = given_blur * (1 - smoothing) + smoothing / 3
    wished = -(smooth * wish.log_softmax(1)).sum(1)  # (N,)
    return weighted_mean(existence + p_blur * wished, targets.judged)


def total_loss(output: Output, targets: Targets, config: TrainConfig) -> dict[str, Tensor]:
    """Every part of the loss by name, and their weighted sum as "loss"."""
    weight = pixel_weights(targets.above, targets.valid)  # (N, 1, H, W)
    above2, weight2 = shrink(targets.above, weight, 2)  # at the refined map's size
    above8, weight8 = shrink(targets.above, weight, 8)  # at the coarse map's size
    amount = above2.mean(1, keepdim=True)  # (N, 1, H/2, W/2)
    subject = F.avg_pool2d(targets.subject, 8)
    graded = targets.graded[:, None, None, None]  # (N, 1, 1, 1)
    known = torch.where(torch.arange(above2.shape[1], device=graded.device)[:, None, None] == 0, 1.0, graded)
    parts = {  # where only "blurred or not" is known, only P(level > 0) is asked for
        "levels": cumulative_bce(output.levels, above2, weight2 * known, config.label_smoothing),
        "coarse": cumulative_bce(output.coarse, above8, weight8 * known, config.label_smoothing),
        "amount": weighted_mean((output.blur - amount).abs(), weight2 * graded),
        "attention": weighted_mean(
            F.binary_cross_entropy_with_logits(output.attention, subject, reduction="none"),
            targets.has_subject[:, None, None, None],
        ),
        "desirability": existence_and_desirability(output.exists, output.desirability, targets, config.label_smoothing),
        "gradient": gradient_match(output.blur, amount, weight2 * graded),
    }
    weights = {
        "levels": 1.0 if config.ordinal else 0.0,
        "coarse": config.coarse_weight if config.ordinal else 0.0,
        "amount": config.amount_weight,
        "attention": config.attention_weight,
        "desirability": config.desirability_weight,
        "gradient": config.gradient_weight,
    }
    loss = torch.stack([weights[name] * part for name, part in parts.items()]).sum()
    return {"loss": loss} | parts
