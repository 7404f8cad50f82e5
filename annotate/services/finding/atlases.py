"""Atlases come and go: drawn anew, added to, shown again, forgotten. Who lays photos out is `modelsvc`."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import numpy.typing as npt
from django.db import connection, transaction
from django.db.models.functions import Now

from annotate.models import Atlas, AtlasPlace, Image, Project, SavedSet, SavedSetQuerySet

SIDE = 10_000  # units
KEPT = timedelta(days=30)  # after another has taken its place: open pages and addresses still name it
CHUNK = 5_000

Ids = npt.NDArray[np.int64]
Places = npt.NDArray[np.integer]


@transaction.atomic
def draw_atlas(project: Project, *, model_version: int, images: Ids, places: Places) -> Atlas:
    """A new atlas that the project shows from now on.

    Args:
        model_version: whose features it was drawn by.
        images: (N,) ids; those of photos that are gone have no place.
        places: (N, 2) of SIDE units from the left and from the top.
    """
    Atlas.objects.shown().filter(project=project).update(replaced_at=Now())
    atlas = Atlas.objects.create(project=project, model_version=model_version, photo_count=0)
    place_photos(atlas, images, places)
    return atlas


@transaction.atomic
def place_photos(atlas: Atlas, images: Ids, places: Places) -> None:
    """Give photos a place in an atlas; those that have one keep it. The arguments are as `draw_atlas` says."""
    for start in range(0, len(images), CHUNK):
        given = dict(zip(images[start : start + CHUNK].tolist(), places[start : start + CHUNK].tolist(), strict=True))
        placed = atlas.places.filter(image__in=given).values("image")
        new = Image.objects.filter(project=atlas.project_id, pk__in=given).exclude(pk__in=placed)
        rows = [
            AtlasPlace(atlas=atlas, image_id=pk, x=given[pk][0], y=given[pk][1])
            for pk in new.values_list("pk", flat=True)
        ]
        AtlasPlace.objects.bulk_create(rows)
        atlas.photo_count += len(rows)
    atlas.save(update_fields=["photo_count"])
    with connection.cursor() as cursor:  # until autovacuum comes, areas would be planned as of an empty table
        cursor.execute("ANALYZE annotate_atlasplace")


@transaction.atomic
def show_atlas(atlas: Atlas) -> None:
    """Let the project show an atlas that another had taken the place of."""
    Atlas.objects.shown().filter(project=atlas.project_id).exclude(pk=atlas.pk).update(replaced_at=Now())
    Atlas.objects.filter(pk=atlas.pk).update(replaced_at=None)


def forget_replaced() -> int:
    """Forget atlases that are long replaced and that no saved set has an area of, and count them."""
    long_gone = Atlas.objects.filter(replaced_at__lt=Now() - KEPT)
    unused = [each.pk for each in long_gone if not _sets_within(each).exists()]
    Atlas.objects.filter(pk__in=unused).delete()
    return len(unused)


def _sets_within(atlas: Atlas) -> SavedSetQuerySet:
    return SavedSet.objects.filter(project=atlas.project_id, query__contains=f"lasso={atlas.pk}_")
