"""How good blur maps and judgements are over a set of photos, for the network and for its peers alike."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageFilter
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from modelsvc.fusenet import metrics
from modelsvc.fusenet.baselines import MEASURES, Calibration, grey_of
from modelsvc.fusenet.data import Sample, collate, move
from modelsvc.fusenet.losses import Targets
from modelsvc.fusenet.model import ABCFuseNet, Output, cumulative, desirability_probabilities

PIXEL_STEP = 4  # pooled binary measures look at every 4th pixel of every 4th row
EDGE_TOLERANCE = 0.0075  # of the diagonal

Floats = NDArray[np.float32]
Look = Callable[[Sample], "Reading"]


class Reading(NamedTuple):
    """What a method says of one photo; probabilities and attention only from the network."""

    levels: NDArray[np.uint8]  # (H, W)
    amount: Floats  # (H, W)
    blurred: Floats  # (H, W) the more, the more surely blurred
    probabilities: Floats | None = None  # (4,)
    attention: Floats | None = None  # (H, W)


@dataclass
class Tally:
    """The counts of many photos, from which every measure follows."""

    level_count: int
    confusions: list[NDArray[np.int64]] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)  # summed |amount - truth|, a photo
    squares: list[float] = field(default_factory=list)
    truths: list[NDArray[np.bool_]] = field(default_factory=list)
    scores: list[Floats] = field(default_factory=list)
    edge_f: list[float] = field(default_factory=list)
    posteriors: list[Floats] = field(default_factory=list)
    probabilities: list[Floats] = field(default_factory=list)
    attention_auc: list[float] = field(default_factory=list)
    pointed: list[bool] = field(default_factory=list)

    def add(self, sample: Sample, reading: Reading) -> None:
        """Count one photo; unlabelled pixels are left out, and so is the judgement of a crop."""
        known = sample.levels != metrics.IGNORE
        error = np.abs(reading.amount - sample.levels / (self.level_count - 1))[known]
        self.confusions.append(metrics.confusion(sample.levels, reading.levels, self.level_count))
        self.errors.append(float(error.sum()))
        self.squares.append(float((error**2).sum()))
        some = np.s_[::PIXEL_STEP, ::PIXEL_STEP]
        self.truths.append((sample.levels[some] > 0)[known[some]])
        self.scores.append(reading.blurred[some][known[some]])
        self.edge_f.append(boundary_f((sample.levels > 0) & known, reading.levels > 0))
        if reading.probabilities is not None and sample.is_judged:
            self.posteriors.append(sample.posterior)
            self.probabilities.append(reading.probabilities)
        if reading.attention is not None and 0 < sample.subject.sum() < sample.subject.size:
            on_subject = sample.subject.astype(bool)
            self.attention_auc.append(metrics.area_under_roc(on_subject[some].ravel(), reading.attention[some].ravel()))
            self.pointed.append(bool(on_subject.flat[reading.attention.argmax()]))

    def numbers(self) -> dict[str, float]:
        """Every measure that these photos allow, by name."""
        matrix = np.sum(self.confusions, 0)
        pixels = max(int(matrix.sum()), 1)
        truth, score = np.concatenate(self.truths), np.concatenate(self.scores)
        per_photo = [
            metrics.average_precision(t, s) for t, s in zip(self.truths, self.scores, strict=True) if not t.all()
        ]
        found = {
            "level_accuracy": metrics.accuracy(matrix),
            "level_miou": metrics.mean_iou(matrix),
            "level_kappa": metrics.quadratic_kappa(matrix),
            "amount_mae": sum(self.errors) / pixels,
            "amount_rmse": math.sqrt(sum(self.squares) / pixels),
            "blur_ap": metrics.average_precision(truth, score),
            "blur_auc": metrics.area_under_roc(truth, score),
            "blur_ap_photo": _mean(per_photo),
            "blur_max_f": metrics.max_f(truth, score),
            "blur_iou": metrics.mean_iou(_binary(matrix)),
            "boundary_f": _mean(self.edge_f),
            "attention_auc": _mean(self.attention_auc),
            "attention_pointing": _mean(self.pointed),
        }
        found |= self._judgement() if self.posteriors else {}
        return {name: value for name, value in found.items() if math.isfinite(value)} if matrix.any() else {}

    def _judgement(self) -> dict[str, float]:
        posterior, said = np.stack(self.posteriors), np.stack(self.probabilities)
        truth, guess = posterior.argmax(1), said.argmax(1)
        matrix = metrics.confusion(truth, guess, 4)
        is_blurred = truth > 0
        given_blur = metrics.confusion(truth[is_blurred] - 1, said[is_blurred, 1:].argmax(1), 3)
        return {
            "desirability_accuracy": metrics.accuracy(matrix),
            "desirability_f1": metrics.macro_f1(matrix),
            "desirability_accuracy_given_blur": metrics.accuracy(given_blur) if is_blurred.any() else math.nan,
            "desirability_kappa_given_blur": metrics.quadratic_kappa(given_blur) if is_blurred.any() else math.nan,
            "existence_auc": metrics.area_under_roc(is_blurred, 1 - said[:, 0]),
            "desirability_ece": metrics.expected_calibration_error(truth == guess, said.max(1)),
            "desirability_brier": metrics.brier(posterior, said),
        }

    def intervals(self, *, seed: int = 0, draws: int = 1000) -> dict[str, tuple[float, float]]:
        """95 % bootstrap intervals over photos of level accuracy, MAE and desirability accuracy."""
        rng = np.random.default_rng(seed)
        chosen = rng.integers(0, len(self.errors), (draws, len(self.errors)))
        pixels = np.array([matrix.sum() for matrix in self.confusions])[chosen].sum(1)
        hits = np.array([np.trace(matrix) for matrix in self.confusions])[chosen].sum(1)
        found = {"level_accuracy": hits / pixels, "amount_mae": np.array(self.errors)[chosen].sum(1) / pixels}
        if self.posteriors:
            right = np.stack(self.posteriors).argmax(1) == np.stack(self.probabilities).argmax(1)
            found["desirability_accuracy"] = right[rng.integers(0, len(right), (draws, len(right)))].mean(1)
        return {name: (float(np.percentile(v, 2.5)), float(np.percentile(v, 97.5))) for name, v in found.items()}


def boundary_f(truth: NDArray[np.bool_], guess: NDArray[np.bool_]) -> float:
    """F1 of two masks' outlines within a tolerance (Martin et al. 2004); nan where the truth has no outline."""
    true_edge, guessed_edge = _outline(truth), _outline(guess)
    if not true_edge.any():
        return math.nan
    reach = max(1, math.ceil(EDGE_TOLERANCE * math.hypot(*truth.shape)))
    precision = (guessed_edge & _widened(true_edge, reach)).sum() / max(guessed_edge.sum(), 1)
    recall = (true_edge & _widened(guessed_edge, reach)).sum() / true_edge.sum()
    return float(2 * precision * recall / max(precision + recall, 1e-9))


