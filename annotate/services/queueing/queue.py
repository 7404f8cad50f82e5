"""Who labels what next. An image is leased to a person; its slot comes back when the lease runs out or is skipped."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Greatest, JSONObject, Now
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from annotate.core import goldscore
from annotate.core.errors import Busy, Conflict
from annotate.core.regions import EMPTY
from annotate.models import Annotation, Assignment, AuditEntry, Image, Membership, Project, Rework, User, Vote
from annotate.models.statements import PreparedRows, Statement
from annotate.services import audit
from annotate.services.queueing import remarks

LEASE = timedelta(minutes=15)
SWEEP_IMAGES = 1_000
CLAIM_SHARES = {
    "lease": LEASE,
    "newcomer_photos": goldscore.NEWCOMER_PHOTOS,
    "newcomer_share": goldscore.NEWCOMER_SHARE,
    "share": goldscore.SHARE,
    "rest": timedelta(days=goldscore.REST_DAYS),
}
PATIENCE_S = (0.02, 0.05, 0.1, 0.2)
DONE_WITH = Q(state=Image.State.AGREED) | Q(is_withdrawn=True)

# One round trip does what would be seven. `picked` skips rows that others hold: nobody waits, no slot is given twice.
# One person's tabs take turns, so that the second finds the lease of the first. What was sent back to them comes first,
# then their open batches, what is due first before the rest. Now and then a test photo takes the place of what would
# come: `gold` finds one that looks like it, each word as likely
# (Postgres evaluates random() once for a row however often it stands there, so the two draws are different functions).
CLAIM = """
WITH returned AS (
    SELECT rework.image_id FROM annotate_rework AS rework JOIN annotate_image AS image ON image.id = rework.image_id
        JOIN annotate_assignment AS assignment ON assignment.image_id = image.id AND user_id = asked_of_id
    WHERE asked_of_id = %(user)s AND project_id = %(project)s AND rework.state = 'open' AND NOT is_withdrawn
        AND rework.image_id IS DISTINCT FROM %(after)s::bigint
    ORDER BY rework.id LIMIT 1
), renewed AS (
    UPDATE annotate_assignment SET lease_until = statement_timestamp() + %(lease)s
    WHERE user_id = %(user)s AND image_id IN (SELECT image_id FROM returned)
), running AS (
    SELECT image_id FROM annotate_assignment AS assignment JOIN annotate_image AS image ON image.id = image_id
    WHERE user_id = %(user)s AND project_id = %(project)s
        AND finished_at IS NULL AND lease_until > statement_timestamp() AND image_id IS DISTINCT FROM %(after)s::bigint
        AND NOT EXISTS (SELECT FROM returned)
    ORDER BY assignment.id LIMIT 1
), paused AS (
    SELECT FROM annotate_membership WHERE user_id = %(user)s AND project_id = %(project)s AND paused_at IS NOT NULL
), batched AS (
    SELECT next.id FROM (
        SELECT id FROM annotate_batch
        WHERE project_id = %(project)s AND closed_at IS NULL
            AND (is_for_everybody OR id IN (SELECT batch_id FROM annotate_batch_people WHERE user_id = %(user)s))
            AND NOT EXISTS (SELECT FROM returned UNION ALL SELECT FROM running UNION ALL SELECT FROM paused)
        ORDER BY due_on, id
    ) AS batch, LATERAL (
        SELECT image.id FROM annotate_batch_images AS part JOIN annotate_image AS image ON image.id = part.image_id
        WHERE part.batch_id = batch.id AND part.is_open AND open_slots > 0
            AND NOT EXISTS (SELECT FROM annotate_assignment WHERE image_id = image.id AND user_id = %(user)s)
        ORDER BY part.queue_rank, part.image_id LIMIT 1 FOR NO KEY UPDATE OF image SKIP LOCKED
    ) AS next LIMIT 1
), picked AS (
    SELECT id FROM annotate_image AS image
    WHERE project_id = %(project)s AND open_slots > 0
        AND NOT EXISTS (SELECT FROM returned UNION ALL SELECT FROM running UNION ALL SELECT FROM paused)
        AND NOT EXISTS (SELECT FROM batched)
        AND NOT EXISTS (SELECT FROM annotate_assignment WHERE image_id = image.id AND user_id = %(user)s)
    ORDER BY queue_rank, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
), waiting AS (
    TABLE batched UNION ALL TABLE picked
), dice AS MATERIALIZED (
    SELECT random() < CASE WHEN count(*) < %(newcomer_photos)s THEN %(newcomer_share)s ELSE %(share)s END AS is_cast
    FROM (SELECT FROM annotate_assignment JOIN annotate_image AS image ON image.id = image_id
        WHERE user_id = %(user)s AND project_id = %(project)s LIMIT %(newcomer_photos)s) AS given
), gold AS (
    SELECT image.id FROM annotate_image AS image JOIN annotate_consensus AS consensus ON consensus.image_id = image.id
        LEFT JOIN annotate_preannotation AS shown ON shown.image_id = image.id AND NOT is_hidden
    WHERE (SELECT is_cast FROM dice) AND project_id = %(project)s AND image.is_gold AND NOT is_withdrawn
        AND image.state = 'agreed' AND decided_by = 'adjudicated' AND EXISTS (SELECT FROM waiting)
        AND NOT EXISTS (SELECT FROM annotate_annotation
            WHERE image_id = image.id AND author_id = %(user)s AND layer <> 'gold')
        AND NOT EXISTS (SELECT FROM annotate_vote WHERE image_id = image.id AND author_id = %(user)s AND stands_alone)
        AND NOT EXISTS (SELECT FROM annotate_assignment WHERE image_id = image.id AND user_id = %(user)s
            AND created_at > statement_timestamp() - %(rest)s)
    ORDER BY shown.model_name IS NOT DISTINCT FROM (
            SELECT model_name FROM annotate_preannotation WHERE image_id IN (TABLE waiting) AND NOT is_hidden) DESC,
        row_number() OVER (PARTITION BY consensus.desirability ORDER BY gen_random_uuid()), random() LIMIT 1
), leased AS (
    INSERT INTO annotate_assignment (image_id, user_id, lease_until, skip_reason)
    SELECT id, %(user)s, statement_timestamp() + %(lease)s, ''
    FROM (TABLE gold UNION ALL SELECT id FROM waiting WHERE NOT EXISTS (SELECT FROM gold)) AS chosen
    ON CONFLICT (image_id, user_id) DO UPDATE SET lease_until = excluded.lease_until, skip_reason = '',
        finished_at = NULL, created_at = statement_timestamp() WHERE EXISTS (SELECT FROM gold) RETURNING image_id
), taken AS (
    UPDATE annotate_image SET open_slots = open_slots - 1
    WHERE id IN (SELECT image_id FROM leased) AND NOT EXISTS (SELECT FROM gold)
), forgotten AS (
    DELETE FROM annotate_vote WHERE author_id = %(user)s AND image_id IN (SELECT id FROM gold)
), drafted AS (
    INSERT INTO annotate_annotation (image_id, author_id, layer, state, document, revision, active_ms, based_on_model,
        based_on_weights_sha256, notes)
    SELECT image_id, %(user)s, CASE WHEN EXISTS (SELECT FROM gold) THEN 'gold' ELSE 'person' END, 'draft',
        '{"base": null, "regions": []}', 0, 0, '', '', '[]' FROM leased
    ON CONFLICT (image_id, author_id, layer) DO UPDATE SET state = 'draft', document = excluded.document, revision = 0,
        active_ms = 0, notes = '[]' WHERE annotate_annotation.layer = 'gold' AND annotate_annotation.state = 'submitted'
)
SELECT image_id FROM returned UNION ALL SELECT image_id FROM running UNION ALL SELECT image_id FROM leased
"""

CLAIM_TYPES = {
    "project": "bigint",
    "user": "bigint",
    "after": "bigint",
    "lease": "interval",
    "rest": "interval",
    "newcomer_photos": "bigint",
    "newcomer_share": "double precision",
    "share": "double precision",
}
CLAIM_NEXT = Statement(
    "claim_next_image", CLAIM % {name: f"${place}" for place, name in enumerate(CLAIM_TYPES, 1)}, CLAIM_TYPES
)
LOCK_CLAIMS = "SELECT pg_advisory_xact_lock(hashtextextended('claim of %(user)s in %(project)s', 0));"


def claim_next_image(project: Project, *, by: User, after: int | None = None) -> Annotation | None:
    """The annotation that `by` should work on now, or None when nothing is left.

    That is the unfinished one if there is one, else an empty draft for the next image of the queue. Its image,
    pre-annotation and `lease_until` come with it.

    Args:
        after: look ahead to what comes after this image, which the person is at now. Nobody holds more than one ahead:
            whatever else they hold already is what comes.

    Raises:
        Busy: every photo that is left is locked by something that takes long.
        Conflict: code feed_paused, too few of their last test photos were right.
    """
    for patience_s in PATIENCE_S:
        values = {"project": project.pk, "user": by.pk, "after": after} | CLAIM_SHARES
        if claimed := CLAIM_NEXT.run(values, after=LOCK_CLAIMS):
            return _opened(claimed[0][0], by)
        refuse_paused(project, by)
        if not project.images.open_to(by).exists():
            return None
        time.sleep(patience_s)  # all that is left is locked for a moment, by others' claims or while it is ranked
    raise Busy(_("The photos that are left are held by other work for a moment. Repeat the request."))


def refuse_paused(project: Project, person: User) -> None:
    """Raise Conflict where no photos are given to the person: code feed_paused."""
    if Membership.objects.filter(project=project, user=person, paused_at__isnull=False).exists():
        detail = _(
            "No more photos for now: among your last photos were some whose answer is known, and too few of yours were "
            "right. What you labelled is kept. The project's curators know, and can let you go on."
        )
        raise Conflict(detail, code="feed_paused")


def _opened(image_id: int, by: User) -> Annotation:
    """The person's work on the image; a test photo looks like any other that waits."""
    annotation = OPENED.get(user=by.pk, image=image_id)
    if annotation.layer == Annotation.Layer.GOLD:
        annotation.image.disguise()
    return annotation


