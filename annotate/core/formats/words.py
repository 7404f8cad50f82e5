"""The words in which exports say levels, kinds and votes, and what they mean when they come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from annotate.core.formats.meaning import Meaning
from annotate.core.regions import DESIRABILITIES, KINDS
from annotate.core.release import Level

UNLABELLED = "unlabelled"  # an area that is 255 in the level map


def level_names(levels: Sequence[Level]) -> tuple[str, ...]:
    """What each level is called in an export: its name in one line, with its number where that is not its own."""
    names = [" ".join(level.name.split()) for level in levels]
    taken = Counter([*(name.casefold() for name in names), UNLABELLED, *DESIRABILITIES, ""])
    return tuple(
        name if taken[name.casefold()] == 1 else f"{name} {number}".strip() for number, name in enumerate(names)
    )


def meaning_of_exports(levels: Sequence[Level]) -> Meaning:
    """What the words mean in a project of the same levels: then export and import give the same maps and votes."""
    return Meaning(
        levels={name: number for number, name in enumerate(level_names(levels))},
        kinds={f"kind={kind}": kind for kind in KINDS},
        votes={word: vote for vote in DESIRABILITIES for word in (vote, f"desirability={vote}")},
        unlabelled=frozenset({UNLABELLED}),
        rest=0,
    )
