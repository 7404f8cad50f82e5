"""Where photos lie in atlases: layouts in the plane in which photos that show alike things are near each other."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from annotate.models.people import Project
from annotate.models.photos import Image


class AtlasQuerySet(models.QuerySet["Atlas"]):
    """Reads of atlases."""

    def shown(self) -> Self:
        """Those that are shown, one a project."""
        return self.filter(replaced_at=None)


class Atlas(models.Model):
    """A layout of a project's photos. Once placed, a photo stays: areas of an atlas keep their photos."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="atlases")
    model_version = models.BigIntegerField(help_text="Whose features it was drawn by.")
    photo_count = models.PositiveIntegerField(help_text="How many photos have a place.")
    drawn_at = models.DateTimeField(db_default=Now())
    replaced_at = models.DateTimeField(null=True, help_text="Since when the project shows another.")

    objects = AtlasQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project"], condition=Q(replaced_at=None), name="atlas_one_shown")
        ]

    def __str__(self) -> str:
        return f"atlas {self.pk} of {self.project_id}"


class AtlasPlace(models.Model):
    """Where a photo lies in an atlas, in ten-thousandths of its side from the left and from the top."""

    atlas = models.ForeignKey(Atlas, models.CASCADE, related_name="places", db_index=False)
    image = models.ForeignKey(Image, models.CASCADE, related_name="+")
    x = models.PositiveSmallIntegerField()
    y = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["atlas", "image"], name="atlas_place_once")]
        indexes = [models.Index(fields=["atlas", "x", "y", "image"], name="atlas_place_within")]
