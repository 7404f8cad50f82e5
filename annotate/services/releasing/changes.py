"""What a release changed since the one before: its own list, a page at a time, beside the frozen photos and maps."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from django.core.files.storage import storages

from annotate.models import Release, ReleaseItem

PAGE = 12
KINDS = ("added", "removed", "moved_split", "image", "levels", "desirability", "votes_only")


class Changed(NamedTuple):
    """A photo that differs: what changed, and how it stands in the release before and in this one, where it does."""

    key: str
    changes: list[dict[str, Any]]
    before: ReleaseItem | None
    after: ReleaseItem | None


class ChangeList(NamedTuple):
    """The list's figures and one page of it."""

    counts: dict[str, int]
    photo_count: int
    photos: list[Changed]


def list_file(previous: Release) -> str:
    """Where a release that follows `previous` keeps its list of changes."""
    return f"changes/from-{previous.version}.jsonl"


def read_changes(release: Release, kind: str = "", page: int = 1) -> ChangeList | None:
    """What changed, by kind, and the page of photos; None for a first release, and where the list is not at hand.

    Args:
        kind: one of KINDS to see only photos with such a change; "" for all.
        page: from 1 up; one beyond the end is empty.
    """
    if release.previous is None or not release.folder:
        return None
    counts: Counter[str] = Counter()
    try:
        with storages["releases"].open(f"{release.folder}/{list_file(release.previous)}") as file:
            photos = _wanted(_counted(map(json.loads, file), counts), kind)
            number, shown = 0, []
            for number, photo in enumerate(photos, 1):
                if PAGE * (page - 1) < number <= PAGE * page:
                    shown.append(photo)
    except FileNotFoundError:
        return None
    counted = {name: counts[name] for name in KINDS if counts[name]}
    return ChangeList(counted, number, _with_items(release, shown))


def _counted(lines: Iterator[dict[str, Any]], counts: Counter[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        counts[line["change"]] += 1
        yield line


def _wanted(lines: Iterator[dict[str, Any]], kind: str) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """(key, its changes) of each photo that has a change of the kind."""
    for key, changes in groupby(lines, key=lambda line: line["key"]):
        of_photo = list(changes)
        if not kind or any(change["change"] == kind for change in of_photo):
            yield key, of_photo


def _with_items(release: Release, photos: list[tuple[str, list[dict[str, Any]]]]) -> list[Changed]:
    rows = ReleaseItem.objects.filter(release__in=[release, release.previous], key__in=[key for key, _ in photos])
    shown = ("release", "key", "image__file_name", "image__width", "image__height", "image__is_withdrawn")
    items = {(row.release_id, row.key): row for row in rows.select_related("image").only(*shown)}
    return [
        Changed(key, changes, items.get((release.previous_id, key)), items.get((release.pk, key)))
        for key, changes in photos
    ]
