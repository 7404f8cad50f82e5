"""Where other programs are told of a project, and each message that was or will be sent there."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from annotate.models.people import Project


class WebhookEvent(models.TextChoices):
    """What a webhook can be told of."""

    RELEASE_READY = "release.ready", _("A release is ready")
    RUN_ENDED = "run.ended", _("A training has ended")
    DISPUTE_OPENED = "dispute.opened", _("A photo is disputed")
    BATCH_DONE = "batch.done", _("A batch is done")


PING = "ping"  # what a new address is sent, so that one sees whether it is right


class WebhookQuerySet(models.QuerySet["Webhook"]):
    """Reads of webhooks."""

    def for_event(self, event: str) -> Self:
        """Those that are switched on and want to be told of the event."""
        return self.filter(is_active=True, events__contains=[event])


class Webhook(models.Model):
    """An address that is told of what happens in a project."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    secret = models.CharField(max_length=200, help_text="Signs the messages; never shown again, never audited.")
    events = models.JSONField(default=list, help_text="Of WebhookEvent.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = WebhookQuerySet.as_manager()

    def __str__(self) -> str:
        return self.url


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Reads of deliveries."""

    def due(self) -> Self:
        """Those to be sent now, the longest waiting first."""
        return self.filter(due_at__lte=Now(), webhook__is_active=True).order_by("due_at", "pk")


class Delivery(models.Model):
    """A message to a webhook. `due_at` says when it is to be tried next; without one nothing more happens to it."""

    class Fault(models.TextChoices):
        PRIVATE = "private", _("The address lies in a private network, which this site does not reach.")
        UNKNOWN = "unknown", _("No such host is known.")
        LATE = "late", _("It did not answer in time.")
        UNSAFE = "unsafe", _("Its certificate is not good.")
        AWAY = "away", _("Nobody answers there.")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=20)
    key = models.CharField(max_length=60, blank=True, help_text="Of what happens once, such as release:3.")
    content = models.JSONField(default=dict, help_text="Ids and counts, nothing of people.")
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    due_at = models.DateTimeField(null=True, db_default=Now())
    tried_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the last answer.")
    fault = models.CharField(max_length=8, choices=Fault, blank=True, help_text="Why there was none.")
    created_at = models.DateTimeField(db_default=Now())

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="delivery_due")]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "key"], condition=~Q(key=""), name="delivery_once"),
        ]

    @property
    def message(self) -> dict[str, Any]:
        """What is sent: the same each time, so that a receiver knows a repeated one by its id."""
        about = {"id": str(self.pk), "event": self.event, "project": self.webhook.project_id}
        return about | {"at": self.created_at.isoformat()} | self.content
