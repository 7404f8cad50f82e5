"""What people tell curators about a photo: why they skipped it, what they pinned on it."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.people import Project, User
from annotate.models.photos import Image


class RemarkQuerySet(models.QuerySet["Remark"]):
    """Reads of remarks."""

    def of_project(self, project: Project) -> Self:
        """Those on photos of the project, with photo and author."""
        return self.filter(image__project=project).select_related("image", "author", "closed_by")

    def open(self) -> Self:
        """What no curator has dealt with, the longest waiting first; photos that were withdrawn ask nothing."""
        return self.filter(outcome="", image__is_withdrawn=False).order_by("created_at", "id")

    def unseen_by(self, author: User) -> Self:
        """Replies that the author has not seen."""
        return self.filter(author=author, seen_at=None).exclude(outcome="").exclude(reply="").order_by("closed_at")


class Remark(models.Model):
    """A person's reason for skipping a photo, or a note that they pinned on it, and what a curator made of it."""

    class Kind(models.TextChoices):
        SKIP = "skip", _("Skipped")
        NOTE = "note", _("Note")

    class Outcome(models.TextChoices):
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        REQUEUED = "requeued", _("Back in the queue")

    image = models.ForeignKey(Image, models.CASCADE, related_name="remarks")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="remarks")
    kind = models.CharField(max_length=4, choices=Kind)
    key = models.CharField(max_length=64, blank=True, help_text="The note's id; blank for a skip.")
    text = models.TextField()
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True, help_text="Blank while it is open.")
    reply = models.CharField(max_length=400, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="When the author saw the reply.")
    created_at = models.DateTimeField(db_default=Now())

    objects = RemarkQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "author", "kind", "key"], name="remark_once")]
        indexes = [models.Index(fields=["created_at"], condition=Q(outcome=""), name="remark_open")]
