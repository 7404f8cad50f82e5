"""Making and changing projects."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from annotate.core.levels import Level, check_levels
from annotate.models import Membership, Project, Role, User, VotingFit
from annotate.services import audit
from annotate.services.labelling.levels import calibrate_levels
from annotate.services.queueing import stopping
from annotate.services.releasing import publication

CHANGEABLE = (
    "name",
    "guidelines",
    "votes_wanted",
    "votes_most",
    "hidden_percent",
    "alike_percent",
    *publication.FIELDS,
)
DEFAULT_VOTES = Project._meta.get_field("votes_wanted").default


@transaction.atomic
def create_project(name: str, *, by: User, **fields: Any) -> Project:
    """A new project that `by` owns; `fields` may be levels and CHANGEABLE."""
    fields = publication.tidy(fields)
    fields = stopping.bounds(fields, least=DEFAULT_VOTES, most=DEFAULT_VOTES)
    if "levels" in fields:
        check_levels(fields["levels"])
    project = Project.objects.create(name=name, **fields)
    Membership.objects.create(project=project, user=by, role=Role.OWNER)
    audit.record("project.created", project, by=by, project=project, details={"name": name})
    return project


@transaction.atomic
def change_project(
    project: Project, *, by: User, levels: list[Level] | None = None, labels_known: int = 0, **fields: Any
) -> Project:
    """The project with new values of CHANGEABLE fields, and with `levels` as `calibrate_levels` takes them.

    Raises:
        SmartBlurError: the levels are not one scale.
        Conflict: there are labels that the new levels do not fit, or that nobody said to know of.
    """
    project = Project.objects.select_for_update().get(pk=project.pk)
    if levels is not None:
        project = calibrate_levels(project, levels, by=by, labels_known=labels_known)
    fields = publication.tidy(fields)
    fields = stopping.bounds(fields, least=project.votes_wanted, most=project.votes_most)
    changed = {name: value for name, value in fields.items() if name in CHANGEABLE and getattr(project, name) != value}
    if not changed:
        return project
    for name, value in changed.items():
        setattr(project, name, value)
    project.save(update_fields=list(changed))
    if changed.keys() & {"votes_wanted", "votes_most"}:
        stopping.ask_anew(project)
    if "alike_percent" in changed:  # then the next refit judges the photos by it
        VotingFit.objects.filter(project=project).update(fitted_at=project.created_at)
    audit.record("project.changed", project, by=by, project=project, details=changed)
    return project
