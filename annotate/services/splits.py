"""Which photos go into train, validation and test: drawn by leakage group when a release first wants them, and kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Count, Q

from annotate.core import splits
from annotate.models import Image, Project, QueueRanking
from annotate.services.snapshots import agreed_images

RULE = {  # of a project whose queue was never ranked; see `rule_of`
    "method": "leakage groups, greedy by desirability and dominant level, sticky",
    "shares_percent": {split: round(100 * share) for split, share in splits.SHARES.items()},
    "near_duplicate_bits": splits.NEAR_BITS,
    "near_duplicate_fewest_bits": splits.FEWEST_BITS,
    "burst_s": splits.BURST_S,
}
DRAWN = {"test": "drawn at random over all photos before any was chosen for labelling"}
CHUNK = 500
READS = ("project", "sha256", "dhash", "photographer", "album", "camera", "captured_at", "group", "split")


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
    for at in range(0, len(new), CHUNK):  # few rows are locked at a time: people take photos meanwhile
        _write(new[at : at + CHUNK], group="")
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
    planned = {image.pk: image.split for image in new}
    rows = agreed_images(project, licenses, photos).order_by("pk").values_list("dhash", "split", "pk")
    placed = [(dhash, planned.get(pk, split), pk) for dhash, split, pk in rows]
    counts = Counter(split for _, split, _ in placed)
    return {split: counts[split] for split in splits.SPLITS}, len(list(splits.find_twins_apart(placed)))


def _placed(project: Project, licenses: Sequence[str], photos: str) -> Q:
    return Q(pk__in=agreed_images(project, licenses, photos).values("pk")) | ~Q(split="")


def find_large_group(project: Project) -> tuple[int, int] | None:
    """How many photos the largest leakage group holds, of how many; None unless it is above a fifth of the project.

    Withdrawn photos are in no release, so they do not count.
    """
    images = project.images.filter(is_withdrawn=False)
    groups = images.exclude(group="").order_by().values_list("group")
    largest = max((count for _, count in groups.annotate(Count("pk"))), default=0)
    total = project.photo_counts.filter(is_withdrawn=False).total()
    return (largest, total) if largest > max(1, splits.MAX_COMMON_SHARE * total) else None


def _plan(project: Project, wanted: Q, choose: Callable[..., list[splits.Place]]) -> list[Image]:
    """The wanted images whose place is another than before, with the place that `choose` gives them."""
    found = project.images.filter(wanted).select_related("consensus").order_by("pk")
    images = list(found.only(*READS, "consensus__image", "consensus__desirability", "consensus__level_px"))
    places = choose([_photo(image) for image in images], salt=project.salt)
    new: list[Image] = []
    for image, place in zip(images, places, strict=True):
        if (image.group, image.split) != (place.group, place.split):
            image.group, image.split = place.group, place.split
            new.append(image)
    return new


@transaction.atomic
def _write(images: Sequence[Image], **still: str) -> None:
    """Store the places of those images that `still` holds of."""
    waiting = Image.objects.filter(pk__in=[image.pk for image in images], **still).select_for_update(no_key=True)
    free = set(waiting.order_by("pk").values_list("pk", flat=True))  # in the order of all who lock many
    Image.objects.bulk_update([image for image in images if image.pk in free], ["group", "split"], batch_size=CHUNK)


def _photo(image: Image) -> splits.Photo:
    return splits.Photo(
        key=image.sha256,
        dhash=image.dhash,
        stratum=_stratum(image),
        photographer=image.photographer,
        album=image.album,
        camera=image.camera,
        captured_at=image.captured_at,
        group=image.group,
        split=image.split,
    )


def _stratum(image: Image) -> str:
    """What the splits are balanced over; a placed image that is being labelled again has no labels to count."""
    if not hasattr(image, "consensus") or not image.consensus.level_px:
        return "unlabelled"
    return f"{image.consensus.desirability}/{int(np.argmax(image.consensus.level_px))}"
