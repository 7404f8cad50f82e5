"""A checkpoint against another on every panel: the table that decides whether it ships.

    python -m tests.bar.weights --new DIR --data DATA [--old DIR] [--panel NAME ...] [--photos N]

DATA holds photos/ (ecssd, bsds500, ccp and same_picture.csv as of training), real/ and street/. What is measured was
never trained on: pairs of the scenes held out, panels for measuring only, crops of photos held out. Differences have
95 % intervals by drawing scenes anew, the same for both. Nothing is judged: a person reads the table.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from modelsvc.fusenet.commands.evaluate import PANEL_SEED, PANEL_SIDE, load_models
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.data.masked import MaskedPhotos
from modelsvc.fusenet.data.panels import open_panel
from modelsvc.fusenet.data.releases import Photos
from modelsvc.fusenet.data.sources import SyntheticPhotos, find_sources, hold_out, repeated, split_sharp
from modelsvc.fusenet.evaluation.reading import compare, network_look, panel
from modelsvc.fusenet.evaluation.tally import paired
from modelsvc.fusenet.training.fit import MEASURED_SCENES

HELD_OUT = 140  # photos, as of the training that ships
SHOWN = {
    "sharp": ("false_blur",),
    "mff": ("blur_ap", "blur_iou", "false_blur", "boundary_f", "blur_ece"),
    "gopro": ("false_blur", "existence_accuracy"),
    "synthetic": ("blur_ap", "level_accuracy", "amount_mae", "boundary_f", "desirability_accuracy", "existence_auc"),
} | dict.fromkeys(("dark", "movers", "walkers"), ("blur_ap", "blur_iou", "false_blur"))


def panels(data: Path, most: int) -> dict[str, Callable[[], Photos]]:
    """How each panel is opened, by its name and working scale."""
    real, photos = data / "real", data / "photos"
    sources = find_sources([photos / name for name in ("ecssd", "bsds500", "ccp")])
    same = data / "same_picture.csv"
    people = [
        source for source in hold_out(sources, HELD_OUT, same).panel if source.mask and "ccp" in source.image.parts
    ]

    def of(name: str, scale: int) -> Photos:
        found = open_panel(name, scale=scale, street=data / "street", real=real, walkers=people)
        found.keep(most)
        return found

    def pairs(name: str, scale: int) -> Photos:
        return MaskedPhotos(real / name, scale=scale, is_blurred_white=True).parted(MEASURED_SCENES)[1]

    def synthetic(_: str, scale: int) -> Photos:
        chosen = repeated(split_sharp(sources, HELD_OUT, same).panel, most)[:most]
        return SyntheticPhotos(chosen, scale=scale, crop=PANEL_SIDE, seed=PANEL_SEED)

    def whole(name: str, scale: int) -> Photos:
        return MaskedPhotos(real / name, scale=scale, is_blurred_white=True)

    ways = {"mff": pairs, "gopro": whole, "synthetic": synthetic} | dict.fromkeys(
        ("sharp", "dark", "movers", "walkers"), of
    )
    scales = {"sharp": (640, 1024), "walkers": (640, 1024), "gopro": (640, 1024), "synthetic": (640, 1024)}
    return {
        f"{name} {scale}": lambda name=name, way=way, scale=scale: way(name, scale)  # type: ignore[misc]
        for name, way in ways.items()
        for scale in scales.get(name, (640,))
    }


def measure(old: Path, new: Path, photos: Photos) -> dict[str, Any]:
    """Both checkpoints on the same photos: each measure of the first, of the second, and the difference."""
    models = load_models([old, new])
    looks = [network_look(name, model, checkpoint.existence) for name, (model, checkpoint) in models.items()]
    first, second = compare(looks, panel(photos, len(photos)), next(iter(models.values()))[1].model.levels).values()
    was, now = first.numbers(), second.numbers()
    differences = paired(first, second)
    return {
        "photos": len(first.photos),
        "scenes": len(set(first.scenes)),
        "measures": {
            name: {"old": was[name], "new": now[name]} | dict(differences.get(name, {})) for name in was.keys() & now
        },
    }


def as_markdown(found: Mapping[str, Any]) -> str:
    """The measures that are shown of each panel, a row each."""
    lines = ["| panel | photos (scenes) | measure | old | new | difference |", "| --- | --- | --- | --- | --- | --- |"]
    for name, one in found.items():
        for measure_ in SHOWN[name.split()[0]]:
            if not (row := one["measures"].get(measure_)):
                continue
            spread = f" [{row['low']:+.3f}, {row['high']:+.3f}]" if row.get("low") is not None else ""
            change = f"{row['new'] - row['old']:+.3f}{spread}"
            lines.append(
                f"| {name} | {one['photos']} ({one['scenes']}) | {measure_} | {row['old']:.3f} | {row['new']:.3f} | "
                f"{change} |"
            )
    return "\n".join(lines)


def main() -> None:
    """Measure, print each panel as it is done, and the table at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--new", type=Path, required=True, metavar="DIR")
    parser.add_argument("--old", type=Path, default=SHIPPED, metavar="DIR")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--panel", nargs="+", metavar="NAME", help="only these, as 'sharp 640'")
    parser.add_argument("--photos", type=int, default=200, help="of a panel, spread evenly")
    options = parser.parse_args()
    found = {}
    for name, open_ in panels(options.data, options.photos).items():
        if not options.panel or name in options.panel:
            found[name] = measure(options.old, options.new, open_())
            print(json.dumps({"panel": name} | found[name]), flush=True)
    print(as_markdown(found))


if __name__ == "__main__":
    main()
