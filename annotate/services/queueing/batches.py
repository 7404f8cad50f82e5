"""Giving photos to people: a fixed set, to some or to all, until a day. The queue gives them first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.core.errors import SmartBlurError
from annotate.models import Batch, BatchPart, Project, User
from annotate.services import audit

MAX_IMAGES = 20_000
CHUNK = 2_000


@transaction.atomic
def give_batch(
    project: Project,
    *,
    by: User,
    name: str,
    images: Collection[int],
    people: Sequence[str] = (),
    is_for_everybody: bool = False,
    due_on: date | None = None,
) -> Batch:
    """A batch of these photos, for the members who sign in by these names, or for everybody.

    Args:
        due_on: the last day for it.

    Raises:
        Http404: one of the photos is not the project's.
        SmartBlurError: code no_photos or too_many_photos; nobody, not_a_member or due_in_past.
    """
    members = _members(project, people, is_for_everybody)
    _check_due(due_on)
    _check_images(project, images)
    batch = Batch.objects.create(
        project=project, name=name, is_for_everybody=is_for_everybody, due_on=due_on, given_by=by
    )
    parts = [BatchPart(batch=batch, image_id=image) for image in set(images)]
    BatchPart.objects.bulk_create(parts, batch_size=CHUNK)
    batch.people.set(members)
    details = {"images": len(set(images)), "people": [each.pk for each in members], "everybody": is_for_everybody}
    audit.record("batch.given", batch, by=by, project=project, details=details | {"due_on": _day(due_on)})
    return batch


@transaction.atomic
def change_batch(batch: Batch, *, by: User, people: Sequence[str] | None = None, **fields: Any) -> Batch:
    """The batch with a new name, day (`due_on`) or people (`people`, `is_for_everybody`).

    Raises:
        SmartBlurError: code nobody, not_a_member or due_in_past.
    """
    row = Batch.objects.select_for_update(of=("self",)).select_related("project").get(pk=batch.pk)
    changed = {name: value for name, value in fields.items() if getattr(row, name) != value}
    if "due_on" in changed:
        _check_due(changed["due_on"])
    for name, value in changed.items():
        setattr(row, name, value)
    if people is not None or "is_for_everybody" in changed:
        names = [each.username for each in row.people.all()] if people is None else people
        members = _members(row.project, names, row.is_for_everybody)
        row.people.set(members)
        changed["people"] = [each.pk for each in members]
    if not changed:
        return row
    row.save(update_fields=["name", "due_on", "is_for_everybody"])
    details = changed | ({"due_on": _day(row.due_on)} if "due_on" in changed else {})
    audit.record("batch.changed", row, by=by, project=row.project, details=details)
    return row


@transaction.atomic
def close_batch(batch: Batch, *, by: User, is_closed: bool = True) -> Batch:
    """The batch, closed: its photos wait among the others again; or opened again. Twice is once."""
    row = Batch.objects.select_for_update().get(pk=batch.pk)
    if (row.closed_at is not None) == is_closed:
        return row
    row.closed_at = Now() if is_closed else None
    row.save(update_fields=["closed_at"])
    row.refresh_from_db(fields=["closed_at"])
    audit.record("batch.closed" if is_closed else "batch.reopened", row, by=by, project=row.project_id)
    return row


def _members(project: Project, names: Sequence[str], is_for_everybody: bool) -> list[User]:
    if is_for_everybody:
        return []
    if not names:
        raise SmartBlurError(_("Say who gets the photos."), code="nobody", where="people")
    found = list(User.objects.filter(memberships__project=project, username__in=names))
    for name in set(names) - {each.username for each in found}:
        detail = _("%(name)s is not in this project.")
        raise SmartBlurError(detail, code="not_a_member", where="people", name=name)
    return found


def _check_due(due_on: date | None) -> None:
    if due_on and due_on < timezone.localdate():
        raise SmartBlurError(_("Choose a day from today on."), code="due_in_past", where="due_on")


def _check_images(project: Project, images: Collection[int]) -> None:
    if not images:
        raise SmartBlurError(_("There is no photo to give."), code="no_photos", where="images")
    if len(images) > MAX_IMAGES:
        detail = _("Give at most %(most)s photos at once.")
        raise SmartBlurError(detail, code="too_many_photos", where="images", most=MAX_IMAGES)
    if project.images.filter(pk__in=images).count() != len(set(images)):
        raise Http404


def _day(due_on: date | None) -> str | None:
    return due_on and due_on.isoformat()


def open_batches(project: Project, user: User) -> list[Batch]:
    """The open batches of the project that the user sees, what is due first before the rest, as `with_progress`.

    Those that are not for everybody are `with_shares`, too.
    """
    rows = with_progress(list(project.batches.visible_to(user).filter(closed_at=None).soonest_first()))
    with_shares([batch for batch in rows if not batch.is_for_everybody])
    return rows


def with_progress(batches: Sequence[Batch]) -> list[Batch]:
    """The batches, each with `done_count` of `photo_count` and whether it `is_overdue`."""
    progress = Batch.objects.filter(pk__in=[batch.pk for batch in batches]).progress()
    for batch in batches:
        batch.done_count, batch.photo_count = progress.get(batch.pk, (0, 0))
        is_late = batch.due_on is not None and batch.due_on < timezone.localdate()
        batch.is_overdue = is_late and batch.closed_at is None and batch.done_count < batch.photo_count
    return list(batches)


def with_shares(batches: Sequence[Batch]) -> list[Batch]:
    """The batches, each with its `shares` by person: (user, name, handed_in, is_given).

    Those it is given to have one, and who else handed in some of it.
    """
    rows = Batch.objects.filter(pk__in=[batch.pk for batch in batches])
    handed_in = rows.handed_in()
    given: dict[int, list[tuple[int, str]]] = {}
    people = Batch.people.through.objects.filter(batch__in=rows)
    for batch, *person in people.values_list("batch", "user", "user__username"):
        given.setdefault(batch, []).append(tuple(person))
    for batch in batches:
        said, own = handed_in.get(batch.pk, {}), given.get(batch.pk, [])
        batch.shares = [
            {"user": person[0], "name": person[1], "handed_in": said.get(person, 0), "is_given": person in own}
            for person in sorted({*own, *said}, key=lambda person: person[1])
        ]
    return list(batches)
