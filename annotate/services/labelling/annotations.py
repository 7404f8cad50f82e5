"""Saving and submitting a person's region document.

Saving into submitted work takes it back: it is a draft again, its image is judged without it, until it is submitted
again. Releases that were cut before keep what they froze.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from annotate.core.blurmap import rasterize, shows_blur
from annotate.core.errors import Archived, Conflict, InvalidVote, SmartBlurError, StaleRevision
from annotate.core.regions import SUBPIXEL, parse_document
from annotate.models import Annotation, AuditEntry, User, Vote
from annotate.models.statements import PreparedRows, Statement
from annotate.services import audit
from annotate.services.agreement import consensus
from annotate.services.agreement.provenance import KEPT_FIELDS, began_from, note_kept
from annotate.services.labelling import rework
from annotate.services.queueing import gold, queue, remarks

SAVE_READS = (
    "state",
    "layer",
    "revision",
    "image__project__levels",
    "image__project__archived_at",
)  # not the document: saving is what happens most

# One round trip does what would be three: the work, the audit entry, and the lease of what was given to be labelled.
SAVE_TYPES = {
    "annotation": "bigint",
    "document": "jsonb",
    "active_ms": "bigint",
    "saw_model": "boolean",
    "project": "bigint",
    "save_id": "uuid",
    "lease": "interval",
}
SAVE = Statement(
    "save_work",
    """
WITH saved AS (
    UPDATE annotate_annotation SET document = $2, revision = revision + 1, active_ms = greatest(active_ms, $3),
        saw_model = saw_model OR $4, state = 'draft', updated_at = statement_timestamp()
    WHERE id = $1 RETURNING id, image_id, author_id, layer, revision
), told AS (
    INSERT INTO annotate_auditentry (project_id, actor_id, action, subject, request_id, details)
    SELECT $5, author_id, 'annotation.saved', 'annotation:' || id, $6, jsonb_build_object('revision', revision)
    FROM saved
)
UPDATE annotate_assignment AS assignment SET lease_until = statement_timestamp() + $7 FROM saved
WHERE assignment.image_id = saved.image_id AND user_id = author_id AND layer <> 'settling' RETURNING assignment.id
""",
    SAVE_TYPES,
)


class NewerExists(StaleRevision):
    """A save was based on an older revision than `newer`."""

    def __init__(self, newer: Annotation) -> None:
        super().__init__(
            f"Another tab or device saved revision {newer.revision} first. Merge your work into it and save again.",
            where="base_revision",
        )
        self.newer = newer


def save_draft(
    annotation_id: int,
    *,
    by: User,
    save_id: UUID,
    base_revision: int,
    document: object,
    active_ms: int,
    saw_model: bool = False,
) -> int:
    """Store the author's document if nobody saved since `base_revision`, and return its revision.

    A repeated `save_id` returns the revision that it made the first time and changes nothing.

    Args:
        active_ms: time spent on the annotation so far, as the client measures it.
        saw_model: the model's map was laid over the photo; it stays so.

    Raises:
        Http404: it is not an annotation of theirs.
        Archived: its project is put away.
        InvalidDocument: the document is malformed; `where` names the place.
        NewerExists: another tab or device saved first.
    """
    try:
        with transaction.atomic():
            annotation = _in_use(TO_SAVE.get(author=by.pk, annotation=annotation_id))
            if annotation.revision != base_revision:
                return _replayed_revision(annotation, save_id)
            parse_document(document, level_count=annotation.image.project.level_count)
            _store(annotation, by, save_id, document=document, active_ms=active_ms, saw_model=saw_model)
            return annotation.revision + 1
    except IntegrityError as error:
        detail = _("This save_id belongs to an earlier save. Make a new one for each change.")
        raise Conflict(detail, code="save_id_used", where="save_id") from error


def _locked(by: User, *layers: str) -> QuerySet[Annotation]:
    """The person's own work of these layers in projects they are still in, to be locked when it is read."""
    own = Annotation.objects.filter(author=by, image__project__memberships__user=by, layer__in=layers)
    return own.select_for_update(of=("self",)).select_related("image__project")


TO_SAVE = PreparedRows(
    "work_to_save",
    lambda author, annotation: (
        _locked(author, *Annotation.OWN, Annotation.Layer.SETTLING).only(*SAVE_READS).filter(pk=annotation)
    ),
    author="bigint",
    annotation="bigint",
)


def _in_use(annotation: Annotation) -> Annotation:
    """Their annotation; raises Archived where its project is put away."""
    if annotation.image.project.archived_at:
        raise Archived
    return annotation


