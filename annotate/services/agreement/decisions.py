"""What a curator decides of disputes: one, or many that differ by a border; each can be taken back as it was.

The audit trail keeps what held before, under the act's id, so that undo needs no table of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict
from annotate.models import Annotation, AuditEntry, Consensus, Image, Project, User
from annotate.services import audit, reviews
from annotate.services.agreement import consensus
from annotate.services.agreement.provenance import KEPT_FIELDS, what_was_kept
from annotate.services.borders import differs_by_border

DECIDED, REOPENED = "photo.decided", "photo.reopened"


@transaction.atomic
def decide(
    image: Image,
    *,
    by: User,
    act_id: UUID,
    annotation: int | None,
    takes: Mapping[int, int],
    desirability: str,
    reason: str,
    seen: int | None = None,
) -> Consensus:
    """What holds for the photo from now on. The same `act_id` again changes nothing.

    Args:
        annotation: whose map it is; None is the merged one.
        takes: number of a place -> annotation that is right there.
        seen: the revision of the consensus that the curator knows of; None is any.

    Raises:
        Http404: the annotation is none of the photo's that was submitted.
        Conflict: the photo was withdrawn, or another curator settled it since `seen`.
        InvalidVote: the word contradicts the map.
    """
    image = consensus.lock_in_use(image.pk)
    if _entries(image, act_id).exists():
        return Consensus.objects.get(image=image)  # it was taken in before; the answer was lost
    base = annotation and get_object_or_404(
        image.annotations.exclude(layer=Annotation.Layer.SETTLING), pk=annotation, state=Annotation.State.SUBMITTED
    )
    before = standing(image, by)
    document = reviews.compose(image, base or None, takes)
    settled = consensus.adjudicate(image, by=by, document=document, desirability=desirability, reason=reason, seen=seen)
    note(image, before, settled, by=by, act_id=act_id)
    return settled


def note(
    image: Image,
    before: Mapping[str, Any],
    settled: Consensus,
    *,
    by: User,
    act_id: UUID | None,
    begun: Mapping[str, Any] | None = None,
) -> None:
    """Keep what is needed to take a decision back: what was `standing` before, and the map that became it."""
    details = {"before": before, "revision": settled.revision} | ({"begun": begun} if begun else {})
    audit.record(DECIDED, image, by=by, project=image.project_id, request_id=act_id, details=details)


def as_begun(own_map: Annotation) -> dict[str, Any]:
    """What it takes to begin a curator's map again as it was."""
    return {name: getattr(own_map, name) for name in ("document", "notes", "active_ms", "revision")}


@transaction.atomic
def undo_decision(image: Image, act_id: UUID, *, by: User) -> Consensus:
    """What the photo's work comes to without the act: the dispute that it was; twice is once.

    Raises:
        Conflict: they have decided no such thing, somebody has settled the photo since, or it was withdrawn.
    """
    image = consensus.lock_in_use(image.pk)
    done = _entries(image, act_id).filter(action=DECIDED, actor=by).first()
    if done is None:
        raise Conflict(_("There is no decision of yours to undo here."), code="nothing_to_undo")
    held = Consensus.objects.select_related("adjudication").get(image=image)
    if _entries(image).filter(action=REOPENED, details__act=str(act_id)).exists():
        return held
    if held.revision != done.details["revision"]:
        raise Conflict(_("Somebody has changed one of these photos since. Nothing is undone."), code="changed_since")
    said = {"document": held.adjudication.document, "desirability": held.desirability, "reason": held.reason}
    _put_back(image, by, done.details["before"])
    if begun := done.details.get("begun"):
        Annotation.objects.get_or_create(image=image, author=by, layer=Annotation.Layer.SETTLING, defaults=begun)
    audit.record(REOPENED, image, by=by, project=image.project_id, details={"act": str(act_id), **said})
    return Consensus.objects.get(image=image)


@transaction.atomic
def accept_borders(project: Project, images: Sequence[int], *, by: User, act_id: UUID, reason: str) -> int:
    """Let the merged map and everybody's word hold for photos whose maps differ only by a border, and count them.

    Raises:
        Conflict: one of them differs by more by now; then none is accepted.
    """
    rows = list(project.images.disputed().filter(pk__in=images).select_related("project", "consensus").order_by("pk"))
    for image in rows:
        if not differs_by_border(image):
            detail = _("%(name)s differs by more than a border by now. Nothing is accepted; look at the list again.")
            raise Conflict(detail, code="changed_since", name=image.file_name)
        word = image.consensus.desirability
        decide(image, by=by, act_id=act_id, annotation=None, takes={}, desirability=word, reason=reason)
    return len(rows)


@transaction.atomic
def undo_many(project: Project, act_id: UUID, *, by: User) -> int:
    """Take back all that one act decided, and count the photos.

    Raises:
        Http404: they have decided no such thing.
        Conflict: one of the photos was settled anew since; then none is taken back.
    """
    entries = AuditEntry.objects.filter(project=project, request_id=act_id, action=DECIDED, actor=by)
    numbers = [int(subject.removeprefix("image:")) for subject in entries.values_list("subject", flat=True)]
    if not numbers:
        raise Http404
    for image in project.images.filter(pk__in=numbers).order_by("pk"):
        undo_decision(image, act_id, by=by)
    return len(numbers)


def _entries(image: Image, act_id: UUID | None = None) -> Any:
    entries = AuditEntry.objects.filter(subject=audit.subject_of(image))
    return entries if act_id is None else entries.filter(request_id=act_id)


def standing(image: Image, by: User) -> dict[str, Any]:
    """What an act of `by` may replace, as JSON."""
    held = Consensus.objects.filter(image=image).values("adjudication", "desirability", "reason").first()
    own = image.annotations.filter(author=by, layer=Annotation.Layer.ADJUDICATOR).values("document").first()
    return {"is_questioned": image.is_questioned, "held": held, "own": own and own["document"]}


def _put_back(image: Image, by: User, before: dict[str, Any]) -> None:
    Image.objects.filter(pk=image.pk).update(is_questioned=before["is_questioned"])
    image.is_questioned = before["is_questioned"]
    undecided = {"decided_by": Consensus.DecidedBy.POSTERIOR, "adjudication": None, "reason": ""}
    Consensus.objects.filter(image=image).update(**undecided)
    own = image.annotations.filter(author=by, layer=Annotation.Layer.ADJUDICATOR)
    if before["own"] is None:
        own.delete()
    else:
        own.update(document=before["own"], revision=F("revision") + 1)
    held = before["held"]
    if held["adjudication"]:
        earlier = Annotation.objects.get(pk=held["adjudication"])
        levels = reviews.map_of(image, earlier)
        for name, value in what_was_kept(image, earlier.document, levels).items():
            setattr(earlier, name, value)
        earlier.save(update_fields=KEPT_FIELDS)
        consensus.hold(image, earlier, levels, desirability=held["desirability"], reason=held["reason"])
    else:
        consensus.update_consensus(image.pk)
