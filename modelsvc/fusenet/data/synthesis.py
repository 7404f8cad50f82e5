"""Blur made where its amount is known: sharp photos in, photos with a true level map out.

All in linear light, on photos at working scale. Amounts are equivalent sigmas, the standard deviation of the blur
kernel in pixels at a long side of 1024, so that they mean the same at every scale. Level intervals leave gaps: nobody
can say on which side of a border a sigma lies, so none is made there.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageFilter
import torch
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE
from modelsvc.fusenet.data.amounts import LEVEL_COUNT, REFERENCE_LONG_SIDE, SIGMAS, draw_sigma, level_of
from modelsvc.fusenet.data.camera import draw_softness, take, to_linear, to_srgb
from modelsvc.fusenet.data.evidence import without_evidence
from modelsvc.fusenet.data.kernels import Floats, arc, convolve, disc_kernel, draw_kernel, path_kernel
from modelsvc.fusenet.data.movers import Cutout, blob, draw_traffic
from modelsvc.fusenet.data.releases import NO_SUBJECT, Sample

MODE_SHARES = {
    "none": 0.27,
    "background": 0.18,
    "subject": 0.07,
    "object-motion": 0.07,
    "whole": 0.08,
    "field": 0.09,
    "two-levels": 0.06,
    "movers": 0.18,
}
UPSCALED_SHARE = 0.3  # of the photos that are a little soft all over were enlarged
PLAIN_SHARE = 0.25  # of the scenes get a part without texture: sky, a wall
MOVERS = 5  # at most, in a crop, where no cutouts are given
OBJECT_PATH = (5.0, 80.0)  # px at 1024 that a moving subject covers during the exposure
OBJECT_BEND = 0.5  # radians: standard deviation of how far its path turns
TURNING, TURN = 0.25, 0.12  # how many subjects turn as they move; standard deviation of by how much, in radians
SUB_FRAMES = 24  # of the exposure of a turning subject
MOVING_ALPHA = 0.15  # a pixel that a moving subject covers for less of the exposure counts as background
HIDDEN_ALPHA = 0.05  # a pixel of which the subject covers more has, behind it, a background that is not known
NONE_BELOW, GOOD_UP_TO, OK_UP_TO = 0.02, 0.08, 0.34  # the synthetic rule: mean amount of the photo; on the subject
WHOLE_SUBJECT = 0.95  # of it blurred, by however little, is all of it: nothing that matters is sharp
SUBJECT_SHARES = (0.02, 0.95)  # a smaller or larger share of a crop is no subject to judge by


class Scene(NamedTuple):
    """A sharp crop at working scale.

    Attributes:
        pixels: (H, W, 3) uint8.
        alpha: (H, W) float32 in [0, 1], 1 on what may be blurred apart from the rest.
        is_subject: alpha is what people look at, not just some part.
        cutouts: things that may move through it.
    """

    pixels: NDArray[np.uint8]
    alpha: Floats
    is_subject: bool
    cutouts: tuple[Cutout, ...] = ()


class Blurred(NamedTuple):
    """A scene after a mode was applied.

    Attributes:
        light: (H, W, 3) linear.
        levels: (H, W) uint8, 255 where pixels were invented.
        sharp: the light without blur, where the mode put something into the scene; None: the scene's own.
    """

    light: Floats
    levels: NDArray[np.uint8]
    sharp: Floats | None = None


# ------------------------------------------------------------------------------------------------ modes


def draw_mode(rng: np.random.Generator) -> str:
    """One of MODE_SHARES, by its share."""
    return str(rng.choice(list(MODE_SHARES), p=list(MODE_SHARES.values())))


def apply_mode(mode: str, scene: Scene, scale: int, rng: np.random.Generator, light: Floats | None = None) -> Blurred:
    """Blur a scene in one of MODE_SHARES' ways; `light` is its own if None."""
    light, alpha = to_linear(scene.pixels) if light is None else light, scene.alpha
    sharp = np.zeros(alpha.shape, np.uint8)

    def kernel_of(level: int) -> Floats:
        return draw_kernel(draw_sigma(level, scale, rng), rng)

    if mode == "none":
        return Blurred(light, sharp)
    if mode == "movers":
        count = int(rng.integers(1, MOVERS + 1))
        cutouts = scene.cutouts or tuple(blob(scene.pixels, rng) for _ in range(count))
        traffic = draw_traffic(light, cutouts, scale, rng)
        return Blurred(traffic.moved, traffic.levels, traffic.still)
    if mode == "object-motion":
        return move_subject(light, alpha, scale, rng)
    if mode == "field":
        levels = draw_field(alpha.shape, draw_levels(rng, 0, int(rng.integers(2, LEVEL_COUNT + 1))), rng)
        blurs = {int(level): convolve(light, kernel_of(level)) for level in np.unique(levels) if level}
        return Blurred(_choose(levels, {0: light, **blurs}), levels)
    level = int(rng.integers(1, LEVEL_COUNT))
    if mode == "whole":
        is_upscaled = level == 1 and rng.random() < UPSCALED_SHARE
        soft = upscaled(light, draw_sigma(1, scale, rng)) if is_upscaled else convolve(light, kernel_of(level))
        return Blurred(soft, sharp + np.uint8(level))
    if mode == "background":
        return blur_background(light, alpha, sharp + np.uint8(level), {level: kernel_of(level)})
    if mode == "two-levels":
        levels = draw_field(alpha.shape, draw_levels(rng, 1, 2), rng)
        return blur_background(light, alpha, levels, {int(k): kernel_of(int(k)) for k in np.unique(levels)})
    if mode == "subject":
        return blur_subject(light, alpha, level, kernel_of(level))
    raise ValueError(mode)


