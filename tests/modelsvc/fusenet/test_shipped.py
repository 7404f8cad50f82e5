"""The checkpoint that comes with the code, on real photos whose blur is known."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import skimage
import sklearn
import torch

from annotate.core.imagefile import open_upright
from modelsvc.fusenet.checkpoint import IMAGENET_PART, load_model, read_tensors
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.serving.predictor import Predictor
from modelsvc.fusenet.trunk import LITE0, Classifier, load_imagenet

PHOTOS = Path(skimage.__path__[0]) / "data"
FLOWER = Path(sklearn.__path__[0]) / "datasets" / "images" / "flower.jpg"


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor()


def read(path: Path) -> PIL.Image.Image:
    return open_upright(path.read_bytes())


def test_it_is_small_and_has_a_card() -> None:
    assert (SHIPPED / "weights.safetensors").stat().st_size <= 12_000_000
    card = (SHIPPED / "README.md").read_text()
    assert "trained on synthetic blur" in card
    assert "held out" in card.lower()


def test_every_tensor_of_the_network_is_the_shipped_one_or_imagenets_bit_for_bit() -> None:
    packaged = Classifier(32, LITE0, 1280)
    load_imagenet(packaged)
    expected = {f"{IMAGENET_PART}{name}": value for name, value in packaged.state_dict().items()}
    expected |= read_tensors(SHIPPED / "weights.safetensors")
    loaded = load_model(SHIPPED)[0].state_dict()
    assert loaded.keys() == expected.keys()
    assert [name for name, value in loaded.items() if not torch.equal(value, expected[name])] == []


def test_it_is_as_good_as_its_card_says_it_must_be(predictor: Predictor) -> None:
    metrics = predictor.checkpoint.metrics
    assert metrics["level_accuracy"] > 0.72
    assert metrics["blur_ap"] > 0.94
    assert metrics["amount_mae"] < 0.14


def test_a_flower_before_a_soft_background(predictor: Predictor) -> None:
    prediction = predictor.predict(read(FLOWER))
    y, x = np.mgrid[:427, :640]
    flower = np.hypot(x - 320, y - 235) < 110
    assert prediction.amount[flower].mean() < 0.3
    assert prediction.amount[(x > 520) | (x < 120)].mean() > 0.6
    assert prediction.attention[flower].mean() > 0.8


def test_a_clock_that_moved_is_not_called_sharp(predictor: Predictor) -> None:
    prediction = predictor.predict(read(PHOTOS / "clock_motion.png"))
    assert prediction.probabilities.argmax() != 0
    assert prediction.blurred.mean() > 0.75


def test_a_sharp_motorcycle_is_mostly_sharp(predictor: Predictor) -> None:
    assert predictor.predict(read(PHOTOS / "motorcycle_left.png")).amount.mean() < 0.3
