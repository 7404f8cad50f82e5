"""Who may do what: one table, and the one way to fetch a row on somebody's behalf."""

from __future__ import annotations

from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404

from annotate.core.errors import Archived
from annotate.models import Membership, Project, Role, User
from annotate.models.statements import PreparedRows

MINIMUM_ROLE = {
    "project.view": Role.ANNOTATOR,
    "project.change": Role.OWNER,
    "project.archive": Role.OWNER,
    "project.copy": Role.CURATOR,
    "levels.change": Role.CURATOR,
    "people.name": Role.RESEARCHER,  # who brought a photo in: annotators do not know of each other
    "people.view": Role.CURATOR,
    "people.change": Role.OWNER,
    "image.view": Role.ANNOTATOR,
    "image.add": Role.CURATOR,
    "image.label": Role.ANNOTATOR,
    "queue.explain": Role.CURATOR,
    "image.curate": Role.CURATOR,
    "annotation.view": Role.ANNOTATOR,
    "consensus.view": Role.RESEARCHER,
    "consensus.settle": Role.CURATOR,
    "work.return": Role.CURATOR,
    "batch.view": Role.ANNOTATOR,
    "batch.give": Role.CURATOR,
    "labels.view": Role.CURATOR,
    "labels.import": Role.CURATOR,
    "release.view": Role.RESEARCHER,
    "release.cut": Role.CURATOR,
    "webhook.change": Role.CURATOR,
    "run.view": Role.RESEARCHER,
    "run.start": Role.RESEARCHER,
    "model.promote": Role.RESEARCHER,
    "model.try": Role.RESEARCHER,
}
IN_ARCHIVE = {name for name in MINIMUM_ROLE if name.endswith(".view")} | {
    *("people.name", "project.archive", "project.copy")
}
RANK = {role: rank for rank, role in enumerate(Role.values)}
PROJECT_PATH = {
    "project": "pk",
    "evaluation": "version__project",
    "export": "release__project",
    "annotation": "image__project",
    "rework": "image__project",
}  # of every other model: "project"

MOST_ID = models.BigIntegerField.MAX_BIGINT

Row = TypeVar("Row", bound=models.Model)


def allows(role: str | None, action: str) -> bool:
    """Whether a member with `role` may do `action`; None is no member."""
    return role is not None and RANK[role] >= RANK[MINIMUM_ROLE[action]]


def allowed_actions(role: str | None, *, is_archived: bool = False) -> set[str]:
    """All that a member with `role` may do, for pages that show only what is possible."""
    possible = IN_ARCHIVE if is_archived else MINIMUM_ROLE
    return {action for action in possible if allows(role, action)}


def with_role(rows: models.QuerySet[Row], user: User) -> models.QuerySet[Row]:
    """The rows of projects where the user is a member, each with the user's role there as `my_role`.

    `is_archived` says whether the project is put away.
    """
    path = PROJECT_PATH.get(rows.model._meta.model_name, "project")
    role = Membership.objects.filter(user=user, project=models.OuterRef(path)).values("role")
    archived = Project.objects.filter(pk=models.OuterRef(path), archived_at__isnull=False)
    known = rows.annotate(my_role=models.Subquery(role), is_archived=models.Exists(archived))
    return known.filter(my_role__isnull=False)


def get_for(user: User, rows: models.QuerySet[Row], pk: int, action: str) -> Row:
    """The row `pk` of `rows` in one query, with the user's role in its project as `row.my_role`.

    Raises:
        Http404: it is not there, or not visible to the user: strangers learn nothing.
        PermissionDenied: the user is a member whose role is too low for `action`.
        Archived: the project is put away, and `action` would change it.
    """
    return allowed(with_role(rows.visible_to(user), user).filter(pk=pk).first(), action)


PROJECT_OF = PreparedRows(
    "project_of",
    lambda user, project: with_role(Project.objects.visible_to(user), user).filter(pk=project),
    user="bigint",
    project="bigint",
)


def get_project(user: User, pk: int, action: str) -> Project:
    """The project, if the user may do `action` in it; raises like `get_for`."""
    return allowed(PROJECT_OF.first(user=user.pk, project=pk) if pk <= MOST_ID else None, action)


def allowed(row: Row | None, action: str) -> Row:
    """The row that was found with `my_role` and `is_archived`; raises like `get_for`."""
    if row is None:
        raise Http404
    if not allows(row.my_role, action):
        raise PermissionDenied
    if row.is_archived and action not in IN_ARCHIVE:
        raise Archived
    return row
