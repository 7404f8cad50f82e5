"""Frozen, numbered snapshots of what people agree on."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from annotate.core.release import FOLDER, SHARDS
from annotate.models.people import Project, User
from annotate.models.photos import Image
from annotate.models.work import LeasedWork, LeasedWorkQuerySet


class ReleaseQuerySet(LeasedWorkQuerySet):
    """Reads of releases."""

    def visible_to(self, user: User) -> Self:
        """Releases of the user's projects."""
        return self.filter(project__memberships__user=user)

    def ready(self) -> Self:
        """Releases that are built and verified."""
        return self.filter(state=Release.State.DONE)


def no_near_duplicates() -> dict[str, Any]:
    """What is known of them before a release is frozen."""
    return {"count": 0, "pairs": []}


class Release(LeasedWork):
    """A frozen, numbered snapshot of a project's agreed photos; READY when state is done."""

    class Layout(models.TextChoices):
        """How its photos and maps lie."""

        FOLDER = FOLDER, _("Files")
        SHARDS = SHARDS, _("Shards")

    project = models.ForeignKey(Project, models.CASCADE, related_name="releases")
    name = models.SlugField(max_length=60)
    version = models.CharField(max_length=20, help_text="major.minor.patch")
    previous = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    licenses = models.JSONField(help_text="SPDX identifiers that may be in it.")
    layout = models.CharField(max_length=6, choices=Layout, default=Layout.FOLDER, db_default=Layout.FOLDER)
    validation_percent = models.PositiveSmallIntegerField(
        default=10, db_default=10, help_text="Share of the photos that are new to a split and go there."
    )
    test_percent = models.PositiveSmallIntegerField(default=10, db_default=10, help_text="The same of the test split.")
    notes = models.TextField(blank=True, db_default="", help_text="What its maker says is new in it.")
    manifest = models.JSONField(default=dict, help_text="What release.json is made from; empty until it is frozen.")
    near_duplicates = models.JSONField(
        default=no_near_duplicates,
        db_default=no_near_duplicates(),
        help_text="Pairs of its photos that look alike in different splits: their count, and ids of the first.",
    )
    photos = models.TextField(
        blank=True,
        db_default="",
        help_text="Which of the agreed photos: filters as in an address; blank is all.",
    )
    cut_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    item_count = models.PositiveIntegerField(help_text="Its photos; those that were agreed when it was cut until then.")
    content_id = models.CharField(max_length=64, blank=True)
    seal = models.CharField(max_length=64, blank=True)
    folder = models.CharField(max_length=300, blank=True, help_text="Where it lies below the releases folder.")

    objects = ReleaseQuerySet.as_manager()

    class Meta(LeasedWork.Meta):
        constraints = [
            models.UniqueConstraint(fields=["project", "version"], name="release_version_once"),
            models.CheckConstraint(
                condition=models.Q(validation_percent__range=(1, 40), test_percent__range=(1, 40)),
                name="release_shares_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def shares(self) -> dict[str, float]:
        """Wanted share of each split."""
        held_out = {"validation": self.validation_percent / 100, "test": self.test_percent / 100}
        return {"train": 1 - sum(held_out.values())} | held_out

    @property
    def is_frozen(self) -> bool:
        """Whether its photos and labels are fixed."""
        return bool(self.manifest)


class ExportQuerySet(LeasedWorkQuerySet):
    """Reads of exports."""

    def visible_to(self, user: User) -> Self:
        """Exports of the user's projects' releases."""
        return self.filter(release__project__memberships__user=user)


class Export(LeasedWork):
    """A ready release in another tool's format: built once, kept while people download it."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="exports")
    format = models.CharField(max_length=20)
    options = models.JSONField(default=dict, help_text="Those of `formats.Options` that were chosen.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    folder = models.CharField(max_length=300, blank=True, help_text="Where it lies below the exports folder.")
    bytes = models.PositiveBigIntegerField(default=0)
    used_at = models.DateTimeField(null=True, help_text="When somebody asked for it or downloaded it last.")

    objects = ExportQuerySet.as_manager()

    class Meta(LeasedWork.Meta):
        constraints = [models.UniqueConstraint(fields=["release", "format", "options"], name="export_once")]

    def __str__(self) -> str:
        return f"{self.release}: {self.format}"


class ReleaseItem(models.Model):
    """One image as it was when the release was cut; never changed afterwards."""

    release = models.ForeignKey(Release, models.CASCADE, related_name="items")
    image = models.ForeignKey(Image, models.PROTECT, related_name="release_items")
    key = models.CharField(max_length=24)
    record = models.JSONField(help_text="Its row of metadata.jsonl, with regions, votes and lineage.")
    levels_png = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["release", "key"], name="release_item_once")]
