"""Temperatures: probabilities made less sure, or more, until they are right as often as they say (Guo et al. 2017)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.metrics import SMALLEST
from modelsvc.fusenet.evaluation.reading import Look
from modelsvc.fusenet.evaluation.tally import Reading

PIXEL_STEP = 4  # pixels of every 4th row and column are enough for one number
BOUNDS = (0.1, 10.0)

Floats = NDArray[np.floating[Any]]


class Temperatures(NamedTuple):
    """What each kind of logit is divided by; 1 changes nothing, above 1 is less sure."""

    levels: float = 1.0
    existence: float = 1.0
    desirability: float = 1.0


def fit_temperatures(look: Look, name: str, samples: Iterable[Sample]) -> Temperatures:
    """The temperatures with the lowest cross-entropy on photos that are not measured on; 1 where nothing tells."""
    logits, is_above, posteriors, probabilities = [], [], [], []
    for sample in samples:
        reading = look(sample)[name]
        some = np.s_[::PIXEL_STEP, ::PIXEL_STEP]
        known = sample.levels[some] != IGNORE
        logits.append(logit(reading.above[:, *some][:, known]))
        steps = np.arange(len(reading.above))[:, None]
        is_above.append(sample.levels[some][known] > steps)
        if sample.is_judged and reading.probabilities is not None:
            posteriors.append(sample.posterior)
            probabilities.append(reading.probabilities)
    is_told = any(each.size for each in logits)
    levels = coolest(_binary_loss(np.concatenate(logits, 1), np.concatenate(is_above, 1))) if is_told else 1.0
    if not posteriors:
        return Temperatures(levels)
    truth, said = np.stack(posteriors), np.stack(probabilities)
    blurred = truth[:, 1:].sum(1)
    return Temperatures(
        levels,
        coolest(_binary_loss(logit(1 - said[:, 0]), blurred)),
        coolest(_class_loss(np.log(np.maximum(said[:, 1:], SMALLEST)), truth[:, 1:])) if blurred.any() else 1.0,
    )


def cooled(look: Look, name: str, temperatures: Temperatures, new_name: str) -> Look:
    """The method, and beside it the same with its logits divided by temperatures."""
    return lambda sample: {**(said := look(sample)), new_name: cool(said[name], temperatures)}


def cool(reading: Reading, temperatures: Temperatures) -> Reading:
    """A reading at other temperatures; order and levels stay, the amount follows the probabilities."""
    above = sigmoid(logit(reading.above) / temperatures.levels).astype(np.float32)
    probabilities = reading.probabilities
    if probabilities is not None:
        exists = sigmoid(logit(1 - probabilities[:1]) / temperatures.existence)
        wish = np.maximum(probabilities[1:], SMALLEST) ** (1 / temperatures.desirability)
        probabilities = np.concatenate([1 - exists, exists * wish / wish.sum()]).astype(np.float32)
    return reading._replace(above=above, amount=above.mean(0), probabilities=probabilities)


def coolest(loss: Callable[[float], float]) -> float:
    """The temperature in [.1, 10] of the lowest loss, by golden section: losses fall and then rise."""
    low, high = (math.log(bound) for bound in BOUNDS)
    ratio = (math.sqrt(5) - 1) / 2
    while high - low > 1e-3:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if loss(math.exp(left)) < loss(math.exp(right)):
            high = right
        else:
            low = left
    return math.exp((low + high) / 2)


def logit(probability: Floats) -> Floats:
    """log(p / (1 - p)), p kept a millionth from 0 and 1."""
    inside = np.clip(probability.astype(np.float64), SMALLEST, 1 - SMALLEST)
    odds: Floats = np.log(inside / (1 - inside))
    return odds


def sigmoid(logits: Floats) -> Floats:
    """1 / (1 + exp(-x))."""
    return 1 / (1 + np.exp(-logits))


def _binary_loss(logits: Floats, truth: Floats | NDArray[np.bool_]) -> Callable[[float], float]:
    return lambda temperature: float((np.logaddexp(0, logits / temperature) - truth * logits / temperature).mean())


def _class_loss(logits: Floats, truth: Floats) -> Callable[[float], float]:
    def loss(temperature: float) -> float:
        scaled = logits / temperature
        return float((truth * (np.log(np.exp(scaled).sum(1, keepdims=True)) - scaled)).sum() / truth.sum())

    return loss
