"""Documents and finished work for tests; photos of `factories` are 48 x 32 pixels."""

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from annotate.models import Annotation, Assignment, Image, Project, Release, User
from annotate.services import leases
from annotate.services.labelling.annotations import save_draft, submit_annotation
from annotate.services.labelling.votes import cast_vote
from annotate.services.queueing import queue
from annotate.services.releasing import freezing
from tests.factories import make_member

Json = dict[str, Any]


def rectangle(id: str, level: int, x0: int, y0: int, x1: int, y1: int) -> Json:
    """A region of whole pixels."""
    ring = [16 * value for value in (x0, y0, x1, y0, x1, y1, x0, y1)]
    return {"id": id, "level": level, "kind": "unknown", "rings": [ring], "z": 0}


SHARP: Json = {"base": 0, "regions": []}
LEFT_HALF: Json = {"base": 0, "regions": [rectangle("left", 2, 0, 0, 24, 32)]}
RIGHT_HALF: Json = {"base": 0, "regions": [rectangle("right", 2, 24, 0, 48, 32)]}


def claim(project: Project, by: User) -> Annotation:
    """The draft of the next image."""
    annotation = queue.claim_next_image(project, by=by)
    assert annotation is not None
    return annotation


def label(draft: Annotation, document: Json, desirability: str) -> Annotation:
    """The draft, saved with the document, voted on and submitted."""
    revision = Annotation.objects.values_list("revision", flat=True).get(pk=draft.pk)
    save_draft(
        draft.pk, by=draft.author, save_id=uuid.uuid4(), base_revision=revision, document=document, active_ms=1000
    )
    cast_vote(draft.image, by=draft.author, desirability=desirability, elapsed_ms=900)
    return submit_annotation(draft.pk, by=draft.author)


def label_image(image: Image, document: Json, *votes: str) -> list[User]:
    """New members who each submit the document with a vote."""
    people = [make_member(image.project) for _ in votes]
    for person, vote in zip(people, votes, strict=True):
        label(queue.claim_image(image, by=person), document, vote)
    return people


def expire_leases() -> None:
    """Let every lease run out."""
    for assignment in Assignment.objects.all():  # one by one: each is locked for itself
        Assignment.objects.filter(pk=assignment.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def freeze(release: Release) -> Release:
    """The release as it is when a worker has frozen it and died."""
    lease = leases.claim_next(Release.objects.filter(pk=release.pk).select_related("project"))
    assert lease is not None
    freezing.freeze_release(lease.work, lease)
    lease.give_back("")
    release.refresh_from_db()
    return release
