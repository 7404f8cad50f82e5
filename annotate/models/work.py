"""Work longer than a request: the shape that previews, releases, trainings and pre-annotation share."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class LeasedWorkQuerySet(models.QuerySet):
    """Reads of long work."""

    def stranded(self) -> Self:
        """Queued work, and running work whose lease has run out by the database's clock."""
        state = self.model.State
        return self.filter(
            Q(state=state.QUEUED) | Q(state__in=[state.RUNNING, state.CANCELLING], lease_until__lt=Now())
        )


class LeasedWork(models.Model):
    """Work longer than a request. The row's lease says who may do it; `services.leases` is the only writer.

    `attempt` counts the claims and fences late writers: a result is written only where it still matches.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RUNNING = "running", _("Running")
        CANCELLING = "cancelling", _("Cancelling")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    attempt_limit = models.PositiveSmallIntegerField(
        default=3, db_default=3, help_text="It fails after this attempt; a person who starts it again allows more."
    )
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    progress_ppm = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    queued_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = LeasedWorkQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["queued", "running", "cancelling"]),
                name="%(class)s_waiting",
            )
        ]

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in (self.State.DONE, self.State.FAILED, self.State.CANCELLED)