def blur_background(light: Floats, alpha: Floats, levels: NDArray[np.uint8], kernels: dict[int, Floats]) -> Blurred:
    """The subject stays sharp; behind it each pixel is blurred by the kernel of its level.

    Normalised convolution: the background's light alone, divided by how much background the kernel saw; so no light of
    the subject leaks into a halo around it.
    """
    behind = np.concatenate([light * (1 - alpha[..., None]), 1 - alpha[..., None]], -1)  # (H, W, 4)
    blurs: dict[int, Floats] = {}
    for level, kernel in kernels.items():
        seen = convolve(behind, kernel)
        blurs[level] = (seen[..., :3] / np.maximum(seen[..., 3:], 1e-3)).astype(np.float32)
    mixed: Floats = alpha[..., None] * light + (1 - alpha[..., None]) * _choose(levels, blurs)
    return Blurred(mixed, np.where(alpha > 0.5, 0, levels).astype(np.uint8))


def blur_subject(light: Floats, alpha: Floats, level: int, kernel: Floats) -> Blurred:
    """The background stays sharp; the subject's colour and alpha are blurred together and laid over it."""
    seen = convolve(_premultiplied(light, alpha), kernel)
    return _laid_over(light, alpha, seen, level, 0.5)


def move_subject(light: Floats, alpha: Floats, scale: int, rng: np.random.Generator) -> Blurred:
    """The subject moves while the shutter is open: it smears and turns half transparent over a still background."""
    low, high = OBJECT_PATH
    while True:
        length = math.exp(rng.uniform(math.log(low), math.log(high)))
        level = level_of(length / math.sqrt(12))
        if level:
            break
    places = arc(length * scale / REFERENCE_LONG_SIDE, rng.uniform(0, 2 * math.pi), rng.normal(0, OBJECT_BEND))
    turn = rng.normal(0, TURN) if rng.random() < TURNING else 0.0
    return smear_subject(light, alpha, places, level, turn)


