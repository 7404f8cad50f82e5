"""Who signed in, who tried and failed, and that another password ends tokens and sessions: so wherever it happens."""

from __future__ import annotations

import time
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.throttling import BaseThrottle

from annotate.models import User
from annotate.services import audit

SIGNED_IN_AT = "signed_in_at"  # in the session
LATELY_S = 900


def note_sign_in(sender: object, request: HttpRequest, user: User, **rest: Any) -> None:
    """Write down that somebody came in, by whatever door; Django's signal calls it."""
    request.session[SIGNED_IN_AT] = time.time()
    audit.record("sign_in.succeeded", user, by=user, project=None, details=_from_where(request))


def note_failure(sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **rest: Any) -> None:
    """Write down that somebody tried a password that was looked at; Django's signal calls it.

    A name that nobody has is not kept: people type passwords there.
    """
    if request is None or getattr(request, "axes_failures_since_start", 0) is None:
        return  # locked out: told by the failures before
    user = User.objects.filter(username=credentials.get("username")).first()
    audit.record("sign_in.failed", user or User(), by=None, project=None, details=_from_where(request))


def is_recent(request: HttpRequest) -> bool:
    """Whether whoever sits there came in a moment ago, and did not only find the browser open."""
    since: float = request.session.get(SIGNED_IN_AT, 0)
    return time.time() - since < LATELY_S


def _from_where(request: HttpRequest) -> dict[str, Any]:
    return {"address": BaseThrottle().get_ident(request)}


class PasswordEndsTokens:
    """A rule for passwords that refuses none: Django tells it of each that is set, on a page, in the admin, by command.

    Whoever sets their own stays signed in where they do it: there the page makes the session anew.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Nothing to refuse."""

    def get_help_text(self) -> str:
        """What is said beside the field."""
        return _("Other devices are signed out by it, and your API tokens end.")

    @transaction.atomic
    def password_changed(self, password: str, user: User | None = None) -> None:
        """End the person's tokens and sessions; a hash that Django only makes stronger is no change."""
        if user is None:
            return
        user.sessions.all().delete()
        ended = user.api_tokens.filter(revoked_at=None).update(revoked_at=Now())
        audit.record("password.set", user, by=user.password_set_by, project=None, details={"tokens_ended": ended})