def opened_by(user: User) -> QuerySet[Annotation]:
    """The annotations of images that the user was given, each with the image.

    `lease_until`, the user's `vote` and, where a curator sent it back, what they said as `sent_back` come with them.
    """
    given = Annotation.objects.filter(author=user, layer__in=Annotation.OWN, image__assignments__user=user)
    vote = Vote.objects.filter(image=OuterRef("image"), author=user).values("desirability")
    asked = Rework.objects.open_for(user).filter(image=OuterRef("image"))
    sent_back = asked.values(shown=JSONObject(id="id", reason="reason", x="x", y="y"))
    with_vote = given.annotate(
        lease_until=F("image__assignments__lease_until"), vote=Subquery(vote), sent_back=Subquery(sent_back)
    )
    return with_vote.select_related("image__preannotation")


OPENED = PreparedRows(
    "opened_work",
    lambda user, image: opened_by(user).filter(image=image).order_by("-layer"),
    user="bigint",
    image="bigint",
)


@transaction.atomic
def claim_image(image: Image, *, by: User) -> Annotation:
    """The user's annotation of an image of their choice; it takes a slot unless they were given the image before.

    Raises:
        Conflict: enough people label it already, it was withdrawn, or code feed_paused.
    """
    image = lock_image(image.pk)
    if image.is_withdrawn:
        raise Conflict(_("This photo was withdrawn; nobody labels it any more."), code="withdrawn")
    assignment = Assignment.objects.filter(image=image, user=by).first()
    if assignment is None:
        refuse_paused(image.project, by)
        if not image.open_slots:
            raise Conflict(_("Enough people label this photo already. Take the next one."), code="no_slot")
        _give(image.pk, by)
    elif assignment.finished_at is None or assignment.skip_reason:
        Assignment.objects.filter(pk=assignment.pk).update(lease_until=Now() + LEASE, finished_at=None, skip_reason="")
        recount_slots([image.pk])
        remarks.take_back_skip(image.pk, by=by)
    own = Annotation.objects.filter(image=image, author=by, layer__in=Annotation.OWN)
    if not own.exists():
        Annotation.objects.create(image=image, author=by, document=EMPTY.as_json())
    return _opened(image.pk, by)


