"""How far people who painted one photo agree on what is blurred: shared sharp area counts for nothing.

Two hands never draw a border at the same place, so what one person painted is met where the other painted it within
TOLERANCE_PX. Everything is counted on sets of pixels "at least level k", packed eight to a byte.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import IGNORE, LevelMap
from annotate.core.borders import REFERENCE_SIDE, sample
from annotate.core.runs import Runs

Bits = npt.NDArray[np.uint8]

PPM = 1_000_000
COMPARED_SIDE = REFERENCE_SIDE // 2  # finer than this the tolerance would hide the difference
TOLERANCE_PX = 4  # at REFERENCE_SIDE: docs/decisions/0033-agreement-on-what-is-blurred.md tells why


@dataclass(frozen=True, slots=True)
class MapAgreement:
    """How far R people agree on a photo.

    Attributes:
        overlap_ppm: of the amounts of blur that two people painted, how much they painted alike (sum of pixelwise
            minima over sum of maxima), mean over pairs of people, in parts per million; 1,000,000 where both say that
            nothing is blurred. None if most of what is labelled was labelled by one person only.
        kappas_ppm: for each level from 1 up, agreement on where blur is of that level or more, beyond chance (pairs
            pooled), in parts per million; None where nobody or everybody says so everywhere.
    """

    overlap_ppm: int | None
    kappas_ppm: tuple[int | None, ...]


class _Sets(NamedTuple):
    """What one person said: bits of pixels, for each level from 1 up."""

    labelled: Bits  # (N,)
    drawn: Bits  # (L - 1, N) at least this level
    wide: Bits  # (L - 1, N) somewhere within the tolerance at least this level
    narrow: Bits  # (L - 1, N) everywhere within the tolerance


class _Counts(NamedTuple):
    """What two people share, in pixels seen from either side: see `_compare`."""

    shared: int
    met: npt.NDArray[np.int64]  # (L - 1,)
    apart: npt.NDArray[np.int64]  # (L - 1,)
    by_chance: npt.NDArray[np.float64]  # (L - 1,) what would be apart if both had drawn at random as much as they did


def compare_maps(maps: Sequence[LevelMap | Runs], amounts: Sequence[int]) -> MapAgreement:
    """How far the people who drew these maps agree; photos are compared at a long side of at most 512 px.

    Args:
        maps: R maps (H, W), R >= 1; a value of L or more (255) means not labelled.
        amounts: how much blur each of the L levels is, rising from 0, such as `amount_ppm` of a project's levels.
    """
    rows, columns = sample(maps[0].shape, COMPARED_SIDE)
    reach = round(TOLERANCE_PX * max(len(rows), len(columns)) / REFERENCE_SIDE)
    runs = [each if isinstance(each, Runs) else Runs.of(each) for each in maps]
    people = [_sets(each.sample(rows, columns), len(amounts), reach) for each in runs]
    pairs = [_compare(first, second) for first, second in combinations(people, 2)]
    pairs = [pair for pair in pairs if pair.shared]
    if not pairs or not _is_met(people):
        return MapAgreement(None, (None,) * (len(amounts) - 1))
    steps = np.asarray(amounts[1:], np.int64) - np.asarray(amounts[:-1], np.int64)
    overlap = float(np.mean([_overlap(pair, steps) for pair in pairs]))
    apart = np.sum([pair.apart for pair in pairs], axis=0)
    by_chance = np.sum([pair.by_chance for pair in pairs], axis=0)
    kappas = (_ppm(1 - a / c) if c else None for a, c in zip(apart.tolist(), by_chance.tolist(), strict=True))
    return MapAgreement(_ppm(overlap), tuple(kappas))


def _ppm(share: float) -> int:
    return round(PPM * share)


def _overlap(pair: _Counts, steps: npt.NDArray[np.int64]) -> float:
    """Sum of minima over sum of maxima: the amount of a pixel is the sum of the steps up to its level."""
    met, apart = int(steps @ pair.met), int(steps @ pair.apart)
    return met / (met + apart) if met + apart else 1.0


def _is_met(people: Sequence[_Sets]) -> bool:
    """Whether at least half of what anybody labelled was labelled by two."""
    one, two = np.zeros_like(people[0].labelled), np.zeros_like(people[0].labelled)
    for person in people:
        two |= one & person.labelled
        one |= person.labelled
    return 2 * _count(two) >= _count(one)


def _sets(levels: LevelMap, level_count: int, reach: int) -> _Sets:
    is_labelled = levels < level_count
    lowest, highest = np.where(is_labelled, levels, np.uint8(IGNORE)), np.where(is_labelled, levels, np.uint8(0))
    wide, narrow = _spread(highest, reach, np.maximum), _spread(lowest, reach, np.minimum)
    stacks = (np.stack([np.packbits(each >= k) for k in range(1, level_count)]) for each in (highest, wide, narrow))
    return _Sets(np.packbits(is_labelled), *stacks)


def _spread(levels: LevelMap, reach: int, pick: np.ufunc) -> LevelMap:
    """(H, W) the largest or smallest value within `reach` pixels in either direction."""
    spread = levels
    for axis in (0, 1) if reach else ():
        spread = _along(np.moveaxis(spread, axis, 0), reach, pick)
        spread = np.moveaxis(spread, 0, axis)
    return spread


def _along(levels: LevelMap, reach: int, pick: np.ufunc) -> LevelMap:
    padded = np.concatenate([levels[:1].repeat(reach, 0), levels, levels[-1:].repeat(reach, 0)])
    width, window = 1, padded
    while width < 2 * reach + 1:  # a window of n is two windows of fewer, shifted
        shift = min(width, 2 * reach + 1 - width)
        window, width = pick(window[:-shift], window[shift:]), width + shift
    return window


def _compare(one: _Sets, two: _Sets) -> _Counts:
    """What two people share, each pixel seen twice: what the one drew, against what the other drew nearby.

    From the first one's side a pixel of at least level k is met if the second drew such a one within the tolerance; it
    is apart if not, or if the second drew such ones only, everywhere within the tolerance, and the first did not.
    """
    shared = one.labelled & two.labelled
    a, b = one.drawn & shared, two.drawn & shared
    met = _counts(a & two.wide) + _counts(b & one.wide)
    apart = _counts(a & ~two.wide) + _counts(two.narrow & ~a & shared)
    apart += _counts(b & ~one.wide) + _counts(one.narrow & ~b & shared)
    count = _count(shared)
    share_a, share_b = _counts(a) / max(count, 1), _counts(b) / max(count, 1)
    by_chance = 2.0 * count * (share_a * (1 - share_b) + share_b * (1 - share_a))
    return _Counts(count, met, apart, by_chance)


def _count(bits: Bits) -> int:
    return int(np.bitwise_count(bits).sum())


def _counts(bits: Bits) -> npt.NDArray[np.int64]:
    """How many bits of each row are set."""
    return np.asarray(np.bitwise_count(bits).sum(axis=1, dtype=np.int64))
