"""Making and changing projects."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from annotate.core.errors import Conflict
from annotate.core.levels import check_levels
from annotate.models import Membership, Project, Role, User
from annotate.services import audit, queue
from annotate.services.levels import count_labels

CHANGEABLE = ("name", "guidelines", "levels", "votes_wanted", "hidden_percent")


@transaction.atomic
def create_project(name: str, *, by: User, **fields: Any) -> Project:
    """A new project that `by` owns; `fields` may be guidelines, levels and votes_wanted."""
    if "levels" in fields:
        check_levels(fields["levels"])
    project = Project.objects.create(name=name, **fields)
    Membership.objects.create(project=project, user=by, role=Role.OWNER)
    audit.record("project.created", project, by=by, project=project, details={"name": name})
    return project


@transaction.atomic
def change_project(project: Project, *, by: User, **fields: Any) -> Project:
    """The project with new values of CHANGEABLE fields.

    Raises:
        SmartBlurError: the levels are malformed.
        Conflict: the levels are in use, so their number and meaning are fixed.
    """
    project = Project.objects.select_for_update().get(pk=project.pk)
    changed = {name: value for name, value in fields.items() if name in CHANGEABLE and getattr(project, name) != value}
    if not changed:
        return project
    if "levels" in changed:
        _refuse_used_levels(project, changed["levels"])
    for name, value in changed.items():
        setattr(project, name, value)
    project.save(update_fields=list(changed))
    if "votes_wanted" in changed:
        queue.recount_slots(project.images.values("pk"))
    audit.record("project.changed", project, by=by, project=project, details=changed)
    return project


def _refuse_used_levels(project: Project, levels: list[dict[str, Any]]) -> None:
    check_levels(levels)
    if count_labels(project):
        detail = "People have labelled with these levels; new ones would change what they said. Make a new project."
        raise Conflict(detail, code="levels_in_use", where="levels")
