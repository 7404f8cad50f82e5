"""What the network's parts are worth: attention against masks of subjects, and the verdict from A, B, C or from less.

    OMP_NUM_THREADS=1 python -m tests.bar.parts --data DATA [--checkpoint DIR] [--seeds N] [--crops N] [--skip fusion]

DATA is as of tests.bar.weights. Attention: photos whose pictures were never trained on, by the mask of the subject;
street frames by what may move, which is another question. Verdict: A, B and both trunks stay as they ship; the fusion
and C's last layer learn anew from synthetic crops with some inputs switched off, each variant with the same crops,
steps and seeds, and say the verdict of crops of photos held out. Intervals (95 %) by drawing photos, or street's
drives, anew.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from annotate.core.imagefile import fit_to_scale
from annotate.core.intervals import FEWEST_MAPS
from modelsvc.fusenet.checkpoint import load_model
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.data.masks import read_grey
from modelsvc.fusenet.data.releases import Sample, resize
from modelsvc.fusenet.data.sources import (
    Source,
    SyntheticPhotos,
    find_sources,
    open_photo,
    read_source,
    repeated,
    split_sharp,
)
from modelsvc.fusenet.evaluation.reading import panel, read_output, run_network
from modelsvc.fusenet.evaluation.tally import attention_scores, draws_of, interval
from modelsvc.fusenet.model import ABCFuseNet
from modelsvc.fusenet.training.ablations import FULL, VARIANTS
from modelsvc.fusenet.training.fusing import SHOWN, Crops, compare_parts, see
from tests.bar.weights import HELD_OUT

SCALE, CROP = 640, 192


def subjects(sources: Sequence[Source]) -> Iterator[Sample]:
    """Photos with their subjects."""
    for source in sources:
        pixels, alpha, _ = read_source(source)
        yield _of_subject(PIL.Image.fromarray(pixels), (255 * alpha).astype(np.uint8), source.image.stem)


def frames(street: Path) -> Iterator[Sample]:
    """Street frames with what may move as the subject."""
    for image in sorted((street / "images").iterdir()):
        mask = street / "movers" / f"{image.stem}.png"
        if mask.exists():
            yield _of_subject(open_photo(image), read_grey(mask).astype(np.uint8), image.stem.rpartition("_f")[0])


def _of_subject(photo: PIL.Image.Image, mask: NDArray[np.uint8], scene: str) -> Sample:
    small = fit_to_scale(photo, SCALE)
    subject = (resize(mask, small.size, PIL.Image.Resampling.BILINEAR) > 127).astype(np.uint8)
    levels = np.zeros(subject.shape, np.uint8)
    sample = Sample(np.asarray(small), levels, np.full(4, 0.25, np.float32), False, max(small.size), subject)
    return sample._replace(scene=scene)


def attention_figures(model: ABCFuseNet, samples: Iterator[Sample]) -> dict[str, Any]:
    """AUC, share of peaks on the subject, and IoU of where attention is above half its most; means over photos."""
    rows, scenes = [], []
    for sample in samples:
        said = read_output(run_network(model, sample)[0], sample.levels.shape)
        auc, pointing = attention_scores(sample, said)
        if np.isnan(auc) or said.attention is None:
            continue
        there, subject = said.attention >= said.attention.max() / 2, sample.subject > 0
        rows.append((auc, float((there & subject).sum() / (there | subject).sum()), pointing))
        scenes.append(sample.scene)
    values, weights = np.array(rows), draws_of(scenes)
    found: dict[str, Any] = {"photos": len(rows), "scenes": len(set(scenes))}
    for name, column in zip(("auc", "iou_at_half", "pointing"), values.T, strict=True):
        spread = interval(weights @ column / weights.sum(1)) if len(set(scenes)) >= FEWEST_MAPS else None
        found[name] = {"mean": float(column.mean()), "median": float(np.median(column)), "interval": spread}
    return found


def crops_of(network: ABCFuseNet, sources: Sequence[Source], count: int, seed: int) -> Crops:
    """So many crops of sources, as the network's parts see them."""
    chosen = repeated(sources, count)[:count]
    return see(network, list(panel(SyntheticPhotos(chosen, scale=SCALE, crop=CROP, seed=seed))))


def as_markdown(rows: dict[str, Any]) -> str:
    """The table of the parts."""
    lines = ["| verdict from | " + " | ".join(SHOWN) + " |", "|---" * (len(SHOWN) + 1) + "|"]
    for part, measures in rows.items():
        cells = []
        for name in SHOWN:
            one = measures[name]
            cell = f"{one['mean']:.3f} ({one['range'][0]:.3f} to {one['range'][1]:.3f})"
            low, high = one["interval"]
            change = f"{one['difference']:+.3f} [{low:+.3f}, {high:+.3f}]"
            cells.append(cell if part == FULL else f"{cell}<br>" + (f"**{change}**" if low * high > 0 else change))
        lines.append(f"| {VARIANTS[part].says} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    """Measure attention, then the parts; a JSON object a line, and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--crops", type=int, default=1200, help="to learn from; a third as many are measured on")
    parser.add_argument("--skip", choices=("attention", "fusion"), nargs="*", default=[])
    options = parser.parse_args()
    data, (model, _) = options.data, load_model(options.checkpoint)
    sources = find_sources([data / "photos" / name for name in ("ecssd", "bsds500", "ccp")])
    split = split_sharp(sources, HELD_OUT, data / "same_picture.csv")
    if "attention" not in options.skip:
        held = [source for source in (*split.choosing, *split.panel) if source.mask]
        for name in ("ecssd", "ccp"):
            figures = attention_figures(model, subjects([s for s in held if name in s.image.parts]))
            print(json.dumps({"attention": name} | figures), flush=True)
        print(json.dumps({"attention": "street"} | attention_figures(model, frames(data / "street"))), flush=True)
    if "fusion" not in options.skip:
        learned = crops_of(model, split.training, options.crops, 2)
        tested = crops_of(model, split.panel, options.crops // 3, 1)
        found = compare_parts(model, learned, tested, options.seeds)
        counts = {"crops": len(learned), "tested": len(tested), "sources": len(set(tested.sources))}
        print(json.dumps(counts | {"parts": found}), flush=True)
        print(as_markdown(found))


if __name__ == "__main__":
    main()
