"""What the order of a queue is worth: a labelled project replayed, its photos labelled in several orders.

A project of synthetic photos is labelled again and again, a few photos at a time. After each step the network's heads
learn anew from all that is labelled so far; its trunks are those of a checkpoint, frozen, and see each photo once. So
it says what an order is worth to new heads on synthetic blur, and nothing certain about real photos or about people.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
import torch
from numpy.typing import NDArray

from annotate.core.chance import draw
from annotate.core.ranking import entropy, novelty, plan_feed, score
from modelsvc.fusenet.config import TrainConfig
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation import metrics
from modelsvc.fusenet.model import ABCFuseNet, build, cumulative, desirability_probabilities
from modelsvc.fusenet.training.heads import Seen, fit_heads, say, see

Floats = NDArray[np.floating[Any]]
Curve = list[tuple[int, float]]  # labels, mIoU

RANDOM = "random"
ORDERS = (RANDOM, "diverse", "ranked", "unsure")
LEAST = 1e-6  # of a weight and of a chance, which are divided by and taken the logarithm of
STEPS, RATE = 30, 5e-3  # of a fit: enough for new heads on frozen features
SIZE, MARGIN = (900, 520), 70
TEXT, GRID = (31, 35, 40), (209, 217, 224)
INK = {RANDOM: (138, 90, 0), "diverse": (0, 118, 90), "ranked": (11, 92, 173), "unsure": (150, 40, 120)}


def next_photos(order: str, pool: Seen, labelled: Sequence[int], model: ABCFuseNet, seed: int) -> list[int]:
    """The photos of the pool that are not labelled, as an order gives them out.

    `random`; `diverse`, random as well, but those unlike the labelled ones sooner; `ranked`, by .5 entropy of the
    verdict, .3 uncertainty and .2 novelty, every fifth at random; `unsure`, by uncertainty alone.
    """
    waiting = sorted(set(range(len(pool))) - set(labelled))
    chance = np.array([draw(f"simulation {seed}", "photo", photo) for photo in waiting])
    if order == RANDOM:
        return _highest_first(waiting, chance)
    said = say(model, pool.only([*waiting, *labelled]))
    content = said.content.numpy()
    unlike = novelty(content[: len(waiting)], content[len(waiting) :])
    if order == "diverse":
        return _highest_first(waiting, spread(unlike, chance))
    above = cumulative(said.levels)[: len(waiting)]
    doubt = (4 * above * (1 - above)).mean((1, 2, 3)).numpy()
    if order == "unsure":
        return _highest_first(waiting, doubt)
    words = desirability_probabilities(said.exists, said.desirability)[: len(waiting)].numpy()
    scores = score(entropy=entropy(words), uncertainty=doubt, novelty=unlike)
    nobody = np.zeros(len(waiting), np.bool_)
    feed = plan_feed(
        waiting, scores.total, is_test=nobody, is_begun=nobody, given=len(labelled), salt=f"simulation {seed}"
    )
    return [waiting[at] for at, _ in feed]


def mean_iou(model: ABCFuseNet, test: Seen) -> float:
    """Intersection over union of the levels at half the photos' size, mean over the levels that occur."""
    said = (say(model, test).levels > 0).sum(1)
    truth = test.targets.above[:, :, ::2, ::2].sum(1)
    known = test.targets.valid[:, 0, ::2, ::2] > 0
    matrix = metrics.confusion(truth[known].long().numpy(), said[known].numpy(), test.targets.above.shape[1] + 1)
    return float(metrics.mean_iou(matrix))


def replay(
    order: str,
    pool: Seen,
    test: Seen,
    fit: Callable[[Seen], ABCFuseNet],
    *,
    first: int,
    step: int,
    most: int,
    seed: int,
) -> Curve:
    """(labels, mIoU on `test`) from the first few labels, drawn at random, to `most`."""
    labelled = np.random.default_rng(seed).permutation(len(pool)).tolist()[:first]
    curve = []
    while True:
        model = fit(pool.only(labelled))
        curve.append((len(labelled), mean_iou(model, test)))
        if len(labelled) + step > min(most, len(pool)):
            return curve
        labelled += next_photos(order, pool, labelled, model, seed)[:step]


def labels_needed(curve: Sequence[tuple[int, float]], wanted: float) -> float:
    """How many labels a curve needs to reach `wanted`, between its points by a straight line; inf if it does not."""
    for (before, low), (labels, high) in zip([curve[0], *curve], curve, strict=False):
        if high >= wanted:
            return before + (labels - before) * (wanted - low) / (high - low) if high > low else labels
    return float("inf")


