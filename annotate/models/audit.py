"""What was done, by whom, when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from annotate.models.people import Project


class AuditEntry(models.Model):
    """What was done, by whom, when. The database refuses to change or delete a row."""

    project = models.ForeignKey(Project, models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, help_text="Such as annotation:17.")
    request_id = models.UUIDField(null=True, help_text="The client's save_id: the same request is done once.")
    details = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["subject", "id"], name="audit_by_subject")]
        constraints = [models.UniqueConstraint(fields=["subject", "request_id"], name="audit_request_once")]
