"""What a person says of an image's desirability. A vote counts once their annotation of the image is submitted."""

from __future__ import annotations

from django.db import transaction

from annotate.core.blurmap import rasterize
from annotate.core.errors import InvalidVote
from annotate.core.regions import DESIRABILITIES, parse_document
from annotate.models import Annotation, Image, User, Vote
from annotate.services import audit, consensus


@transaction.atomic
def cast_vote(image: Image, *, by: User, desirability: str, elapsed_ms: int) -> Vote:
    """The person's vote on the image, new or changed; a counted one changes the consensus at once.

    Args:
        elapsed_ms: from seeing the photo to the vote.

    Raises:
        InvalidVote: the word is unknown, or contradicts the blur they painted and submitted.
    """
    if desirability not in DESIRABILITIES:
        raise InvalidVote(f"Vote one of {', '.join(DESIRABILITIES)}.", where="desirability")
    submitted = _submitted(image, by)
    if submitted:
        document = parse_document(submitted.document, level_count=image.project.level_count)
        consensus.check_labels(desirability, rasterize(document, image.size))
    (vote,) = Vote.objects.bulk_create(
        [Vote(image=image, author=by, desirability=desirability, elapsed_ms=elapsed_ms)],
        update_conflicts=True,
        unique_fields=["image", "author"],
        update_fields=["desirability", "elapsed_ms", "updated_at"],
    )
    details = {"desirability": desirability, "elapsed_ms": elapsed_ms}
    audit.record("vote.cast", vote, by=by, project=image.project_id, details=details)
    if submitted:
        consensus.update_consensus(image.pk)
    return vote


def _submitted(image: Image, by: User) -> Annotation | None:
    """The person's submitted annotation, locked so that it stays so until the vote is in."""
    own = Annotation.objects.filter(image=image, author=by, layer=Annotation.Layer.PERSON)
    locked = own.select_for_update().first()
    return locked if locked and locked.state == Annotation.State.SUBMITTED else None
