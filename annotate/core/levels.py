"""A project's levels of blur: one scale from sharp to strongest, without gaps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotate.core.errors import Phrase, SmartBlurError

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
        raise _bad_level(Phrase("A project has 2 to 8 levels."), "levels")
    end: float | None = 0.0
    amount = -1
    for number, level in enumerate(levels):
        place = f"levels[{number}]"
        if level["level"] != number:
            sentence = Phrase("Number the levels 0, 1, 2 ... in order; this one must be %(number)s.")
            raise _bad_level(sentence, f"{place}.level", number=number)
        if level["sigma_from"] != end:
            sentence = Phrase("A level starts where the one before it ends, here at %(end)s.")
            raise _bad_level(sentence, f"{place}.sigma_from", end=end or 0.0)
        if level["amount_ppm"] <= amount:
            sentence = Phrase("Each level's amount must be larger than the one before it.")
            raise _bad_level(sentence, f"{place}.amount_ppm")
        end, amount = _checked_end(level, place, is_last=number == len(levels) - 1), level["amount_ppm"]


def _checked_end(level: Level, place: str, *, is_last: bool) -> float | None:
    start: float = level["sigma_from"]
    end: float | None = level["sigma_to"]
    sample: float = level["sample_sigma"]
    if is_last != (end is None):
        raise _bad_level(Phrase("The last level has no end (null), every other has one."), f"{place}.sigma_to")
    if end is not None and end <= start:
        sentence = Phrase("A level must end above its start, here above %(start)s.")
        raise _bad_level(sentence, f"{place}.sigma_to", start=start)
    if end is None and not start <= sample:
        sentence = Phrase("The sample must lie in its level: at least %(start)s.")
        raise _bad_level(sentence, f"{place}.sample_sigma", start=start)
    if end is not None and not start <= sample <= end:
        sentence = Phrase("The sample must lie in its level: from %(start)s to %(end)s.")
        raise _bad_level(sentence, f"{place}.sample_sigma", start=start, end=end)
    return end


def _bad_level(sentence: Phrase, where: str, **values: str | float) -> SmartBlurError:
    return SmartBlurError(sentence, where=where, code="invalid_levels", **values)


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