def smear_subject(light: Floats, alpha: Floats, places: NDArray[np.float64], level: int, turn: float = 0.0) -> Blurred:
    """The subject spends equal time at each of `places` (N, 2) px, turning by `turn` radians; the rest stays still."""
    premultiplied = _premultiplied(light, alpha)
    if turn:
        seen = _mean_of_turned(premultiplied, places[:: len(places) // SUB_FRAMES], turn)
    else:
        seen = convolve(premultiplied, path_kernel(places))
    return _laid_over(light, alpha, seen, level, MOVING_ALPHA)


def defocus_by_depth(pixels: NDArray[np.uint8], disparity: Floats, focus: float, strength: float) -> Blurred:
    """A photo as a lens focused at disparity `focus` would take it: sigma = strength |disparity - focus| px at 1024.

    Layers of equal level are blurred each and blended from back to front, near ones over far ones.
    """
    scale = max(pixels.shape[:2]) / REFERENCE_LONG_SIDE
    light = to_linear(pixels)
    sigma = strength * np.abs(disparity - focus)  # (H, W) px at 1024
    bounds = [0.0, 0.8, *(low for low, _ in SIGMAS[1:]), np.inf]
    levels = np.digitize(sigma, bounds[1:-1]).astype(np.uint8)
    steps = np.quantile(disparity, np.linspace(0, 1, 13))
    out, cover = np.zeros_like(light), np.zeros((*levels.shape, 1), np.float32)
    for low, high in pairwise(steps):  # far to near: disparity grows towards the camera
        layer = ((disparity >= low) & (disparity <= high)).astype(np.float32)
        if not layer.any():
            continue
        width = float(strength * abs((low + high) / 2 - focus)) * scale
        seen = _premultiplied(light, layer)
        seen = convolve(seen, disc_kernel(width)) if width > 0.3 else seen
        out = seen[..., :3] + (1 - seen[..., 3:]) * out
        cover = seen[..., 3:] + (1 - seen[..., 3:]) * cover
    return Blurred((out / np.maximum(cover, 1e-3)).astype(np.float32), levels)


# ------------------------------------------------------------------------------------------------ a sample


def synthesise(scene: Scene, *, scale: int, rng: np.random.Generator, mode: str | None = None) -> Sample:
    """A scene with synthetic blur, noise and JPEG, with its levels and the bootstrap rule's desirability.

    Args:
        scale: long side in px of the photo that the scene is a part of.
        mode: one of MODE_SHARES; drawn by its share if None.
    """
    mode = mode or draw_mode(rng)
    light = draw_softness(to_linear(scene.pixels), scale / REFERENCE_LONG_SIDE, rng)
    if rng.random() < PLAIN_SHARE:
        is_on_part = not scene.is_subject and rng.random() < 0.5
        light = with_plain_part(light, scene.alpha if is_on_part else 1 - scene.alpha)
    blurred = apply_mode(mode, scene, scale, rng, light)
    shot = take(blurred.light, rng)
    levels, told = blurred.levels, blurred.levels
    if levels.any():
        sharp = light if blurred.sharp is None else blurred.sharp
        before, after = (to_srgb(one * np.float32(shot.exposure)) for one in (sharp, blurred.light))
        told = without_evidence(levels, before, after, noise=shot.noise)
    subject = (scene.alpha > 0.5).astype(np.uint8)
    fewest, most = SUBJECT_SHARES
    is_judged = mode in ("none", "whole") or (scene.is_subject and fewest < subject.mean() < most)
    is_seen = not levels.any() or bool(((told > 0) & (told != IGNORE)).any())
    posterior = np.zeros(4, np.float32)
    posterior[rule_of_thumb(levels, subject if scene.is_subject else np.ones_like(subject))] = 1
    known_subject = subject if scene.is_subject and mode != "movers" else NO_SUBJECT
    return Sample(shot.pixels, told, posterior, is_judged and is_seen, scale, known_subject, kind=mode)


def rule_of_thumb(levels: NDArray[np.uint8], subject: NDArray[np.uint8]) -> int:
    """The synthetic rule: 0 none, 1 good, 2 ok, 3 bad by mean amount overall and on the subject.

    A subject that is blurred all over is bad, by however little; where there is none, nothing that matters is blurred.
    """
    known = levels != 255
    amount = levels / (LEVEL_COUNT - 1)
    if amount[known].mean() < NONE_BELOW:
        return 0
    on_subject = amount[known & (subject > 0)]
    mean = on_subject.mean() if on_subject.size else 0.0
    if on_subject.size and (on_subject > 0).mean() >= WHOLE_SUBJECT:
        return 3
    return 1 if mean <= GOOD_UP_TO else 2 if mean <= OK_UP_TO else 3


def draw_levels(rng: np.random.Generator, lowest: int, count: int) -> list[int]:
    """`count` different levels from `lowest` up, in order."""
    return sorted(int(level) for level in rng.choice(np.arange(lowest, LEVEL_COUNT), count, replace=False))


def draw_field(shape: tuple[int, ...], levels: list[int], rng: np.random.Generator) -> NDArray[np.uint8]:
    """(H, W) of `levels` in smooth patches that grow from the first to the last, as distance does."""
    height, width = shape[:2]
    cells = int(rng.integers(2, 6))
    noise = PIL.Image.fromarray(rng.normal(0, 1, (cells, cells)).astype(np.float32))
    field = np.asarray(noise.resize((width, height), PIL.Image.Resampling.BICUBIC)).copy()
    if rng.random() < 0.5:  # a slope, as on a floor that leads away
        angle = rng.uniform(0, 2 * math.pi)
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        field = 0.3 * field + 2 * (x * math.cos(angle) + y * math.sin(angle))
    cuts = np.sort(rng.dirichlet(np.full(len(levels), 3.0)).cumsum()[:-1])
    patches: NDArray[np.uint8] = np.array(levels, np.uint8)[np.digitize(field, np.quantile(field, cuts))]
    return patches


def with_plain_part(light: Floats, part: Floats) -> Floats:
    """The light with a part of alpha (H, W) turned into a sky or a wall: a slope of colour, its border sharp."""
    height, width = part.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    basis = np.stack([np.ones_like(x), x, y, x * y, x**2, y**2], -1)
    seen = np.s_[::4, ::4]
    here = part[seen] > 0.9
    if here.sum() < 50:
        return light
    slope, *_ = np.linalg.lstsq(basis[seen][here], light[seen][here], rcond=None)
    plain: Floats = np.clip(basis @ slope, 0, 1).astype(np.float32)
    weight = part[..., None]
    mixed: Floats = (weight * plain + (1 - weight) * light).astype(np.float32)
    return mixed


def upscaled(light: Floats, sigma: float) -> Floats:
    """The light as of fewer pixels, enlarged to as soft as `sigma` px: box and cubic of k px are about k / 2."""
    height, width = light.shape[:2]
    size = max(1, round(width / (2 * sigma))), max(1, round(height / (2 * sigma)))
    channels = [
        PIL.Image.fromarray(light[..., c])
        .resize(size, PIL.Image.Resampling.BOX)
        .resize((width, height), PIL.Image.Resampling.BICUBIC)
        for c in range(3)
    ]
    enlarged: Floats = np.clip(np.stack([np.asarray(channel) for channel in channels], -1), 0, 1)
    return enlarged


def fill_behind(light: Floats, alpha: Floats) -> Floats:
    """The background with the subject painted over by its surroundings, coarse to fine (Gortler et al. 1996)."""
    widened = PIL.Image.fromarray(np.rint(alpha * 255).astype(np.uint8)).filter(PIL.ImageFilter.MaxFilter(5))
    known = (1 - np.asarray(widened, np.float32) / 255)[..., None]
    return _pull_push(np.concatenate([light * known, known], -1))


def _pull_push(weighted: Floats) -> Floats:
    height, width = weighted.shape[:2]
    mean: Floats = (weighted[..., :3] / np.maximum(weighted[..., 3:], 1e-4)).astype(np.float32)
    if min(height, width) < 4 or weighted[..., 3].min() > 0.99:
        return mean
    even = np.pad(weighted, [(0, height % 2), (0, width % 2), (0, 0)], mode="edge")
    half = even.reshape(even.shape[0] // 2, 2, even.shape[1] // 2, 2, 4).sum((1, 3))
    half /= np.maximum(half[..., 3:], 1)  # full weight from one known pixel on
    coarse = _pull_push(half)
    size = even.shape[1], even.shape[0]
    channels = [PIL.Image.fromarray(coarse[..., c]).resize(size, PIL.Image.Resampling.BILINEAR) for c in range(3)]
    enlarged = np.stack([np.asarray(channel) for channel in channels], -1)[:height, :width]
    weight = np.minimum(weighted[..., 3:], 1)
    filled: Floats = (weight * mean + (1 - weight) * enlarged).astype(np.float32)
    return filled


def _laid_over(light: Floats, alpha: Floats, seen: Floats, level: int, threshold: float) -> Blurred:
    """The smeared subject over its filled background; where that shows invented pixels, the level is unknown."""
    behind = fill_behind(light, alpha)
    untouched = np.where(alpha[..., None] > 0, behind, light)
    out = seen[..., :3] + (1 - seen[..., 3:]) * untouched
    levels = np.where(seen[..., 3] > threshold, level, 0).astype(np.uint8)
    levels[(levels == 0) & (alpha > HIDDEN_ALPHA)] = 255
    return Blurred(out.astype(np.float32), levels)


def _mean_of_turned(premultiplied: Floats, places: NDArray[np.float64], turn: float) -> Floats:
    """The mean of sub-frames, each moved to a place and turned a little further, `turn` radians in all."""
    height, width = premultiplied.shape[:2]
    angle = turn * np.linspace(-0.5, 0.5, len(places))
    # Affine maps from output to input in [-1, 1] coordinates.
    theta = np.zeros((len(places), 2, 3))
    theta[:, 0, 0] = theta[:, 1, 1] = np.cos(angle)
    theta[:, 0, 1], theta[:, 1, 0] = -np.sin(angle) * height / width, np.sin(angle) * width / height
    theta[:, :, 2] = -2 * places / (width, height)
    frames = torch.from_numpy(premultiplied).permute(2, 0, 1).expand(len(places), -1, -1, -1)
    grid = torch.nn.functional.affine_grid(torch.from_numpy(theta).float(), list(frames.shape), align_corners=False)
    moved = torch.nn.functional.grid_sample(frames, grid, align_corners=False)
    mean: Floats = moved.mean(0).permute(1, 2, 0).numpy()
    return mean


def _premultiplied(light: Floats, alpha: Floats) -> Floats:
    return np.concatenate([light * alpha[..., None], alpha[..., None]], -1)


def _choose(levels: NDArray[np.uint8], by_level: dict[int, Floats]) -> Floats:
    """Each pixel from the picture of its level."""
    out = next(iter(by_level.values())).copy()
    for level, picture in by_level.items():
        here = levels == level
        out[here] = picture[here]
    return out
