"""What waits for a curator: the disputed photos in the order that is asked for, and why each is one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.core.differences import Difference
from annotate.core.regions import DESIRABILITIES
from annotate.models import Annotation, Consensus, Desirability, Image, PhotoFacts, Project, User
from annotate.services import reviews

MOST = 1_000  # photos of one stream
ORDERS = {
    "disagreement": gettext_lazy("Least agreed first"),
    "surprise": gettext_lazy("What surprises the model first"),
    "oldest": gettext_lazy("Oldest first"),
}
MOST_BORDERS = 100  # photos of one list
SURE_PPM = 1  # a probability of nothing is taken for this


def order_disputes(project: Project, order: str = "disagreement", person: int | None = None) -> list[int]:
    """Ids of the project's disputed photos, at most MOST of them.

    Args:
        order: one of ORDERS.
        person: only photos that this user has submitted a map of.
    """
    found = project.images.disputed()
    if person is not None:
        found = found.filter(pk__in=submitted_by(person).values("image"))
    columns, key = KEYS[order]
    rows = sorted(found.order_by("pk").values_list("pk", *columns), key=key)
    return [row[0] for row in rows[:MOST]]


def submitted_by(person: int) -> QuerySet[Annotation]:
    """The maps that somebody handed in."""
    return Annotation.objects.filter(author=person, layer=Annotation.Layer.PERSON, state=Annotation.State.SUBMITTED)


def disputing_people(project: Project) -> list[User]:
    """Who submitted maps of disputed photos, each with how many as `dispute_count`; the most first."""
    theirs = Annotation.objects.filter(
        image__in=project.images.disputed(), layer=Annotation.Layer.PERSON, state=Annotation.State.SUBMITTED
    )
    counts = dict(theirs.order_by().values_list("author").annotate(Count("author")))
    people = list(User.objects.filter(pk__in=counts))
    for each in people:
        each.dispute_count = counts[each.pk]
    return sorted(people, key=lambda each: (-each.dispute_count, each.username))


def surprise(word: str, probabilities_ppm: list[int] | None) -> float:
    """How unlikely the model held what people most likely say, in nats; 0 where there is no model or no word."""
    if not probabilities_ppm or not word:
        return 0.0
    return -math.log(max(probabilities_ppm[DESIRABILITIES.index(word)], SURE_PPM) / 1_000_000)


KEYS: dict[str, tuple[tuple[str, ...], Callable[[tuple], Any]]] = {  # what is read beside the id, and what it comes to
    "disagreement": (("consensus__agreement_ppm",), lambda row: (1_000_000 if row[1] is None else row[1], row[0])),
    "surprise": (
        ("consensus__desirability", "preannotation__probabilities_ppm"),
        lambda row: (-surprise(row[1], row[2]), row[0]),
    ),
    "oldest": ((), lambda row: row[0]),
}


@dataclass(frozen=True, slots=True)
class Dispute:
    """All that a curator settles one photo by.

    Attributes:
        why: one sentence.
        people: what was handed in, each with its author's `vote` and whether it `is_blurred`.
        merged: the document of the map that holds until it is settled.
        differences: the places where the maps part, with levels in the order of `people`.
    """

    image: Image
    why: str
    people: list[Annotation]
    merged: object
    differences: list[Difference]


def open_dispute(image: Image) -> Dispute:
    """What a curator settles the photo by; its project and consensus are at hand.

    Raises:
        Conflict: nobody has submitted anything.
    """
    merged = reviews.compose(image, None, {})
    people, differences = reviews.differences_of(image)
    votes = dict(image.votes.values_list("author", "desirability"))
    for each in people:
        each.vote = votes.get(each.author_id, "")
    return Dispute(image, why_disputed(image), people, merged, differences)


def why_disputed(image: Image) -> str:
    """One sentence for the curator: what people do not agree on."""
    merged = image.consensus
    code = merged.why_disputed
    if code == Consensus.Dispute.VERDICT:
        said = zip(Desirability, merged.vote_counts, strict=True)
        votes = ", ".join(f"{count} × {word.label}" for word, count in said if count)
        return _("The votes differ: %(votes)s.") % {"votes": votes}
    if code == Consensus.Dispute.OVERLAP:
        share = round(merged.agreement_ppm / 10_000)
        return _("What two people painted as blurred overlaps by %(share)s %% only.") % {"share": share}
    if code == Consensus.Dispute.UNSETTLED:
        share = round(merged.unsettled_ppm / 10_000)
        return _("On %(share)s %% of the photo people differ by two levels or more.") % {"share": share}
    return merged.dispute_sentence


# What only differs by a border ----------------------------------------------------------------------------------------


def find_border_cases(project: Project) -> list[Image]:
    """The oldest disputed photos whose maps differ by a border only, at most MOST_BORDERS, with their consensus.

    What became a dispute just now is found once its facts are counted.
    """
    counted = PhotoFacts.objects.filter(project=project, parts_by_border=True)
    found = project.images.disputed().filter(pk__in=counted.ids(), is_questioned=False)
    return list(found.for_lists().order_by("pk")[:MOST_BORDERS])
