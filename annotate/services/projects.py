"""Making and changing projects."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import Annotation, Membership, Project, Role, User
from annotate.services import audit, queue

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
    if Annotation.objects.filter(image__project=project, revision__gt=0).exists():
        detail = "People have labelled with these levels; new ones would change what they said. Make a new project."
        raise Conflict(detail, code="levels_in_use", where="levels")


def check_levels(levels: list[dict[str, Any]]) -> None:
    """Refuse levels that are not one scale: 2 to 8, numbered from 0, touching, rising in sigma and in amount.

    Raises:
        SmartBlurError: with the place, such as ``levels[2].sigma_from``.
    """
    if not 2 <= len(levels) <= 8:
        raise _bad_level("A project has 2 to 8 levels.", "levels")
    end, amount = 0.0, -1
    for number, level in enumerate(levels):
        place = f"levels[{number}]"
        if level["level"] != number:
            raise _bad_level(f"Number the levels 0, 1, 2 ... in order; this one must be {number}.", f"{place}.level")
        if level["sigma_from"] != end:
            raise _bad_level(f"A level starts where the one before it ends, here at {end}.", f"{place}.sigma_from")
        if level["amount_ppm"] <= amount:
            raise _bad_level("Each level's amount must be larger than the one before it.", f"{place}.amount_ppm")
        end, amount = _checked_end(level, place, is_last=number == len(levels) - 1), level["amount_ppm"]


def _checked_end(level: dict[str, Any], place: str, *, is_last: bool) -> float | None:
    end, sample = level["sigma_to"], level["sample_sigma"]
    if is_last != (end is None):
        raise _bad_level("The last level has no end (null), every other has one.", f"{place}.sigma_to")
    if end is not None and end <= level["sigma_from"]:
        raise _bad_level("A level must end above its start.", f"{place}.sigma_to")
    if not level["sigma_from"] <= sample <= (sample if end is None else end):
        raise _bad_level("The sample's sigma must lie in its level.", f"{place}.sample_sigma")
    return end


def _bad_level(detail: str, where: str) -> SmartBlurError:
    return SmartBlurError(detail, where=where, code="invalid_levels")
