"""How often an address may be wrong about passwords."""

from __future__ import annotations

import ipaddress
from typing import Any

from axes.attempts import get_cool_off_threshold
from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest
from rest_framework.throttling import BaseThrottle


class SignInGuard(AxesDatabaseHandler):
    """Locks out a name at an address, as axes does, and an address that failed often with whatever names."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether no password is looked at."""
        return super().is_locked(request, credentials) or self.is_address_locked(request)

    def is_address_locked(self, request: HttpRequest) -> bool:
        """Whether the address failed too often; a name that succeeded in between takes only its own failures off."""
        attempts = AccessAttempt.objects.filter(
            ip_address=request.axes_ip_address, attempt_time__gt=get_cool_off_threshold(request)
        )
        failed = attempts.aggregate(failed=Sum("failures_since_start"))["failed"] or 0
        return failed >= settings.FAILURES_OF_ADDRESS


def client_address(request: HttpRequest) -> str | None:
    """The asker's address, past as many proxies as SMARTBLUR_PROXIES says; of IPv6 the /64, which is one asker's."""
    text = BaseThrottle().get_ident(request)
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        return text
    return str(address.ipv4_mapped or ipaddress.IPv6Network((address, 64), strict=False).network_address)
