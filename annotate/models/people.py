"""Who works here, on which project and in which role."""

from __future__ import annotations

import secrets
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

DEFAULT_LEVELS = [
    {
        "level": 0,
        "name": gettext_noop("Sharp"),
        "sigma_from": 0.0,
        "sigma_to": 0.8,
        "sample_sigma": 0.0,
        "amount_ppm": 0,
    },
    {
        "level": 1,
        "name": gettext_noop("Low"),
        "sigma_from": 0.8,
        "sigma_to": 2.4,
        "sample_sigma": 1.8,
        "amount_ppm": 333_333,
    },
    {
        "level": 2,
        "name": gettext_noop("Medium"),
        "sigma_from": 2.4,
        "sigma_to": 4.8,
        "sample_sigma": 3.4,
        "amount_ppm": 666_667,
    },
    {
        "level": 3,
        "name": gettext_noop("High"),
        "sigma_from": 4.8,
        "sigma_to": None,
        "sample_sigma": 7.0,
        "amount_ppm": 1_000_000,
    },
]


def default_levels() -> list[dict[str, Any]]:
    """The four levels of a new project; sigma in pixels at a long side of 1024 px."""
    return [dict(level) for level in DEFAULT_LEVELS]


def new_salt() -> str:
    """A project's secret for pseudonyms and splits; 32 hex digits."""
    return secrets.token_hex(16)


class User(AbstractUser):
    """A person who signs in."""

    preferences = models.JSONField(default=dict, db_default={}, blank=True, help_text="See core.preferences.")
    identity = models.CharField(
        max_length=500, null=True, blank=True, unique=True, editable=False, help_text="At the identity provider."
    )
    password_set_by: User | None = None  # for the audit trail, while another is set; None is the server's own shell


class ProjectQuerySet(models.QuerySet["Project"]):
    """Reads of projects."""

    def visible_to(self, user: User) -> Self:
        """The projects the user is a member of."""
        return self.filter(memberships__user=user)

    def current(self) -> Self:
        """Those that are not archived."""
        return self.filter(archived_at=None)


class Project(models.Model):
    """A set of photos labelled under one guideline and one scale of levels."""

    name = models.CharField(max_length=120)
    guidelines = models.TextField(blank=True)
    levels = models.JSONField(default=default_levels)
    votes_wanted = models.PositiveSmallIntegerField(default=2, help_text="How many people label each photo, at least.")
    votes_most = models.PositiveSmallIntegerField(
        default=2, db_default=2, help_text="And at most: asked for while the votes leave doubt."
    )
    hidden_percent = models.PositiveSmallIntegerField(
        default=10, db_default=10, help_text="Share of photos whose pre-annotation is not shown, to measure its effect."
    )
    alike_percent = models.PositiveSmallIntegerField(
        default=40, db_default=40, help_text="Maps whose amounts of blur overlap by less than this go to a curator."
    )
    description = models.TextField(blank=True, default="", db_default="", help_text="What it is, in a release.")
    authors = models.TextField(blank=True, default="", db_default="", help_text="Whom to cite, one a line.")
    label_license = models.CharField(
        max_length=60,
        blank=True,
        default="",
        db_default="",
        help_text="SPDX identifier; photos have their own.",
    )
    license_texts = models.TextField(
        blank=True, default="", db_default="", help_text="The words of each LicenseRef-, below its identifier."
    )
    salt = models.CharField(max_length=32, default=new_salt, editable=False)
    archived_at = models.DateTimeField(null=True, help_text="Since when nothing in it changes.")
    created_at = models.DateTimeField(db_default=Now())

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(votes_wanted__range=(1, 50)), name="project_votes_wanted_range"),
            models.CheckConstraint(
                condition=Q(votes_most__range=(F("votes_wanted"), 50)), name="project_votes_most_range"
            ),
            models.CheckConstraint(condition=Q(hidden_percent__lte=100), name="project_hidden_percent_range"),
            models.CheckConstraint(condition=Q(alike_percent__lte=100), name="project_alike_percent_range"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def level_count(self) -> int:
        """How many levels there are; a level is 0 to this less one."""
        return len(self.levels)

    @property
    def named_levels(self) -> list[dict[str, Any]]:
        """The levels for a page: those with their first names are named in the reader's language."""
        usual = [level["name"] for level in DEFAULT_LEVELS]
        return [level | {"name": gettext(name) if (name := level["name"]) in usual else name} for level in self.levels]


class Role(models.TextChoices):
    """What a member may do; each role may do all that the ones before it may."""

    ANNOTATOR = "annotator", _("Annotator")
    RESEARCHER = "researcher", _("Researcher")
    CURATOR = "curator", _("Curator")
    OWNER = "owner", _("Owner")


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Reads of memberships."""

    def visible_to(self, user: User) -> Self:
        """Everybody's in the user's projects."""
        return self.filter(project__memberships__user=user)


class Membership(models.Model):
    """A person's role in a project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    paused_at = models.DateTimeField(null=True, help_text="Since when no photos are given: test photos went wrong.")
    answers_count_from = models.DateTimeField(null=True, help_text="A curator let them go on: older answers are past.")
    created_at = models.DateTimeField(db_default=Now())

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user}, {self.project}"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Reads of invitations."""

    def visible_to(self, user: User) -> Self:
        """Those into the user's projects."""
        return self.filter(project__memberships__user=user)

    def open(self) -> Self:
        """Those that somebody may still accept."""
        return self.filter(use_count__lt=F("max_uses"), revoked_at=None, expires_at__gt=Now())


class Invitation(models.Model):
    """A link that makes whoever opens it a member, so many times. Only a digest of its token is kept."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=12, choices=Role)
    name = models.CharField(max_length=150, blank=True, db_default="", help_text="For whom it was made.")
    max_uses = models.PositiveSmallIntegerField(default=1, db_default=1)
    use_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", help_text="The last who came by it."
    )
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()
