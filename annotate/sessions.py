"""Sessions in the database that know whose they are, from where, and when they were used; Django's SESSION_ENGINE."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.throttling import BaseThrottle

from annotate.models import Session

USED_STEP = timedelta(minutes=10)
USED = "used"  # in the session: address, agent, and since when


class SessionStore(DatabaseStore):
    """Django's, on our rows."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Whose rows it keeps."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row of a session that holds `data`."""
        row: Session = super().create_model_instance(data)
        used = data.get(USED, {})
        row.user_id = data.get("_auth_user_id")
        row.address, row.agent = used.get("address", ""), used.get("agent", "")
        row.last_used_at = timezone.now()
        return row


def noted_sessions(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: write down where a session of somebody is used."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if request.session.accessed and "_auth_user_id" in request.session:
            agent = request.headers.get("User-Agent", "")
            note_use(request.session, address=BaseThrottle().get_ident(request), agent=agent)
        return response

    return answer


def note_use(session: SessionBase, *, address: str, agent: str) -> None:
    """Have the session know where it is used, at most once in USED_STEP or from another address: reads stay reads."""
    used, address = session.get(USED), address[:45]
    if used and used["address"] == address and timezone.now() - datetime.fromisoformat(used["at"]) < USED_STEP:
        return
    session[USED] = {"address": address, "agent": agent[:300], "at": timezone.now().isoformat()}
