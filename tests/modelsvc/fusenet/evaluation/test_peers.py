import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest
from scipy import fft, stats

from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.peers import (
    MEASURES,
    Calibration,
    Floats,
    _dct_basis,
    grey_of,
    hifst,
    is_textured,
    svd,
)
from modelsvc.fusenet.evaluation.reading import TREES, peers_look
from modelsvc.fusenet.evaluation.tally import Tally
from tests.data.make_blur_detector import half_blurred as half_blurred_photo
from tests.data.make_blur_detector import in_cells

BLUR_DETECTOR = Path(__file__).parents[3] / "data" / "blur_detector.json"


def half_blurred(radius: float = 2.0) -> Floats:
    """Noise, its right half blurred."""
    photo = PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (96, 128), dtype=np.uint8))
    photo.paste(photo.filter(PIL.ImageFilter.GaussianBlur(radius)).crop((64, 0, 128, 96)), (64, 0))
    return np.asarray(photo, np.float32)


@pytest.mark.parametrize("name", [name for name in MEASURES if name != "constant"])
def test_a_measure_is_higher_where_it_is_blurred(name: str) -> None:
    score = MEASURES[name](half_blurred())
    assert score.shape == (96, 128)
    assert score[:, 84:].min() > score[:, :44].max()


@pytest.mark.parametrize("name", MEASURES)
def test_a_flat_photo_has_a_finite_score(name: str) -> None:
    assert np.isfinite(MEASURES[name](np.full((40, 50), 128, np.float32))).all()


def test_the_dct_is_scipys() -> None:
    patch = np.random.default_rng(0).normal(size=(7, 7)).astype(np.float32)
    basis = _dct_basis(7).numpy()
    assert np.abs(basis @ patch @ basis.T - fft.dctn(patch, norm="ortho")).max() < 1e-5


@pytest.mark.parametrize("case", json.loads(BLUR_DETECTOR.read_text()), ids=lambda case: case["photo"])
def test_hifst_orders_places_as_the_published_code_does(case: dict[str, Any]) -> None:
    grey = half_blurred_photo(case["photo"], case["box"], case["radius"])
    ours = in_cells(-hifst(grey.astype(np.float32)))
    assert stats.spearmanr(ours.ravel(), np.ravel(case["sharpness"])).statistic > 0.8  # .82 to .88 when it was made


def test_slow_measures_keep_the_photos_size() -> None:
    odd = half_blurred()[:33, :61]
    assert svd(odd).shape == hifst(odd).shape == (33, 61)


def test_calibration_learns_what_a_score_stands_for() -> None:
    score = np.linspace(0, 1, 1000, dtype=np.float32).reshape(10, 100)
    truth = np.digitize(score, [0.25, 0.5, 0.75]).astype(np.uint8)
    truth[0, :5] = 255
    above = Calibration.fit([score], [truth], 4).read(score)
    assert above.shape == (3, 10, 100)
    assert ((above > 0.5).sum(0) == np.digitize(score, [0.25, 0.5, 0.75])).mean() > 0.97
    assert above[0, -1, -1] == 1


def test_a_constant_score_is_how_common_each_level_is() -> None:
    truth = np.array([[0, 0, 1, 3]], np.uint8)
    above = Calibration.fit([np.zeros((1, 4), np.float32)], [truth], 4).read(np.zeros((2, 2), np.float32))
    assert above[:, 0, 0].tolist() == [0.5, 0.25, 0.25]


def test_texture_is_where_grey_levels_differ() -> None:
    photo = np.full((60, 120), 128, np.float32)
    photo[:, 60:] += np.random.default_rng(0).normal(0, 9, (60, 60)).astype(np.float32)
    textured = is_textured(photo)
    assert not textured[:, :48].any()
    assert textured[:, 72:].all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (2, 3), (10, 8), (300, 10)])
def test_a_photo_smaller_than_a_window_is_measured_by_all(shape: tuple[int, int]) -> None:
    small, large = noise(*shape), noise(64, 64)
    readings = peers_look([small, large], 4)(small)
    assert readings.keys() == {*MEASURES, TREES}
    assert {reading.levels.shape for reading in readings.values()} == {shape}
    tally = Tally(4)
    for reading in readings.values():
        tally.add(small, reading)
    assert is_textured(grey_of(small)).shape == shape


def noise(height: int, width: int) -> Sample:
    """A sample of noise with levels of noise."""
    rng = np.random.default_rng([height, width])
    pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    levels = rng.integers(0, 4, (height, width), dtype=np.uint8)
    return Sample(pixels, levels, np.array([0, 1, 0, 0], np.float32), True, max(height, width))
