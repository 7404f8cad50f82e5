"""What a method got right, photo by photo, so that every measure of any draw of the photos follows from sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE
from annotate.core.evidence import CELL, find_evidence, on_pixels
from annotate.core.intervals import FEWEST_MAPS, FEWEST_VERDICTS, Interval, auc_interval, share_interval
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation import metrics
from modelsvc.fusenet.evaluation.peers import grey_of, is_textured
from modelsvc.fusenet.evaluation.verdicts import existence_measures, has_blur, judgement_measures, means

DRAWS, DRAWS_SEED = 1000, 0
VERDICTS = ("desirability_", "existence_")  # measures of one word a photo
HEADLINES = (
    "level_accuracy",
    "level_miou",
    "level_kappa",
    "amount_mae",
    "blur_ap",
    "boundary_f",
    "desirability_accuracy",
    "desirability_kappa_given_blur",
    "existence_auc",
    "existence_accuracy",
)
OF_MASKS = (  # the headlines where all that is known is blurred or not
    "blur_ap",
    "blur_iou",
    "blur_mae",
    "false_blur",
    "judged_false_blur",
    "boundary_f",
    "blur_ece",
    "existence_accuracy",
    "existence_auc",
)
PER_PHOTO = (
    "boundary_f",
    "false_blur",
    "judged_false_blur",
    "blur_ap_photo",
    "blur_auc_photo",
    "blur_max_f_photo",
    "attention_auc",
    "attention_pointing",
)
GRADED = ("level_", "amount_", "textured_level", "textured_amount")  # what masks of blurred or not cannot measure

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Numbers = dict[str, float]


class Reading(NamedTuple):
    """What a method says of one photo; probabilities and attention only from the network."""

    levels: NDArray[np.uint8]  # (H, W)
    amount: NDArray[np.float32]  # (H, W) in [0, 1]
    above: NDArray[np.float32]  # (K-1, H, W) P(level > k), falling in k
    probabilities: NDArray[np.float32] | None = None  # (4,)
    attention: NDArray[np.float32] | None = None  # (H, W)

    @property
    def blurred(self) -> NDArray[np.float32]:
        """(H, W) probability of any blur."""
        blurred: NDArray[np.float32] = self.above[0]
        return blurred


class PixelCounts(NamedTuple):
    """What some pixels of a photo add to the measures."""

    confusion: Ints  # (K, K)
    above: tuple[metrics.Scored, ...]  # (K-1), pixels above level k or not, by P(level > k)
    sums: Floats  # (5,) |error| and error^2 of the amount, cumulative NLL, ranked probability score, |error| of P(blur)
    sureness: Floats  # (3, 15) reliability of P(blur)


class PhotoCounts(NamedTuple):
    """What one photo adds to the measures; nan where it says nothing."""

    pixels: PixelCounts
    textured: PixelCounts
    photo: Floats  # (8,) PER_PHOTO
    posterior: Floats  # (4,)
    probabilities: Floats  # (4,)
    exists: Floats  # (2,) whether there is blur, and how likely it is said to be


@dataclass
class Tally:
    """A method's counts over many photos, in which slice each photo is, and what scene it shows."""

    level_count: int
    photos: list[PhotoCounts] = field(default_factory=list)
    slices: list[dict[str, str]] = field(default_factory=list)
    scenes: list[str] = field(default_factory=list)
    is_graded: bool = True

    def add(self, sample: Sample, reading: Reading, texture: NDArray[np.bool_] | None = None) -> None:
        """Count one photo; unlabelled pixels are left out, and so is the judgement of a crop.

        Args:
            texture: where the photo has texture, if somebody has looked before.
        """
        known = sample.levels != IGNORE
        texture = is_textured(grey_of(sample)) if texture is None else texture
        pixels, textured = (count_pixels(sample.levels, reading, part) for part in (known, known & texture))
        blur = _pooled(pixels.above[:1])
        is_judged = reading.probabilities is not None and sample.is_judged
        self.photos.append(
            PhotoCounts(
                pixels,
                textured,
                np.array(
                    [
                        metrics.boundary_f(sample.levels > 0, reading.levels > 0, known),
                        false_blur(sample, reading),
                        judged_false_blur(sample, reading),
                        metrics.average_precision(blur) if blur.negatives.any() else np.nan,
                        metrics.area_under_roc(blur),
                        metrics.max_f(blur) if blur.negatives.any() else np.nan,
                        *attention_scores(sample, reading),
                    ]
                ),
                sample.posterior if is_judged else np.full(4, np.nan),
                np.asarray(reading.probabilities) if is_judged else np.full(4, np.nan),
                np.array(
                    [has_blur(sample), 1 - reading.probabilities[0] if reading.probabilities is not None else np.nan]
                ),
            )
        )
        self.slices.append(slices_of(sample))
        self.scenes.append(sample.scene or f"photo {len(self.scenes)}")
        self.is_graded &= not sample.is_binary

    @property
    def headlines(self) -> tuple[str, ...]:
        """The measures with intervals."""
        return HEADLINES if self.is_graded else OF_MASKS

    def numbers(self) -> Numbers:
        """Every measure that these photos allow, by name."""
        return {name: float(value[0]) for name, value in self.measures(np.ones((1, len(self.photos)))).items()}

    def measures(self, weights: Floats) -> dict[str, Floats]:
        """Every measure that can be had, (D,) each, when photo n counts weights[d, n] times."""
        if not self.photos:
            return {}
        textured = pixel_measures([photo.textured for photo in self.photos], weights)
        found = pixel_measures([photo.pixels for photo in self.photos], weights)
        found |= {f"textured_{name}": value for name, value in textured.items()}
        found |= dict(zip(PER_PHOTO, means(np.stack([photo.photo for photo in self.photos]), weights), strict=True))
        found |= judgement_measures(
            np.stack([p.posterior for p in self.photos]), np.stack([p.probabilities for p in self.photos]), weights
        )
        exists, said = np.stack([p.exists for p in self.photos], 1)
        found |= existence_measures(exists, said, weights)
        left_out = () if self.is_graded else GRADED
        return {n: v for n, v in found.items() if np.isfinite(v).any() and not n.startswith(left_out)}

    def draws(self, seed: int = DRAWS_SEED, draws: int = DRAWS) -> dict[str, Floats]:
        """(draws,) of each headline measure with scenes drawn with replacement; equal seeds draw the same ones."""
        found = self.measures(draws_of(self.scenes, seed, draws))
        return {name: found[name] for name in self.headlines if name in found}

    def intervals(self, *, seed: int = DRAWS_SEED) -> dict[str, Interval | None]:
        """95 % intervals of every headline measure; None where there are too few scenes to tell.

        By drawing scenes anew (Efron 1979, percentiles) from FEWEST_MAPS scenes on, of verdicts from FEWEST_VERDICTS
        judged ones on; below, the share of right verdicts has Wilson's interval and the existence AUC DeLong's.
        """
        drawn = self.draws(seed)
        return {name: interval(drawn[name]) if self.is_enough(name) else self._few(name) for name in drawn}

    def is_enough(self, name: str) -> bool:
        """Whether there are scenes enough for intervals by drawing them anew."""
        if name.startswith(VERDICTS):
            return self._scenes_judged() >= FEWEST_VERDICTS
        return len(set(self.scenes)) >= FEWEST_MAPS

    def _scenes_judged(self) -> int:
        told = zip(self.scenes, self.photos, strict=True)
        return len({scene for scene, photo in told if np.isfinite(photo.exists).all()})

    def _few(self, name: str) -> Interval | None:
        """The interval of a measure of few verdicts, as wide as that of as many photos as there are scenes."""
        if name in ("desirability_accuracy", "existence_accuracy"):
            return share_interval(self.numbers()[name], self._scenes_judged())
        if name == "existence_auc":
            truth, said = np.stack([p.exists for p in self.photos if np.isfinite(p.exists).all()], 1)
            return auc_interval(said[truth > 0], said[truth == 0], inflation=len(truth) / self._scenes_judged())
        return None

    def by_slice(self) -> dict[str, dict[str, Numbers]]:
        """Headline measures of every kind of blur, size of subject and size of photo, where there are several."""
        found: dict[str, dict[str, Numbers]] = {}
        for name in self.slices[0]:
            values = [photo[name] for photo in self.slices]
            if len(kinds := sorted(set(values) - {""})) > 1:
                found[name] = {kind: self._headlines(np.array([v == kind for v in values])) for kind in kinds}
        return found

    def level_confusion(self) -> Ints:
        """(K, K) pixels, row = truth."""
        matrix: Ints = np.sum([photo.pixels.confusion for photo in self.photos], 0)
        return matrix

    def ranked_by_level(self) -> list[metrics.Ranked]:
        """Of each k, all pixels by P(level > k); of binary masks only the first."""
        steps = zip(*(photo.pixels.above for photo in self.photos), strict=True)
        return [_pooled(step) for step in steps][: None if self.is_graded else 1]

    def desirability_confusion(self) -> Ints:
        """(4, 4) photos, row = truth."""
        posterior, said = self._judgements()
        return metrics.confusion(posterior.argmax(1), said.argmax(1), 4)

    def reliability(self) -> dict[str, metrics.Reliability]:
        """Bins of P(blur) over pixels, and of the desirability's highest probability over photos where there is one."""
        pixels = metrics.Reliability(*np.sum([photo.pixels.sureness for photo in self.photos], 0))
        found = {"P(blur), pixels": pixels}
        posterior, said = self._judgements()
        if len(said):
            right = posterior.argmax(1) == said.argmax(1)
            found["desirability, photos"] = metrics.reliability(right, said.max(1))
        return found

    def _judgements(self) -> tuple[Floats, Floats]:
        """(n, 4) truth and answer of the photos that have both."""
        both = [(photo.posterior, photo.probabilities) for photo in self.photos if np.isfinite(photo.posterior[0])]
        posterior, said = zip(*both, strict=True) if both else ([], [])
        return np.reshape(posterior, (-1, 4)), np.reshape(said, (-1, 4))

    def _headlines(self, chosen: NDArray[np.bool_]) -> Numbers:
        found = self.measures(chosen[None].astype(float))
        return {"photos": float(chosen.sum())} | {n: float(found[n][0]) for n in self.headlines if n in found}


