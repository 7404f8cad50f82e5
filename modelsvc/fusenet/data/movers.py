"""Small things that move in a photo that is sharp otherwise: cut out of other photos and pasted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE
from modelsvc.fusenet.data.amounts import REFERENCE_LONG_SIDE, level_of
from modelsvc.fusenet.data.camera import to_linear
from modelsvc.fusenet.data.kernels import Floats, arc, convolve, path_kernel

MOVER_SIDES = (0.03, 0.30)  # long side of a mover, as a share of the photo's
MOVER_PATHS = (4.5, 34.0)  # px at 1024 that it covers during the exposure
STANDING = 0.25  # of what is pasted stands still: an outline alone says nothing
ALONG_GROUND, SLOPE = 0.8, 0.12  # of the movers; radians that these deviate from the horizontal
BEND = 0.25  # radians: standard deviation of how far a path turns
MOVING_ALPHA, FAINT_ALPHA = 0.15, 0.04  # covered for less of the exposure is background; in between nobody can say
LEAST_ALPHA = 0.5
LARGEST_IN_CROP = 0.7


Window = tuple[slice, slice]


class Cutout(NamedTuple):
    """A thing without its background: (h, w, 3) uint8 pixels and (h, w) alpha in [0, 1]."""

    pixels: NDArray[np.uint8]
    alpha: Floats


class Traffic(NamedTuple):
    """A scene with movers in it, in linear light: as a short exposure has it, and as a long one; and its levels."""

    still: Floats
    moved: Floats
    levels: NDArray[np.uint8]


def cut_out(pixels: NDArray[np.uint8], alpha: Floats) -> Cutout | None:
    """What alpha is of, cut to its bounds; None if there is nothing."""
    rows, columns = (np.flatnonzero((alpha > LEAST_ALPHA).any(axis)) for axis in (1, 0))
    if len(rows) < 8 or len(columns) < 8:
        return None
    here = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return Cutout(pixels[here], alpha[here])


def blob(pixels: NDArray[np.uint8], rng: np.random.Generator) -> Cutout:
    """A piece of a photo in the shape of an uneven ellipse, where no mask tells what is a thing."""
    height, width = pixels.shape[:2]
    high, wide = max(16, round(height * rng.uniform(0.2, 0.6))), max(16, round(width * rng.uniform(0.15, 0.5)))
    high, wide = min(high, height), min(wide, width)
    top, left = int(rng.integers(0, height - high + 1)), int(rng.integers(0, width - wide + 1))
    y, x = np.mgrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j]
    angle = np.arctan2(y, x)
    waves = sum(rng.normal(0, 0.08) * np.cos(k * angle + rng.uniform(0, 2 * math.pi)) for k in (2, 3, 5))
    alpha = np.clip((0.85 + waves - np.hypot(x, y)) * min(high, wide) / 2, 0, 1).astype(np.float32)
    return Cutout(pixels[top : top + high, left : left + wide], alpha)


def draw_traffic(light: Floats, cutouts: Sequence[Cutout], scale: int, rng: np.random.Generator) -> Traffic:
    """Cutouts pasted into a scene at sizes and speeds of a street, the later in front of the earlier."""
    still, moved = light, light
    levels = np.zeros(light.shape[:2], np.uint8)
    for cutout in cutouts:
        thing = _resized(cutout, _draw_side(scale, light.shape, rng), rng)
        is_standing = rng.random() < STANDING
        length, level = 0.0, 0
        while not is_standing and not level:
            length = math.exp(rng.uniform(*np.log(MOVER_PATHS)))
            level = level_of(length / math.sqrt(12))
        heading = rng.normal(0, SLOPE) if rng.random() < ALONG_GROUND else rng.uniform(0, 2 * math.pi)
        places = arc(length * scale / REFERENCE_LONG_SIDE, heading, rng.normal(0, BEND))
        layer = _layer(thing)
        smeared = layer if is_standing else _smeared(layer, path_kernel(places))
        middle = _draw_place(thing, levels.shape, rng)
        still, moved = _over(layer, middle, still), _over(smeared, middle, moved)
        cover = np.zeros(levels.shape, np.float32)
        here, own = _overlap(smeared.shape, middle, levels.shape)
        cover[here] = smeared[own][..., 3]
        levels[cover > MOVING_ALPHA] = level
        if not is_standing:
            levels[(cover > FAINT_ALPHA) & (cover <= MOVING_ALPHA)] = IGNORE
    return Traffic(still, moved, levels)


def _draw_side(scale: int, shape: tuple[int, ...], rng: np.random.Generator) -> float:
    """The long side of a mover in px."""
    side = math.exp(rng.uniform(*np.log(MOVER_SIDES))) * scale
    return min(side, LARGEST_IN_CROP * min(shape[:2]))


def _resized(cutout: Cutout, side: float, rng: np.random.Generator) -> Cutout:
    """The cutout with a long side of at most `side` px, never enlarged, mirrored or not."""
    height, width = cutout.alpha.shape
    ratio = min(1.0, side / max(height, width))
    size = max(2, round(width * ratio)), max(2, round(height * ratio))
    pixels = np.asarray(PIL.Image.fromarray(cutout.pixels).resize(size, PIL.Image.Resampling.LANCZOS))
    alpha = np.asarray(PIL.Image.fromarray(cutout.alpha).resize(size, PIL.Image.Resampling.BOX))
    return Cutout(pixels[:, ::-1], alpha[:, ::-1]) if rng.random() < 0.5 else Cutout(pixels, alpha)


def _layer(thing: Cutout) -> Floats:
    """(h, w, 4) premultiplied linear light and alpha."""
    alpha = np.clip(thing.alpha, 0, 1)[..., None]
    return np.concatenate([to_linear(thing.pixels) * alpha, alpha], -1)


def _smeared(layer: Floats, kernel: Floats) -> Floats:
    """The layer convolved, larger by the kernel's reach on each side."""
    reach = kernel.shape[0] // 2
    return convolve(np.pad(layer, [(reach, reach), (reach, reach), (0, 0)]), kernel)


def _draw_place(thing: Cutout, shape: tuple[int, ...], rng: np.random.Generator) -> tuple[int, int]:
    """Where in the scene the middle of a thing is: (row, column) in px; at most a third of it is outside."""
    sides = zip(thing.alpha.shape, shape[:2], strict=True)
    row, column = (int(rng.integers(own // 6, max(whole - own // 6, own // 6 + 1))) for own, whole in sides)
    return row, column


def _overlap(own: tuple[int, ...], middle: tuple[int, int], whole: tuple[int, ...]) -> tuple[Window, Window]:
    """The part of the scene that a layer around `middle` covers, and the part of the layer that is in the scene."""
    starts = [at - side // 2 for at, side in zip(middle, own, strict=False)]
    spans = list(zip(starts, own, whole, strict=False))
    there = tuple(slice(max(start, 0), max(min(start + side, end), 0)) for start, side, end in spans)
    here = tuple(slice(max(-start, 0), max(min(side, end - start), 0)) for start, side, end in spans)
    return (there[0], there[1]), (here[0], here[1])


def _over(layer: Floats, middle: tuple[int, int], behind: Floats) -> Floats:
    """The scene with a layer in front of it."""
    out = behind.copy()
    there, here = _overlap(layer.shape, middle, behind.shape)
    out[there] = layer[here][..., :3] + (1 - layer[here][..., 3:]) * out[there]
    return out
