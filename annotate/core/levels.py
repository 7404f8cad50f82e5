"""A project's levels of blur: one scale from sharp to strongest, without gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotate.core.errors import SmartBlurError

FEWEST, MOST = 2, 8
STRONGEST_PPM = 1_000_000

Level = dict[str, Any]
"""Level, name, sigma_from, sigma_to (None is open), sample_sigma in px at a long side of 1024 px, amount_ppm."""


def check_levels(levels: Sequence[Level]) -> None:
    """Refuse levels that are not one scale: 2 to 8, numbered from 0, touching, rising in sigma and in amount.

    Raises:
        SmartBlurError: with the place, such as ``levels[2].sigma_from``.
    """
    if not FEWEST <= len(levels) <= MOST:
        raise _bad_level("A project has 2 to 8 levels.", "levels")
    end: float | None = 0.0
    amount = -1
    for number, level in enumerate(levels):
        place = f"levels[{number}]"
        if level["level"] != number:
            raise _bad_level(f"Number the levels 0, 1, 2 ... in order; this one must be {number}.", f"{place}.level")
        if level["sigma_from"] != end:
            raise _bad_level(f"A level starts where the one before it ends, here at {end}.", f"{place}.sigma_from")
        if level["amount_ppm"] <= amount:
            raise _bad_level("Each level's amount must be larger than the one before it.", f"{place}.amount_ppm")
        end, amount = _checked_end(level, place, is_last=number == len(levels) - 1), level["amount_ppm"]


def _checked_end(level: Level, place: str, *, is_last: bool) -> float | None:
    start: float = level["sigma_from"]
    end: float | None = level["sigma_to"]
    sample: float = level["sample_sigma"]
    if is_last != (end is None):
        raise _bad_level("The last level has no end (null), every other has one.", f"{place}.sigma_to")
    if end is not None and end <= start:
        raise _bad_level(f"A level must end above its start, here above {start:g}.", f"{place}.sigma_to")
    if not start <= sample <= (sample if end is None else end):
        inside = f"at least {start:g}" if end is None else f"from {start:g} to {end:g}"
        raise _bad_level(f"The sample must lie in its level: {inside}.", f"{place}.sample_sigma")
    return end


def _bad_level(detail: str, where: str) -> SmartBlurError:
    return SmartBlurError(detail, where=where, code="invalid_levels")


def is_same_scale(old: Sequence[Level], new: Sequence[Level]) -> bool:
    """Whether a number means the same on both: bounds and amounts are equal; names and samples may differ."""
    return [_meaning(level) for level in old] == [_meaning(level) for level in new]


def _meaning(level: Level) -> tuple[Any, ...]:
    return level["sigma_from"], level["sigma_to"], level["amount_ppm"]


def resized(levels: Sequence[Level], count: int) -> list[Level]:
    """A scale of `count` levels to start from: the last ones left out, or more, each ending at half as much again."""
    scale = [dict(level) for level in levels[:count]]
    while len(scale) < count:
        last = scale[-1]
        last["sigma_to"] = round(1.5 * last["sigma_from"], 3)
        last["sample_sigma"] = min(last["sample_sigma"], last["sigma_to"])
        scale.append(
            {
                "level": len(scale),
                "name": f"Level {len(scale)}",
                "sigma_from": last["sigma_to"],
                "sigma_to": None,
                "sample_sigma": round(1.45 * last["sigma_to"], 3),
                "amount_ppm": STRONGEST_PPM,
            }
        )
    scale[-1]["sigma_to"] = None
    for level in scale if count != len(levels) else ():
        level["amount_ppm"] = round(STRONGEST_PPM * level["level"] / (count - 1))
    return scale
