"""What is made ready for use says the same as what was trained."""

import pytest
import torch

from modelsvc.fusenet.model import ABCFuseNet, build, model_config
from modelsvc.fusenet.serving.folded import fold


def trained(name: str, **switches: bool) -> ABCFuseNet:
    """A network whose batch norms have seen photos, so that leaving one out would show."""
    torch.manual_seed(0)
    model = build(model_config(name, **switches))
    with torch.no_grad():
        model(*noise(4, 96, 48))
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
    return model.eval()


def noise(count: int, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(count, 3, height, width, generator=generator) * 2 - 1, torch.full((count,), 320.0)


@pytest.mark.parametrize("switches", [{}, {"use_pyramid": False, "use_refinement": False}, {"ordinal": False}])
@pytest.mark.parametrize("name", ["abc-tiny", "abc-lite2"])
def test_folding_changes_nothing_but_rounding(name: str, switches: dict[str, bool]) -> None:
    model, inputs = trained(name, **switches), noise(2, 144, 96)
    with torch.inference_mode():
        for before, after in zip(model(*inputs), fold(model)(*inputs), strict=True):
            assert after.shape == before.shape
            assert (after - before).abs().max() < 1e-4


def test_folding_leaves_no_norm_and_the_trained_network_alone() -> None:
    model = trained("abc-tiny")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in fold(model).modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
