"""What a person says of an image's desirability.

A vote counts once its author's map of the image is submitted, or at once where it is cast to stand alone; a photo that
nobody has drawn a map of has no consensus, whatever the votes.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.core.blurmap import shows_blur
from annotate.core.errors import Conflict, InvalidVote
from annotate.core.regions import DESIRABILITIES, parse_document
from annotate.models import Annotation, Image, User, Vote
from annotate.services import audit
from annotate.services.agreement import consensus


@transaction.atomic
def cast_vote(image: Image, *, by: User, desirability: str, elapsed_ms: int, alone: bool = False) -> Vote:
    """The person's vote on the image, new or changed; a counted one changes the consensus at once.

    Args:
        elapsed_ms: from seeing the photo to the vote.
        alone: it counts without a map of theirs, until they submit one.

    Raises:
        InvalidVote: the word is unknown, or contradicts the blur they painted and submitted.
        Conflict: they have answered it as a test photo.
    """
    if desirability not in DESIRABILITIES:
        raise InvalidVote(_("Vote one of %(words)s."), words=", ".join(DESIRABILITIES), where="desirability")
    submitted = _submitted(image, by)
    if submitted:
        consensus.check_word(desirability, _shows_blur(image, submitted))
    stands_alone = alone and not submitted
    (vote,) = Vote.objects.bulk_create(
        [Vote(image=image, author=by, desirability=desirability, elapsed_ms=elapsed_ms, stands_alone=stands_alone)],
        update_conflicts=True,
        unique_fields=["image", "author"],
        update_fields=["desirability", "elapsed_ms", "updated_at", *(["stands_alone"] if stands_alone else [])],
    )
    details = {"desirability": desirability, "elapsed_ms": elapsed_ms} | ({"alone": True} if stands_alone else {})
    audit.record("vote.cast", vote, by=by, project=image.project_id, details=details)
    if Vote.objects.filter(pk=vote.pk).counted().exists():
        consensus.weigh_votes(image.pk)
    return vote


@transaction.atomic
def withdraw_vote(image: Image, *, by: User) -> None:
    """Take the person's vote on the image back, as if it had not been cast.

    Raises:
        Conflict: their map is submitted with it.
    """
    if _submitted(image, by):
        detail = _("Your map of this photo is submitted with the vote. Change the vote instead.")
        raise Conflict(detail, code="vote_in_use")
    vote = Vote.objects.filter(image=image, author=by).first()
    if vote is None:
        return
    audit.record("vote.withdrawn", vote, by=by, project=image.project_id)
    vote.delete()
    if vote.stands_alone:
        consensus.weigh_votes(image.pk)


def _shows_blur(image: Image, submitted: Annotation) -> bool:
    """Whether the map shows blur: the word that it was submitted with tells, if it did not come without from a tool."""
    beside = Vote.objects.filter(image=image, author=submitted.author_id).first()
    if beside:
        return beside.desirability != "none"
    return bool(shows_blur(parse_document(submitted.document, level_count=image.project.level_count), image.size))


def _submitted(image: Image, by: User) -> Annotation | None:
    """The person's submitted annotation, locked so that it stays so until the vote is in.

    Raises:
        Conflict: it is their answer to a test photo, which stays.
    """
    own = Annotation.objects.filter(image=image, author=by, layer__in=Annotation.OWN)
    locked = own.select_for_update().order_by("-layer").first()
    if locked is None or locked.state != Annotation.State.SUBMITTED:
        return None
    if locked.layer == Annotation.Layer.GOLD:
        raise Conflict(_("This was a test photo: your answer to it stays as it is."), code="gold_answered")
    return locked
