"""What the network sees after each epoch, on a few photos that stay the same: RUN_DIR/samples/EPOCH.jpg."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image

from annotate.core.imagefile import fit_to_scale
from annotate.core.regions import DESIRABILITIES
from modelsvc.fusenet.data.releases import Photos, Sample
from modelsvc.fusenet.evaluation.reading import read_output, run_network
from modelsvc.fusenet.model import ABCFuseNet
from modelsvc.fusenet.serving.pictures import grey, in_a_row, level_picture, stacked

PANEL_PHOTOS, SIDE = 4, 200


def save_samples(model: ABCFuseNet, photos: Photos, run_dir: Path, epoch: int) -> None:
    """Write photo, attention, blur amount, levels and true levels of the panel's photos, whole or not at all."""
    rows = [row_of(model, sample) for sample in panel_of(photos)]
    if not rows:
        return
    folder = run_dir / "samples"
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{epoch}.partial"
    stacked(rows).save(partial, "JPEG", quality=85)
    partial.rename(folder / f"{epoch}.jpg")


def panel_of(photos: Photos) -> list[Sample]:
    """A few photos, spread evenly, the same at each call."""
    indices = np.unique(np.linspace(0, len(photos) - 1, min(PANEL_PHOTOS, len(photos))).astype(int))
    return [sample for index in indices if (sample := photos.whole(int(index))) is not None]


def row_of(model: ABCFuseNet, sample: Sample) -> PIL.Image.Image:
    """One photo of the panel: what it is, what the network says of it, what people said."""
    reading = read_output(run_network(model, sample)[0], sample.levels.shape)
    probabilities, attention = np.asarray(reading.probabilities), np.asarray(reading.attention)
    said, truth = int(probabilities.argmax()), int(sample.posterior.argmax())
    pictures = {
        f"people: {DESIRABILITIES[truth]}" if sample.is_judged else "photo": PIL.Image.fromarray(sample.pixels),
        "attention (A)": grey(attention),
        "blur amount (B)": grey(reading.amount),
        f"{DESIRABILITIES[said]} {probabilities[said]:.0%}": level_picture(reading.levels, model.config.levels),
        "levels by people": level_picture(sample.levels, model.config.levels),
    }
    return in_a_row([(words, fit_to_scale(picture.convert("RGB"), SIDE)) for words, picture in pictures.items()])
