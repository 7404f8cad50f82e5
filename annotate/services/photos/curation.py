"""What a curator does with many photos at once: all of them or none, noted for each, and taken back as one.

An act changes columns of images. The audit trail keeps what was there before, under the act's id, so that undo needs
no table of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Min
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import UNRANKED, AuditEntry, Consensus, Image, Project, QueuePlace, User, WebhookEvent
from annotate.services import audit, webhooks
from annotate.services.queueing import queue

MAX_IMAGES = 20_000  # in one transaction, so that an act and its undo are whole: a few seconds
FEW = 50  # different values: as many statements, instead of one that names a value for each photo
SETTLED = {Image.State.AGREED: Consensus.State.AGREED, Image.State.LABELLED: Consensus.State.OPEN}

Columns = dict[str, Any]


def put_first(project: Project, images: Sequence[Image], album: str) -> list[Columns]:
    """Before all that waits, in the order in which they stand."""
    lowest = min(0, project.images.aggregate(lowest=Min("queue_rank"))["lowest"])
    return [{"queue_rank": lowest - len(images) + number} for number in range(len(images))]


def put_in_usual_order(project: Project, images: Sequence[Image], album: str) -> list[Columns]:
    """Where they would be if no curator had moved them: by their score, as far as they have one."""
    places = dict(QueuePlace.objects.filter(image__in=images).values_list("image", "place"))
    return [{"queue_rank": float(places.get(image.pk, UNRANKED))} for image in images]


def withdraw(project: Project, images: Sequence[Image], album: str) -> list[Columns]:
    """Nobody gets them any more, and releases from now on leave them out and name them."""
    return [{"is_withdrawn": True}] * len(images)


def restore(project: Project, images: Sequence[Image], album: str) -> list[Columns]:
    """Back among the others."""
    return [{"is_withdrawn": False}] * len(images)


def put_in_album(project: Project, images: Sequence[Image], album: str) -> list[Columns]:
    """In one album: releases keep an album's photos in one split.

    Raises:
        Conflict: a release has put some of them in a split already, which sticks.
    """
    placed = sum(bool(image.split) for image in images)
    if placed:
        detail = ngettext(
            "%(count)s of these photos has its split from a release already, and keeps it. Leave it out.",
            "%(count)s of these photos have their split from a release already, and keep it. Leave them out.",
            placed,
        )
        raise Conflict(detail % {"count": placed}, code="split_fixed", where="images")
    return [{"album": album}] * len(images)


def send_to_review(project: Project, images: Sequence[Image], album: str) -> list[Columns]:
    """Disputed, whatever the votes say, until a curator settles them.

    Raises:
        Conflict: nobody has labelled some of them.
    """
    fresh = sum(image.state in (Image.State.NEW, Image.State.PREANNOTATED) for image in images)
    if fresh:
        detail = ngettext(
            "%(count)s of these photos is not labelled yet, so there is nothing to review. Leave it out.",
            "%(count)s of these photos are not labelled yet, so there is nothing to review. Leave them out.",
            fresh,
        )
        raise Conflict(detail % {"count": fresh}, code="not_labelled", where="images")
    return [{"is_questioned": True, "state": str(Image.State.DISPUTED)}] * len(images)


ACTS: dict[str, Callable[[Project, Sequence[Image], str], list[Columns]]] = {
    "first": put_first,
    "usual": put_in_usual_order,
    "withdraw": withdraw,
    "restore": restore,
    "album": put_in_album,
    "review": send_to_review,
}


@transaction.atomic
def act_on_images(project: Project, images: Sequence[int], act: str, *, by: User, act_id: UUID, album: str = "") -> int:
    """Do one of ACTS with all of the images, and count those that it changed. The same `act_id` again changes nothing.

    Raises:
        Http404: one of them is not the project's.
        Conflict: the act is not possible with one of them; then it is done with none.
        SmartBlurError: code too_many_photos.
    """
    if len(images) > MAX_IMAGES:
        detail = _("Choose at most %(most)s photos at a time.")
        raise SmartBlurError(detail, code="too_many_photos", where="images", most=MAX_IMAGES)
    if done := _entries(project, act_id).count():
        return done
    rows = _locked(project, images)
    return _carry_out(act, project, rows, ACTS[act](project, rows, album), by=by, act_id=act_id)


@transaction.atomic
def decide_twins(project: Project, *, keep: Sequence[int], leave_out: Sequence[int], by: User, act_id: UUID) -> int:
    """Withdraw some photos that look like others and keep the others, as one act; count those that it changed.

    Nobody is asked again about photos that are kept beside each other. The same `act_id` again changes nothing.

    Raises:
        Http404: one of them is not the project's.
        SmartBlurError: code nothing_kept.
    """
    if done := _entries(project, act_id).count():
        return done
    if not keep:
        raise SmartBlurError(_("Tick at least one photo to keep."), code="nothing_kept", where="keep")
    rows = _locked(project, [*keep, *leave_out])
    kept = [image for image in rows if image.pk in keep]
    left_out = [image for image in rows if image.pk not in keep]
    count = _carry_out("keep", project, kept, [{"is_kept": True}] * len(kept), by=by, act_id=act_id)
    return count + _carry_out("withdraw", project, left_out, withdraw(project, left_out, ""), by=by, act_id=act_id)


def _carry_out(
    act: str, project: Project, rows: Sequence[Image], wanted: Sequence[Columns], *, by: User, act_id: UUID
) -> int:
    """Write what is wanted of each row, note it for each that it changes, and count these."""
    changed = [
        (image, before, after)
        for image, after in zip(rows, wanted, strict=True)
        if (before := {name: getattr(image, name) for name in after}) != after
    ]
    _write([(image, after) for image, _was, after in changed])
    audit.record_all(
        audit.entry(
            f"image.{act}", image, by=by, project=project, request_id=act_id, details={"before": before, "after": after}
        )
        for image, before, after in changed
    )
    opened = [{"image": image.pk} for image, before, after in changed if opens_dispute(before, after)]
    webhooks.announce(WebhookEvent.DISPUTE_OPENED, project.pk, *opened)
    return len(changed)


def opens_dispute(before: Columns, after: Columns) -> bool:
    """Whether a photo that was not disputed is."""
    return after.get("state") == Image.State.DISPUTED != before["state"]


@transaction.atomic
def undo_act(project: Project, act_id: UUID, *, by: User, undo_id: UUID) -> int:
    """Put back what an act changed, and count the images.

    Raises:
        Http404: the project knows no such act.
        Conflict: somebody has changed one of the images since; then none is put back.
    """
    entries = {int(entry.subject.removeprefix("image:")): entry.details for entry in _entries(project, act_id)}
    if not entries:
        raise Http404
    rows = _locked(project, sorted(entries))
    if any(getattr(image, name) != value for image in rows for name, value in entries[image.pk]["after"].items()):
        detail = _("Somebody has changed one of these photos since. Nothing is undone.")
        raise Conflict(detail, code="changed_since")
    _write([(image, entries[image.pk]["before"]) for image in rows])
    audit.record_all(
        audit.entry("image.undone", image, by=by, project=project, request_id=undo_id, details={"act": str(act_id)})
        for image in rows
    )
    return len(rows)


def _entries(project: Project, act_id: UUID) -> Any:
    return AuditEntry.objects.filter(project=project, request_id=act_id, subject__startswith="image:")


def _locked(project: Project, images: Sequence[int]) -> list[Image]:
    """The project's images, nobody else's until the transaction ends, in the order in which all lock many."""
    rows = list(project.images.filter(pk__in=images).select_for_update(no_key=True).order_by("pk"))
    if len(rows) != len(set(images)):
        raise Http404
    return rows


def _write(changes: Sequence[tuple[Image, Columns]]) -> None:
    """Set the columns of each image, and bring into line what follows from them."""
    alike: dict[tuple[tuple[str, Any], ...], list[Image]] = defaultdict(list)
    for image, columns in changes:
        alike[tuple(columns.items())].append(image)
        for name, value in columns.items():
            setattr(image, name, value)
    if len(alike) > FEW:
        names = sorted({name for columns in alike for name, _ in columns})
        Image.objects.bulk_update([image for image, _ in changes], names, batch_size=500)
    else:
        for columns, images in alike.items():
            Image.objects.filter(pk__in=[image.pk for image in images]).update(**dict(columns))
    by_state: dict[str, list[Image]] = defaultdict(list)
    for image, columns in changes:
        if "state" in columns:
            by_state[image.state].append(image)
    for state, images in by_state.items():
        Consensus.objects.filter(image__in=images).update(state=SETTLED.get(state, Consensus.State.DISPUTED))
    if changes:
        queue.recount_slots([image.pk for image, _ in changes])
