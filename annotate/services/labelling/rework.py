"""Sending submitted work back to be done again, by its author or by somebody else, and what becomes of it.

Work that was sent back does not count until it is submitted again. For another person a copy of the map is the start;
the author's own stays as it was, a draft.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict, SmartBlurError
from annotate.core.regions import EMPTY, SUBPIXEL
from annotate.models import Annotation, Assignment, Image, Membership, Rework, User
from annotate.services import audit
from annotate.services.agreement import consensus
from annotate.services.queueing import queue

Place = tuple[int, int]
DONE = {"state": Annotation.State.SUBMITTED, "updated_at": Now()}
NOT_DONE = {"state": Annotation.State.DRAFT, "updated_at": Now()}


@transaction.atomic
def return_work(
    annotation: Annotation, *, by: User, reason: str, place: Place | None = None, to: User | None = None
) -> Rework:
    """The request that the photo be labelled again; it comes first in the queue of `to`, with the map under their hand.

    Args:
        place: x and y in 1/16 px of what is meant.
        to: who does it again; None is the author.

    Raises:
        Conflict: it is not submitted, the photo was withdrawn, or `to` has work of their own on the photo.
        SmartBlurError: code place_outside, the place is beside the photo; code not_a_member, `to` is not.
    """
    to = to or annotation.author
    work = _lock_work(annotation.image_id, annotation.author, to)
    returned = work[annotation.author_id]
    if returned.state != Annotation.State.SUBMITTED:
        raise Conflict(_("Only work that is handed in can be sent back."), code="not_submitted")
    image = consensus.lock_in_use(returned.image_id)
    _check_place(image, place)
    if not Membership.objects.filter(project=image.project_id, user=to).exists():
        raise SmartBlurError(_("Send it to somebody of this project."), code="not_a_member", where="to")
    is_passed_on = to != annotation.author
    own = _copied(returned, to, work.get(to.pk)) if is_passed_on else returned
    Annotation.objects.filter(pk=returned.pk).update(**NOT_DONE)
    Assignment.objects.filter(image=image, user=returned.author).update(is_passed_on=is_passed_on)
    _hold(image, to)
    _close_earlier(returned, by)
    x, y = place or (None, None)
    asked = Rework.objects.create(
        image=image,
        annotation=returned,
        document=returned.document,
        asked_by=by,
        asked_of=to,
        revision=own.revision,
        reason=reason,
        x=x,
        y=y,
    )
    details = {"rework": asked.pk, "to": to.pk, "reason": reason, "place": place, "revision": returned.revision}
    audit.record("annotation.returned", returned, by=by, project=image.project_id, details=details)
    consensus.update_consensus(image.pk)
    return asked


def find_person(name: str) -> User:
    """Who signs in by the name; raises SmartBlurError where nobody does."""
    person = User.objects.filter(username=name).first()
    if person is None:
        raise SmartBlurError(_("Send it to somebody of this project."), code="not_a_member", where="to")
    return person


def note_redone(image_id: int, *, by: User) -> None:
    """Note that the person handed the photo in again, if they were asked to."""
    asked = Rework.objects.filter(image=image_id, asked_of=by, state=Rework.State.OPEN)
    asked.update(state=Rework.State.REDONE, redone_at=Now())


@transaction.atomic
def accept(rework: Rework, *, by: User) -> Rework:
    """The request, done with: the curator takes what was handed in again; twice is once.

    Raises:
        Conflict: nothing was handed in again.
    """
    row = Rework.objects.select_for_update().get(pk=rework.pk)
    if row.state == Rework.State.REDONE:
        _close(row, Rework.State.ACCEPTED, by)
    elif row.state != Rework.State.ACCEPTED:
        raise Conflict(_("Nothing was handed in again that could be accepted."), code="not_redone")
    return row


@transaction.atomic
def reopen(rework: Rework, *, by: User) -> Rework:
    """The request, waiting for a curator's answer as before it was accepted; twice is once.

    Raises:
        Conflict: it was not accepted, or the work was sent back once more since.
    """
    row = Rework.objects.select_for_update().get(pk=rework.pk)
    if row.state == Rework.State.REDONE:
        return row
    later = Rework.objects.filter(image=row.image_id, asked_of=row.asked_of_id, pk__gt=row.pk)
    if row.state != Rework.State.ACCEPTED or later.exists():
        raise Conflict(_("There is nothing here that could be taken back."), code="nothing_to_undo")
    row.state, row.closed_by, row.closed_at = Rework.State.REDONE, None, None
    row.save(update_fields=["state", "closed_by", "closed_at"])
    audit.record("rework.reopened", row, by=by, project=row.image.project_id)
    return row


@transaction.atomic
def withdraw(rework: Rework, *, by: User) -> Rework:
    """The request, taken back: what was sent back counts as before; twice is once.

    Raises:
        Conflict: it was answered already, or the person has begun to do it again.
    """
    work = _lock_work(rework.image_id, rework.annotation.author, rework.asked_of)
    returned, own = work[rework.annotation.author_id], work[rework.asked_of_id]
    image = queue.lock_image(rework.image_id)
    row = Rework.objects.select_for_update(of=("self",)).select_related("asked_of").get(pk=rework.pk)
    if row.state == Rework.State.WITHDRAWN:
        return row
    if row.state != Rework.State.OPEN or own.revision != row.revision:
        detail = _("%(name)s has begun to do it again or has answered. Look at what comes of it.")
        raise Conflict(detail, code="rework_begun", name=row.asked_of.username)
    if own != returned:
        Annotation.objects.filter(pk=own.pk).update(
            document=EMPTY.as_json(), copied_from=None, revision=F("revision") + 1
        )
        Assignment.objects.filter(image=image, user=row.asked_of).delete()
    Annotation.objects.filter(pk=returned.pk).update(**DONE)
    queue.finish_lease(image.pk, by=returned.author)
    _close(row, Rework.State.WITHDRAWN, by)
    consensus.update_consensus(image.pk)
    return row


def _lock_work(image_id: int, *authors: User) -> dict[int, Annotation]:
    """What these people drew on the image, by author, nobody else's until the transaction ends."""
    people = Annotation.objects.filter(image=image_id, author__in=authors, layer=Annotation.Layer.PERSON)
    rows = people.select_for_update(of=("self",)).select_related("author").order_by("pk")
    return {row.author_id: row for row in rows}


