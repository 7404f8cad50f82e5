"""Kernels of blur: out of focus, moved, or Gaussian, each of a given equivalent sigma, and the convolution with them.

Equivalent sigma: the standard deviation of the kernel along an axis, in pixels of the map it is convolved with; of
motion, along the path.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

KERNEL_SHARES = {"gauss": 0.25, "disc": 0.45, "motion": 0.30}  # of what is drawn
FINE = 16  # rows of a pixel that a disc is cut into
BEND = 0.4  # radians: standard deviation of how far a drawn path of motion turns

Floats = NDArray[np.float32]


def gaussian_kernel(sigma: float) -> Floats:
    """Normalised Gaussian of standard deviation `sigma` px, at least 0.5."""
    reach = max(1, math.ceil(3.5 * sigma))
    profile = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    return _normalised(np.outer(profile, profile))


def disc_kernel(sigma: float) -> Floats:
    """Disc of a defocused lens whose light, gathered in pixels, has the standard deviation `sigma` px in each axis."""
    reach = math.ceil(2 * sigma) + 1
    radius = disc_radius(sigma)
    fine = (np.arange((2 * reach + 1) * FINE) + 0.5) / FINE - reach - 0.5
    chord = np.sqrt(np.maximum(radius**2 - fine**2, 0))  # half the disc's width at each fine row
    upto = np.clip(np.arange(-reach, reach + 2) - 0.5, -chord[:, None], chord[:, None])  # (rows, borders of pixels)
    kernel = np.diff(upto).reshape(2 * reach + 1, FINE, -1).mean(1)
    return _normalised(kernel + kernel.T)


def disc_radius(sigma: float) -> float:
    """The radius in px: 2 sigma, less what sharing the light among pixels adds, by halving the interval.

    A disc of radius r has the standard deviation r / 2 in each axis; the tails 1 - 2 (t sqrt(r^2 - t^2) + r^2 asin(t /
    r)) / (pi r^2) of its profile, t half-way between pixels, give the variance of the pixels.
    """
    step = np.arange(1, math.ceil(2 * sigma) + 2)
    low, high = 0.5, 2 * sigma + 1
    for _ in range(40):
        radius = (low + high) / 2
        t = np.minimum((step - 0.5) / radius, 1)
        tail = 1 - 2 * (t * np.sqrt(1 - t**2) + np.arcsin(t)) / math.pi
        low, high = (radius, high) if ((2 * step - 1) * tail).sum() < sigma**2 else (low, radius)
    return low


def motion_kernel(sigma: float, angle: float, bend: float = 0.0) -> Floats:
    """Path of standard deviation `sigma` px.

    A line of length l has l / sqrt(12); sharing its points among pixels adds a variance of 1/6.

    Args:
        angle: direction in radians.
        bend: by how many radians the direction turns along the path.
    """
    return path_kernel(arc(math.sqrt(12 * max(sigma**2 - 1 / 6, 0)), angle, bend))


def arc(length: float, angle: float, bend: float, points: int = 96) -> NDArray[np.float64]:
    """(points, 2) places (x, y) at even steps along an arc, centred on their mean."""
    heading = angle + bend * (np.linspace(0, 1, points) - 0.5)
    steps = np.stack([np.cos(heading), np.sin(heading)], 1) * length / points
    places: NDArray[np.float64] = np.cumsum(steps, 0)
    places -= places.mean(0)
    return places


def path_kernel(places: NDArray[np.float64]) -> Floats:
    """The light of a point that spends equal time at each place, shared bilinearly among pixels."""
    reach = math.ceil(np.abs(places).max()) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1))
    corner = np.floor(places).astype(int)
    part = places - corner
    for dx in (0, 1):
        for dy in (0, 1):
            weight = np.abs(1 - dx - part[:, 0]) * np.abs(1 - dy - part[:, 1])
            np.add.at(kernel, (corner[:, 1] + dy + reach, corner[:, 0] + dx + reach), weight)
    return _normalised(kernel)


def draw_kernel(sigma: float, rng: np.random.Generator) -> Floats:
    """A kernel of a random family with this equivalent sigma in px."""
    family = rng.choice(list(KERNEL_SHARES), p=list(KERNEL_SHARES.values()))
    if family == "gauss":
        return gaussian_kernel(sigma)
    if family == "disc":
        return disc_kernel(sigma)
    return motion_kernel(sigma, rng.uniform(0, math.pi), rng.normal(0, BEND))


def convolve(map_: Floats, kernel: Floats) -> Floats:
    """(H, W, C) convolved with a kernel, reflected at the borders."""
    reach = kernel.shape[0] // 2
    height, width = map_.shape[:2]
    padded = np.pad(map_, [(reach, reach), (reach, reach), (0, 0)], mode="symmetric")
    shape = tuple(_smooth_size(size + 2 * reach) for size in padded.shape[:2])
    spectrum = np.fft.rfft2(padded, shape, axes=(0, 1)) * np.fft.rfft2(kernel, shape)[..., None]
    whole = np.fft.irfft2(spectrum, shape, axes=(0, 1))
    return whole[2 * reach : 2 * reach + height, 2 * reach : 2 * reach + width].astype(np.float32)


def _normalised(kernel: NDArray[np.floating]) -> Floats:
    normalised: Floats = (kernel / kernel.sum()).astype(np.float32)
    return normalised


def _smooth_size(size: int) -> int:
    """The next size whose only prime factors are 2, 3 and 5, for which Fourier transforms are fast."""
    while True:
        rest = size
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return size
        size += 1
