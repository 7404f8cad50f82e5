"""Which photos go into train, val and test: drawn by leakage group when a release first wants them, and kept."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from django.db import transaction
from django.db.models import Q

from annotate.core import splits
from annotate.models import Image, Project

RULE = {
    "method": "leakage groups, greedy by desirability and dominant level, sticky",
    "shares_percent": {split: round(100 * share) for split, share in splits.SHARES.items()},
    "near_duplicate_bits": splits.NEAR_BITS,
    "burst_s": splits.BURST_S,
}
READS = ("project", "sha256", "dhash", "photographer", "album", "camera", "captured_at", "group", "split")


@transaction.atomic
def assign_splits(project: Project, licenses: Sequence[str]) -> None:
    """Give a leakage group and a split to each agreed image under these licences that has none."""
    Project.objects.select_for_update().get(pk=project.pk)  # two releases cut at once draw one after the other
    wanted = Q(state=Image.State.AGREED, license__in=licenses) | ~Q(split="")
    found = project.images.filter(wanted).select_related("consensus").order_by("pk")
    images = list(found.only(*READS, "consensus__image", "consensus__desirability", "consensus__level_px"))
    places = splits.assign_splits([_photo(image) for image in images], salt=project.salt)
    new: list[Image] = []
    for image, place in zip(images, places, strict=True):
        if not image.split:
            image.group, image.split = place.group, place.split
            new.append(image)
    waiting = Image.objects.filter(pk__in=[image.pk for image in new])
    list(waiting.select_for_update(no_key=True).order_by("pk").values_list("pk"))  # in the order of all who lock many
    Image.objects.bulk_update(new, ["group", "split"], batch_size=1_000)


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
    if not hasattr(image, "consensus"):
        return "unlabelled"
    return f"{image.consensus.desirability}/{int(np.argmax(image.consensus.level_px))}"
