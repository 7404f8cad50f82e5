"""What to label next: the photos that would teach most first, and every fifth at random.

`score = .5 vote entropy + .3 model uncertainty + .2 novelty`. Each part is divided by its largest value among the
photos that wait, so that the weights mean what they say. A part that is not known of a photo counts as the mean of
those that are: it neither pulls the photo forward nor holds it back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from annotate.core.chance import draw
from annotate.core.splits import SHARES

Floats = npt.NDArray[np.floating]

WEIGHTS: Mapping[str, float] = MappingProxyType({"entropy": 0.5, "uncertainty": 0.3, "novelty": 0.2})
RANDOM_SHARE = 0.2  # of the feed; what is learnt from it is not bent by the score
TEST_SHARE = SHARES["test"]  # of the feed, within the random share: the test split is labelled at the pace of the rest
CHUNK = 1_000


class Lane(StrEnum):
    """Why a photo has its place."""

    RANKED = "ranked"
    RANDOM = "random"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Scores:
    """What each of N photos would teach.

    Attributes:
        total: (N,) in [0, 1].
        parts: name -> (N,) in [0, 1] before it is weighed, NaN where it is not known.
    """

    total: Floats
    parts: Mapping[str, Floats]


def score(**parts: Floats) -> Scores:
    """The scores of N photos from their (N,) entropy, uncertainty and novelty; NaN where one is not known."""
    scaled = {name: _share_of_largest(parts[name]) for name in WEIGHTS}
    total = sum(weight * _known_or_mean(scaled[name]) for name, weight in WEIGHTS.items())
    return Scores(np.asarray(total), scaled)


def entropy(probabilities: Floats) -> Floats:
    """(N,) how open the question is: the entropy of (N, K) probabilities, 1 where all are equal."""
    known = np.where(probabilities > 0, probabilities, 1.0)
    return np.asarray(-(probabilities * np.log(known)).sum(axis=1) / np.log(probabilities.shape[1]))


def novelty(features: Floats, labelled: Floats) -> Floats:
    """(N,) how far (N, D) features are from the nearest of the (M, D) labelled ones: 1 less their cosine.

    NaN throughout while nothing is labelled, and where a row of `features` is NaN.
    """
    if not len(labelled):
        return np.full(len(features), np.nan)
    references = _unit(labelled).T
    nearest = [(_unit(features[at : at + CHUNK]) @ references).max(axis=1) for at in range(0, len(features), CHUNK)]
    return np.asarray(1 - np.clip(np.concatenate([*nearest, np.empty(0)]), 0, 1))


def plan_feed(
    ids: Sequence[int],
    scores: Floats,
    *,
    is_test: npt.NDArray[np.bool_],
    is_begun: npt.NDArray[np.bool_],
    given: int,
    salt: str,
) -> list[tuple[int, Lane]]:
    """The order in which N waiting photos are given out, as (position in `ids`, why), first comes first.

    Most places go to the highest score, photos that somebody has begun before all others; a fifth are drawn at
    random, half of these from the test split, which is never chosen by its score. A place whose lane is empty goes to
    the others.

    Args:
        ids: of the photos; with the salt they decide the random order.
        scores: (N,) of `score`.
        is_test: (N,) whether the photo is held back for the test split.
        is_begun: (N,) whether somebody has labelled it and more people are wanted.
        given: how many photos were given out so far: the draw of places goes on from there.
        salt: the project's secret.
    """
    by_chance = sorted(range(len(ids)), key=lambda i: draw(salt, "photo", ids[i]))
    by_score = np.lexsort((np.asarray(ids), -np.asarray(scores), ~is_begun)).tolist()
    is_placed = np.zeros(len(ids), bool)
    lanes = {
        Lane.RANKED: (i for i in by_score if not is_test[i] and not is_placed[i]),
        Lane.RANDOM: (i for i in by_chance if not is_test[i] and not is_placed[i]),
        Lane.TEST: (i for i in by_chance if is_test[i]),
    }
    feed: list[tuple[int, Lane]] = []
    for place in range(given, given + len(ids)):
        for lane in (_lane_of(draw(salt, "place", place)), Lane.RANDOM, Lane.TEST):
            if (photo := next(lanes[lane], None)) is not None:
                is_placed[photo] = True
                feed.append((photo, lane))
                break
    return feed


def _lane_of(chance: float) -> Lane:
    if chance < TEST_SHARE:
        return Lane.TEST
    return Lane.RANDOM if chance < RANDOM_SHARE else Lane.RANKED


def _share_of_largest(part: Floats) -> Floats:
    largest = np.nanmax(part, initial=0.0)
    return np.asarray(part / largest) if largest > 0 else np.asarray(part)


def _known_or_mean(part: Floats) -> Floats:
    is_known = ~np.isnan(part)
    return np.where(is_known, part, part[is_known].mean() if is_known.any() else 0.5)


def _unit(vectors: Floats) -> npt.NDArray[np.float32]:
    """Vectors of length 1; those of length 0 stay."""
    vectors = np.asarray(vectors, np.float32)
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12))
