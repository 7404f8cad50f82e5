from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from modelsvc.fusenet.checkpoint import Checkpoint, save_checkpoint
from modelsvc.fusenet.model import ABCFuseNet, model_config
from modelsvc.fusenet.predict import BlurPrediction, Predictor, fit_to_scale, pad_to_stride


def predictor(folder: Path, levels: int = 4, *, ordinal: bool = True) -> Predictor:
    torch.manual_seed(0)
    config = model_config("abc-tiny", levels, ordinal=ordinal)
    save_checkpoint(folder / "net", ABCFuseNet(config).state_dict(), Checkpoint(model=config, scale=96))
    return Predictor(folder / "net")


def noise(width: int, height: int) -> PIL.Image.Image:
    return PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (96, 96), (250, 130)])
@pytest.mark.parametrize("levels", [2, 4])
@pytest.mark.parametrize("ordinal", [True, False])
def test_every_map_has_the_photos_size_and_range(
    tmp_path: Path, size: tuple[int, int], levels: int, ordinal: bool
) -> None:
    prediction = predictor(tmp_path, levels, ordinal=ordinal).predict(noise(*size))
    assert prediction.levels.shape == size[::-1]
    assert prediction.levels.dtype == np.uint8
    assert prediction.levels.max() < levels
    for name in ("amount", "attention", "uncertainty", "blurred"):
        map_ = getattr(prediction, name)
        assert map_.shape == size[::-1]
        assert map_.dtype == np.float32
        assert 0 <= map_.min() <= map_.max() <= 1
    assert prediction.probabilities.shape == (4,)
    assert prediction.probabilities.sum() == pytest.approx(1, abs=1e-5)


def test_the_same_photo_gives_the_same_answer(tmp_path: Path) -> None:
    net, photo = predictor(tmp_path), noise(130, 100)
    assert np.array_equal(net.predict(photo).amount, net.predict(photo).amount)


def test_levels_agree_with_the_probability_of_blur(tmp_path: Path) -> None:
    prediction = predictor(tmp_path).predict(noise(130, 100))
    assert np.array_equal(prediction.levels > 0, prediction.blurred > 0.5)


def test_what_the_photo_shows_comes_as_a_small_vector(tmp_path: Path) -> None:
    content = predictor(tmp_path).predict(noise(130, 100)).content
    assert (content.shape, content.dtype) == ((32,), np.float16)
    assert content.min() >= 0


def test_the_blurred_share_of_the_subject_counts_by_attention() -> None:
    halves = np.repeat(np.array([[0, 2]], np.uint8), 4, axis=0)
    eye = np.repeat(np.array([[0.3, 0.1]], np.float32), 4, axis=0)
    rest = dict.fromkeys(("amount", "uncertainty", "blurred", "probabilities", "content"), eye)
    assert BlurPrediction(levels=halves, attention=eye, **rest).subject_blurred == pytest.approx(0.25)


def test_photos_are_shrunk_but_never_enlarged() -> None:
    assert fit_to_scale(noise(200, 100), 96).size == (96, 48)
    assert fit_to_scale(noise(50, 40), 96).size == (50, 40)
    assert fit_to_scale(noise(1000, 1), 96).size == (96, 1)


def test_padding_reflects_the_photo() -> None:
    padded = pad_to_stride(np.arange(40, dtype=np.uint8).reshape(1, 40))
    assert padded.shape == (48, 48)
    assert padded[0, 38:44].tolist() == [38, 39, 38, 37, 36, 35]
