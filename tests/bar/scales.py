"""What two scales say of the same pixels, each alone and both together.

    python -m tests.bar.scales --data DATA [--checkpoint DIR] [--photos N]

DATA is as of tests.bar.weights. Synthetic crops of photos held out are as of photos of 1024 px; real/gopro's frames
hold 1280. The coarse scale is the checkpoint's own.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from annotate.core.imagefile import fit_to_scale
from modelsvc.fusenet.checkpoint import load_model
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.reading import panel, read_output, reading_of, run_network
from modelsvc.fusenet.evaluation.tally import Tally
from modelsvc.fusenet.model import ABCFuseNet
from modelsvc.fusenet.serving.predictor import enlarge, mean_in_logits
from tests.bar.weights import panels

FINE = 1024  # px
SHOWN = ("blur_ap", "blur_iou", "false_blur", "level_accuracy", "amount_mae", "boundary_f")


def ways(model: ABCFuseNet, sample: Sample, scale: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """P(level > k) by each way, on the sample's own pixels."""
    fine = read_output(run_network(model, sample)[0], sample.levels.shape).above
    height, width = sample.levels.shape
    photo = PIL.Image.fromarray(sample.pixels)
    pixels = np.asarray(fit_to_scale(photo, round(max(photo.size) * scale / sample.long_side)))
    small = sample._replace(pixels=pixels, levels=np.zeros(pixels.shape[:2], np.uint8), long_side=scale)
    said = read_output(run_network(model, small)[0], small.levels.shape).above
    coarse = np.stack([enlarge(each, each.shape[::-1], (width, height)) for each in said])
    yield from {f"{FINE}": fine, f"{scale}": coarse, "both": mean_in_logits(fine, coarse)}.items()


def main() -> None:
    """Measure, and print a panel a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR")
    parser.add_argument("--photos", type=int, default=200)
    options = parser.parse_args()
    model, checkpoint = load_model(options.checkpoint)
    opened = panels(options.data, options.photos)
    for name in ("synthetic", "gopro"):
        tallies: dict[str, Tally] = {}
        photos = opened[f"{name} {FINE}"]()
        for sample in panel(photos, options.photos):
            for way, above in ways(model, sample._replace(subject=np.zeros((0, 0), np.uint8)), checkpoint.scale):
                tallies.setdefault(way, Tally(photos.level_count)).add(sample, reading_of(above))
        found = {way: tally.numbers() for way, tally in tallies.items()}
        figures = {way: {n: round(row[n], 4) for n in SHOWN if n in row} for way, row in found.items()}
        print(json.dumps({"panel": name, "photos": len(photos)} | figures), flush=True)


if __name__ == "__main__":
    main()
