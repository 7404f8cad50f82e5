"""Test photos: settled ones that people are given unseen among the others, what they answer, and what comes of it.

Whoever is given one labels it in a layer of its own, which nothing that is made of people's work reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Window
from django.db.models.functions import Now, RowNumber
from django.utils.translation import gettext as _

from annotate.core import goldscore
from annotate.core.blurmap import LevelMap, decode_levels
from annotate.core.errors import Conflict
from annotate.core.mapagreement import compare_maps
from annotate.models import Annotation, AuditEntry, Consensus, GoldAnswer, Image, Membership, Project, User
from annotate.services import audit
from annotate.services.queueing import queue

LONG_AGO = datetime.min.replace(tzinfo=UTC)
PAUSE = ["paused_at", "answers_count_from"]
MOST_OF_A_CLASS = 25  # that are chosen by themselves


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person is told of their answer to a test photo, and nobody else.

    Attributes:
        desirability: the expert's word.
        reason: why, in the expert's words.
        document: the expert's map.
        is_right: whether the answer passed.
        overlap_ppm: of the two maps.
    """

    desirability: str
    reason: str
    document: dict[str, Any]
    is_right: bool
    overlap_ppm: int | None


@transaction.atomic
def mark_gold(image: Image, *, by: User) -> None:
    """Mix the photo into people's work from now on; twice is once.

    Raises:
        Conflict: no curator has settled it, or it was withdrawn.
    """
    image = queue.lock_image(image.pk)
    if image.is_gold:
        return
    if not candidates(image.project).filter(pk=image.pk).exists():
        detail = _("Only a photo that a curator has settled can be a test photo.")
        raise Conflict(detail, code="not_settled")
    Image.objects.filter(pk=image.pk).update(is_gold=True)
    audit.record("gold.marked", image, by=by, project=image.project_id)


@transaction.atomic
def unmark_gold(image: Image, *, by: User) -> None:
    """Give the photo to nobody as a test any more; answers to it stay."""
    if Image.objects.filter(pk=image.pk, is_gold=True).update(is_gold=False):
        audit.record("gold.withdrawn", image, by=by, project=image.project_id)


@transaction.atomic
def choose_gold(project: Project, *, by: User) -> list[int]:
    """Mark the photos that were settled last, up to MOST_OF_A_CLASS of each word in all; the new ones."""
    have = dict(
        project.images.filter(is_gold=True).order_by().values_list("consensus__desirability").annotate(Count("pk"))
    )
    rank = Window(RowNumber(), "consensus__desirability", F("consensus__updated_at").desc())
    ranked = candidates(project).filter(is_gold=False).annotate(rank=rank)
    rows = ranked.filter(rank__lte=MOST_OF_A_CLASS).order_by("pk").values_list("pk", "consensus__desirability", "rank")
    chosen = [pk for pk, word, place in rows if place + have.get(word, 0) <= MOST_OF_A_CLASS]
    Image.objects.filter(pk__in=chosen).update(is_gold=True)
    if chosen:
        audit.record("gold.chosen", project, by=by, project=project, details={"images": chosen})
    return chosen


@transaction.atomic
def unmark_many(project: Project, images: Sequence[int], *, by: User) -> int:
    """Give these photos to nobody as a test any more, and count those that were some."""
    rows = project.images.filter(pk__in=images, is_gold=True)
    gone = list(rows.values_list("pk", flat=True))
    rows.update(is_gold=False)
    if gone:
        audit.record("gold.unchosen", project, by=by, project=project, details={"images": gone})
    return len(gone)


def candidates(project: Project) -> QuerySet[Image]:
    """The photos that may be test photos: what a curator decided holds."""
    settled = Q(consensus__decided_by=Consensus.DecidedBy.ADJUDICATED, state=Image.State.AGREED, is_withdrawn=False)
    return project.images.filter(settled)


def as_seen_by(images: QuerySet[Image], user: User) -> QuerySet[Image]:
    """The images, each with whether it `is_test`: the user labels it now and is not to know that it is settled."""
    tests = Annotation.objects.filter(layer=Annotation.Layer.GOLD, state=Annotation.State.DRAFT, author=user)
    return images.annotate(is_test=Exists(tests.filter(image=OuterRef("pk"))))


def note_answer(annotation: Annotation, levels: LevelMap, word: str) -> None:
    """Keep what the person answered, and pause their feed where too few of the last answers were right.

    A photo that is settled no longer asks nothing any more: then nothing is kept.
    """
    truth = _truth_of(annotation.image_id)
    if truth is None:
        return
    amounts = [level["amount_ppm"] for level in annotation.image.project.levels]
    overlap_ppm = compare_maps([levels, decode_levels(bytes(truth.levels_png))], amounts).overlap_ppm
    GoldAnswer.objects.create(
        image_id=annotation.image_id,
        author=annotation.author,
        desirability=word,
        expert_desirability=truth.desirability,
        overlap_ppm=overlap_ppm,
        is_right=goldscore.is_right(word, truth.desirability, overlap_ppm),
    )
    member = Membership.objects.select_for_update().filter(user=annotation.author, project=annotation.image.project_id)
    for each in member:
        _pause_if_wrong(each)