def _replayed_revision(annotation: Annotation, save_id: UUID) -> int:
    """The revision that `save_id` made; raises NewerExists if it made none."""
    entry = AuditEntry.objects.filter(subject=audit.subject_of(annotation), request_id=save_id).first()
    if entry is None:
        raise NewerExists(Annotation.objects.get(pk=annotation.pk))
    revision: int = entry.details["revision"]
    return revision


def _store(
    annotation: Annotation, by: User, save_id: UUID, *, document: object, active_ms: int, saw_model: bool
) -> None:
    was_submitted = annotation.state == Annotation.State.SUBMITTED
    if was_submitted and annotation.layer == Annotation.Layer.GOLD:
        raise Conflict(_("This was a test photo: your answer to it stays as it is."), code="gold_answered")
    if was_submitted:
        queue.lock_image(annotation.image_id)
    leased = SAVE.run(
        {
            "annotation": annotation.pk,
            "document": json.dumps(document),
            "active_ms": active_ms,
            "saw_model": saw_model,
            "project": annotation.image.project_id,
            "save_id": str(save_id),
            "lease": queue.LEASE,
        }
    )
    if not leased and annotation.layer in Annotation.OWN:
        queue.extend_lease(annotation.image_id, by=by)
    if was_submitted:
        queue.reopen_lease(annotation.image_id, by=by)
        consensus.update_consensus(annotation.image_id)


@transaction.atomic
def keep_notes(annotation_id: int, *, by: User, notes: list[dict[str, Any]]) -> Annotation:
    """The annotation with the notes that its author pinned on the photo, in place of those before.

    Notes are no labels: they change neither the revision nor the state, and no release holds them.

    Raises:
        Http404: it is not an annotation of theirs.
        SmartBlurError: code note_outside, a note is pinned beside the photo.
    """
    annotation = _in_use(get_object_or_404(_locked(by, *Annotation.OWN), pk=annotation_id))
    width, height = (side * SUBPIXEL for side in annotation.image.size)
    for i, note in enumerate(notes):
        if not (0 <= note["x"] <= width and 0 <= note["y"] <= height):
            raise SmartBlurError(_("Pin the note on the photo."), code="note_outside", where=f"notes[{i}]")
    annotation.notes = notes
    annotation.save(update_fields=["notes"])
    remarks.tell_notes(annotation, notes)
    details = {"notes": len(notes)}
    audit.record("annotation.noted", annotation, by=by, project=annotation.image.project_id, details=details)
    return annotation


@transaction.atomic
def submit_annotation(annotation_id: int, *, by: User) -> Annotation:
    """Hand in the author's document and vote, and merge them with what others said; twice is once.

    Raises:
        Http404: it is not an annotation of theirs.
        InvalidDocument: code nothing_labelled, no pixel has a level.
        InvalidVote: they have not voted, or the vote contradicts the painted blur.
    """
    annotation = _in_use(get_object_or_404(_locked(by, *Annotation.OWN), pk=annotation_id))
    if annotation.state == Annotation.State.SUBMITTED:
        return annotation
    document = parse_document(annotation.document, level_count=annotation.image.project.level_count)
    vote = Vote.objects.filter(image=annotation.image_id, author=by).first()
    if vote is None:
        raise InvalidVote(_("Vote before you submit: good, ok, bad, or no blur."), code="vote_missing")
    consensus.check_labels(vote.desirability, shows_blur(document, annotation.image.size))
    if vote.stands_alone:
        Vote.objects.filter(pk=vote.pk).update(stands_alone=False)  # from now on it counts with the map
    for name, value in began_from(annotation.image, annotation.document).items():
        setattr(annotation, name, value)
    annotation.state, annotation.submitted_at = Annotation.State.SUBMITTED, Now()
    annotation.save(update_fields=["state", "submitted_at", *KEPT_FIELDS])
    image = queue.lock_image(annotation.image_id)
    queue.finish_lease(annotation.image_id, by=by)
    rework.note_redone(annotation.image_id, by=by)
    details = {"revision": annotation.revision, "desirability": vote.desirability}
    audit.record("annotation.submitted", annotation, by=by, project=annotation.image.project_id, details=details)
    if annotation.layer == Annotation.Layer.GOLD:
        levels = rasterize(document, annotation.image.size)
        note_kept(annotation.image, annotation, levels)
        gold.note_answer(annotation, levels, vote.desirability)
    else:
        annotation.is_left_to_worker = consensus.merge_submitted(image)
    annotation.refresh_from_db(fields=["submitted_at"])
    return annotation
