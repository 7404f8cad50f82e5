"""How many photos a project has of each kind and value, kept by the database itself: to count a million takes long."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Sum

from annotate.models.people import Project


class PhotoCountQuerySet(models.QuerySet["PhotoCount"]):
    """Reads of counts."""

    def by(self, *columns: str) -> Self:
        """Rows of these columns and the number of photos that have them."""
        return self.order_by().values_list(*columns).annotate(Sum("photos"))

    def disputed(self) -> Self:
        """Of photos that wait for a curator."""
        return self.filter(state="disputed", is_withdrawn=False)

    def total(self) -> int:
        """How many photos these are."""
        return self.aggregate(total=Sum("photos"))["total"] or 0


class PhotoCount(models.Model):
    """So many photos of a kind came or went. A trigger of the photos writes it; the sum of a kind's rows is its count.

    Nobody waits for anybody's row, since each change writes one of its own; `services.counts` adds them up.
    """

    project = models.ForeignKey(Project, models.DO_NOTHING, related_name="photo_counts", db_constraint=False)
    state = models.CharField(max_length=12)
    is_withdrawn = models.BooleanField()
    is_open = models.BooleanField(help_text="They want another annotator.")
    photos = models.IntegerField()

    objects = PhotoCountQuerySet.as_manager()


class ValueCount(models.Model):
    """So many photos of a project came to or lost a value that they are found by. A trigger of `PhotoFacts` writes it.

    Kept and added up as `PhotoCount` is. Withdrawn photos and blank values are left out. Shares are told in tenths,
    sizes in the steps of `finding.statistics`, days by their month.
    """

    project = models.ForeignKey(Project, models.DO_NOTHING, related_name="value_counts", db_constraint=False)
    name = models.CharField(max_length=12, help_text="Of the filter.")
    value = models.CharField(max_length=160)
    photos = models.IntegerField()
