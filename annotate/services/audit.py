"""What was done, by whom, when: rows that the database refuses to change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import models

from annotate.models import AuditEntry, Project, User


def subject_of(row: models.Model) -> str:
    """How an audit entry names `row`, such as annotation:17."""
    return f"{row._meta.model_name}:{row.pk}"


def entry(
    action: str,
    row: models.Model,
    *,
    by: User | None,
    project: Project | int | None,
    request_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """An unsaved entry, for `bulk_create` beside the rows it tells of."""
    return AuditEntry(
        action=action,
        subject=subject_of(row),
        actor=by,
        project_id=project.pk if isinstance(project, Project) else project,
        request_id=request_id,
        details=details or {},
    )


def record(action: str, row: models.Model, **about: Any) -> AuditEntry:
    """Write an entry; takes what `entry` takes. Call it in the transaction that does what it tells of."""
    note = entry(action, row, **about)
    note.save(force_insert=True)
    return note


def record_all(entries: Iterable[AuditEntry]) -> None:
    """Write many entries in one query."""
    AuditEntry.objects.bulk_create(entries)
