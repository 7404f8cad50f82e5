"""What a curator makes of a remark: a reply, the photo withdrawn, or the photo back in its author's queue."""

from __future__ import annotations

from uuid import uuid4

from django.db import transaction
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404

from annotate.models import Assignment, Project, Remark, User
from annotate.services import audit
from annotate.services.photos import curation
from annotate.services.queueing import queue
from annotate.services.queueing.remarks import OPEN


@transaction.atomic
def close_remark(project: Project, remark: int, *, by: User, outcome: str, reply: str = "") -> Remark:
    """The remark, dealt with; its author sees the reply. One that is closed already stays as it is.

    Raises:
        Http404: the project has no such remark.
    """
    row = _locked(project, remark)
    if row.outcome:
        return row
    row.outcome, row.reply, row.closed_by, row.closed_at = outcome, reply, by, Now()
    row.save(update_fields=["outcome", "reply", "closed_by", "closed_at"])
    if outcome == Remark.Outcome.WITHDRAWN:
        curation.act_on_images(project, [row.image_id], "withdraw", by=by, act_id=uuid4())
    if outcome == Remark.Outcome.REQUEUED:
        Assignment.objects.filter(image=row.image_id, user=row.author_id).exclude(skip_reason="").delete()
        queue.recount_slots([row.image_id])
    audit.record("remark.closed", row, by=by, project=project, details={"outcome": outcome, "reply": reply})
    return row


@transaction.atomic
def reopen_remark(project: Project, remark: int, *, by: User) -> dict[str, str]:
    """What was made of the remark, which is taken back: a photo that was withdrawn for it is back.

    Raises:
        Http404: the project has no such remark.
    """
    row = _locked(project, remark)
    before = {"outcome": row.outcome, "reply": row.reply}
    if row.outcome == Remark.Outcome.WITHDRAWN:
        curation.act_on_images(project, [row.image_id], "restore", by=by, act_id=uuid4())
    if row.outcome == Remark.Outcome.REQUEUED:
        skip = {"lease_until": Now(), "finished_at": Now(), "skip_reason": row.text}
        Assignment.objects.get_or_create(image_id=row.image_id, user_id=row.author_id, defaults=skip)
        queue.recount_slots([row.image_id])
    for name, value in OPEN.items():
        setattr(row, name, value)
    row.save(update_fields=list(OPEN))
    audit.record("remark.reopened", row, by=by, project=project, details=before)
    return before


def _locked(project: Project, remark: int) -> Remark:
    found = get_object_or_404(Remark.objects.filter(image__project=project), pk=remark)
    queue.lock_image(found.image_id)
    return Remark.objects.select_for_update().get(pk=found.pk)
