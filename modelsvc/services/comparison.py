"""Measures of versions over the same photos, with intervals that hold for their difference. Plain numpy, no rows.

A photo is what `fusenet.examine` says of it: `key`, `confusion` (true level by said level, in pixels), `error` (summed
over pixels), `truth` (0 to 3 for none, good, ok, bad) and `probabilities`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotate.core.intervals import FEWEST_MAPS, FEWEST_VERDICTS, share_interval

DRAWS = 2_000
VERDICTS = frozenset({"desirability_accuracy"})  # one word a photo
SEED = 1
LOWER_IS_BETTER = frozenset({"amount_mae"})
Photos = Sequence[Mapping[str, Any]]
Floats = NDArray[np.float64]


def measures(photos: Photos, weights: Floats) -> dict[str, Floats]:
    """Every measure, (D,) each, when photo n counts weights[d, n] times; nan where it cannot be had."""
    confusion = np.tensordot(weights, np.array([each["confusion"] for each in photos], float), 1)  # (D, K, K)
    pixels = confusion.sum((1, 2))
    hits = np.diagonal(confusion, axis1=1, axis2=2)  # (D, K)
    union = confusion.sum(1) + confusion.sum(2) - hits
    errors = weights @ np.array([each["error"] for each in photos])
    right = np.array([np.argmax(each["probabilities"]) == each["truth"] for each in photos], float)
    with np.errstate(divide="ignore", invalid="ignore"):
        overlap = np.where(union > 0, hits / union, np.nan)
        return {
            "level_accuracy": hits.sum(1) / pixels,
            "level_miou": _mean_of_known(overlap),
            "amount_mae": errors / pixels,
            "desirability_accuracy": weights @ right / weights.sum(1),
        }


def _mean_of_known(values: Floats) -> Floats:
    known = np.isfinite(values)
    return np.where(known, values, 0).sum(1) / np.maximum(known.sum(1), 1)


def fewest(name: str) -> int:
    """From how many photos on drawing them anew gives an interval of a measure that holds."""
    return FEWEST_VERDICTS if name in VERDICTS else FEWEST_MAPS


def draws(count: int) -> Floats:
    """(DRAWS, count) how often each photo is drawn; the same for every version, so that differences are paired."""
    rng = np.random.default_rng(SEED)
    return rng.multinomial(count, np.full(count, 1 / count), DRAWS).astype(float)


def with_intervals(photos: Photos) -> dict[str, dict[str, Any]]:
    """Each measure's value and its 95 % interval, by drawing photos anew (Efron 1979, percentiles).

    Below FEWEST_VERDICTS photos the share of right verdicts has Wilson's interval, and below FEWEST_MAPS measures of
    maps have none: `low` and `high` are None.
    """
    values = measures(photos, np.ones((1, len(photos))))
    drawn = measures(photos, draws(len(photos)))
    found = {name: _interval(name, value[0], drawn[name], len(photos)) for name, value in values.items()}
    for name in VERDICTS if len(photos) < FEWEST_VERDICTS else ():
        found[name]["low"], found[name]["high"] = share_interval(found[name]["value"], len(photos))
    return found


def difference(before: Photos, after: Photos) -> dict[str, dict[str, Any]]:
    """By how much each measure of `after` is above that of `before`, with a paired 95 % interval and who wins.

    Both are measured on the photos that both could read, on the same draws of them (Koehn 2004). Below
    FEWEST_MAPS photos, of verdicts below FEWEST_VERDICTS, there is no interval, and nobody wins.
    """
    both = sorted({each["key"] for each in before} & {each["key"] for each in after})
    if not both:
        return {}
    first, second = ([{each["key"]: each for each in side}[key] for key in both] for side in (before, after))
    one, weights = np.ones((1, len(both))), draws(len(both))
    was, now = measures(first, one), measures(second, one)
    drawn_was, drawn_now = measures(first, weights), measures(second, weights)
    found = {}
    for name in was:
        about = _interval(name, (now[name] - was[name])[0], drawn_now[name] - drawn_was[name], len(both))
        found[name] = about | {"is_better": False, "is_worse": False, "photos": len(both)}
        if about["low"] is not None:
            sign = -1 if name in LOWER_IS_BETTER else 1
            found[name]["is_better"] = sign * about["low"] > 0 and sign * about["high"] > 0
            found[name]["is_worse"] = sign * about["low"] < 0 and sign * about["high"] < 0
    return found


def _interval(name: str, value: float, drawn: Floats, photo_count: int) -> dict[str, Any]:
    if photo_count < fewest(name):
        return {"value": float(value), "low": None, "high": None}
    low, high = np.nanpercentile(drawn, [2.5, 97.5])
    return {"value": float(value), "low": float(low), "high": float(high)}


def slices(photos: Photos) -> dict[str, dict[str, dict[str, float]]]:
    """The measures of photos of each verdict, with how many there are."""
    names = ("none", "good", "ok", "bad")
    found = {}
    for code, name in enumerate(names):
        some = [each for each in photos if each["truth"] == code]
        if some:
            values = {n: float(v[0]) for n, v in measures(some, np.ones((1, len(some)))).items()}
            found[name] = {"photos": float(len(some))} | values
    return {"desirability": found}


def level_confusion(photos: Photos) -> list[list[int]]:
    """Pixels of all photos by true level (row) and said level (column)."""
    return np.sum([each["confusion"] for each in photos], 0).tolist()


def verdict_confusion(photos: Photos) -> list[list[int]]:
    """Photos by true verdict (row) and said verdict (column)."""
    matrix = np.zeros((4, 4), int)
    for each in photos:
        matrix[each["truth"], int(np.argmax(each["probabilities"]))] += 1
    return matrix.tolist()


def error_of(photo: Mapping[str, Any]) -> float:
    """The mean error of the blur amount over a photo's pixels."""
    return photo["error"] / max(float(np.sum(photo["confusion"])), 1.0)
