"""Mails that somebody asked for who forgot their password."""

from __future__ import annotations

from datetime import timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

TRIED_FOR = timedelta(hours=1)


class PasswordMailQuerySet(models.QuerySet["PasswordMail"]):
    """Reads of mails."""

    def waiting(self) -> Self:
        """Those to be sent; after TRIED_FOR nobody looks for them any more."""
        return self.filter(sent_at=None, asked_at__gt=Now() - TRIED_FOR)


class PasswordMail(models.Model):
    """A mail with a link for a new password; the link is made when it is sent."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="password_mails")
    asked_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    objects = PasswordMailQuerySet.as_manager()
