import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from annotate.core.noise import MOST, noise_of


def grey(plane):
    return np.repeat(np.clip(np.round(plane), 0, 255).astype(np.uint8)[..., None], 3, 2)


def noisy(plane, sigma):
    return grey(plane + np.random.default_rng(4).normal(0, sigma, plane.shape))


@pytest.mark.parametrize("sigma", [2, 5, 8])
def test_the_noise_of_an_even_photo_is_read(sigma):
    assert noise_of(noisy(np.full((384, 512), 120.0), sigma)) ** 0.5 == pytest.approx(sigma, rel=0.03)


def test_edges_and_slopes_are_no_noise():
    ramp = np.linspace(20, 200, 512)[None].repeat(384, 0)
    ramp[:, 300:] = 40
    assert noise_of(grey(ramp)) == 0
    assert noise_of(noisy(ramp, 4)) ** 0.5 == pytest.approx(4, rel=0.05)


def test_what_is_blown_out_does_not_hide_the_noise():
    plane = np.full((384, 512), 90.0)
    pixels = noisy(plane, 5)
    pixels[:200] = 255
    assert noise_of(pixels) ** 0.5 == pytest.approx(5, rel=0.05)
    assert noise_of(np.full((64, 64, 3), 255, np.uint8)) == 0


def test_texture_beside_quiet_areas_is_no_noise():
    texture = gaussian_filter(np.random.default_rng(1).normal(0, 120, (384, 512)), 0.7) + 128
    texture[:, :120] = 128
    assert noise_of(grey(texture)) == 0


def test_more_noise_than_a_photo_has_is_taken_for_texture():
    assert noise_of(noisy(np.full((384, 512), 128.0), 30)) == MOST


def test_a_photo_smaller_than_a_block_tells_nothing():
    assert noise_of(noisy(np.full((15, 400), 128.0), 5)) == 0
    assert noise_of(noisy(np.full((400, 15), 128.0), 5)) == 0
