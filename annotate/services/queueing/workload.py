"""What waits for a person, counted in one way for the start page, the queue, the workbench and the page of votes."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, Count, Expression, Q, QuerySet, Sum, Value, When

from annotate.models import Image, PhotoCount, User, Vote
from annotate.models.photos import UNSETTLED

MOST_VOTES = 10_000_000  # of one person


@dataclass(frozen=True)
class Waiting:
    """How many photos want a person: to be labelled, and to be voted on without a map. Some are in both."""

    to_label: int = 0
    to_vote: int = 0


def count_waiting(projects: Sequence[int], user: User) -> dict[int, Waiting]:
    """What of the projects' photos wants the person; whose feed is paused in a project, for them nothing waits there.

    To label are those on offer, and those that they hold and have not finished; to vote on those of `wanting_vote_of`.
    Counted is what the person has had already, which is little, and taken off the project's counts.
    """
    paused = user.memberships.filter(paused_at__isnull=False).values("project")
    kept, images = (
        rows.objects.filter(project__in=projects).exclude(project__in=paused) for rows in (PhotoCount, Image)
    )
    is_open, is_unsettled = Q(open_slots__gt=0), Q(is_withdrawn=False, state__in=UNSETTLED)
    known = Case(
        When(is_open & is_unsettled, then=Value("both")), When(is_open, then=Value("given")), default=Value("known")
    )
    unsettled = images.filter(is_unsettled)
    alone = Vote.objects.filter(author=user).exclude(image__assignments__user=user)
    voted = unsettled.filter(pk__in=alone.values("image")[:MOST_VOTES])  # cut: these few are found before their photos
    full = unsettled.filter(pk__in=images.full_of_votes())
    unknown_full = full.exclude(votes__author=user).exclude(assignments__user=user)
    parts = _kept(kept.filter(is_open=True), "open").union(
        _kept(kept.filter(is_withdrawn=False, state__in=UNSETTLED), "unsettled"),
        _counted(images.filter(is_open | is_unsettled, assignments__user=user), known),
        _counted(images.held_by(user), Value("held")),
        _counted(voted, Value("known")),
        _counted(unknown_full, Value("full")),
        all=True,
    )
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    for project, kind, count in parts:
        for each in ("given", "known") if kind == "both" else (kind,):
            counts[project][each] += count
    return {
        project: Waiting(
            to_label=count["open"] - count["given"] + count["held"],
            to_vote=count["unsettled"] - count["known"] - count["full"],
        )
        for project, count in counts.items()
    }


def _kept(counts: QuerySet[PhotoCount], kind: str) -> QuerySet:
    return counts.order_by().values_list("project", Value(kind)).annotate(count=Sum("photos"))


def _counted(images: QuerySet[Image], kind: Expression) -> QuerySet:
    return images.order_by().annotate(kind=kind).values_list("project", "kind").annotate(count=Count("id"))
