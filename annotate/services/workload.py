"""What waits for a person, counted in one way for the start page, the queue, the workbench and the page of votes."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Value

from annotate.models import ImageQuerySet, User

LABEL, VOTE = "label", "vote"


@dataclass(frozen=True)
class Waiting:
    """How many photos want a person: to be labelled, and to be voted on without a map. Some are in both."""

    to_label: int = 0
    to_vote: int = 0


def count_waiting(images: ImageQuerySet, user: User) -> dict[int, Waiting]:
    """What of the images wants the person, by project; whose feed is paused in a project, for them nothing waits there.

    To label are those on offer, and those that they hold and have not finished; to vote on those of `wanting_vote_of`.
    """
    fed = images.exclude(project__in=user.memberships.filter(paused_at__isnull=False).values("project"))
    offered, held = _by_project(fed.open_to(user), LABEL), _by_project(fed.held_by(user), LABEL)
    counts: Counter[tuple[int, str]] = Counter()
    for project, kind, count in offered.union(held, _by_project(fed.wanting_vote_of(user), VOTE), all=True):
        counts[project, kind] += count
    return {project: Waiting(counts[project, LABEL], counts[project, VOTE]) for project, _ in counts}


def _by_project(wanted: ImageQuerySet, kind: str) -> QuerySet:
    return wanted.order_by().values_list("project", Value(kind)).annotate(count=Count("id"))
