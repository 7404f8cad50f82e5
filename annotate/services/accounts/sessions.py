"""Ending sessions: a browser that was left, lost or lent is signed out from another one."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from annotate.models import Session, User
from annotate.services import audit


def open_sessions(user: User) -> QuerySet[Session]:
    """Where the person is signed in, the one used last first."""
    return user.sessions.filter(expire_date__gt=Now()).order_by("-last_used_at")


@transaction.atomic
def end_sessions(user: User, *, but: str, name: str = "") -> int:
    """Sign the person out elsewhere and say of how many browsers; twice is once.

    Args:
        user: whose sessions.
        but: the key of the session that goes on: the one that asks.
        name: of the only one that is to end; else all.
    """
    others = open_sessions(user).exclude(session_key=but)
    ended = [each.session_key for each in others if name in ("", each.name)]
    Session.objects.filter(session_key__in=ended).delete()
    if ended:
        audit.record("sessions.ended", user, by=user, project=None, details={"sessions": len(ended)})
    return len(ended)


def forget_expired() -> None:
    """Delete the sessions that nobody can use any more."""
    Session.objects.filter(expire_date__lt=Now()).delete()
