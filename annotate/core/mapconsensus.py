"""From several people's blur maps of one photo to one map, by counting which combinations of levels occur.

Pixels where everybody said the same things form one pattern, and a photo has few patterns: after one count per photo,
all that follows costs the same for a large photo as for a small one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import IGNORE, LevelMap

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_LOOKUP_LIMIT = 2**16  # patterns that are looked up in a table; more are found by sorting
_PRIOR_SHARE = 0.01  # weight of what is known of a person beforehand, as a share of the photo
_ITERATIONS = 50
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class MergedMap:
    """One map out of R.

    Attributes:
        levels: (H, W) uint8, 255 where nobody labelled the pixel.
        agreement_ppm: of all cases of two people labelling one pixel, how many in a million chose the same level; None
            if no two labelled the same pixel.
        confusions: (R, L, L) pixels where the merged map says k and person r says l, at [r, k, l].
    """

    levels: LevelMap
    agreement_ppm: int | None
    confusions: Integers


def merge_level_maps(
    maps: Sequence[LevelMap], level_count: int, *, weigh_people: bool | None = None, priors: Floats | None = None
) -> MergedMap:
    """Merge R people's maps of one photo.

    Up to three people the ordered median: a pixel is at level k or above if more than half of those who labelled it
    say so, so of an even number the lower of the two middle levels wins. From four on people are weighed by how well
    they agree with the outcome, both found together by expectation-maximisation over the patterns (after STAPLE:
    Warfield, Zou and Wells, "Simultaneous truth and performance level estimation", 2004); fewer do not show whom to
    trust.

    Args:
        maps: R arrays (H, W) uint8, R >= 1; a value of level_count or more (255) means not labelled.
        level_count: L.
        weigh_people: True or False overrides the rule above.
        priors: (R, L, L) probability that person r says l where k is true, used when people are weighed; by default
            everybody is right four times out of five.
    """
    patterns = _find_patterns(maps, level_count)
    merged = _median(patterns.levels, level_count)
    if len(maps) > 3 if weigh_people is None else weigh_people:
        merged = _most_likely(patterns, level_count, merged, priors)
    level_of_slot = np.zeros(patterns.slot[-1] + 1, np.uint8)
    level_of_slot[patterns.slot] = merged
    return MergedMap(
        level_of_slot.take(patterns.slot_of_pixel).reshape(maps[0].shape),
        _agreement_ppm(patterns, level_count),
        _confusions(patterns, merged, level_count),
    )


class _Patterns(NamedTuple):
    """The P combinations of levels that occur."""

    levels: Integers  # (P, R) what each person said; level_count = not labelled
    pixel_count: Integers  # (P,)
    slot: Integers  # (P,) ascending
    slot_of_pixel: npt.NDArray[np.integer]  # (H * W,)


def _find_patterns(maps: Sequence[LevelMap], level_count: int) -> _Patterns:
    base = level_count + 1
    possible = base ** len(maps)
    if possible > 2**62:
        raise ValueError(f"{len(maps)} maps of {level_count} levels are too many to merge at once")
    code: npt.NDArray[np.uint16 | np.int64]
    code = np.zeros(maps[0].size, np.uint16 if possible <= _LOOKUP_LIMIT else np.int64)
    for level_map in maps:
        code *= base
        code += np.minimum(level_map.reshape(-1), level_count)
    places = base ** np.arange(len(maps))[::-1]
    if possible <= _LOOKUP_LIMIT:
        pixel_count = np.bincount(code)
        codes = np.flatnonzero(pixel_count)
        return _Patterns(codes[:, None] // places % base, pixel_count[codes], codes, code)
    codes, index, pixel_count = np.unique(code, return_inverse=True, return_counts=True)
    return _Patterns(codes[:, None] // places % base, pixel_count, np.arange(len(codes)), index)


def _median(levels: Integers, level_count: int) -> Integers:
    """(P,) the lower median of what was said in each pattern, 255 where nothing was."""
    labelled_count = (levels < level_count).sum(axis=1)
    middle = np.maximum(labelled_count - 1, 0) // 2
    median = np.sort(levels, axis=1)[np.arange(len(levels)), middle]
    return np.where(labelled_count, median, IGNORE)


def _most_likely(patterns: _Patterns, level_count: int, start: Integers, priors: Floats | None) -> Integers:
    """(P,) the likeliest level of each pattern when everybody's confusion is estimated along; 255 stays."""
    said = np.stack([patterns.levels == level for level in range(level_count)], axis=-1).astype(np.float64)  # (P, R, L)
    if priors is None:
        wrong = 0.2 / (level_count - 1)
        priors = np.full((said.shape[1], level_count, level_count), wrong) + (0.8 - wrong) * np.eye(level_count)
    weights = patterns.pixel_count * (start != IGNORE)
    posterior = np.stack([start == level for level in range(level_count)], axis=-1).astype(np.float64)  # (P, L)
    for _ in range(_ITERATIONS):
        soft = weights[:, None] * posterior
        table = np.einsum("pk,prl->rkl", soft, said) + _PRIOR_SHARE * max(int(weights.sum()), 1) * priors
        evidence = np.log(table / table.sum(axis=2, keepdims=True))
        shares = (soft.sum(axis=0) + 1) / (weights.sum() + level_count)
        logits = np.log(shares) + np.einsum("prl,rkl->pk", said, evidence)
        updated = np.exp(logits - logits.max(axis=1, keepdims=True))
        updated /= updated.sum(axis=1, keepdims=True)
        has_settled = np.abs(updated - posterior)[start != IGNORE].max(initial=0.0) < _TOLERANCE
        posterior = updated
        if has_settled:
            break
    return np.where(start == IGNORE, IGNORE, posterior.argmax(axis=1))


def _agreement_ppm(patterns: _Patterns, level_count: int) -> int | None:
    """``sum_pixels sum_k C(n_k, 2) / sum_pixels C(n, 2)``: n people labelled the pixel, n_k of them with level k."""
    same = 0
    labelled_count = (patterns.levels < level_count).sum(axis=1)
    pairs = int((patterns.pixel_count * (labelled_count * (labelled_count - 1))).sum())
    for level in range(level_count):
        chosen_count = (patterns.levels == level).sum(axis=1)
        same += int((patterns.pixel_count * (chosen_count * (chosen_count - 1))).sum())
    return (2_000_000 * same + pairs) // (2 * pairs) if pairs else None


def _confusions(patterns: _Patterns, merged: Integers, level_count: int) -> Integers:
    """(R, L, L) pixels where the merged map says k and the person l."""
    table = np.zeros((patterns.levels.shape[1], level_count + 1, level_count + 1), np.int64)
    for person, said in enumerate(patterns.levels.T):
        np.add.at(table[person], (np.minimum(merged, level_count), said), patterns.pixel_count)
    return table[:, :level_count, :level_count]
