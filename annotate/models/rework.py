"""Work that a curator sent back, and what became of it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.core.regions import SUBPIXEL
from annotate.models.labels import Annotation
from annotate.models.people import Membership, Role, User
from annotate.models.photos import Image


class ReworkQuerySet(models.QuerySet["Rework"]):
    """Reads of what was sent back."""

    def visible_to(self, user: User) -> Self:
        """What was asked of the user or is about their work, and all of it where they are curator or owner."""
        curated = Membership.objects.filter(user=user, role__in=[Role.CURATOR, Role.OWNER]).values("project")
        own = Q(asked_of=user) | Q(annotation__author=user)
        member = Membership.objects.filter(user=user).values("project")
        return self.filter(Q(image__project__in=curated) | own & Q(image__project__in=member))

    def open_for(self, user: User) -> Self:
        """What the user is asked to do again and has not answered, the longest waiting first."""
        waiting = self.filter(asked_of=user, state=Rework.State.OPEN, image__is_withdrawn=False)
        return waiting.order_by("id")


class Rework(models.Model):
    """A curator's request that a photo be labelled again, by its author or by somebody else."""

    class State(models.TextChoices):
        OPEN = "open", _("Came back")
        REDONE = "redone", _("Redone")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        WITHDRAWN = "withdrawn", _("Taken back")

    image = models.ForeignKey(Image, models.CASCADE, related_name="reworks")
    annotation = models.ForeignKey(Annotation, models.CASCADE, related_name="reworks", help_text="What was sent back.")
    document = models.JSONField(help_text="The map as it was then.")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_of = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reworks")
    revision = models.PositiveIntegerField(help_text="Of the work of `asked_of` when they were asked.")
    reason = models.CharField(max_length=400)
    x = models.PositiveIntegerField(null=True, help_text="The place that is meant, in 1/16 px.")
    y = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    answer = models.CharField(max_length=400, blank=True, help_text="Why it was declined.")
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    redone_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = ReworkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["image", "asked_of"], condition=Q(state="open"), name="rework_open_once"),
            models.CheckConstraint(condition=Q(x=None, y=None) | Q(x__gte=0, y__gte=0), name="rework_place_whole"),
        ]
        indexes = [models.Index(fields=["asked_of", "id"], condition=Q(state="open"), name="rework_waiting")]

    @property
    def mark(self) -> tuple[int, int, int] | None:
        """Middle and radius, in pixels, of a ring around the place that is meant."""
        if self.x is None or self.y is None:
            return None
        return self.x // SUBPIXEL, self.y // SUBPIXEL, max(self.image.size) // 40 + 1