def lock_image(image_id: int) -> Image:
    """The image with its project, nobody else's until the transaction ends.

    Locks are taken in this order: annotation, image, assignment. So nobody waits in a circle.
    """
    locked = Image.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    return locked.get(pk=image_id)


def extend_lease(image_id: int, *, by: User) -> None:
    """Keep the image with the person who works on it; take a slot again if it was given away and one is free."""
    if not Assignment.objects.filter(image=image_id, user=by).update(lease_until=Now() + LEASE):
        _give(image_id, by)


def finish_lease(image_id: int, *, by: User) -> None:
    """Note that the person has done their part of the image, however late."""
    done = {"finished_at": Now(), "skip_reason": "", "is_passed_on": False}
    if not Assignment.objects.filter(image=image_id, user=by).update(**done):
        _give(image_id, by, **done)


def reopen_lease(image_id: int, *, by: User) -> None:
    """Give the person back the image that they had finished."""
    Assignment.objects.filter(image=image_id, user=by).update(lease_until=Now() + LEASE, finished_at=None)


@transaction.atomic
def skip_image(image: Image, *, by: User, reason: str) -> None:
    """Give the image to others, never to this person again; a draft of theirs stays.

    If a curator sent it back to them, they decline.

    Raises:
        Conflict: they do not hold it now.
    """
    lock_image(image.pk)
    held = Assignment.objects.filter(image=image, user=by, finished_at=None)
    if not held.update(finished_at=Now(), skip_reason=reason):
        raise Conflict(_("This photo is not with you now, so there is nothing to skip."), code="not_held")
    asked = Rework.objects.filter(image=image, asked_of=by, state=Rework.State.OPEN)
    asked.update(state=Rework.State.DECLINED, answer=reason, closed_by=by, closed_at=Now())
    recount_slots([image.pk])
    remarks.tell_skip(image, by=by, reason=reason)
    audit.record("image.skipped", image, by=by, project=image.project_id, details={"reason": reason})


