"""Telling other programs: messages are written beside what they tell of, and sent after the commit by a worker.

Signed as Standard Webhooks says (https://www.standardwebhooks.com), so receivers can check them with its libraries.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate import outgoing
from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import PING, Batch, Delivery, Project, Release, User, Webhook, WebhookEvent
from annotate.services import audit

MOST = 10  # of a project
MARK = "whsec_"  # before a secret that is base64
LEAST_SECRET = 24  # characters
FIRST_WAIT_S, LONGEST_WAIT_S, TRIES = 5, 86_400, 10  # 5 s, 20 s, ... a day: two days in all
TURN_S = 20.0
PAUSE = timedelta(minutes=1)  # of an address that did not take a message: others to it wait, too
NEWS = timedelta(hours=1)  # what ended longer ago was told
KEPT = timedelta(days=30)


def new_secret() -> str:
    """A secret that nobody can guess."""
    return MARK + base64.b64encode(secrets.token_bytes(32)).decode()


@transaction.atomic
def create_webhook(project: Project, *, by: User, url: str, secret: str, events: Sequence[str]) -> Webhook:
    """A webhook, whose address is sent a `ping` at once.

    Raises:
        SmartBlurError: code invalid_address or weak_secret.
        Conflict: the project has MOST of them.
    """
    check_address(url)
    _key_of(secret)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    if project.webhooks.count() >= MOST:
        raise Conflict(_("A project has at most %(most)s webhooks."), most=MOST, code="too_many_webhooks")
    webhook = Webhook.objects.create(project=project, url=url, secret=secret, events=list(events))
    Delivery.objects.create(webhook=webhook, event=PING)
    audit.record("webhook.created", webhook, by=by, project=project, details=_about(webhook))
    return webhook


@transaction.atomic
def change_webhook(webhook: Webhook, *, by: User, url: str, events: Sequence[str], is_active: bool) -> Webhook:
    """The webhook with another address, which is sent a `ping`, or other events; switched off, it keeps what waits.

    Raises:
        SmartBlurError: code invalid_address.
    """
    check_address(url)
    row = Webhook.objects.select_for_update().get(pk=webhook.pk)
    if row.url != url:
        Delivery.objects.create(webhook=row, event=PING)
    row.url, row.events, row.is_active = url, list(events), is_active
    row.save(update_fields=["url", "events", "is_active"])
    audit.record("webhook.changed", row, by=by, project=row.project_id, details=_about(row))
    return row


@transaction.atomic
def remove_webhook(webhook: Webhook, *, by: User) -> None:
    """Forget the webhook and its log."""
    audit.record("webhook.removed", webhook, by=by, project=webhook.project_id, details=_about(webhook))
    webhook.delete()


@transaction.atomic
def resend(delivery: Delivery, *, by: User) -> None:
    """Send the message once more, with all its tries, however it ended before."""
    again = {"due_at": Now(), "tries": 0, "delivered_at": None, "status": None, "fault": ""}
    Delivery.objects.filter(pk=delivery.pk).update(**again)
    webhook = delivery.webhook
    audit.record("webhook.resent", webhook, by=by, project=webhook.project_id, details={"delivery": str(delivery.pk)})


def check_address(url: str) -> None:
    """Let an address pass that can be one; where it leads is seen when it is connected.

    Raises:
        SmartBlurError: code invalid_address.
    """
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if not (is_good and is_plain) or parts.username is not None or parts.fragment:
        detail = _("Write an address such as https://example.org/hook, without a name and password in it.")
        raise SmartBlurError(detail, code="invalid_address", where="url")


def _key_of(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(MARK), validate=True) if secret.startswith(MARK) else secret.encode()
    except binascii.Error:
        key = b""
    if len(secret) < LEAST_SECRET or len(key) < LEAST_SECRET * 2 // 3:
        detail = _("Take a secret of at least %(least)s characters; after %(mark)s comes base64.")
        raise SmartBlurError(detail, code="weak_secret", where="secret", least=LEAST_SECRET, mark=MARK)
    return key


def _about(webhook: Webhook) -> dict[str, Any]:
    about = {"host": urlsplit(webhook.url).hostname, "events": webhook.events}  # a path may hold the receiver's key
    return about | {"active": webhook.is_active}


# What happens ---------------------------------------------------------------------------------------------------------


def announce(
    event: str, project_id: int, *contents: dict[str, Any], key: str = "", happened_at: datetime | None = None
) -> None:
    """Write a message of each content for each webhook of the project that wants the event.

    Args:
        contents: ids and counts.
        key: of what is told once to each webhook, however often it is announced.
        happened_at: webhooks that came later are not told.
    """
    wanting = Webhook.objects.for_event(event).filter(project=project_id)
    if happened_at:
        wanting = wanting.filter(created_at__lte=happened_at)
    messages = [
        Delivery(webhook=webhook, event=event, key=key, content=each) for each in contents for webhook in wanting
    ]
    Delivery.objects.bulk_create(messages, ignore_conflicts=True)


def look_around() -> None:
    """Announce what ends by itself: releases that became ready, open batches whose photos are all done.

    Messages that nobody waits for are forgotten after a month; a batch is told once, so its own stays.
    """
    hooked = Webhook.objects.for_event(WebhookEvent.RELEASE_READY).values("project")
    ready = Release.objects.filter(state=Release.State.DONE, finished_at__gt=Now() - NEWS, project__in=hooked)
    for release in ready.defer("manifest"):
        content, key = {"release": release.pk, "images": release.item_count}, f"release:{release.pk}"
        announce(WebhookEvent.RELEASE_READY, release.project_id, content, key=key, happened_at=release.finished_at)
    _announce_batches()
    over = Delivery.objects.filter(due_at=None, created_at__lt=Now() - KEPT)
    over.exclude(event=WebhookEvent.BATCH_DONE).delete()


def _announce_batches() -> None:
    hooked = Webhook.objects.for_event(WebhookEvent.BATCH_DONE).values("project")
    projects = dict(Batch.objects.filter(closed_at=None, project__in=hooked).values_list("pk", "project"))
    keys = {f"batch:{pk}": pk for pk in projects}
    for told in Delivery.objects.filter(key__in=keys).values_list("key", flat=True).distinct():
        del keys[told]
    if not keys:
        return
    for pk, (done, count) in Batch.objects.filter(pk__in=keys.values()).progress().items():
        if done == count:
            content = {"batch": pk, "images": count}
            announce(WebhookEvent.BATCH_DONE, projects[pk], content, key=f"batch:{pk}")


# Sending --------------------------------------------------------------------------------------------------------------


def send_due(*, within_s: float = TURN_S) -> int:
    """Send what is due for a while, and count the tries."""
    count, end = 0, time.monotonic() + within_s
    while time.monotonic() < end and (delivery := _claim()):
        _send(delivery)
        count += 1
    return count


def _claim() -> Delivery | None:
    """The next message, whose following try is set before this one is made: who dies in it costs one try."""
    with transaction.atomic():
        rows = Delivery.objects.due().select_for_update(skip_locked=True, of=("self",)).select_related("webhook")
        if delivery := rows.first():
            delivery.tries += 1
            waits = timedelta(seconds=outgoing.DEADLINE_S + wait_s(delivery.tries))
            Delivery.objects.filter(pk=delivery.pk).update(
                tries=delivery.tries, tried_at=Now(), due_at=Now() + waits if delivery.tries < TRIES else None
            )
        return delivery


def wait_s(tries: int) -> int:
    """How long to wait after so many tries, in seconds."""
    return min(FIRST_WAIT_S * 4 ** (tries - 1), LONGEST_WAIT_S)


def _send(delivery: Delivery) -> None:
    body = json.dumps(delivery.message).encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "SmartBlur-Studio",
        **sign(delivery.webhook.secret, str(delivery.pk), int(timezone.now().timestamp()), body),
    }
    row = Delivery.objects.filter(pk=delivery.pk, tries=delivery.tries)
    try:
        status = outgoing.post(delivery.webhook.url, body, headers, allowed=settings.WEBHOOK_NETWORKS)
    except outgoing.Undelivered as why:
        row.update(status=None, fault=why.fault)
        status = 0
    else:
        row.update(status=status, fault="")
    if 200 <= status < 300:
        row.update(due_at=None, delivered_at=Now())
        return
    row.filter(tries__lt=TRIES).update(due_at=Now() + timedelta(seconds=wait_s(delivery.tries)))
    others = Delivery.objects.filter(~Q(pk=delivery.pk), webhook=delivery.webhook, due_at__lt=Now() + PAUSE)
    others.update(due_at=Greatest(F("due_at"), Now() + PAUSE))


def sign(secret: str, id: str, at: int, body: bytes) -> dict[str, str]:
    """The headers that tell a receiver who sent the message and when.

    Args:
        at: seconds since 1970.
    """
    digest = hmac.digest(_key_of(secret), b".".join([id.encode(), str(at).encode(), body]), hashlib.sha256)
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": signature}
