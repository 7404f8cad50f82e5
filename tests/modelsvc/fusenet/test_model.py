import json
from dataclasses import asdict, replace

import pytest
import torch

from modelsvc.fusenet.model import (
    MODELS,
    SWITCHES,
    ABCFuseNet,
    ModelConfig,
    build,
    cumulative,
    desirability_probabilities,
    read_model_config,
)
from modelsvc.fusenet.trunk import LITE0, Classifier, load_imagenet

TINY = MODELS["abc-tiny"]
LIGHT = replace(TINY, output_stride=16, middle=16, refine4=12, refine2=8)
ONE, TWO = torch.tensor([640.0]), torch.tensor([640.0, 640.0])


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_pyramid_sees_the_whole_photo() -> None:
    pyramid = ABCFuseNet(TINY).eval().pyramid
    features = torch.zeros(1, 24, 12, 18, requires_grad=True)
    joined = pyramid(features, torch.zeros(1))
    assert joined.shape == (1, 32, 12, 18)
    joined[0, :, 0, 0].sum().backward()
    assert features.grad is not None
    assert features.grad[0, :, -1, -1].abs().sum() > 0


def test_refinement_works_at_half_size() -> None:
    net = ABCFuseNet(TINY)
    p, f4, f2 = torch.zeros(2, 32, 6, 12), torch.zeros(2, 12, 12, 24), torch.zeros(2, 8, 24, 48)
    assert net.refine(p, f4, f2, torch.zeros(2), torch.zeros(2, 3, 6, 12)).shape == (2, 3, 24, 48)


def test_content_and_fusion_shapes() -> None:
    net = ABCFuseNet(TINY)
    features = net.content.features(torch.zeros(2, 3, 48, 96))
    assert features.shape == (2, 64, 4, 4)
    grid = torch.full((2, 1, 24, 24), 0.5)
    content = net.content(features, grid)
    assert content.shape == (2, 32)
    exists, desirability = net.fuse(grid, grid, grid, content)
    assert exists.shape == (2,)
    assert desirability.shape == (2, 3)


@pytest.mark.parametrize("config", [TINY, LIGHT])
@pytest.mark.parametrize("levels", [2, 4, 8])
def test_output_shapes_follow_the_number_of_levels(config: ModelConfig, levels: int) -> None:
    output = ABCFuseNet(replace(config, levels=levels))(torch.zeros(2, 3, 48, 96), TWO)
    assert output.levels.shape == (2, levels - 1, 24, 48)
    assert output.coarse.shape == (2, levels - 1, 6, 12)
    assert output.blur.shape == (2, 1, 24, 48)
    assert output.attention.shape == (2, 1, 6, 12)


@pytest.mark.parametrize("config", [TINY, LIGHT])
def test_the_same_pixels_mean_another_blur_in_a_larger_photo(config: ModelConfig) -> None:
    net, image = ABCFuseNet(config).eval(), torch.randn(1, 3, 48, 48)
    alone = [net(image, torch.tensor([long_side])).levels for long_side in (640.0, 1024.0)]
    together = net(image.expand(2, -1, -1, -1), torch.tensor([640.0, 1024.0])).levels
    assert not torch.allclose(*alone)
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)


@pytest.mark.parametrize("config", [TINY, LIGHT])
@pytest.mark.parametrize("switch", SWITCHES)
def test_a_part_switched_off_keeps_every_shape(config: ModelConfig, switch: str) -> None:
    image = torch.randn(2, 3, 48, 96)
    whole = ABCFuseNet(config)(image, TWO)
    without = ABCFuseNet(replace(config, **{switch: False}))(image, TWO)
    assert [part.shape for part in without] == [part.shape for part in whole]


def test_attention_switched_off_cannot_change_the_desirability() -> None:
    net = ABCFuseNet(replace(TINY, use_attention=False)).eval()
    image = torch.randn(1, 3, 48, 48)
    before = net(image, ONE).desirability
    torch.nn.init.constant_(net.attend[2].bias, 5.0)
    assert torch.equal(net(image, ONE).desirability, before)


def test_staged_training_does_not_reach_the_maps_through_the_fusion() -> None:
    for joint in (True, False):
        net = ABCFuseNet(replace(TINY, joint=joint))
        net(torch.randn(1, 3, 48, 48), ONE).desirability.sum().backward()
        assert (net.refine.logits.weight.grad is not None) == joint


def test_cumulative_probabilities_never_rise() -> None:
    q = cumulative(torch.randn(2, 3, 4, 4))
    assert (q[:, 1:] <= q[:, :-1]).all()


def test_probabilities_put_existence_first() -> None:
    p = desirability_probabilities(torch.tensor([0.0]), torch.tensor([[0.0, 0.0, 0.0]]))
    assert p[0].tolist() == pytest.approx([0.5, 1 / 6, 1 / 6, 1 / 6])


def test_regression_reads_levels_from_the_amount() -> None:
    net = ABCFuseNet(replace(TINY, ordinal=False))
    logits, amount = net.read_amount(torch.logit(torch.tensor([0.1, 0.3, 0.6, 0.9])).reshape(1, 1, 1, 4))
    assert amount.flatten().tolist() == pytest.approx([0.1, 0.3, 0.6, 0.9])
    assert (logits > 0).sum(1).flatten().tolist() == [0, 1, 2, 3]


def test_configuration_survives_json() -> None:
    for config in MODELS.values():
        assert read_model_config(json.loads(json.dumps(asdict(config)))) == config


def test_lite0_has_the_stated_size() -> None:
    net = ABCFuseNet(MODELS["abc-lite0"])
    assert sum(p.numel() for p in net.backbone.parameters()) == 700_768
    assert sum(p.numel() for p in net.content.classifier.parameters()) == 3_371_008
    assert 4.8e6 < sum(p.numel() for p in net.parameters()) < 5.0e6


def test_the_light_network_sees_with_the_same_trunk() -> None:
    """Where its features stand at a sixteenth, they are every second one of the dilated trunk's."""
    dilated, strided = (
        build(MODELS[name], pretrained=True).eval().backbone for name in ("abc-lite0", "abc-lite0-fast")
    )
    strided.load_state_dict(dilated.state_dict())
    image = torch.randn(1, 3, 96, 96)
    dense, sparse = dilated(image)[4], strided(image)[4]
    assert sparse.shape[2:] == (6, 6)
    assert torch.allclose(dense[:, :, 1::2, 1::2][:, :, 1:-1, 1:-1], sparse[:, :, 1:-1, 1:-1], atol=1e-4)


def test_both_trunks_start_from_imagenet() -> None:
    packaged = Classifier(32, LITE0, 1280)
    load_imagenet(packaged)
    net = build(MODELS["abc-lite0"], pretrained=True)
    assert torch.equal(net.backbone.stages[4][2].project[0].weight, packaged.trunk.stages[4][2].project[0].weight)
    assert torch.equal(net.content.classifier.head[0].weight, packaged.head[0].weight)
