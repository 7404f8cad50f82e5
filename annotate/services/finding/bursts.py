"""Bursts of a project's photos: each photo of one bears the id of its first, so that a list can show them as one.

`core.culling` decides what a burst is. Of the photos that are counted anew only the pairs that they stand in are
compared again, so that a photo costs the same in a large project. What is withdrawn stays in its burst.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

import numpy as np
from django.db.models import Q, QuerySet

from annotate.core import culling
from annotate.models import PhotoFacts, Preannotation, Project

UNSEEN = np.zeros(0, np.float16)
COLUMNS = ("image", "image__file_name", "camera", "captured_at", "image__dhash", "burst")


@dataclass(frozen=True, slots=True)
class Taken:
    """A photo whose time is known, as a `culling.Shot`, with the burst that it was in and the version that saw it."""

    image: int
    name: str
    camera: str
    captured_at: datetime
    dhash: int
    burst: int | None
    content: culling.Floats = field(default_factory=lambda: UNSEEN)
    version: int | None = None


def regroup(project: Project, images: Collection[int]) -> None:
    """Put these images of a project into the bursts that they are of now, and part those that they part."""
    photos = _around(project, images)
    changed: dict[int | None, list[int]] = {}
    for burst in _bursts(photos, images):
        key = burst[0].image if len(burst) > 1 else None
        changed.setdefault(key, []).extend(photo.image for photo in burst if photo.burst != key)
    for key, members in changed.items():
        PhotoFacts.objects.filter(pk__in=members).update(burst=key)


def bursts_of(images: Collection[int]) -> dict[int, int]:
    """Image -> its burst, for those of the images that are of one."""
    rows = PhotoFacts.objects.filter(pk__in=images, burst__isnull=False)
    return dict(rows.values_list("image", "burst"))


def members_of(project: Project, burst: int) -> QuerySet:
    """The ids of the photos of a burst that are not withdrawn, in the order in which they were taken."""
    return project.photo_facts.filter(burst=burst, is_withdrawn=False).order_by("captured_at", "image").ids()


def _around(project: Project, images: Collection[int]) -> list[Taken]:
    """All that one of the images may be beside in a burst, with the whole of the bursts that these are in; in order."""
    taken = project.photo_facts.filter(captured_at__isnull=False)
    times = sorted(taken.filter(pk__in=images).values_list("captured_at", flat=True))
    if not times:
        return []
    is_near = Q()
    for first, last in _spans(times):
        is_near |= Q(captured_at__range=(first - culling.APART, last + culling.APART))
    near = [Taken(*row) for row in taken.filter(is_near).values_list(*COLUMNS)]
    rest = taken.filter(burst__in={photo.burst for photo in near} - {None}).exclude(is_near).values_list(*COLUMNS)
    photos = [*near, *(Taken(*row) for row in rest)]
    return sorted(photos, key=lambda each: (*culling.order(each.camera, each.captured_at, each.name), each.image))


def _spans(times: Sequence[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """The first and the last of each run of times that are less than twice `culling.APART` from one to the next."""
    first = last = times[0]
    for time in times[1:]:
        if time - last > 2 * culling.APART:
            yield first, last
            first = time
        last = time
    yield first, last


def _bursts(photos: Sequence[Taken], images: Collection[int]) -> Iterator[list[Taken]]:
    """The bursts of photos in order; only pairs with one of the images are compared, the others are as they were."""
    pairs = list(pairwise(photos))
    new = [pair for pair in pairs if not {pair[0].image, pair[1].image}.isdisjoint(images)]
    seen = _seen({each.image: each for pair in new for each in pair})
    burst = list(photos[:1])
    for before, after in pairs:
        if before.image in images or after.image in images:
            is_joined = _follows(seen[before.image], seen[after.image])
        else:
            is_joined = before.burst is not None and before.burst == after.burst
        if not is_joined:
            yield burst
            burst = []
        burst.append(after)
    if burst:
        yield burst


def _seen(photos: dict[int, Taken]) -> dict[int, Taken]:
    """The photos with what the model saw in them."""
    told = Preannotation.objects.filter(image__in=photos, content__isnull=False)
    for image, version, content in told.values_list("image", "model_version", "content"):
        photos[image] = replace(photos[image], content=np.frombuffer(bytes(content), np.float16), version=version)
    return photos


def _follows(before: Taken, after: Taken) -> bool:
    """Features of two versions do not compare."""
    return culling.follows(before, after if before.version == after.version else replace(after, content=UNSEEN))