@torch.inference_mode()
def run_network(model: ABCFuseNet, sample: Sample) -> tuple[Output, Targets]:
    """What the network says of a sample at its own size, and what it should have said."""
    batch = move(collate([sample], model.config.levels), next(model.parameters()).device)
    return model(batch.image, batch.long_side), batch.targets


@torch.inference_mode()
def read_output(output: Output, shape: tuple[int, ...]) -> Reading:
    """The network's answer on one sample of (H, W) pixels."""
    height, width = shape
    above = F.interpolate(cumulative(output.levels), scale_factor=2.0, mode="bilinear")[0, :, :height, :width].cpu()
    blur = F.interpolate(output.blur, scale_factor=2.0, mode="bilinear")[0, 0, :height, :width].cpu()
    attention = F.interpolate(output.attention.sigmoid(), scale_factor=8.0, mode="bilinear")[0, 0, :height, :width]
    return Reading(
        levels=(above > 0.5).sum(0).numpy().astype(np.uint8),
        amount=blur.numpy(),
        blurred=above[0].numpy(),
        probabilities=desirability_probabilities(output.exists, output.desirability)[0].cpu().numpy(),
        attention=attention.cpu().numpy(),
    )


def network_look(model: ABCFuseNet) -> Look:
    """The network as a method."""
    return lambda sample: read_output(run_network(model, sample)[0], sample.levels.shape)


def peer_looks(calibration: Iterable[Sample], level_count: int) -> dict[str, Look]:
    """Every hand-crafted measure as a method, calibrated on photos with labels."""
    samples = list(calibration)
    truths = [sample.levels for sample in samples]
    looks: dict[str, Look] = {}
    for name, measure in MEASURES.items():
        fitted = Calibration.fit([measure(grey_of(sample)) for sample in samples], truths, level_count)
        looks[name] = lambda sample, measure=measure, fitted=fitted: Reading(*fitted.read(measure(grey_of(sample))))  # type: ignore[misc]
    return looks


def tally(look: Look, samples: Iterable[Sample], level_count: int) -> Tally:
    """A method's counts over samples."""
    counts = Tally(level_count)
    for sample in samples:
        counts.add(sample, look(sample))
    return counts


def panel(whole: Callable[[int], Sample | None], count: int) -> Iterator[Sample]:
    """The readable ones of the first `count` samples."""
    return (sample for index in range(count) if (sample := whole(index)) is not None)


def _binary(matrix: NDArray[np.int64]) -> NDArray[np.int64]:
    """A confusion of levels as one of sharp and blurred."""
    return np.array([[matrix[0, 0], matrix[0, 1:].sum()], [matrix[1:, 0].sum(), matrix[1:, 1:].sum()]])


def _outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels whose right or lower neighbour differs."""
    edge = np.zeros_like(mask)
    edge[:, :-1] |= mask[:, 1:] != mask[:, :-1]
    edge[:-1] |= mask[1:] != mask[:-1]
    return edge


def _widened(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    grown = PIL.Image.fromarray(mask.astype(np.uint8) * 255).filter(PIL.ImageFilter.MaxFilter(2 * reach + 1))
    return np.asarray(grown) > 0


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if math.isfinite(value)]
    return float(np.mean(known)) if known else math.nan
