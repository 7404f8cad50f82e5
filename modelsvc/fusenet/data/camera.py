"""What a camera makes of light: softness, exposure, noise, denoising and JPEG; none of it changes a level.

Noise is shot and read noise in linear light, as in Foi et al., "Practical Poissonian-Gaussian noise modeling" (IEEE TIP
17, 2008): of variance light / F + (r / F)^2 for F electrons at white and r electrons of read-out.
"""

from __future__ import annotations

import io
import math
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageFilter
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from modelsvc.fusenet.data.kernels import Floats, convolve, gaussian_kernel

SOFT_SHARE, SOFTEST = 0.5, 0.8  # of photos have softness of their own; px at 1024, still level 0
DARK_SHARE, DARKEST = 0.3, 3.5  # of photos are exposed less, by up to so many stops
NOISY_SHARE, DENOISED_SHARE = 0.4, 0.4  # of photos; of the noisy ones
ELECTRONS = (150.0, 12000.0)  # at white: high sensitivity to low
DARK_ELECTRONS = (300.0, 3000.0)  # of the photos that dark rooms are measured by
READ_NOISE = (1.0, 6.0)  # electrons
GRAIN_SHARE, GRAIN = 0.4, (0.4, 0.8)  # of the noisy photos; px of sigma that demosaicing spreads noise by
BYTE_NOISE = 2.5  # standard deviation of the strongest noise of the others, in steps of 8-bit sRGB
JPEG_QUALITIES = (55, 97)
DENOISING = (0.7, 2.0)  # standard deviations of noise that the guided filter takes away

_TO_LINEAR = np.where((c := np.arange(256) / 255) <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(
    np.float32
)  # IEC 61966-2-1


class Shot(NamedTuple):
    """A photo as a camera gives it.

    Attributes:
        pixels: (H, W, 3) uint8.
        exposure: what the light was multiplied by.
        noise: standard deviation of the noise before denoising, in steps of 8-bit sRGB, mean over the photo.
    """

    pixels: NDArray[np.uint8]
    exposure: float
    noise: float


def to_linear(pixels: NDArray[np.uint8]) -> Floats:
    """sRGB bytes as linear light in [0, 1]."""
    light: Floats = _TO_LINEAR[pixels]
    return light


def to_srgb(light: Floats) -> Floats:
    """Linear light as sRGB in 0..255, not rounded."""
    light = np.clip(light, 0, 1)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** np.float32(1 / 2.4) - 0.055)
    return (255 * curve).astype(np.float32)


def draw_softness(light: Floats, relative: float, rng: np.random.Generator) -> Floats:
    """The light through a lens and sensor that are sharp by everybody's standard, and often not to the pixel.

    Args:
        relative: long side of the whole photo over 1024 px.
    """
    sigma = rng.uniform(0, SOFTEST) * relative
    if rng.random() >= SOFT_SHARE or sigma < 0.25:
        return light
    return convolve(light, gaussian_kernel(sigma))


def take(light: Floats, rng: np.random.Generator) -> Shot:
    """A photo of the light: exposed, noisy, maybe denoised, stored as JPEG."""
    exposure = 2 ** -rng.uniform(0, DARKEST) if rng.random() < DARK_SHARE else 1.0
    exposed = light if exposure == 1 else light * np.float32(exposure)
    if rng.random() < NOISY_SHARE:
        photo, noise = _noisy(exposed, rng)
    else:
        noise = rng.uniform(0, BYTE_NOISE)
        photo = to_srgb(exposed) + rng.standard_normal(light.shape, np.float32) * np.float32(noise)
    return Shot(_through_jpeg(_rounded(photo), int(rng.integers(*JPEG_QUALITIES))), exposure, noise)


def take_in_the_dark(light: Floats, rng: np.random.Generator) -> Shot:
    """A photo at little light and high sensitivity: always darker and noisy, for measuring."""
    exposure = 2 ** -rng.uniform(1, DARKEST)
    photo, noise = _noisy(light * np.float32(exposure), rng, DARK_ELECTRONS)
    return Shot(_through_jpeg(_rounded(photo), int(rng.integers(*JPEG_QUALITIES))), exposure, noise)


def _noisy(light: Floats, rng: np.random.Generator, range_: tuple[float, float] = ELECTRONS) -> tuple[Floats, float]:
    """The light in sRGB with shot and read noise, denoised or not, and how noisy it was."""
    electrons = math.exp(rng.uniform(*np.log(range_)))
    spread = np.sqrt(np.clip(light, 0, 1) / electrons + (rng.uniform(*READ_NOISE) / electrons) ** 2)
    grain = rng.standard_normal(light.shape, np.float32)
    if rng.random() < GRAIN_SHARE:
        grain = convolve(grain, gaussian_kernel(rng.uniform(*GRAIN)))
    clean = to_srgb(light)
    photo = to_srgb(light + grain * spread)
    noise = float(np.abs(photo - clean).mean()) * math.sqrt(math.pi / 2)
    if rng.random() >= DENOISED_SHARE:
        return photo, noise
    if rng.random() < 0.3:
        median = PIL.Image.fromarray(_rounded(photo)).filter(PIL.ImageFilter.MedianFilter(3))
        return np.asarray(median, np.float32), noise
    return smooth_but_edges(photo, noise * rng.uniform(*DENOISING), int(rng.integers(1, 4))), noise


def smooth_but_edges(photo: Floats, deviation: float, radius: int) -> Floats:
    """(H, W, 3) smoothed where it deviates less than `deviation` within `radius` px.

    The self-guided filter of He, Sun and Tang, "Guided image filtering" (PAMI 35, 2013), each channel by itself.
    """
    planes = torch.from_numpy(photo).permute(2, 0, 1)[None]  # (1, 3, H, W)

    def mean(map_: Tensor) -> Tensor:
        padded = F.pad(map_, [radius] * 4, mode="reflect")
        return F.avg_pool2d(padded, 2 * radius + 1, 1)

    average = mean(planes)
    variance = (mean(planes**2) - average**2).clamp_min(0)
    slope = variance / (variance + deviation**2 + 1e-6)
    smoothed = mean(slope) * planes + mean(average - slope * average)
    return smoothed[0].permute(1, 2, 0).numpy()


def _rounded(photo: Floats) -> NDArray[np.uint8]:
    return np.clip(np.rint(photo), 0, 255).astype(np.uint8)


def _through_jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    file = io.BytesIO()
    PIL.Image.fromarray(pixels).save(file, "JPEG", quality=quality)
    return np.asarray(PIL.Image.open(file).convert("RGB"))
