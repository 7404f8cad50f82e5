import dataclasses
import math

import pytest
import torch

from modelsvc.fusenet.config import parse_config
from modelsvc.fusenet.data.targets import Targets, above_levels
from modelsvc.fusenet.model import MODELS, ABCFuseNet
from modelsvc.fusenet.training.losses import (
    cumulative_bce,
    existence_and_desirability,
    gradient_match,
    pixel_weights,
    shrink,
    total_loss,
    weighted_mean,
)


def targets(levels: torch.Tensor, posterior: list[float], *, valid: torch.Tensor | None = None) -> Targets:
    n, h, w = levels.shape
    return Targets(
        above=above_levels(levels, 4),
        valid=torch.ones(n, 1, h, w) if valid is None else valid,
        posterior=torch.tensor([posterior] * n),
        judged=torch.ones(n),
        subject=torch.zeros(n, 1, h, w),
        has_subject=torch.zeros(n),
        graded=torch.ones(n),
    )


def test_masks_of_blurred_or_not_teach_only_whether_there_is_blur() -> None:
    torch.manual_seed(0)
    image = torch.randn(1, 3, 96, 96)
    output = ABCFuseNet(MODELS["abc-tiny"])(image, torch.tensor([96.0]))
    asked = output._replace(levels=output.levels.detach().requires_grad_(), blur=output.blur.detach().requires_grad_())
    levels = torch.randint(0, 2, (1, 96, 96))
    known = targets(levels, [0.25] * 4)
    total_loss(asked, dataclasses.replace(known, graded=torch.zeros(1), judged=torch.zeros(1)), parse_config({}))[
        "loss"
    ].backward()
    assert asked.levels.grad is not None
    assert asked.levels.grad[:, 0].abs().min() > 0
    assert asked.levels.grad[:, 1:].abs().max() == 0
    assert asked.blur.grad is not None
    assert asked.blur.grad.abs().max() == 0


def test_levels_become_cumulative() -> None:
    assert above_levels(torch.tensor([[[0, 1, 3]]]), 4)[0, :, 0].tolist() == [[0, 1, 1], [0, 0, 1], [0, 0, 1]]


def test_weights_by_hand() -> None:
    levels = torch.zeros(1, 8, 16, dtype=torch.long)
    levels[:, :, 12:] = 1  # share 1/4; even shares would be 1/4 of four levels
    valid = torch.ones(1, 1, 8, 16)
    valid[..., 0] = 0
    row = pixel_weights(above_levels(levels, 4), valid)[0, 0, 4]
    sharp, low = (4 * 88 / 120) ** -0.5, (4 * 32 / 120) ** -0.5
    expected = [0] + [sharp] * 9 + [sharp / 2] * 2 + [low / 2] * 2 + [low] * 2
    assert row.tolist() == pytest.approx(expected)


def test_a_rare_level_weighs_at_most_twice() -> None:
    levels = torch.zeros(1, 40, 40, dtype=torch.long)
    levels[0, 0, 0] = 3
    assert pixel_weights(above_levels(levels, 4), torch.ones(1, 1, 40, 40))[0, 0, 0, 0] == 1.0  # 2, halved at its edge


def test_shrinking_ignores_what_weighs_nothing() -> None:
    map_ = torch.tensor([[[[1.0, 9.0], [3.0, 9.0]]]])
    weight = torch.tensor([[[[1.0, 0.0], [1.0, 0.0]]]])
    value, mean_weight = shrink(map_, weight, 2)
    assert value.item() == pytest.approx(2.0)
    assert mean_weight.item() == 0.5


def test_nothing_to_weigh_is_no_loss() -> None:
    assert weighted_mean(torch.ones(2, 3), torch.zeros(2, 1)).item() == 0


def test_cumulative_bce_by_hand() -> None:
    logits, above = torch.zeros(1, 3, 1, 1), torch.ones(1, 3, 1, 1)
    assert cumulative_bce(logits, above, torch.ones(1, 1, 1, 1)).item() == pytest.approx(math.log(2))


def test_ignored_pixels_do_not_count() -> None:
    logits = torch.tensor([-4.0, 4.0]).reshape(1, 1, 1, 2)
    above = torch.zeros(1, 1, 1, 2)
    weight = torch.tensor([1.0, 0.0]).reshape(1, 1, 1, 2)
    assert cumulative_bce(logits, above, weight).item() == pytest.approx(math.log1p(math.exp(-4)), rel=1e-5)


def test_gradient_match_looks_only_where_the_truth_steps() -> None:
    truth = torch.tensor([0.0, 0.0, 1.0, 1.0]).reshape(1, 1, 1, 4).expand(1, 1, 2, 4)
    flat = torch.zeros(1, 1, 2, 4)
    assert gradient_match(flat, truth, torch.ones(1, 1, 2, 4)).item() == pytest.approx(0.5)
    assert gradient_match(truth, truth, torch.ones(1, 1, 2, 4)).item() == 0
    assert gradient_match(truth, flat, torch.ones(1, 1, 2, 4)).item() == 0


def test_a_sharp_photo_says_nothing_of_good_ok_bad() -> None:
    levels = torch.zeros(1, 2, 2, dtype=torch.long)
    wish = torch.zeros(1, 3, requires_grad=True)
    loss = existence_and_desirability(torch.zeros(1), wish, targets(levels, [1, 0, 0, 0]))
    assert loss.item() == pytest.approx(math.log(2))
    blurred = existence_and_desirability(torch.zeros(1), wish, targets(levels, [0, 0, 1, 0]))
    assert blurred.item() == pytest.approx(math.log(2) + math.log(3))


def test_a_crop_is_not_judged() -> None:
    levels = torch.zeros(1, 2, 2, dtype=torch.long)
    unjudged = targets(levels, [0, 0, 0, 1])
    object.__setattr__(unjudged, "judged", torch.zeros(1))
    assert existence_and_desirability(torch.ones(1), torch.zeros(1, 3), unjudged).item() == 0


def test_the_whole_loss_is_its_weighted_parts() -> None:
    torch.manual_seed(0)
    net = ABCFuseNet(MODELS["abc-tiny"]).eval()
    config = parse_config({})
    parts = total_loss(
        net(torch.randn(1, 3, 48, 48), torch.tensor([640.0])),
        targets(torch.randint(0, 4, (1, 48, 48)), [0, 1, 0, 0]),
        config,
    )
    weights = {"levels": 1, "coarse": 0.4, "amount": 1, "attention": 0.3, "desirability": 0.5, "gradient": 0.05}
    assert parts["loss"].item() == pytest.approx(sum(w * parts[name].item() for name, w in weights.items()))
    assert parts["attention"].item() == 0  # no subject mask


def test_an_unlabelled_photo_costs_only_its_desirability() -> None:
    torch.manual_seed(0)
    net = ABCFuseNet(MODELS["abc-tiny"]).eval()
    unlabelled = targets(torch.zeros(1, 48, 48, dtype=torch.long), [0, 1, 0, 0], valid=torch.zeros(1, 1, 48, 48))
    parts = total_loss(net(torch.randn(1, 3, 48, 48), torch.tensor([640.0])), unlabelled, parse_config({}))
    assert parts["loss"].item() == pytest.approx(0.5 * parts["desirability"].item())