def _check_place(image: Image, place: Place | None) -> None:
    width, height = (side * SUBPIXEL for side in image.size)
    if place and not (0 <= place[0] <= width and 0 <= place[1] <= height):
        raise SmartBlurError(_("Put the mark on the photo."), code="place_outside", where="x")


def _copied(returned: Annotation, to: User, own: Annotation | None) -> Annotation:
    """Their work on the photo, begun as a copy; raises Conflict where they have work of their own."""
    begun = {"document": returned.document, "copied_from": returned}
    if own is None:
        return Annotation.objects.create(
            image_id=returned.image_id, author=to, layer=Annotation.Layer.PERSON, revision=1, **begun
        )
    if own.revision or own.notes:
        detail = _("%(name)s has work of their own on this photo. Send that back, or ask somebody else.")
        raise Conflict(detail, code="has_own_work", name=to.username)
    Annotation.objects.filter(pk=own.pk).update(revision=F("revision") + 1, **begun)
    own.revision += 1
    return own


def _hold(image: Image, to: User) -> None:
    """Keep a slot of the photo for the person, until they answer."""
    kept = {"lease_until": Now(), "finished_at": None, "skip_reason": "", "is_passed_on": False}
    Assignment.objects.update_or_create(image=image, user=to, defaults=kept)


def _close_earlier(returned: Annotation, by: User) -> None:
    """What they did again and is sent back once more was not good enough."""
    for row in Rework.objects.filter(
        image=returned.image_id, asked_of=returned.author, state=Rework.State.REDONE
    ).select_for_update():
        _close(row, Rework.State.DECLINED, by)


def _close(row: Rework, state: Rework.State, by: User) -> None:
    row.state, row.closed_by, row.closed_at = state, by, Now()
    row.save(update_fields=["state", "closed_by", "closed_at"])
    row.refresh_from_db(fields=["closed_at"])
    audit.record(f"rework.{state}", row, by=by, project=row.image.project_id)
