"""Which photos go into train, validation and test: drawn by leakage group when a release first wants them, and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Count, Max, Q

from annotate.core import splits
from annotate.models import Image, Project, QueueRanking
from annotate.services.releasing.snapshots import agreed_images

RULE = {  # of a project whose queue was never ranked; see `rule_of`
    "method": "leakage groups, greedy by desirability and dominant level, sticky",
    "shares_percent": {split: round(100 * share) for split, share in splits.SHARES.items()},
    "near_duplicate_bits": splits.NEAR_BITS,
    "near_duplicate_fewest_bits": splits.FEWEST_BITS,
    "burst_s": splits.BURST_S,
}
DRAWN = {"test": "drawn at random over all photos before any was chosen for labelling"}
CHUNK = 500
READS = ("dhash", "photographer", "album", "camera", "captured_at", "group", "split")  # as `Photo` names them
PLACE = """
UPDATE annotate_image SET "group" = place."group", split = place.split
FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS place (image, "group", split)
WHERE id = place.image"""


def rule_of(project: Project, shares: Mapping[str, float] = splits.SHARES) -> dict[str, Any]:
    """How the project's splits are drawn, for the manifest of a release."""
    wanted = {"shares_percent": {split: round(100 * share) for split, share in shares.items()}}
    return RULE | wanted | (DRAWN if QueueRanking.objects.filter(project=project).exists() else {})


def draw_test(project: Project) -> int:
    """Give each image that has none a leakage group, and a random tenth of the groups the test split; count them.

    Whoever chooses what is labelled calls it first, so that no choice reaches the test split.
    """
    if not project.images.filter(group="").exists():
        return 0
    new = _plan(project, Q(), splits.draw_test)
    waiting = list(new)
    for at in range(0, len(waiting), CHUNK):  # few rows are locked at a time: people take photos meanwhile
        _write({pk: new[pk] for pk in waiting[at : at + CHUNK]}, group="")
    return len(new)


@transaction.atomic
def assign_splits(
    project: Project, licenses: Sequence[str], shares: Mapping[str, float] = splits.SHARES, photos: str = ""
) -> None:
    """Give a leakage group and a split to each image that has none, of those that a release may hold."""
    Project.objects.select_for_update().get(pk=project.pk)  # two releases cut at once draw one after the other
    _write(_plan(project, _placed(project, licenses, photos), partial(splits.assign_splits, shares=shares)), split="")


def foretell_splits(
    project: Project, licenses: Sequence[str], shares: Mapping[str, float], photos: str = ""
) -> tuple[dict[str, int], int]:
    """How many photos each split of a release would hold if it were cut now, and how many pairs of them would look
    alike across splits; nothing is written."""
    new = _plan(project, _placed(project, licenses, photos), partial(splits.assign_splits, shares=shares))
    rows = agreed_images(project, licenses, photos).order_by("pk").values_list("dhash", "split", "pk")
    placed = [(dhash, new[pk].split if pk in new else split, pk) for dhash, split, pk in rows]
    counts = Counter(split for _, split, _ in placed)
    return {split: counts[split] for split in splits.SPLITS}, len(list(splits.find_twins_apart(placed)))


def _placed(project: Project, licenses: Sequence[str], photos: str) -> Q:
    return Q(pk__in=agreed_images(project, licenses, photos).values("pk")) | ~Q(split="")


def largest_group(project: Project) -> int:
    """How many photos the largest leakage group holds. Withdrawn photos are in no release, so they do not count."""
    groups = project.images.filter(is_withdrawn=False).exclude(group="").order_by().values("group")
    return groups.annotate(count=Count("pk")).aggregate(largest=Max("count"))["largest"] or 0


def find_large_group(project: Project) -> tuple[int, int] | None:
    """How many photos the largest leakage group holds, of how many; None unless it is above a fifth of the project.

    As of the last ranking, by which every photo has its group.
    """
    largest = QueueRanking.objects.filter(project=project).aggregate(largest=Max("largest_group"))["largest"] or 0
    total = project.photo_counts.filter(is_withdrawn=False).total()
    return (largest, total) if largest > max(1, splits.MAX_COMMON_SHARE * total) else None


def _plan(project: Project, wanted: Q, choose: Callable[..., list[splits.Place]]) -> dict[int, splits.Place]:
    """Image -> the place that `choose` gives it, of those wanted images whose place is another than before."""
    rows = project.images.filter(wanted).order_by("pk")
    labels = ("consensus__desirability", "consensus__level_px")
    pks, photos = [], []
    for pk, sha256, desirability, level_px, *facts in rows.values_list("pk", "sha256", *labels, *READS).iterator():
        pks.append(pk)
        stratum = _stratum(desirability, level_px)
        photos.append(splits.Photo(key=sha256, stratum=stratum, **dict(zip(READS, facts, strict=True))))
    places = choose(photos, salt=project.salt)
    drawn = zip(pks, photos, places, strict=True)
    return {pk: place for pk, photo, place in drawn if (photo.group, photo.split) != (place.group, place.split)}


@transaction.atomic
def _write(places: Mapping[int, splits.Place], **still: str) -> None:
    """Store the places of those images that `still` holds of."""
    waiting = Image.objects.filter(pk__in=list(places), **still).select_for_update(no_key=True)
    free = list(waiting.order_by("pk").values_list("pk", flat=True))  # in the order of all who lock many
    groups, drawn = [places[pk].group for pk in free], [places[pk].split for pk in free]
    with connection.cursor() as cursor:
        cursor.execute(PLACE, [free, groups, drawn])


def _stratum(desirability: str | None, level_px: list[int] | None) -> str:
    """What the splits are balanced over; a placed image that is being labelled again has no labels to count."""
    return f"{desirability}/{int(np.argmax(level_px))}" if level_px else "unlabelled"
