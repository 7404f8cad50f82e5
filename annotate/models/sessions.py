"""Where somebody is signed in."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Now

from annotate.core.agents import name_agent


class Session(AbstractBaseSession):
    """A browser's session; nobody's until somebody signs in."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")
    address = models.CharField(max_length=45, blank=True, db_default="")
    agent = models.CharField(max_length=300, blank=True, db_default="")
    last_used_at = models.DateTimeField(db_default=Now())

    @property
    def name(self) -> str:
        """A name that pages may show: the key itself would open the door."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:16]

    @property
    def browser(self) -> str:
        """The browser in words."""
        return name_agent(self.agent)