def paired(a: Tally, b: Tally, *, seed: int = DRAWS_SEED) -> dict[str, dict[str, float | None]]:
    """By how much b's headline measures differ from a's on the same photos, with a 95 % interval; None of too few.

    Both are measured on the same draws of scenes, so that what is hard for both does not count (Koehn 2004).
    """
    first, second = a.draws(seed), b.draws(seed)
    was, now = a.numbers(), b.numbers()
    found: dict[str, dict[str, float | None]] = {}
    for name in first.keys() & second.keys():
        low, high = interval(second[name] - first[name]) if a.is_enough(name) else (None, None)
        found[name] = {"difference": now[name] - was[name], "low": low, "high": high}
    return {name: found[name] for name in a.headlines if name in found}


def draws_of(scenes: Sequence[str], seed: int = DRAWS_SEED, draws: int = DRAWS) -> Floats:
    """(draws, n) how often each of n photos counts when scenes are drawn with replacement."""
    names, scene = np.unique(scenes, return_inverse=True)
    drawn = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), draws)
    weights: Floats = drawn[:, scene].astype(float)
    return weights


def interval(values: Floats) -> Interval:
    """2.5th and 97.5th percentile of draws."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def count_pixels(levels: NDArray[np.uint8], reading: Reading, chosen: NDArray[np.bool_]) -> PixelCounts:
    """The counts of the chosen pixels, all of which have a level."""
    level_count = len(reading.above) + 1
    truth, above = levels[chosen], reading.above[:, chosen]  # (n,), (K-1, n)
    is_above = truth > np.arange(level_count - 1)[:, None]  # (K-1, n)
    error = np.abs(reading.amount[chosen] - truth / (level_count - 1))
    rps = metrics.ranked_probability_score(is_above, above)
    missed = np.abs(above[0] - is_above[0])
    sums = [error, error**2, metrics.cumulative_nll(is_above, above), rps, missed]
    return PixelCounts(
        metrics.confusion(truth, reading.levels[chosen], level_count),
        tuple(metrics.score_in_bins(t, s) for t, s in zip(is_above, above, strict=True)),
        np.array([part.sum(dtype=np.float64) for part in sums]),
        np.stack(metrics.reliability_of_pixels(is_above[0], above[0])),
    )


def pixel_measures(photos: Sequence[PixelCounts], weights: Floats) -> dict[str, Floats]:
    """Measures of pooled pixels, (D,) each, when photo n counts weights[d, n] times."""
    matrix = np.tensordot(weights, np.stack([photo.confusion for photo in photos]), 1)  # (D, K, K)
    blur = metrics.rank_scored([photo.above[0] for photo in photos])
    ranked = metrics.Ranked(weights @ blur.positives, weights @ blur.negatives)  # (D, B) of "is there blur"
    pixels = np.where(matrix.sum((1, 2)) > 0, matrix.sum((1, 2)), np.nan)
    mae, mse, nll, rps, blur_mae = (weights @ np.stack([photo.sums for photo in photos])).T / pixels
    sureness = np.tensordot(weights, np.stack([photo.sureness for photo in photos]), 1)  # (D, 3, 15)
    return {
        "level_accuracy": metrics.accuracy(matrix),
        "level_miou": metrics.mean_iou(matrix),
        "level_kappa": metrics.quadratic_kappa(matrix),
        "level_nll": nll,
        "level_brier": rps,
        "amount_mae": mae,
        "amount_rmse": np.sqrt(mse),
        "blur_ap": metrics.average_precision(ranked),
        "blur_auc": metrics.area_under_roc(ranked),
        "blur_max_f": metrics.max_f(ranked),
        "blur_iou": metrics.mean_iou(_binary(matrix)),
        "blur_mae": blur_mae,
        "blur_ece": metrics.expected_calibration_error(metrics.Reliability(*sureness.swapaxes(0, 1))),
    }


def false_blur(sample: Sample, reading: Reading) -> float:
    """The share called blurred of a photo that is sharp everywhere; nan of another."""
    known = sample.levels != IGNORE
    if not known.any() or (sample.levels[known] > 0).any():
        return np.nan
    return float((reading.levels[known] > 0).mean())


def judged_false_blur(sample: Sample, reading: Reading) -> float:
    """The same share of where the photo shows something to judge by; nan where nothing does."""
    if np.isnan(false_blur(sample, reading)):
        return np.nan
    cells = find_evidence(np.asarray(PIL.Image.fromarray(sample.pixels).reduce(2)))
    there = on_pixels(cells, sample.levels.shape, 2 * CELL)
    return false_blur(sample._replace(levels=np.where(there, sample.levels, IGNORE)), reading)


def attention_scores(sample: Sample, reading: Reading) -> tuple[float, float]:
    """AUC of attention against the subject's mask, and whether its peak is on the subject (Zhang et al. 2018)."""
    if reading.attention is None or not 0 < sample.subject.sum() < sample.subject.size:
        return np.nan, np.nan
    on_subject = sample.subject.astype(bool)
    ranked = _pooled([metrics.score_in_bins(on_subject.ravel(), reading.attention.ravel())])
    return float(metrics.area_under_roc(ranked)), float(on_subject.flat[reading.attention.argmax()])


def slices_of(sample: Sample) -> dict[str, str]:
    """Which kind of blur, how large a subject and how large a photo; "" where unknown."""
    share = sample.subject.mean() if sample.subject.size else np.nan
    sides = ("under 400 px", "400 to 799 px", "800 px and more")
    return {
        "kind": sample.kind,
        "subject": ("small, < 10 %", "medium", "large, > 30 %")[int(np.digitize(share, [0.1, 0.3]))]
        if np.isfinite(share)
        else "",
        "size": sides[int(np.digitize(sample.long_side, [400, 800]))],
    }


def _pooled(photos: Sequence[metrics.Scored]) -> metrics.Ranked:
    """(B,) counts of all photos together."""
    return metrics.Ranked(*(side.sum(0) for side in metrics.rank_scored(photos)))


def _binary(matrix: Floats | Ints) -> Floats:
    """(D, 2, 2): a confusion of levels as one of sharp and blurred."""
    sharp, missed, wrong = matrix[:, 0, 0], matrix[:, 1:, 0].sum(1), matrix[:, 0, 1:].sum(1)
    return np.stack([sharp, wrong, missed, matrix[:, 1:, 1:].sum((1, 2))], -1).reshape(-1, 2, 2)
