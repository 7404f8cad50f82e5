"""Putting a project away: it can be looked at, and nothing in it changes until it is taken out again."""

from __future__ import annotations

from django.db import transaction
from django.db.models.functions import Now

from annotate.models import Project, User
from annotate.services import audit


@transaction.atomic
def archive_project(project: Project, *, by: User, is_archived: bool = True) -> Project:
    """The project, put away or taken out again; twice is once."""
    row = Project.objects.select_for_update().get(pk=project.pk)
    if (row.archived_at is not None) == is_archived:
        return row
    row.archived_at = Now() if is_archived else None
    row.save(update_fields=["archived_at"])
    row.refresh_from_db(fields=["archived_at"])
    audit.record("project.archived" if is_archived else "project.unarchived", row, by=by, project=row)
    return row