def _truth_of(image_id: int) -> Consensus | None:
    settled = Consensus.objects.filter(image=image_id, decided_by=Consensus.DecidedBy.ADJUDICATED)
    return settled.select_related("adjudication").first()


def _pause_if_wrong(member: Membership) -> None:
    answers = answers_of(member)
    if member.paused_at is None and goldscore.must_pause([each.is_right for each in answers]):
        Membership.objects.filter(pk=member.pk).update(paused_at=Now())
        wrong = sum(not each.is_right for each in answers)
        details = {"answers": len(answers), "wrong": wrong}
        audit.record("feed.paused", member, by=None, project=member.project_id, details=details)


def answers_of(member: Membership) -> list[GoldAnswer]:
    """The member's last answers that count for the pause, the oldest first."""
    own = GoldAnswer.objects.filter(author=member.user_id, image__project=member.project_id)
    if member.answers_count_from:
        own = own.filter(answered_at__gt=member.answers_count_from)
    return list(own.order_by("-id")[: goldscore.LAST_ANSWERS])[::-1]


@transaction.atomic
def let_go_on(member: Membership, *, by: User) -> None:
    """Give the member photos again; what they answered so far counts for no other pause. Twice is once."""
    paused = Membership.objects.select_for_update().filter(pk=member.pk, paused_at__isnull=False)
    for row in paused:
        was = {name: (value := getattr(row, name)) and value.isoformat() for name in PAUSE}
        paused.update(paused_at=None, answers_count_from=Now())
        audit.record("feed.resumed", row, by=by, project=row.project_id, details=was)


@transaction.atomic
def pause_again(member: Membership, *, by: User) -> None:
    """Hold the member's photos back again, as before somebody let them go on; twice is once.

    Raises:
        Conflict: nobody did.
    """
    entries = AuditEntry.objects.filter(subject=audit.subject_of(member), action="feed.resumed")
    last = entries.filter(details__has_keys=PAUSE).last()
    if last is None:
        raise Conflict(_("There is nothing here that could be taken back."), code="nothing_to_undo")
    was = {name: (value := last.details[name]) and datetime.fromisoformat(value) for name in PAUSE}
    if Membership.objects.filter(pk=member.pk, paused_at=None).update(**was):
        audit.record("feed.paused", member, by=by, project=member.project_id)


def feedback_on(annotation: Annotation) -> Feedback | None:
    """What its author may know of their submitted answer; None where it is no answer to a test photo."""
    if annotation.layer != Annotation.Layer.GOLD:
        return None
    own = GoldAnswer.objects.filter(image=annotation.image_id, author=annotation.author_id)
    answer, truth = own.order_by("-id").first(), _truth_of(annotation.image_id)
    if answer is None or truth is None:
        return None
    return Feedback(truth.desirability, truth.reason, truth.adjudication.document, answer.is_right, answer.overlap_ppm)


@dataclass(frozen=True, slots=True)
class Score:
    """How a member answers test photos.

    Attributes:
        member: who, with their user.
        count: answers in all.
        right_ppm: share of these that were right.
        last_count: answers that count for the pause, the last twenty at most.
        last_right: how many of these were right.
    """

    member: Membership
    count: int
    right_ppm: int
    last_count: int
    last_right: int


def scores_of(project: Project) -> list[Score]:
    """How the members answer who have answered any; the paused first, then by name."""
    right = gold_ppm_of(project.pk)
    counts = GoldAnswer.objects.filter(image__project=project).order_by().values_list("author").annotate(Count("pk"))
    members = project.memberships.filter(user__in=right).select_related("user").order_by("user__username")
    last = _last_answers(project)
    scores = []
    for each in members:
        answers = [is_right for at, is_right in last[each.user_id] if at > (each.answers_count_from or LONG_AGO)]
        shares = (dict(counts)[each.user_id], right[each.user_id])
        scores.append(Score(each, *shares, len(answers), sum(answers)))
    return sorted(scores, key=lambda score: score.member.paused_at is None)


def _last_answers(project: Project) -> dict[int, list[tuple[datetime, bool]]]:
    """User -> their last answers, the newest first, in one query."""
    rank = Window(RowNumber(), "author", F("id").desc())
    ranked = GoldAnswer.objects.filter(image__project=project).annotate(rank=rank)
    rows = ranked.filter(rank__lte=goldscore.LAST_ANSWERS).order_by("author", "rank")
    last: dict[int, list[tuple[datetime, bool]]] = defaultdict(list)
    for author, at, is_right in rows.values_list("author", "answered_at", "is_right"):
        last[author].append((at, is_right))
    return last


def paused_people(project: Project) -> dict[int, str]:
    """User -> sign-in name of those who get no photos for now."""
    paused = project.memberships.filter(paused_at__isnull=False).order_by("user__username")
    return dict(paused.values_list("user", "user__username"))


def gold_ppm_of(project_id: int) -> dict[int, int]:
    """User -> share of right answers to the project's test photos, in parts per million."""
    by_author = GoldAnswer.objects.filter(image__project=project_id).order_by().values_list("author")
    counts = by_author.annotate(Count("pk"), right=Count("pk", filter=Q(is_right=True)))
    return {author: right * 1_000_000 // count for author, count, right in counts}
