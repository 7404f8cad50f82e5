import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import skimage
import torch

from modelsvc.fusenet.model import (
    MODELS,
    SWITCHES,
    ABCFuseNet,
    Classifier,
    EfficientNetLite,
    build,
    cumulative,
    desirability_probabilities,
    load_imagenet,
    model_config,
    normalise,
    read_model_config,
)

TINY = MODELS["abc-tiny"]
ONE, TWO = torch.tensor([640.0]), torch.tensor([640.0, 640.0])


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def test_trunk_keeps_an_eighth_of_the_size() -> None:
    config = MODELS["abc-lite0"]
    features = EfficientNetLite(config.stem, config.stages[:5], output_stride=8)(torch.zeros(2, 3, 96, 144))
    assert [tuple(f.shape[1:]) for f in features] == [
        (16, 48, 72),
        (24, 24, 36),
        (40, 12, 18),
        (80, 12, 18),
        (112, 12, 18),
    ]


def test_trunk_dilates_after_the_stride_it_lost() -> None:
    def dilations(*, is_dilated: bool) -> list[int]:
        config = MODELS["abc-lite0"]
        trunk = EfficientNetLite(config.stem, config.stages[:5], output_stride=8, is_dilated=is_dilated)
        return [block.depthwise[0].dilation[0] for stage in trunk.stages for block in stage]

    assert dilations(is_dilated=True) == [1] * 6 + [2] * 5
    assert dilations(is_dilated=False) == [1] * 11


def test_classifier_ends_at_a_thirty_second() -> None:
    assert Classifier(MODELS["abc-lite0"])(torch.zeros(2, 3, 256, 256)).shape == (2, 1280, 8, 8)


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


@pytest.mark.parametrize("levels", [2, 4, 8])
def test_output_shapes_follow_the_number_of_levels(levels: int) -> None:
    output = ABCFuseNet(replace(TINY, levels=levels))(torch.zeros(2, 3, 48, 96), TWO)
    assert output.levels.shape == (2, levels - 1, 24, 48)
    assert output.coarse.shape == (2, levels - 1, 6, 12)
    assert output.blur.shape == (2, 1, 24, 48)
    assert output.attention.shape == (2, 1, 6, 12)


def test_the_same_pixels_mean_another_blur_in_a_larger_photo() -> None:
    net, image = ABCFuseNet(TINY).eval(), torch.randn(1, 3, 48, 48)
    alone = [net(image, torch.tensor([long_side])).levels for long_side in (640.0, 1024.0)]
    together = net(image.expand(2, -1, -1, -1), torch.tensor([640.0, 1024.0])).levels
    assert not torch.allclose(*alone)
    assert torch.allclose(together, torch.cat(alone), atol=1e-5)


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_part_switched_off_keeps_every_shape(switch: str) -> None:
    image = torch.randn(2, 3, 48, 96)
    whole = ABCFuseNet(TINY)(image, TWO)
    without = ABCFuseNet(model_config("abc-tiny", **{switch: False}))(image, TWO)
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


def test_imagenet_weights_recognise_real_photos() -> None:
    espresso, cats = 967, {281, 282, 283, 284, 285}
    net = Classifier(MODELS["abc-lite0"], classes=1000).eval()
    load_imagenet(net)
    with torch.inference_mode():
        coffee, chelsea = (net(_square(name)).softmax(1)[0] for name in ("coffee.png", "chelsea.png"))
    assert coffee.argmax() == espresso
    assert coffee[espresso] > 0.9
    assert int(chelsea.argmax()) in cats


def test_both_trunks_start_from_imagenet() -> None:
    packaged = Classifier(MODELS["abc-lite0"])
    load_imagenet(packaged)
    net = build(MODELS["abc-lite0"], pretrained=True)
    assert torch.equal(net.backbone.stages[4][2].project[0].weight, packaged.trunk.stages[4][2].project[0].weight)
    assert torch.equal(net.content.classifier.head[0].weight, packaged.head[0].weight)


def _square(name: str) -> torch.Tensor:
    image = PIL.Image.open(Path(skimage.__path__[0]) / "data" / name).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    cut = image.crop((left, top, left + side, top + side)).resize((224, 224), PIL.Image.Resampling.BICUBIC)
    return normalise(torch.from_numpy(np.array(cut)).permute(2, 0, 1).unsqueeze(0))
