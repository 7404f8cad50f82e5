"""How many people label each photo: between a project's least and most, and no more than their votes leave doubt."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.core import voting
from annotate.core.errors import SmartBlurError
from annotate.models import Consensus, Image, Project
from annotate.services.queueing import queue


def first_wanted(project: Project, sha256: str) -> int:
    """How many people a photo wants that nobody has labelled: the project's least, or all where the rule is judged."""
    return project.votes_most if voting.is_audited(project.salt, sha256) else project.votes_wanted


def people_wanted(project: Project, image: Image, posterior: voting.Floats, map_count: int, vote_count: int) -> int:
    """How many people the photo wants by now; what a curator doubts waits for a curator, not for more people."""
    return voting.people_wanted(
        posterior,
        map_count,
        vote_count,
        least=project.votes_wanted,
        most=project.votes_wanted if image.is_questioned else project.votes_most,
        is_audited=voting.is_audited(project.salt, image.sha256),
    )


def bounds(changed: dict[str, Any], *, least: int, most: int) -> dict[str, Any]:
    """The changed fields with bounds that fit: where only the least is changed, the most of a fixed number goes along.

    Args:
        changed: may hold votes_wanted, votes_most and other fields.
        least: what held before.
        most: what held before.

    Raises:
        SmartBlurError: code votes_most, fewer people at most than at least.
    """
    wanted = changed.get("votes_wanted", least)
    following = wanted if most == least else max(wanted, most)
    asked = changed.get("votes_most", following)
    if asked < wanted:
        detail = _("That is fewer at most than at least. Raise this number or lower the other.")
        raise SmartBlurError(detail, code="votes_most", where="votes_most")
    return changed | {"votes_wanted": wanted, "votes_most": asked}


@transaction.atomic
def ask_anew(project: Project) -> None:
    """Set how many people each photo wants under the project's new bounds, from the votes that are in."""
    votes = {
        image: (posterior, maps, sum(counts))
        for image, posterior, maps, counts in Consensus.objects.filter(image__project=project).values_list(
            "image", "posterior_ppm", "level_annotators", "vote_counts"
        )
    }
    wanting: dict[int, list[int]] = {}
    for image in project.images.only("sha256", "is_questioned"):
        posterior, *counts = votes.get(image.pk, (None,))
        if posterior is None:
            people = first_wanted(project, image.sha256)
        else:
            people = people_wanted(project, image, voting.from_ppm(posterior), *counts)
        wanting.setdefault(people, []).append(image.pk)
    for people, images in wanting.items():
        Image.objects.filter(pk__in=images).update(people_wanted=people)
    queue.recount_slots(project.images.values("pk"))
