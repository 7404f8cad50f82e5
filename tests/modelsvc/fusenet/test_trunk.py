from pathlib import Path

import numpy as np
import PIL.Image
import skimage
import torch

from modelsvc.fusenet.model import normalise
from modelsvc.fusenet.trunk import LITE0, Classifier, EfficientNetLite, load_imagenet


def test_the_trunk_keeps_an_eighth_of_the_size() -> None:
    features = EfficientNetLite(32, LITE0[:5], output_stride=8)(torch.zeros(2, 3, 96, 144))
    assert [tuple(f.shape[1:]) for f in features] == [
        (16, 48, 72),
        (24, 24, 36),
        (40, 12, 18),
        (80, 12, 18),
        (112, 12, 18),
    ]


def test_the_trunk_dilates_after_the_stride_it_lost() -> None:
    def dilations(*, is_dilated: bool) -> list[int]:
        trunk = EfficientNetLite(32, LITE0[:5], output_stride=8, is_dilated=is_dilated)
        return [block.depthwise[0].dilation[0] for stage in trunk.stages for block in stage]

    assert dilations(is_dilated=True) == [1] * 6 + [2] * 5
    assert dilations(is_dilated=False) == [1] * 11


def test_the_classifier_ends_at_a_thirty_second() -> None:
    assert Classifier(32, LITE0, 1280)(torch.zeros(2, 3, 256, 256)).shape == (2, 1280, 8, 8)


def test_imagenet_weights_recognise_real_photos() -> None:
    espresso, cats = 967, {281, 282, 283, 284, 285}
    net = Classifier(32, LITE0, 1280, classes=1000).eval()
    load_imagenet(net)
    with torch.inference_mode():
        coffee, chelsea = (net(_square(name)).softmax(1)[0] for name in ("coffee.png", "chelsea.png"))
    assert coffee.argmax() == espresso
    assert coffee[espresso] > 0.9
    assert int(chelsea.argmax()) in cats


def _square(name: str) -> torch.Tensor:
    image = PIL.Image.open(Path(skimage.__path__[0]) / "data" / name).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    cut = image.crop((left, top, left + side, top + side)).resize((224, 224), PIL.Image.Resampling.BICUBIC)
    return normalise(torch.from_numpy(np.array(cut)).permute(2, 0, 1).unsqueeze(0))
