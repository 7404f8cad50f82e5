"""Pictures to look at: what the network says of a photo, and what the synthesis makes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE
from annotate.core.imagefile import fit_to_scale
from annotate.core.regions import DESIRABILITIES
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.serving.predictor import BlurPrediction

MARGIN, CAPTION = 8, 28
PANEL = 480  # long side of a picture in a figure
INK, PAPER, UNKNOWN = (17, 17, 17), (255, 255, 255), (40, 60, 120)


def figure(photo: PIL.Image.Image, prediction: BlurPrediction) -> PIL.Image.Image:
    """Photo, blur map (brighter is more blur) and attention with the judgement, as in the paper's figure 1."""
    order = np.argsort(-prediction.probabilities)
    said = ", ".join(f"{DESIRABILITIES[k]} {prediction.probabilities[k]:.0%}" for k in order)
    panels = {said: photo, "blur amount": grey(prediction.amount), "attention": grey(prediction.attention)}
    return in_a_row([(caption, fit_to_scale(picture.convert("RGB"), PANEL)) for caption, picture in panels.items()])


def contact_sheet(rows: Iterable[tuple[str, list[Sample]]], level_count: int) -> PIL.Image.Image:
    """A row for each name: every sample beside its levels, brighter is more blur, blue is unlabelled."""
    strips = []
    for name, samples in rows:
        pictures: list[tuple[str, PIL.Image.Image]] = []
        for sample in samples:
            judged = DESIRABILITIES[int(sample.posterior.argmax())] if sample.is_judged else "not judged"
            pictures.append((name, PIL.Image.fromarray(sample.pixels)))
            pictures.append((judged, level_picture(sample.levels, level_count)))
        strips.append(in_a_row(pictures))
    return stacked(strips)


def stacked(strips: list[PIL.Image.Image]) -> PIL.Image.Image:
    """Pictures one below the other."""
    sheet = PIL.Image.new("RGB", (max(s.width for s in strips), sum(s.height for s in strips)), PAPER)
    top = 0
    for strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    return sheet


def level_picture(levels: NDArray[np.uint8], level_count: int) -> PIL.Image.Image:
    """Levels as grey from black to white; unlabelled pixels are blue."""
    table = np.full((256, 3), UNKNOWN, np.uint8)
    table[:level_count] = np.linspace(0, 255, level_count).astype(np.uint8)[:, None]
    table[IGNORE] = UNKNOWN
    return PIL.Image.fromarray(table[levels])


def grey(map_: NDArray[np.float32]) -> PIL.Image.Image:
    """A map of [0, 1] as grey."""
    scaled = np.clip(map_, 0, 1)
    scaled *= 255  # in place: a large photo's maps are large
    return PIL.Image.fromarray(np.rint(scaled, out=scaled).astype(np.uint8))


def in_a_row(pictures: list[tuple[str, PIL.Image.Image]]) -> PIL.Image.Image:
    """Pictures side by side with captions below."""
    width = sum(picture.width for _, picture in pictures) + MARGIN * (len(pictures) + 1)
    height = max(picture.height for _, picture in pictures) + MARGIN + CAPTION
    row = PIL.Image.new("RGB", (width, height), PAPER)
    draw, font, left = PIL.ImageDraw.Draw(row), PIL.ImageFont.load_default(14), MARGIN
    for caption, picture in pictures:
        row.paste(picture, (left, MARGIN))
        draw.text((left, MARGIN + picture.height + 5), caption, INK, font)
        left += picture.width + MARGIN
    return row