def simulate(
    samples: Sequence[Sample],
    network: ABCFuseNet,
    *,
    test_count: int,
    seeds: int,
    first: int,
    step: int,
    most: int,
    report: Callable[[Mapping[str, Any]], None],
) -> dict[str, Any]:
    """Every order over all seeds, and what share of random's labels each needs for what random reaches at the end.

    Each seed draws its test split before anything is chosen; no photo's source is on both sides.
    """
    seen = see(network, samples)
    runs: list[dict[str, Any]] = []
    for seed in range(seeds):
        is_test = drawn_test([sample.name for sample in samples], test_count, seed)
        pool, test = (seen.only(np.flatnonzero(part).tolist()) for part in (~is_test, is_test))
        torch.manual_seed(seed)
        start = build(replace(network.config, use_refinement=False))
        config = replace(TrainConfig(), seed=seed, lr_heads=RATE)

        def fit(labelled: Seen, start: ABCFuseNet = start, config: TrainConfig = config) -> ABCFuseNet:
            return fit_heads(start, labelled, config, STEPS)

        curves = {}
        for order in ORDERS:
            curves[order] = replay(order, pool, test, fit, first=first, step=step, most=most, seed=seed)
            report({"event": "log", "message": f"seed {seed}, {order}: {_in_words(curves[order])}"})
        runs.append({"seed": seed, "curves": curves})
    means = {order: _mean([run["curves"][order] for run in runs]) for order in ORDERS}
    return {
        "photos": len(seen) - test_count,
        "labels": most,
        "means": means,
        "ratio": ratios(means),
        "ratio_interval": ratio_intervals([run["curves"] for run in runs]),
        "ratio_of_seeds": [ratios(run["curves"]) for run in runs],
        "runs": runs,
    }


def drawn_test(names: Sequence[str], count: int, seed: int) -> NDArray[np.bool_]:
    """(N,) which photos are held back: all of some sources, at least `count` of them."""
    sources, source = np.unique(names, return_inverse=True)
    order = np.random.default_rng([seed, 7]).permutation(len(sources))
    photos = np.cumsum(np.bincount(source)[order])
    return np.isin(source, order[: int(np.searchsorted(photos, count)) + 1])


def ratios(curves: Mapping[str, Sequence[tuple[int, float]]]) -> dict[str, float | None]:
    """Labels needed for what random reaches at the end, in shares of random's; None where it is not reached."""
    wanted = curves[RANDOM][-1][1]
    needed = {order: labels_needed(curve, wanted) for order, curve in curves.items()}
    return {order: each / needed[RANDOM] if np.isfinite(each) else None for order, each in needed.items()}


def ratio_intervals(
    runs: Sequence[Mapping[str, Curve]], draws: int = 1000
) -> dict[str, tuple[float | None, float | None]]:
    """95 % intervals of the mean curves' ratios, by drawing seeds anew; None at an end where it is not reached."""
    chosen = np.random.default_rng(0).integers(0, len(runs), (draws, len(runs)))
    drawn = [ratios({order: _mean([runs[i][order] for i in draw_]) for order in runs[0]}) for draw_ in chosen]
    found: dict[str, tuple[float | None, float | None]] = {}
    for order in runs[0]:
        values = sorted(float("inf") if one[order] is None else float(one[order] or 0) for one in drawn)
        ends = (values[int(share * (draws - 1))] for share in (0.025, 0.975))
        low, high = (end if np.isfinite(end) else None for end in ends)
        found[order] = low, high
    return found


def draw_curves(found: Mapping[str, Any]) -> PIL.Image.Image:
    """The mIoU against the labels: each seed thin, the mean of each order thick."""
    picture = PIL.Image.new("RGB", SIZE, "white")
    pen, font = PIL.ImageDraw.Draw(picture), PIL.ImageFont.load_default(15)
    values = [value for run in found["runs"] for curve in run["curves"].values() for _, value in curve]
    low, high = np.floor(min(values) * 10) / 10, np.ceil(max(values) * 10) / 10
    width, height = SIZE[0] - 2 * MARGIN, SIZE[1] - 2 * MARGIN

    def place(labels: float, value: float) -> tuple[float, float]:
        return MARGIN + width * labels / found["labels"], SIZE[1] - MARGIN - height * (value - low) / (high - low)

    for value in np.arange(low, high + 1e-9, 0.1):
        pen.line([place(0, value), place(found["labels"], value)], GRID)
        pen.text((MARGIN - 40, place(0, value)[1] - 9), f"{value:.1f}", TEXT, font)
    for labels in np.linspace(0, found["labels"], 7).astype(int).tolist():
        pen.text((place(labels, low)[0] - 10, SIZE[1] - MARGIN + 8), str(labels), TEXT, font)
    for number, (order, mean) in enumerate(found["means"].items()):
        for run in found["runs"]:
            pen.line([place(*point) for point in run["curves"][order]], INK[order], 1)
        pen.line([place(*point) for point in mean], INK[order], 4)
        pen.text((SIZE[0] - MARGIN - 200, SIZE[1] - MARGIN - 120 + 22 * number), order, INK[order], font)
    pen.text((MARGIN, 24), "mIoU of levels on the test split", TEXT, font)
    pen.text((SIZE[0] - MARGIN - 130, SIZE[1] - 30), "labelled photos", TEXT, font)
    return picture


def spread(unlike: Floats, chance: Floats) -> Floats:
    """(N,) scores of a random order in which a photo twice as novel is twice as likely to come first.

    Weighted sampling without replacement (Efraimidis and Spirakis 2006).
    """
    return np.asarray(np.log(np.maximum(chance, LEAST)) / np.maximum(unlike, LEAST))


def _highest_first(photos: Sequence[int], value: Floats) -> list[int]:
    return [photos[at] for at in np.argsort(-value, kind="stable").tolist()]


def _mean(curves: Sequence[Curve]) -> Curve:
    """The mean of curves at the same labels."""
    return [(int(labels), float(value)) for labels, value in np.mean(curves, axis=0).tolist()]


def _in_words(curve: Curve) -> str:
    return ", ".join(f"{labels} {value:.3f}" for labels, value in curve)
