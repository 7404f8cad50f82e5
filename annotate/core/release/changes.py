"""What changed from one release to the next, image by image."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import groupby

from annotate.core.release.plain import Json, as_json
from annotate.core.release.records import Record

# change -> the columns that tell; votes_only is told apart below
_TELLING = {
    "moved_split": ("split",),
    "image": ("source_sha256", "width", "height"),
    "levels": ("level_px_sha256",),
    "desirability": ("desirability",),
}


def list_changes(before: Iterator[Record], after: Iterator[Record]) -> Iterator[dict[str, Json]]:
    """``{key, change, from, to}`` for everything that differs; both sides ordered by key, read once and not kept.

    `from` and `to` are the columns that differ, and null where the image is not in that release. A correction of
    licence, attribution or the like is no change of the labels and not listed.
    """
    sides = merge(((r.key, 0, r) for r in before), ((r.key, 1, r) for r in after), key=lambda entry: entry[:2])
    for key, entries in groupby(sides, key=lambda entry: entry[0]):
        side = {number: record for _, number, record in entries}
        if 0 not in side:
            yield {"key": key, "change": "added", "from": None, "to": {"split": side[1].split}}
        elif 1 not in side:
            yield {"key": key, "change": "removed", "from": {"split": side[0].split}, "to": None}
        else:
            yield from _differences(key, side[0], side[1])


def _differences(key: str, old: Record, new: Record) -> Iterator[dict[str, Json]]:
    for change, columns in _TELLING.items():
        if _values(old, columns) != _values(new, columns):
            yield {"key": key, "change": change, "from": _values(old, columns), "to": _values(new, columns)}
    votes = ("posterior_ppm", "votes")
    if old.desirability == new.desirability and _values(old, votes) != _values(new, votes):
        yield {"key": key, "change": "votes_only", "from": _values(old, votes), "to": _values(new, votes)}


def _values(record: Record, columns: tuple[str, ...]) -> dict[str, Json]:
    return {name: as_json(getattr(record, name)) for name in columns}
