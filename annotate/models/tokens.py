"""The keys of programs, and how far each reaches."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """What a token may be used for, as far as its owner's role goes; views say which of them a write needs."""

    READ = "read", _("Read: photos, labels, releases, runs")
    LABEL = "label", _("Label: draw, vote, hand in")
    UPLOAD = "upload", _("Upload: photos and files of labels")
    CURATE = "curate", _("Curate: settle, sort, cut releases, change project and people")
    TRAIN = "train", _("Train: start, stop and promote models")


def all_scopes() -> list[str]:
    """What a token may do unless it was made for less."""
    return list(Scope.values)


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    """Reads of tokens."""

    def usable(self) -> Self:
        """Those that open the door now."""
        return self.filter(revoked_at=None, expires_at__gt=Now(), user__is_active=True)


class ApiToken(models.Model):
    """A key for programs, shown once; only its SHA-256 is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=all_scopes, db_default=Scope.values)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "API token"

    @property
    def may_all(self) -> bool:
        """Whether it reaches as far as its owner."""
        return set(self.scopes) == set(Scope)

    @property
    def scope_names(self) -> list[str]:
        """Its scopes in a word each, for a page."""
        return [Scope(scope).label.partition(":")[0] for scope in self.scopes]
