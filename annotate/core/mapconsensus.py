"""From several people's blur maps of one photo to one map, by counting which combinations of levels occur.

Pixels where everybody said the same things form one pattern, and a photo has few patterns: after one count per photo,
nearly all that follows costs the same for a large photo as for a small one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotate.core import borders
from annotate.core.blurmap import IGNORE, LevelMap
from annotate.core.runs import Runs

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Levels = npt.NDArray[np.uint8]

PPM = 1_000_000
WEIGHED_FROM = 5  # people: fewer do not show whom to trust
FARTHEST_SETTLED = 1  # levels apart: where the two middle levels part by more, the pixel is not settled

_BLOCK_PX = 1 << 18  # so many pixels are counted at once
_TABLE = 1 << 16  # codes are made dense again before they need a larger table
_PRIOR_SHARE = 0.01  # weight of what is known of a person beforehand, as a share of the photo
_SURE = 0.75  # where two levels that are not neighbours compete, the likelier one must be this likely
_ITERATIONS = 50
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class MergedMap:
    """One map out of R.

    Attributes:
        levels: (H, W) uint8, 255 where nobody labelled the pixel or where it is not settled.
        unsettled_ppm: of the pixels that somebody labelled, how many in a million are not settled.
    """

    levels: LevelMap
    unsettled_ppm: int


class Rule(NamedTuple):
    """How maps become one.

    Attributes:
        weighs_people: people count by how well they agree with the outcome; else all alike, by the middle level.
        between: of two middle levels the "lower", the "upper", or the one whose settled area is "nearer".
        keeps_open: whether pixels where levels compete that are no neighbours are 255.
    """

    weighs_people: bool
    between: str
    keeps_open: bool


RULES: Mapping[str, Rule] = {
    "ordered-median": Rule(weighs_people=False, between="lower", keeps_open=False),
    "upper-median": Rule(weighs_people=False, between="upper", keeps_open=False),
    "pattern-em": Rule(weighs_people=True, between="lower", keeps_open=False),
    "settled-median": Rule(weighs_people=False, between="nearer", keeps_open=True),
    "settled-em": Rule(weighs_people=True, between="lower", keeps_open=True),
}


def rule_for(people: int) -> str:
    """The name of the rule by which so many people's maps are merged: see docs/benchmarks/merging.md.

    People are weighed where they are enough to show whom to trust. Of an even number the middle is better: where it
    is tied, it is what is nearer, while a weighed tie falls to one side.
    """
    if people == 1:
        return "single"
    return "settled-em" if people >= WEIGHED_FROM and people % 2 else "settled-median"


def merge_level_maps(
    maps: Sequence[LevelMap | Runs], level_count: int, *, rule: str | None = None, priors: Floats | None = None
) -> MergedMap:
    """Merge R people's maps of one photo, for any R and any size: beside the maps it takes 3 bytes a pixel.

    Args:
        maps: R maps (H, W), R >= 1; a value of level_count or more (255) means not labelled.
        level_count: L.
        rule: one of RULES; by default what `rule_for` names.
        priors: (R, L, L) probability that person r says l where k is true, used when people are weighed; by default
            everybody is right four times out of five.
    """
    name = rule or rule_for(len(maps))
    if name == "single":
        name = "ordered-median"  # of one map it is the map
    runs = [each if isinstance(each, Runs) else Runs.of(each) for each in maps]
    return _merge(runs, level_count, RULES[name], priors)


def _merge(maps: Sequence[Runs], level_count: int, rule: Rule, priors: Floats | None) -> MergedMap:
    patterns = _find_patterns(maps, level_count)
    low, high = _middles(patterns.levels, level_count)
    if rule.weighs_people:
        low = high = _most_likely(patterns, level_count, low, priors, keeps_open=rule.keeps_open)
    elif rule.keeps_open:
        is_open = high.astype(np.int64) - low > FARTHEST_SETTLED
        low, high = np.where(is_open, np.uint8(IGNORE), low), np.where(is_open, np.uint8(IGNORE), high)
    merged = patterns.paint(high if rule.between == "upper" else low).reshape(maps[0].shape)
    if rule.between == "nearer" and (low != high).any():
        borders.share_out(merged, patterns.paint(high).reshape(merged.shape))
    return MergedMap(merged, _unsettled_ppm(patterns, low, level_count))


class _Patterns(NamedTuple):
    """The P combinations of levels that occur, ascending."""

    levels: Levels  # (P, R) what each person said; level_count = not labelled
    pixel_count: Integers  # (P,)
    numbers: list[
        tuple[npt.NDArray[np.unsignedinteger], Integers]
    ]  # block by block: code of a pixel, pattern of a code

    def paint(self, of_pattern: Levels) -> Levels:
        """(H * W,) what its pattern has, for every pixel."""
        return np.concatenate([of_pattern[pattern].take(code) for code, pattern in self.numbers])


def _find_patterns(maps: Sequence[Runs], level_count: int) -> _Patterns:
    size = maps[0].shape[0] * maps[0].shape[1]
    codes, levels, counts = [], [], []
    for start in range(0, size, _BLOCK_PX):
        stop = min(start + _BLOCK_PX, size)
        block = [np.minimum(each.pixels(start, stop), np.uint8(level_count)) for each in maps]
        code, rows, count = _distinct(block, level_count + 1)
        codes.append(code.astype(np.min_scalar_type(len(rows))))
        levels.append(rows)
        counts.append(count)
    stacked = np.concatenate(levels)
    number, patterns, _ = _distinct(list(stacked.T), level_count + 1)
    pixel_count = np.bincount(number, weights=np.concatenate(counts), minlength=len(patterns)).astype(np.int64)
    bounds = np.cumsum([0, *map(len, levels)])
    parts = [number[bounds[i] : bounds[i + 1]] for i in range(len(codes))]
    return _Patterns(patterns, pixel_count, list(zip(codes, parts, strict=True)))


def _distinct(columns: Sequence[Levels], base: int) -> tuple[Integers, Levels, Integers]:
    """(N,) number of each row, the (P, R) rows that occur, ascending, and (P,) how often; values are below `base`."""
    code: npt.NDArray[np.integer] = np.zeros(len(columns[0]), np.uint16)
    rows = np.zeros((1, 0), np.uint8)  # of each code so far
    for column in columns:
        if len(rows) * base > _TABLE:
            code, rows, _ = _dense(code, rows)
            code = code.astype(np.uint16 if len(rows) * base <= _TABLE else np.int64)
        code *= code.dtype.type(base)
        code += column
        said = np.tile(np.arange(base, dtype=np.uint8), len(rows))
        rows = np.column_stack([np.repeat(rows, base, axis=0), said])
    return _dense(code, rows)


def _dense(code: npt.NDArray[np.integer], rows: Levels) -> tuple[Integers, Levels, Integers]:
    """The same with the codes that do not occur left out, and how often each of the others does."""
    count = np.bincount(code, minlength=len(rows))
    present = np.flatnonzero(count)
    number = np.zeros(len(rows), np.int64)
    number[present] = np.arange(len(present))
    return number.take(code), rows[present], count[present]


def _middles(levels: Levels, level_count: int) -> tuple[Levels, Levels]:
    """(P,) the lower and the upper middle of what was said in each pattern, 255 where nothing was."""
    labelled_count = (levels < level_count).sum(axis=1)
    ordered, each = np.sort(levels, axis=1), np.arange(len(levels))
    low = ordered[each, np.maximum(labelled_count - 1, 0) // 2]
    high = ordered[each, np.minimum(labelled_count // 2, levels.shape[1] - 1)]
    nothing = labelled_count == 0
    return np.where(nothing, np.uint8(IGNORE), low), np.where(nothing, np.uint8(IGNORE), high)


def _most_likely(
    patterns: _Patterns, level_count: int, start: Levels, priors: Floats | None, *, keeps_open: bool
) -> Levels:
    """(P,) the likeliest level of each pattern when everybody's confusion is estimated along; 255 stays.

    Expectation-maximisation over the patterns, after STAPLE: Warfield, Zou and Wells, "Simultaneous truth and
    performance level estimation" (2004).
    """
    if priors is None:
        wrong = 0.2 / (level_count - 1)
        everybody = np.full((level_count, level_count), wrong) + (0.8 - wrong) * np.eye(level_count)
        priors = np.repeat(everybody[None], patterns.levels.shape[1], axis=0)
    weights = patterns.pixel_count * (start != IGNORE)
    posterior = np.stack([start == level for level in range(level_count)], axis=-1).astype(np.float64)  # (P, L)
    for _ in range(_ITERATIONS):
        soft = weights[:, None] * posterior
        table = _soft_confusions(patterns.levels, soft) + _PRIOR_SHARE * max(int(weights.sum()), 1) * priors
        shares = (soft.sum(axis=0) + 1) / (weights.sum() + level_count)
        updated = _posterior(patterns.levels, np.log(shares), np.log(table / table.sum(axis=2, keepdims=True)))
        has_settled = np.abs(updated - posterior)[start != IGNORE].max(initial=0.0) < _TOLERANCE
        posterior = updated
        if has_settled:
            break
    likeliest = posterior.argmax(axis=1).astype(np.uint8)
    is_open = (start == IGNORE) | (keeps_open & _is_torn(posterior, likeliest))
    return np.where(is_open, np.uint8(IGNORE), likeliest)


def _soft_confusions(levels: Levels, soft: Floats) -> Floats:
    """(R, L, L) expected pixels where k is true and person r says l."""
    level_count = soft.shape[1]
    table = np.empty((levels.shape[1], level_count, level_count))
    for person, said in enumerate(levels.T):
        for level in range(level_count):
            table[person, level] = np.bincount(said, soft[:, level], level_count + 1)[:level_count]
    return table


def _posterior(levels: Levels, log_shares: Floats, evidence: Floats) -> Floats:
    """(P, L) probability of each level; evidence (R, L, L) log P(r says l | k)."""
    logits = np.repeat(log_shares[None], len(levels), axis=0)
    nothing = np.zeros((1, len(log_shares)))
    for person, said in enumerate(levels.T):
        logits += np.concatenate([evidence[person].T, nothing])[said]
    likelihood = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(likelihood / likelihood.sum(axis=1, keepdims=True))


def _is_torn(posterior: Floats, likeliest: Levels) -> npt.NDArray[np.bool_]:
    """(P,) whether a level that is no neighbour of the likeliest is nearly as likely."""
    apart = np.abs(np.arange(posterior.shape[1])[None] - likeliest[:, None].astype(np.int64)) > FARTHEST_SETTLED
    far = np.where(apart, posterior, 0.0).max(axis=1)
    best = posterior.max(axis=1)
    return np.asarray(best < _SURE * (best + far))


def _unsettled_ppm(patterns: _Patterns, merged: Levels, level_count: int) -> int:
    is_labelled = (patterns.levels < level_count).any(axis=1)
    labelled = int(patterns.pixel_count[is_labelled].sum())
    unsettled = int(patterns.pixel_count[is_labelled & (merged == IGNORE)].sum())
    return PPM * unsettled // labelled if labelled else 0
