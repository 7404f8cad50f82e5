import math

import numpy as np
import pytest

from modelsvc.fusenet.data.kernels import Floats, arc, convolve, disc_kernel, gaussian_kernel, motion_kernel


def spread(kernel: Floats, axis: int) -> float:
    """Standard deviation of a kernel along an axis."""
    mass = kernel.sum(1 - axis)
    place = np.arange(len(mass)) - (len(mass) - 1) / 2
    return math.sqrt(float((mass * place**2).sum() - (mass * place).sum() ** 2))


@pytest.mark.parametrize("sigma", [0.8, 1.5, 3.0, 7.0])
@pytest.mark.parametrize("kernel", [gaussian_kernel, disc_kernel, lambda sigma: motion_kernel(sigma, 0.0)])
def test_a_blurred_edge_is_as_wide_as_asked(sigma: float, kernel: object) -> None:
    edge = np.zeros((64, 160, 3), np.float32)
    edge[:, 80:] = 1
    profile = convolve(edge, kernel(sigma))[32, :, 0]  # type: ignore[operator]
    line_spread = np.diff(profile)
    place = np.arange(len(line_spread))
    mean = (line_spread * place).sum()
    measured = math.sqrt(float((line_spread * (place - mean) ** 2).sum()))
    assert measured == pytest.approx(sigma, rel=0.05)


@pytest.mark.parametrize("sigma", [0.3, 0.5, 0.8, 1.2, 7.0])
def test_a_disc_is_as_wide_as_asked_however_small(sigma: float) -> None:
    kernel = disc_kernel(sigma)
    assert [spread(kernel, axis) for axis in (0, 1)] == pytest.approx([sigma, sigma], rel=0.01)


def test_a_disc_of_half_a_pixel_by_hand() -> None:  # a variance of 1/4: 2 (side + 2 corner)
    side, corner = 0.11877, 0.00318
    assert disc_kernel(0.5)[1:4, 1:4] == pytest.approx(
        np.array([[corner, side, corner], [side, 1 - 4 * side - 4 * corner, side], [corner, side, corner]]), abs=1e-4
    )


@pytest.mark.parametrize("kernel", [gaussian_kernel(2), disc_kernel(2), motion_kernel(2, 0.7, 0.5)])
def test_a_kernel_keeps_the_light(kernel: Floats) -> None:
    assert kernel.sum() == pytest.approx(1)
    assert kernel.min() >= 0
    assert kernel.shape[0] == kernel.shape[1]
    assert kernel.shape[0] % 2 == 1


def test_motion_goes_where_it_is_told() -> None:
    along, across = (spread(motion_kernel(4, 0.0), axis) for axis in (1, 0))
    assert along == pytest.approx(4, rel=0.05)
    assert across < 0.01


def test_a_bent_path_keeps_its_length() -> None:
    places = arc(30, 0.3, 1.0)
    assert np.hypot(*np.diff(places, axis=0).T).sum() == pytest.approx(30 * 95 / 96)


def test_convolving_is_what_scipy_calls_it() -> None:
    from scipy import ndimage

    image, kernel = np.random.default_rng(0).random((40, 40, 3), np.float32), motion_kernel(2, 0.5, 0.8)
    expected = np.stack([ndimage.convolve(image[..., c], kernel, mode="reflect") for c in range(3)], -1)
    assert np.abs(convolve(image, kernel) - expected).max() < 1e-5