@transaction.atomic
def return_image(image: Image, *, by: User) -> None:
    """Give back an image that was looked ahead to and never begun; with work in it, it stays with the person."""
    lock_image(image.pk)
    own = Annotation.objects.filter(image=image, author=by, layer__in=Annotation.OWN)
    begun = own.exclude(revision=0, notes=[])
    held = Assignment.objects.filter(~Exists(begun), image=image, user=by, finished_at=None)
    if held.delete()[0]:
        recount_slots([image.pk])


@transaction.atomic
def release_expired() -> int:
    """Take back images whose lease ran out, and count them. Drafts stay, and a late save is still accepted.

    What a curator sent back to somebody waits for them.
    """
    awaited = Rework.objects.filter(image=OuterRef("image"), asked_of=OuterRef("user"), state=Rework.State.OPEN)
    expired = Assignment.objects.filter(~Exists(awaited), finished_at=None, lease_until__lt=Now())
    held = Image.objects.filter(Exists(expired.filter(image=OuterRef("pk"))))
    images = list(held.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:SWEEP_IMAGES])
    count, _ = expired.filter(image__in=images).delete()
    recount_slots(images)
    return count


@transaction.atomic
def raise_images(images: Sequence[int], *, project: Project, by: User, act_id: UUID | None = None) -> int:
    """Put images first in the queue, wanting one person more, and count them; a ranking leaves them there."""
    rows = project.images.filter(pk__in=images).select_for_update(no_key=True).order_by("pk")
    before = {row.pk: row.queue_rank for row in rows}
    ranks = {pk: place - len(images) for place, pk in enumerate(images) if pk in before}
    for pk, rank in ranks.items():
        Image.objects.filter(pk=pk).update(queue_rank=rank, open_slots=Greatest(F("open_slots"), 1))
    details = {"images": list(images), "moved": [[pk, before[pk], rank] for pk, rank in ranks.items()]}
    audit.record("queue.raise", project, by=by, project=project, request_id=act_id, details=details)
    return len(ranks)


@transaction.atomic
def lower_images(project: Project, act_id: UUID, *, by: User) -> int:
    """Put back where they were those that one act raised and nobody has moved since, and count them; twice is once.

    Raises:
        Http404: the project knows no such act.
    """
    raised = get_object_or_404(AuditEntry, project=project, action="queue.raise", request_id=act_id)
    lowered = [
        pk
        for pk, before, rank in raised.details["moved"]
        if project.images.filter(pk=pk, queue_rank=rank).update(queue_rank=before)
    ]
    recount_slots(lowered)
    audit.record("queue.lower", project, by=by, project=project, details={"act": str(act_id), "images": lowered})
    return len(lowered)


def recount_slots(images: Iterable[int]) -> None:
    """Set how many more people each image wants, from who has it and who has done it."""
    counted = Assignment.objects.filter(skip_reason="", is_passed_on=False)
    given = counted.filter(image=OuterRef("pk")).order_by().values("image")
    taken = Coalesce(Subquery(given.annotate(count=Count("pk")).values("count")), 0)
    Image.objects.filter(pk__in=images).update(
        open_slots=Case(When(DONE_WITH, then=Value(0)), default=Greatest(F("people_wanted") - taken, 0))
    )


def _give(image_id: int, by: User, **fields: object) -> None:
    lock_image(image_id)
    lease = {"lease_until": Now() + LEASE} | fields
    Assignment.objects.update_or_create(image_id=image_id, user=by, defaults=lease)
    recount_slots([image_id])
