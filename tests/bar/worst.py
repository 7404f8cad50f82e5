"""The photos that the network reads worst, of each panel ten: by name, as pictures to look at, and as maps to show.

    python -m tests.bar.worst --data DATA --out DIR [--checkpoint DIR] [--photos N]

DATA is as of tests.bar.weights. OUT gets PANEL.png with the photos, for whoever has them, and worst.png, which shows of
each photo only what is right and wrong: most photos of these sets may not be passed on.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE
from modelsvc.fusenet.checkpoint import load_model
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.data.masked import MaskedPhotos
from modelsvc.fusenet.data.releases import Photos
from modelsvc.fusenet.evaluation.reading import network_look, panel
from modelsvc.fusenet.evaluation.worst import Seen, Worst
from modelsvc.fusenet.serving.pictures import in_a_row, stacked
from tests.bar.weights import panels

SHOWN = {"mff": "mff 640", "gopro": "gopro 640", "dark": "dark 640", "movers": "movers 640"}
COUNT, SIDE = 10, 110
SHARP, BLURRED, MISSED, ALARM, UNKNOWN = (255, 255, 255), (150, 150, 150), (30, 90, 200), (220, 60, 30), (235, 225, 190)


def natural(data: Path) -> Photos:
    """Photos with a depth of field of their own: what is around the subject counts as blurred, though not all is."""
    keys = (data / "ecssd_natural_blur_keys.txt").read_text().split()
    photos = MaskedPhotos(data / "photos/ecssd", scale=640, is_blurred_white=False)
    photos.pairs = [pair for pair in photos.pairs if pair[0].stem in keys]
    return photos


def map_of_errors(seen: Seen) -> PIL.Image.Image:
    """Sharp white, blurred grey, missed blue, false alarms red, and what is not known sand."""
    truth, said = seen.sample.levels, seen.reading.levels > 0
    colours: NDArray[np.uint8] = np.array([SHARP, ALARM, MISSED, BLURRED, UNKNOWN], np.uint8)
    picture = PIL.Image.fromarray(colours[np.where(truth == IGNORE, 4, 2 * (truth > 0) + said)])
    picture.thumbnail((SIDE, SIDE), PIL.Image.Resampling.NEAREST)
    tile = PIL.Image.new("RGB", (SIDE, SIDE), SHARP)
    tile.paste(picture)
    return tile


def main() -> None:
    """Look at every panel, a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR")
    parser.add_argument("--photos", type=int, default=200, help="of a panel, spread evenly")
    options = parser.parse_args()
    model, checkpoint = load_model(options.checkpoint)
    opened: dict[str, Callable[[], Photos]] = {
        name: panels(options.data, options.photos)[full] for name, full in SHOWN.items()
    }
    opened["natural"] = lambda: natural(options.data)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, open_ in opened.items():
        photos = open_()
        worst = Worst(network_look("net", model, checkpoint.existence), "net")
        for sample in panel(photos):
            worst(sample)
        ten = worst.worst()[:COUNT]
        worst.sheets(photos.level_count)["worst"].save(options.out / f"{name}.png")
        rows.append(in_a_row([(f"{name} {seen.error:.2f}", map_of_errors(seen)) for seen in ten]))
        found = {seen.sample.name: round(seen.error, 3) for seen in ten}
        print(json.dumps({"panel": name, "photos": worst.seen_count, "worst": found}), flush=True)
    stacked(rows).quantize(32).save(options.out / "worst.png", optimize=True)


if __name__ == "__main__":
    main()
