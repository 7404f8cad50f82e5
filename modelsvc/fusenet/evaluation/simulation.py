"""How many labels the ranking saves: a labelled project replayed, its photos labelled by rank or at random.

A project of synthetic photos is labelled again and again, a few photos at a time, in the order of the very code that
orders the queue. After each step a quick model learns from what is labelled so far: boosted trees that tell the level
of each cell of a photo from hand-crafted measures, and a logistic model of the desirability. So it says what the order
is worth to a small model on synthetic blur, and nothing certain about the network or about people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from annotate.core.ranking import entropy, novelty, plan_feed, score
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.peers import grey_of, laplacian, lbp, reblur
from modelsvc.fusenet.serving.predictor import Predictor

Floats = NDArray[np.float64]

CELL = 12  # px
WANTED = 0.95  # of the mIoU that all labels together give
TREES = {"max_iter": 40, "learning_rate": 0.2, "max_leaf_nodes": 15, "early_stopping": False}
INK, GRID, RANKED, RANDOM = (31, 35, 40), (209, 217, 224), (11, 92, 173), (138, 90, 0)
SIZE, MARGIN = (900, 520), 70


@dataclass(frozen=True, slots=True)
class Photo:
    """What the simulation knows of a photo.

    Attributes:
        cells: (n, 6) measures of each cell and of the photo around it.
        levels: (n,) the commonest level of each cell.
        judged: the likeliest desirability, 0 none to 3 bad.
        content: (128,) what it shows, by a checkpoint.
    """

    cells: Floats
    levels: NDArray[np.int64]
    judged: int
    content: Floats


def describe_photos(samples: Sequence[Sample], predictor: Predictor, level_count: int) -> Iterator[Photo]:
    """Each sample as the simulation sees it."""
    for sample in samples:
        grey = grey_of(sample)
        local = np.stack([_cell_means(measure(grey)) for measure in (laplacian, reblur, lbp)], axis=1)
        around = np.broadcast_to(local.mean(0), local.shape)
        content = predictor.predict(PIL.Image.fromarray(sample.pixels)).content
        shares = np.stack([_cell_means(sample.levels == level) for level in range(level_count)])
        is_known = shares.any(0)
        cells, levels = np.hstack([local, around])[is_known], shares.argmax(0)[is_known]
        yield Photo(cells, levels, int(sample.posterior.argmax()), content.astype(np.float64))


def _cell_means(map_: NDArray[Any]) -> Floats:
    """(n,) the mean of each cell, row by row; what is left at right and bottom is not looked at."""
    rows, columns = map_.shape[0] // CELL, map_.shape[1] // CELL
    cells = map_[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    return np.asarray(cells.astype(np.float64).mean((1, 3)).reshape(-1))


class QuickModel:
    """Boosted trees for the level of a cell, and a logistic model of what the blur does to the photo."""

    def __init__(self, labelled: Sequence[Photo], level_count: int, seed: int) -> None:
        """Learn from labelled photos."""
        self.level_count = level_count
        self.trees = HistGradientBoostingClassifier(random_state=seed, **TREES)
        self.trees.fit(np.vstack([photo.cells for photo in labelled]), np.concatenate([p.levels for p in labelled]))
        words = [photo.judged for photo in labelled]
        self.words = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)) if len(set(words)) > 1 else None
        if self.words is not None:
            self.words.fit(_summaries(labelled), words)

    def probabilities(self, photo: Photo) -> Floats:
        """(n, levels) of each cell."""
        full = np.zeros((len(photo.cells), self.level_count))
        full[:, self.trees.classes_] = self.trees.predict_proba(photo.cells)
        return full

    def uncertainty(self, photo: Photo) -> float:
        """Mean over cells and levels of 4 q (1 - q), q = P(level > k), as the network's."""
        above = 1 - self.probabilities(photo).cumsum(1)[:, :-1]
        return float((4 * above * (1 - above)).mean())

    def desirabilities(self, photos: Sequence[Photo]) -> Floats:
        """(N, 4) of none, good, ok, bad; all equal while one word is all it has heard."""
        if self.words is None:
            return np.full((len(photos), 4), 0.25)
        full = np.zeros((len(photos), 4))
        full[:, self.words.classes_] = self.words.predict_proba(_summaries(photos))
        return full


def _summaries(photos: Sequence[Photo]) -> Floats:
    """(N, 9) of each photo: mean, spread and largest value of each measure."""
    local = [photo.cells[:, :3] for photo in photos]
    return np.array([np.concatenate([cells.mean(0), cells.std(0), cells.max(0)]) for cells in local])


def mean_iou(model: QuickModel, photos: Sequence[Photo]) -> float:
    """Intersection over union of the levels of cells, mean over the levels that occur."""
    said = np.concatenate([model.probabilities(photo).argmax(1) for photo in photos])
    truth = np.concatenate([photo.levels for photo in photos])
    found = [((said == k) & (truth == k)).sum() / ((said == k) | (truth == k)).sum() for k in np.unique(truth)]
    return float(np.mean(found))


