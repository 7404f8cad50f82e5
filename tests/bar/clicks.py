"""Things outlined by clicks, on photos that trained neither network nor head, beside GrabCut of OpenCV.

    OMP_NUM_THREADS=1 python -m tests.bar.clicks ECSSD BSDS500 CCP --same-picture CSV --leave-out FILE --movers STREET

The first click is in the middle of the thing, each further one in the middle of the largest region that is wrong.
GrabCut gets the attention map that the head has, too (probably foreground above half its most), and small discs for the
clicks: "grabcut" answers clicks on its own mistakes, "grabcut_same" those that the head was given. IoU at a long side
of 512 px, intervals of 95 % by drawing photos anew. Times are processor time of one thread; the workbench decodes in a
browser, and its own test times that.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray
from scipy import ndimage

from annotate.core.imagefile import Shrunk, fit_to_scale
from modelsvc.fusenet.clicks import Click, Prompt
from modelsvc.fusenet.commands.clicks import split_things
from modelsvc.fusenet.data.clickviews import next_click
from modelsvc.fusenet.data.sources import Source, find_sources, read_source
from modelsvc.fusenet.serving.clickgrids import LONG_SIDE, ClickEncoder
from modelsvc.fusenet.serving.predictor import Predictor
from tests.bar.common import verdict

HELD_OUT = 140  # as the shipped network was trained
COUNTS = (1, 3, 5)  # clicks
MOVER_SHARE = (0.01, 0.5)  # of the photo, of a mover that is measured
DISC = 4  # px: radius of what a click says for sure to GrabCut
ROUNDS, DRAWS = 5, 2000
Mask = NDArray[np.bool_]
Answer = Callable[[tuple[Click, ...]], Mask]


class Thing(NamedTuple):
    """A photo of at most 512 px with the thing to be outlined."""

    photo: PIL.Image.Image
    inside: Mask


def masked_things(sources: list[Source], most: int, seed: int) -> Iterator[Thing]:
    """Photos with subject masks."""
    for index in np.random.default_rng(seed).permutation(len(sources))[:most]:
        pixels, alpha, _ = read_source(sources[index])
        photo = fit_to_scale(PIL.Image.fromarray(pixels), LONG_SIDE)
        inside = np.asarray(PIL.Image.fromarray(alpha).resize(photo.size, PIL.Image.Resampling.BOX)) > 0.5
        if inside.any():
            yield Thing(photo, inside)


def movers(folder: Path, most: int, seed: int) -> Iterator[Thing]:
    """The largest car, walker or cyclist of a street photo, where it is neither a dot nor most of it."""
    files = sorted((folder / "movers").glob("*.png"))
    count = 0
    for index in np.random.default_rng(seed).permutation(len(files)):
        with PIL.Image.open(files[index]) as mask:
            parts, found = ndimage.label(np.asarray(mask) > 127)
        photo = PIL.Image.open(next((folder / "images").glob(f"{files[index].stem}.*"))).convert("RGB")
        inside = parts == 1 + np.bincount(parts.ravel())[1:].argmax() if found else np.zeros(parts.shape, bool)
        if MOVER_SHARE[0] <= inside.mean() <= MOVER_SHARE[1] and count < most:
            count += 1
            yield Thing(fit_to_scale(photo, LONG_SIDE), inside)


def by_head(encoder: ClickEncoder, photo: PIL.Image.Image, times: dict[str, list[float]]) -> Answer:
    """What the head says to clicks on the photo."""
    began = time.process_time()
    grids = encoder.look(Shrunk(photo, photo.size))
    times["encode"].append(time.process_time() - began)

    def answer(clicks: tuple[Click, ...]) -> Mask:
        began = time.process_time()
        found = encoder.find(grids, Prompt(clicks), photo.size)
        times["decode"].append(time.process_time() - began)
        return found

    return answer


def by_grabcut(attention: NDArray[np.float32], photo: PIL.Image.Image, times: dict[str, list[float]]) -> Answer:
    """What GrabCut says to clicks on the photo, from what draws the eye."""
    pixels = np.ascontiguousarray(np.asarray(photo)[..., ::-1])
    probable = np.where(attention > attention.max() / 2, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)

    def answer(clicks: tuple[Click, ...]) -> Mask:
        began = time.process_time()
        mask = probable.copy()
        for click in clicks:
            sure = cv2.GC_FGD if click.is_inside else cv2.GC_BGD
            cv2.circle(mask, (int(click.x), int(click.y)), DISC, int(sure), -1)
        if not (mask % 2 == 0).any():
            return np.ones(mask.shape, bool)
        cv2.setRNGSeed(1)
        cv2.grabCut(pixels, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
        times["grabcut"].append(time.process_time() - began)
        return mask % 2 == 1

    return answer


def ious(answer: Answer, inside: Mask, given: tuple[Click, ...] = ()) -> tuple[list[float], tuple[Click, ...]]:
    """IoU after each count of clicks, and the clicks: `given` ones, or each on what is wrong after those before."""
    clicks, found, reached = (), np.zeros(inside.shape, bool), []
    for number in range(COUNTS[-1]):
        click = given[number] if number < len(given) else next_click(found, inside, 1)
        clicks = (*clicks, click) if click else clicks
        if number + 1 in COUNTS or not given:
            found = answer(clicks)
        if number + 1 in COUNTS:
            reached.append(float((found & inside).sum() / (found | inside).sum()))
    return reached, clicks


def mean_with_interval(values: NDArray[np.float64]) -> dict[str, float]:
    """The mean over photos, and the middle 95 % of means of photos drawn anew."""
    draws = np.random.default_rng(1).choice(values, (DRAWS, len(values))).mean(1)
    low, high = np.percentile(draws, (2.5, 97.5))
    return {"mean": round(float(values.mean()), 3), "low": round(float(low), 3), "high": round(float(high), 3)}


def measure(
    things: Iterator[Thing], encoder: ClickEncoder, predictor: Predictor, times: dict[str, list[float]]
) -> dict[str, Any]:
    """IoU of each way on a set of things, and how much the head is better on the same photos."""
    reached: dict[str, list[list[float]]] = {"head": [], "grabcut": [], "grabcut_same": []}
    for photo, inside in things:
        attention = predictor.predict(photo).attention
        own, clicks = ious(by_head(encoder, photo, times), inside)
        grabcut = by_grabcut(attention, photo, times)
        reached["head"].append(own)
        reached["grabcut"].append(ious(grabcut, inside)[0])
        reached["grabcut_same"].append(ious(grabcut, inside, clicks)[0])
    table = {way: np.array(each) for way, each in reached.items()}
    named = [f"after_{count}" for count in COUNTS]
    figures: dict[str, Any] = {"things": len(table["head"])}
    for way, each in table.items():
        figures[way] = {name: mean_with_interval(each[:, k]) for k, name in enumerate(named)}
    better = table["head"] - table["grabcut"]
    return figures | {"head_less_grabcut": {name: mean_with_interval(better[:, k]) for k, name in enumerate(named)}}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path, nargs="+", help="the folders that the network was trained on")
    parser.add_argument("--same-picture", type=Path)
    parser.add_argument("--leave-out", type=Path, help="names of photos to measure on only")
    parser.add_argument("--movers", type=Path, help="photos with images/ and movers/")
    parser.add_argument("--most", type=int, default=1000, help="photos of each set")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    left_out = frozenset(options.leave_out.read_text().split()) if options.leave_out else frozenset()
    _, held = split_things(find_sources(options.sources), HELD_OUT, options.same_picture, left_out)
    natural = [source for source in held if source.image.stem in left_out]
    sets = {"natural": masked_things(natural, options.most, 1)} if natural else {}
    for name in sorted({source.image.parent.parent.name for source in held}):
        chosen = [s for s in held if s.image.parent.parent.name == name and s not in natural]
        sets[name] = masked_things(chosen, options.most, 1)
    if options.movers:
        sets["movers"] = movers(options.movers, options.most, 1)
    encoder, predictor = ClickEncoder(), Predictor()
    times: dict[str, list[float]] = {"encode": [], "decode": [], "grabcut": []}
    figures: dict[str, Any] = {name: measure(things, encoder, predictor, times) for name, things in sets.items()}
    for name, taken in times.items():
        p50, p99 = np.percentile(taken, (50, 99))
        figures[f"{name}_ms"] = {"p50": round(1000 * p50, 1), "p99": round(1000 * p99, 1)}
    targets = {f"{name}_after_{count}": {"min": 0.0} for name in sets for count in COUNTS}
    gains = {f"{n}_after_{c}": figures[n]["head_less_grabcut"][f"after_{c}"]["mean"] for n in sets for c in COUNTS}
    verdict("clicks", figures | gains, targets)


if __name__ == "__main__":
    main()
