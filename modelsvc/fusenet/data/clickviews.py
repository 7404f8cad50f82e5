"""What the head for clicks learns from: views of photos with a thing in each, and clicks as people would make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageFilter
from numpy.typing import NDArray
from scipy import ndimage

from modelsvc.fusenet.clicks import Click, Prompt
from modelsvc.fusenet.data.movers import Cutout, cut_out
from modelsvc.fusenet.data.sources import Photo

SIDE = 336  # px of a view
LONG_SIDES = (260, 560)  # px of the whole photo that a view is cut from
LARGEST_ENLARGEMENT = 1.7
PASTED, PASTED_IS_MEANT = 0.5, 0.6  # shares: another thing in the photo, and of these where it is the thing
PASTED_SIDES = (36, 220)  # px
SOFTENED = 0.4  # share of views where thing, background or all is out of focus
SOFTEST = 6.0  # px, sigma
LEAST_CELLS = 6.0  # of 4 x 4 px that a thing covers
BOXED, BOTH = 0.15, 0.3  # shares of prompts with a box; of these, with clicks too
BOX_ERROR = 0.04  # of the thing's sides: standard deviation of where a box is drawn


class View(NamedTuple):
    """A view of a photo, padded by reflection to SIDE x SIDE.

    Attributes:
        pixels: (SIDE, SIDE, 3) uint8.
        inside: (SIDE / 4, SIDE / 4) float32, the thing's share of each cell.
        shown: rows and columns of px that are no padding.
        long_side: of the whole photo at this scale, px.
    """

    pixels: NDArray[np.uint8]
    inside: NDArray[np.float32]
    shown: tuple[int, int]
    long_side: int


def draw_view(photo: Photo, others: Sequence[Photo], rng: np.random.Generator) -> View | None:
    """A view of a photo with its thing, or with another one pasted into it; None where too little of it is seen."""
    long_side = round(min(rng.uniform(*LONG_SIDES), LARGEST_ENLARGEMENT * max(photo[1].shape)))
    pixels, alpha = _cut(*_scaled(photo, long_side), rng)
    if rng.random() < PASTED:
        other = others[int(rng.integers(len(others)))]
        pixels, alpha = _with_another(pixels, alpha, cut_out(other[0], other[1]), rng)
    if rng.random() < SOFTENED:
        pixels = _softened(pixels, alpha, rng)
    if rng.random() < 0.5:
        pixels, alpha = pixels[:, ::-1], alpha[:, ::-1]
    shown = alpha.shape
    pads = [(0, SIDE - shown[0]), (0, SIDE - shown[1])]
    pixels, alpha = np.pad(pixels, [*pads, (0, 0)], mode="symmetric"), np.pad(alpha, pads, mode="symmetric")
    inside = alpha.reshape(SIDE // 4, 4, SIDE // 4, 4).mean((1, 3))
    return View(np.ascontiguousarray(pixels), inside, shown, long_side) if inside.sum() >= LEAST_CELLS else None


def draw_prompt(inside: NDArray[np.bool_], rng: np.random.Generator) -> Prompt:
    """A first prompt for a thing on cells of 4 px: a click well inside it, or a box about it, or both."""
    rows, columns = np.nonzero(inside)
    box = None
    if rng.random() < BOXED:
        corners = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        sides = np.tile(corners[2:] - corners[:2], 2)
        left, top, right, bottom = 4 * (corners + sides * rng.normal(0, BOX_ERROR, 4))
        box = float(left), float(top), float(right), float(bottom)
        if rng.random() >= BOTH:
            return Prompt(box=box)
    depth = ndimage.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1]
    deep = np.flatnonzero(depth >= rng.uniform(0.3, 1.0) * depth.max())
    row, column = np.unravel_index(rng.choice(deep), inside.shape)
    return Prompt((Click(4 * (float(column) + rng.random()), 4 * (float(row) + rng.random()), True),), box)


def next_click(found: NDArray[np.bool_], inside: NDArray[np.bool_], cell: float) -> Click | None:
    """The click that people make next: in the middle of the largest region that is wrong; None where nothing is.

    Args:
        found, inside: (h, w) where the thing was found, and where it is.
        cell: px to a cell of both.
    """
    wrong = found != inside
    if not wrong.any():
        return None
    parts, _ = ndimage.label(wrong)
    depth = ndimage.distance_transform_edt(np.pad(parts == 1 + np.bincount(parts[wrong])[1:].argmax(), 1))[1:-1, 1:-1]
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return Click((float(column) + 0.5) * cell, (float(row) + 0.5) * cell, bool(inside[row, column]))


def _scaled(photo: Photo, long_side: int) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    height, width = photo[1].shape
    ratio = long_side / max(height, width)
    size = max(8, round(width * ratio)), max(8, round(height * ratio))
    pixels = PIL.Image.fromarray(photo[0]).resize(size, PIL.Image.Resampling.BICUBIC)
    alpha = PIL.Image.fromarray(photo[1]).resize(size, PIL.Image.Resampling.BILINEAR)
    return np.asarray(pixels), np.asarray(alpha)


def _cut(
    pixels: NDArray[np.uint8], alpha: NDArray[np.float32], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """At most SIDE x SIDE px, that one of a few draws that shows most of the thing."""
    spare = [max(length - SIDE, 0) for length in alpha.shape]
    places = [(int(rng.integers(spare[0] + 1)), int(rng.integers(spare[1] + 1))) for _ in range(3)]
    top, left = max(places, key=lambda place: alpha[place[0] : place[0] + SIDE, place[1] : place[1] + SIDE].sum())
    here = np.s_[top : top + SIDE, left : left + SIDE]
    return pixels[here], alpha[here]


def _with_another(
    pixels: NDArray[np.uint8], alpha: NDArray[np.float32], thing: Cutout | None, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The view with another thing in front, and the alpha of whichever of the two is meant."""
    if thing is None:
        return pixels, alpha
    most = min(PASTED_SIDES[1], *alpha.shape)
    ratio = np.exp(rng.uniform(*np.log((PASTED_SIDES[0], most)))) / max(thing.alpha.shape)
    high, wide = (max(4, round(length * ratio)) for length in thing.alpha.shape)
    cover = np.asarray(PIL.Image.fromarray(thing.alpha).resize((wide, high), PIL.Image.Resampling.BILINEAR))
    colour = np.asarray(PIL.Image.fromarray(thing.pixels).resize((wide, high), PIL.Image.Resampling.BICUBIC))
    top, left = (int(rng.integers(length - side + 1)) for length, side in zip(alpha.shape, (high, wide), strict=True))
    here = np.s_[top : top + high, left : left + wide]
    together, layer = pixels.astype(np.float32), np.zeros_like(alpha)
    together[here] += cover[..., None] * (colour - together[here])
    layer[here] = cover
    meant = layer if rng.random() < PASTED_IS_MEANT else alpha * (1 - layer)
    return np.rint(together).astype(np.uint8), meant


def _softened(pixels: NDArray[np.uint8], alpha: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    """The thing, what is around it, or all of the view out of focus."""
    sigma = float(np.exp(rng.uniform(np.log(0.7), np.log(SOFTEST))))
    soft = np.asarray(PIL.Image.fromarray(pixels).filter(PIL.ImageFilter.GaussianBlur(sigma)), np.float32)
    share = (alpha, 1 - alpha, np.ones_like(alpha))[int(rng.integers(3))][..., None]
    return np.rint(pixels + share * (soft - pixels)).astype(np.uint8)