def next_ranked(pool: Sequence[Photo], labelled: Sequence[int], model: QuickModel, seed: int) -> list[int]:
    """The photos of the pool that are not labelled, in the order in which the queue would give them."""
    waiting = [i for i in range(len(pool)) if i not in set(labelled)]
    photos = [pool[i] for i in waiting]
    scores = score(
        entropy=entropy(model.desirabilities(photos)),
        uncertainty=np.array([model.uncertainty(photo) for photo in photos]),
        novelty=novelty(np.array([p.content for p in photos]), np.array([pool[i].content for i in labelled])),
    )
    nobody = np.zeros(len(waiting), np.bool_)
    given = len(labelled)
    feed = plan_feed(waiting, scores.total, is_test=nobody, is_begun=nobody, given=given, salt=f"simulation {seed}")
    return [waiting[at] for at, _ in feed]


def replay(
    pool: Sequence[Photo], test: Sequence[Photo], *, level_count: int, first: int, step: int, seed: int, is_ranked: bool
) -> list[tuple[int, float]]:
    """(labels, mIoU on `test`) from the first few labels, drawn at random, to the whole pool."""
    order = np.random.default_rng(seed).permutation(len(pool)).tolist()
    labelled = order[:first]
    curve = []
    while True:
        model = QuickModel([pool[i] for i in labelled], level_count, seed)
        curve.append((len(labelled), mean_iou(model, test)))
        if len(labelled) == len(pool):
            return curve
        following = next_ranked(pool, labelled, model, seed) if is_ranked else order[len(labelled) :]
        labelled = labelled + following[:step]


def labels_needed(curve: Sequence[tuple[int, float]], wanted: float) -> int:
    """How many labels the curve needs to reach `wanted` and stay there on the mean of the next three points."""
    values = [value for _, value in curve]
    for at, (labels, _) in enumerate(curve):
        if np.mean(values[at : at + 3]) >= wanted:
            return labels
    return curve[-1][0]


def simulate(
    samples: Sequence[Sample],
    predictor: Predictor,
    *,
    level_count: int,
    test_count: int,
    seeds: int,
    first: int,
    step: int,
    report: Callable[[Mapping[str, Any]], None],
) -> dict[str, Any]:
    """Both orders over all seeds, and the ratio of labels that they need for 95 % of the full data's mIoU.

    Each seed draws its test split before anything is chosen.
    """
    photos = list(describe_photos(samples, predictor, level_count))
    runs: list[dict[str, Any]] = []
    for seed in range(seeds):
        order = np.random.default_rng([seed, 7]).permutation(len(photos))
        test, pool = ([photos[i] for i in part] for part in np.split(order, [test_count]))
        how = {"level_count": level_count, "first": first, "step": step, "seed": seed}
        curves = {name: replay(pool, test, is_ranked=name == "ranked", **how) for name in ("ranked", "random")}
        full = curves["random"][-1][1]
        needed = {name: labels_needed(curve, WANTED * full) for name, curve in curves.items()}
        runs.append({"seed": seed, "full_miou": full, "labels_needed": needed, "curves": curves})
        report({"event": "log", "message": f"seed {seed}: full mIoU {full:.3f}, labels needed {needed}"})
    means = {name: float(np.mean([run["labels_needed"][name] for run in runs])) for name in ("ranked", "random")}
    return {
        "photos": len(photos) - test_count,
        "test_photos": test_count,
        "first": first,
        "step": step,
        "labels_needed": means,
        "ratio": means["ranked"] / means["random"],
        "runs": runs,
    }


def draw_curves(found: Mapping[str, Any]) -> PIL.Image.Image:
    """The mIoU against the labels: each seed thin, their mean thick, ranked blue, random brown."""
    picture = PIL.Image.new("RGB", SIZE, "white")
    pen, font = PIL.ImageDraw.Draw(picture), PIL.ImageFont.load_default(15)
    values = [value for run in found["runs"] for curve in run["curves"].values() for _, value in curve]
    low, high = np.floor(min(values) * 10) / 10, np.ceil(max(values) * 10) / 10
    width, height = SIZE[0] - 2 * MARGIN, SIZE[1] - 2 * MARGIN

    def place(labels: float, value: float) -> tuple[float, float]:
        return MARGIN + width * labels / found["photos"], SIZE[1] - MARGIN - height * (value - low) / (high - low)

    for value in np.arange(low, high + 1e-9, 0.1):
        pen.line([place(0, value), place(found["photos"], value)], GRID)
        pen.text((MARGIN - 40, place(0, value)[1] - 9), f"{value:.1f}", INK, font)
    for labels in np.linspace(0, found["photos"], 6).astype(int).tolist():
        pen.text((place(labels, low)[0] - 10, SIZE[1] - MARGIN + 8), str(labels), INK, font)
    for name, colour in (("random", RANDOM), ("ranked", RANKED)):
        curves: list[list[tuple[int, float]]] = [run["curves"][name] for run in found["runs"]]
        for curve in curves:
            pen.line([place(*point) for point in curve], colour, 1)
        mean = np.mean(curves, axis=0).tolist()  # the labels are the same in all
        pen.line([place(*point) for point in mean], colour, 4)
    pen.text((MARGIN, 24), "mIoU of levels on the test split", INK, font)
    pen.text((SIZE[0] - MARGIN - 130, SIZE[1] - 30), "labelled photos", INK, font)
    pen.text((SIZE[0] - MARGIN - 200, SIZE[1] - MARGIN - 60), "ranked", RANKED, font)
    pen.text((SIZE[0] - MARGIN - 200, SIZE[1] - MARGIN - 38), "random", RANDOM, font)
    return picture
