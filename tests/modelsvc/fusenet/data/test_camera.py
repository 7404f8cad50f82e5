import numpy as np
import pytest

from modelsvc.fusenet.data import camera
from modelsvc.fusenet.data.camera import draw_softness, smooth_but_edges, take, to_linear, to_srgb

GREY = np.full((96, 96, 3), 0.2, np.float32)


def test_photos_are_dark_or_not_noisy_or_not() -> None:
    shots = [take(GREY, np.random.default_rng(seed)) for seed in range(60)]
    assert {shot.exposure == 1 for shot in shots} == {True, False}
    assert min(shot.exposure for shot in shots) >= 2**-camera.DARKEST
    assert min(shot.noise for shot in shots) < 1
    assert max(shot.noise for shot in shots) > 6


def test_a_clean_photo_is_as_noisy_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "JPEG_QUALITIES", (100, 101))
    monkeypatch.setattr(camera, "NOISY_SHARE", 0)
    for seed in range(5):
        shot = take(GREY, np.random.default_rng(seed))
        green = shot.pixels[..., 1].astype(float)
        assert green.std() == pytest.approx(np.hypot(shot.noise, 0.3) * 0.8, abs=0.5)


def test_denoising_keeps_a_strong_edge_and_takes_weak_noise_away() -> None:
    rng = np.random.default_rng(0)
    step = np.repeat(np.where(np.arange(64) < 32, 40.0, 200.0)[None, :, None], 64, 0).repeat(3, 2)
    noisy = (step + rng.normal(0, 5, step.shape)).astype(np.float32)
    smooth = smooth_but_edges(noisy, 8, 2)
    assert smooth[:, :24].std() < 0.6 * noisy[:, :24].std()
    assert (smooth[:, 32] - smooth[:, 31]).mean() > 150


def test_softness_is_none_or_less_than_a_level() -> None:
    point = np.zeros((41, 41, 3), np.float32)
    point[20, 20] = 1
    x = np.arange(41) - 20
    soft = [draw_softness(point, 1.0, np.random.default_rng(seed))[..., 0] for seed in range(30)]
    spreads = [float(np.sqrt((light.sum(0) * x**2).sum())) for light in soft]
    assert min(spreads) == 0
    assert 0.4 < max(spreads) < 0.85


def test_light_comes_back_from_srgb() -> None:
    ramp = np.arange(256, dtype=np.uint8)
    assert np.abs(to_srgb(to_linear(ramp)) - ramp).max() < 0.01
