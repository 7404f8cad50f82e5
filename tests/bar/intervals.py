"""How often 95 % intervals hold the truth, by how many photos they stand on. `python -m tests.bar.intervals`.

Photos are drawn from a world whose truth is known, each measure is taken, and its interval is held against the truth:
by drawing the photos anew, and by what is given below `annotate.core.intervals.FEWEST_VERDICTS`. Prints a table and
exits 1 where an interval that the reports would show holds the truth less than 90 times in 100.
"""

import sys
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from annotate.core.intervals import FEWEST_MAPS, FEWEST_VERDICTS, auc_interval, share_interval
from modelsvc.fusenet.evaluation.metrics import quadratic_kappa

COUNTS = (10, 20, 30, 50, 100, 150, 300)
WORLDS, DRAWS, TRUTH_COUNT, LEAST = 400, 300, 100_000, 0.90

Floats = npt.NDArray[np.float64]
Photos = dict[str, Floats]
Measure = Callable[[Photos, Floats], Floats]
Bounds = tuple[float, float] | None


def photos(count: int, rng: np.random.Generator) -> Photos:
    """Photos with 35 % none: how much of their map is right, P(blur), true and said rank, and what two people say."""
    truth = rng.choice(4, count, p=[0.35, 0.25, 0.2, 0.2])
    rank = np.clip(truth + rng.choice([-1, 0, 0, 0, 0, 0, 0, 1], count), 0, 3)
    people = [np.clip(truth + rng.choice([-1, 0, 0, 0, 1], count), 0, 3) for _ in range(2)]
    return {
        "right": rng.beta(4, 1, count),
        "blurred": (truth > 0).astype(float),
        "score": rng.normal(2.6 * (truth > 0), 1.0, count),
        "truth": truth.astype(float),
        "said": rank.astype(float),
        "first": people[0].astype(float),
        "second": people[1].astype(float),
    }


def level_accuracy(some: Photos, weights: Floats) -> Floats:
    """(D,) mean over photos."""
    return weights @ some["right"] / weights.sum(1)


def verdict_accuracy(some: Photos, weights: Floats) -> Floats:
    """(D,) share of right words."""
    return weights @ (some["truth"] == some["said"]) / weights.sum(1)


def existence_auc(some: Photos, weights: Floats) -> Floats:
    """(D,) by ranks."""
    order = np.argsort(-some["score"])
    is_blurred = some["blurred"][order] > 0
    positive, negative = weights[:, order] * is_blurred, weights[:, order] * ~is_blurred
    below = negative.sum(1, keepdims=True) - np.cumsum(negative, 1)
    with np.errstate(invalid="ignore"):
        return (positive * below).sum(1) / (positive.sum(1) * negative.sum(1))


def kappa(first: str, second: str) -> Measure:
    """Quadratic weighted kappa of two columns."""

    def measure(some: Photos, weights: Floats) -> Floats:
        cells = np.eye(16)[(4 * some[first] + some[second]).astype(int)]
        tables = (weights @ cells).reshape(-1, 4, 4)
        return quadratic_kappa(tables)

    return measure


def wilson(some: Photos) -> Bounds:
    """Of the share of right words."""
    return share_interval(float((some["truth"] == some["said"]).mean()), len(some["truth"]))


def delong(some: Photos) -> Bounds:
    """Of P(blur)."""
    is_blurred = some["blurred"] > 0
    return auc_interval(some["score"][is_blurred], some["score"][~is_blurred])


MEASURES: dict[str, tuple[Measure, Callable[[Photos], Bounds] | None, int]] = {
    "level accuracy": (level_accuracy, None, FEWEST_MAPS),
    "desirability, share right": (verdict_accuracy, wilson, FEWEST_VERDICTS),
    "existence AUC": (existence_auc, delong, FEWEST_VERDICTS),
    "QWK of the verdicts": (kappa("truth", "said"), None, FEWEST_VERDICTS),
    "agreement of two people, kappa": (kappa("first", "second"), None, FEWEST_VERDICTS),
}


def held(name: str, count: int) -> tuple[float, float | None]:
    """How often the bootstrap, and the other interval if there is one, hold the truth."""
    measure, other, _ = MEASURES[name]
    truth = float(measure(photos(TRUTH_COUNT, np.random.default_rng(0)), np.ones((1, TRUTH_COUNT)))[0])
    hits: tuple[list[bool], list[bool]] = [], []
    for world in range(WORLDS):
        rng = np.random.default_rng([count, world])
        some = photos(count, rng)
        drawn = measure(some, rng.multinomial(count, np.full(count, 1 / count), DRAWS).astype(float))
        if np.isfinite(drawn).any():
            low, high = np.nanpercentile(drawn, [2.5, 97.5])
            hits[0].append(low <= truth <= high)
        if other and (bounds := other(some)):
            hits[1].append(bounds[0] <= truth <= bounds[1])
    return float(np.mean(hits[0])), float(np.mean(hits[1])) if hits[1] else None


def main() -> int:
    """Print the table."""
    print("| measure | interval |" + "".join(f" {count} |" for count in COUNTS))
    print("|---|---|" + "--:|" * len(COUNTS))
    missed = False
    for name, (_, other, fewest) in MEASURES.items():
        rows = [held(name, count) for count in COUNTS]
        shown = [
            f"{drawn:.2f}" if count >= fewest else f"({drawn:.2f})"
            for count, (drawn, _) in zip(COUNTS, rows, strict=True)
        ]
        print(f"| {name} | photos drawn anew | " + " | ".join(shown) + " |")
        missed |= any(drawn < LEAST for count, (drawn, _) in zip(COUNTS, rows, strict=True) if count >= fewest)
        if other:
            shares = [share for _, share in rows]
            print(f"| | {'Wilson' if other is wilson else 'logit-DeLong'} | ", end="")
            print(" | ".join("" if share is None else f"{share:.2f}" for share in shares) + " |")
            missed |= any(share is not None and share < LEAST for share in shares)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
