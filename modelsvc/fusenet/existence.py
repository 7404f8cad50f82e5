"""How likely there is blur in a real photo, of what the network says: a temperature and a threshold (Platt 1999)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

SMALLEST = 1e-6
TEMPERATURES = (0.25, 10.0)

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Existence:
    """What P(blur) is made of.

    Attributes:
        temperature: what the logit is divided by; above 1 is less sure.
        threshold: what the network says where blur is as likely as none.
    """

    temperature: float = 1.0
    threshold: float = 0.5

    def apply(self, said: Floats) -> Floats:
        """(n,) P(blur) of what the network says."""
        return _sigmoid((_logit(said) - _logit(np.array(self.threshold))) / self.temperature)

    def of_verdict(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """(4,) none, good, ok, bad with another P(blur); how good, ok and bad share it stays."""
        if self == Existence():
            return probabilities
        said = 1 - float(probabilities[0])
        exists = float(self.apply(np.array(said)))
        scaled = np.concatenate([[1 - exists], probabilities[1:] * exists / max(said, SMALLEST)])
        verdict: NDArray[np.float32] = (scaled / scaled.sum()).astype(np.float32)
        return verdict


def fit_existence(said: Floats, is_blurred: NDArray[np.bool_]) -> Existence:
    """The temperature and threshold of the lowest cross-entropy; photos with and without blur weigh alike.

    Truth is taken as a little less than sure, after Platt, so that few photos that never overlap give no infinite
    slope.

    Raises:
        ValueError: there are no photos of one of the two.
    """
    positives, negatives = int(is_blurred.sum()), int((~is_blurred).sum())
    if not positives or not negatives:
        raise ValueError("Photos with and without blur are needed.")
    target = np.where(is_blurred, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    weight = np.where(is_blurred, 0.5 / positives, 0.5 / negatives)
    logits = _logit(said)
    found = [
        _with_offset(logits, target, weight, temperature) for temperature in np.geomspace(*TEMPERATURES, 120).tolist()
    ]
    return min(found, key=lambda each: each[0])[1]


def _with_offset(logits: Floats, target: Floats, weight: Floats, temperature: float) -> tuple[float, Existence]:
    """The best threshold at a temperature, by halving: the mean of P(blur) falls with it; and the loss there."""
    low, high = float(logits.min()) - 20, float(logits.max()) + 20
    for _ in range(60):
        offset = (low + high) / 2
        excess = float((weight * (_sigmoid((logits - offset) / temperature) - target)).sum())
        low, high = (offset, high) if excess > 0 else (low, offset)
    scaled = (logits - low) / temperature
    loss = float((weight * (np.logaddexp(0, scaled) - target * scaled)).sum())
    return loss, Existence(round(temperature, 4), round(1 / (1 + math.exp(-low)), 6))


def _logit(probability: Floats) -> Floats:
    inside = np.clip(probability.astype(np.float64), SMALLEST, 1 - SMALLEST)
    odds: Floats = np.log(inside / (1 - inside))
    return odds


def _sigmoid(logits: Floats) -> Floats:
    return 1 / (1 + np.exp(-logits))
