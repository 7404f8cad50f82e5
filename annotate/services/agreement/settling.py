"""A curator's own map of a photo: begun from what people drew, saved like any draft, and in the end what holds.

While it is drawn it is a layer of its own, so that what was settled before holds until this takes its place.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict
from annotate.models import Annotation, AuditEntry, Consensus, Image, User
from annotate.services import audit, reviews
from annotate.services.agreement import consensus, decisions


def find_map(image: Image, *, by: User) -> Annotation | None:
    """The map of the photo that the curator has begun."""
    return Annotation.objects.filter(image=image, author=by, layer=Annotation.Layer.SETTLING).first()


@transaction.atomic
def begin_map(image: Image, *, by: User, document: object) -> Annotation:
    """The curator's own map of the photo, begun from the document; one that was begun before stays as it is.

    Raises:
        Conflict: the photo was withdrawn.
    """
    image = consensus.lock_in_use(image.pk)
    begun, is_new = Annotation.objects.get_or_create(
        image=image, author=by, layer=Annotation.Layer.SETTLING, defaults={"document": document}
    )
    if is_new:
        audit.record("map.begun", begun, by=by, project=image.project_id)
    return begun


def open_map(image: Image, *, by: User) -> Annotation:
    """The curator's own map of the photo: as it was left, else begun from what holds now.

    Raises:
        Conflict: the photo was withdrawn, or nobody has submitted anything to begin from.
    """
    begun = find_map(image, by=by)
    return begin_map(image, by=by, document=begun.document if begun else reviews.compose(image, None, {}))


@transaction.atomic
def discard_map(image: Image, *, by: User) -> None:
    """Throw away the map that the curator has begun, if they have."""
    if begun := find_map(image, by=by):
        details = {"image": image.pk, "map": decisions.as_begun(begun)}
        audit.record("map.discarded", begun, by=by, project=image.project_id, details=details)
        begun.delete()


@transaction.atomic
def restore_map(image: Image, *, by: User) -> Annotation:
    """The map that the curator threw away last, begun again as it was; one that is begun already stays as it is.

    Raises:
        Conflict: they have thrown none away, or the photo was withdrawn.
    """
    image = consensus.lock_in_use(image.pk)
    if begun := find_map(image, by=by):
        return begun
    own = AuditEntry.objects.filter(project=image.project_id, action="map.discarded", actor=by, details__image=image.pk)
    thrown = own.last()
    if thrown is None:
        raise Conflict(_("There is nothing here that could be taken back."), code="nothing_to_undo")
    own_map = Annotation.objects.create(
        image=image, author=by, layer=Annotation.Layer.SETTLING, **thrown.details["map"]
    )
    audit.record("map.restored", own_map, by=by, project=image.project_id)
    return own_map


@transaction.atomic
def settle_map(
    image: Image,
    *,
    by: User,
    annotation: int,
    desirability: str,
    reason: str,
    seen: int | None = None,
    act_id: UUID | None = None,
) -> Consensus:
    """What holds for the photo from now on: the curator's own map, and their word; twice is once.

    Args:
        annotation: their map of it.
        seen: the revision of the consensus that they know of; None is any.
        act_id: by which `decisions.undo_decision` takes it back, their map begun again.

    Raises:
        Http404: that is no map of the photo that they have begun.
        Conflict: the photo was withdrawn, or another curator settled it since `seen`.
        InvalidDocument: the map labels nothing.
        InvalidVote: the word contradicts the map.
    """
    told = AuditEntry.objects.filter(subject=f"annotation:{annotation}", action="map.settled", actor=by)
    if told.exists():
        return Consensus.objects.get(image=image)  # it was taken in before; the answer was lost
    begun = _locked(image, by, annotation)
    said = {"document": begun.document, "desirability": desirability, "reason": reason}
    before = decisions.standing(image, by) if act_id else None
    settled = consensus.adjudicate(image, by=by, **said, seen=seen, work={"active_ms": begun.active_ms})
    audit.record("map.settled", begun, by=by, project=image.project_id)
    if before:
        decisions.note(image, before, settled, by=by, act_id=act_id, begun=decisions.as_begun(begun))
    begun.delete()
    return settled


def _locked(image: Image, by: User, annotation: int) -> Annotation:
    own = Annotation.objects.filter(image=image, author=by, layer=Annotation.Layer.SETTLING)
    rows = own.select_for_update(of=("self",)).select_related("image__project")
    return get_object_or_404(rows, pk=annotation)
