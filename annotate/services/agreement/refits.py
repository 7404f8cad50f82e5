"""Finding anew how everybody votes, from all votes of a project at once, and what that changes for each image."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Now

from annotate.core import voting
from annotate.core.mapconsensus import rule_for
from annotate.core.regions import DESIRABILITIES
from annotate.models import Annotation, Consensus, Image, Project, Vote, VotingFit
from annotate.services.agreement import consensus, skills
from annotate.services.news import newest_since

PAGE = 500
OPEN = Consensus.State.OPEN
NOTICED_PPM = 1_000  # a posterior that moved by less stays as it is


def projects_to_refit() -> QuerySet[Project]:
    """The projects with news since the last fit: work, votes, decisions, fewer people wanted, maps not yet compared."""
    project, fitted_at = OuterRef("pk"), OuterRef("voting_fit__fitted_at")
    work = Annotation.objects.filter(image__project=project, state=Annotation.State.SUBMITTED)
    votes = Vote.objects.filter(image__project=project)
    enough = Consensus.objects.filter(state=OPEN, level_annotators__gte=F("image__people_wanted"))
    settled = Consensus.objects.filter(image__project=project, decided_by=Consensus.DecidedBy.ADJUDICATED)
    news = Coalesce(
        newest_since(work, "submitted_at", fitted_at),
        newest_since(votes, "updated_at", fitted_at),
        newest_since(settled, "updated_at", fitted_at),
    )
    is_new = Q(voting_fit=None) | Q(voting_fit__is_behind=True)
    behind = Project.objects.alias(news=news).filter(
        is_new | Q(news__isnull=False) | Q(pk__in=enough.values("image__project"))
    )
    return behind.filter(Exists(work)).order_by("pk")


def counted_votes(**where: object) -> QuerySet[Vote]:
    """The votes that count, in an order that is always the same."""
    return Vote.objects.filter(**where).counted().order_by("image", "author")


def telling_votes(project: Project) -> QuerySet[Vote]:
    """The votes that tell how people vote: those that count, and answers to test photos that are settled still."""
    own = Vote.objects.filter(image__project=project)
    settled = Q(image__consensus__decided_by=Consensus.DecidedBy.ADJUDICATED)
    answers = own.gold().filter(settled)
    return own.filter(Q(pk__in=own.counted().values("pk")) | Q(pk__in=answers.values("pk"))).order_by("image", "author")


def refit_consensus(project: Project) -> int:
    """Weigh the project's voters anew, judge its images by that, and count the images whose posterior moved.

    What a curator decided is taken as certain and never changed.
    """
    begun_at = Project.objects.filter(pk=project.pk).values_list(Now())[0][0]
    votes = list(telling_votes(project).values_list("image", "author", "desirability"))
    if not votes:
        return 0
    images, voters, words = zip(*votes, strict=True)
    fit = voting.fit_dawid_skene(images, voters, [DESIRABILITIES.index(word) for word in words], gold=_settled(project))
    VotingFit.objects.update_or_create(
        project=project,
        defaults={
            "shares": fit.shares.tolist(),
            "crowd": fit.crowd.tolist(),
            "confusions": dict(zip(fit.voters.tolist(), fit.confusions.tolist(), strict=True)),
            "vote_count": len(votes),
            "iteration_count": fit.iteration_count,
            "fitted_at": begun_at,
        },
    )
    trust = consensus.Trust.of(project.pk)
    moved = _moved_images(project, fit)
    for start in range(0, len(moved), PAGE):
        _judge_again(moved[start : start + PAGE], trust)
    skills.refresh(project, fit)
    return len(moved)


def _settled(project: Project) -> dict[int, int]:
    """Image -> class, where a curator decided."""
    settled = Consensus.objects.filter(image__project=project, decided_by=Consensus.DecidedBy.ADJUDICATED)
    return {image: DESIRABILITIES.index(word) for image, word in settled.values_list("image", "desirability")}


def judged_by_votes() -> QuerySet[Consensus]:
    """What a fit may change: not a curator's decision, nor what was settled by fewer people than are wanted now.

    Nor an image whose maps a worker is to merge, which will judge it.
    """
    by_votes = Consensus.objects.exclude(decided_by=Consensus.DecidedBy.ADJUDICATED).filter(image__map_merge=None)
    return by_votes.filter(Q(state=OPEN) | Q(level_annotators__gte=F("image__people_wanted")))


def _moved_images(project: Project, fit: voting.Consensus) -> list[int]:
    now = dict(zip(fit.images.tolist(), (fit.posterior * 1_000_000).tolist(), strict=True))
    judged = judged_by_votes().filter(image__project=project).order_by("image")
    columns = ("image", "posterior_ppm", "state", "dispute", "desirability", "image__people_wanted")
    rows = judged.values(*columns, *consensus.ROW_OF_MAP)
    return [
        row["image"]
        for row in rows
        if row["image"] in now
        and (_differs(row["posterior_ppm"], now[row["image"]]) or _stands_otherwise(project, row))
    ]


def _stands_otherwise(project: Project, row: dict[str, Any]) -> bool:
    """Whether by the project's bounds of today the photo is judged otherwise though no vote has moved."""
    if row["state"] == OPEN:
        return bool(row["level_annotators"] >= row["image__people_wanted"])
    by_map = consensus.find_dispute(project, row["desirability"], row)
    return bool(row["dispute"] not in (by_map, Consensus.Dispute.VERDICT))


def _differs(before: Sequence[float], now: Sequence[float]) -> bool:
    return max(abs(a - b) for a, b in zip(before, now, strict=True)) > NOTICED_PPM


@transaction.atomic
def _judge_again(images: Sequence[int], trust: consensus.Trust) -> None:
    """Judge these images by `trust`; their rows are locked, as `update_consensus` locks them."""
    rows = Image.objects.select_for_update(of=("self",), no_key=True).select_related("project")
    locked = {image.pk: image for image in rows.filter(pk__in=images).order_by("pk")}
    votes: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for image, author, word in counted_votes(image__in=images).values_list("image", "author", "desirability"):
        votes[image].append((author, word))
    judged = judged_by_votes().filter(image__in=images)
    for row in judged.values("image", *consensus.ROW_OF_MAP):
        image = row.pop("image")
        consensus.judge(locked[image], votes[image], trust, row)


def merge_again(project: Project) -> int:
    """Merge and compare anew the maps that were merged by former rules, a photo at a time, and count the photos.

    What a curator settled stays.
    """
    rows = Consensus.objects.filter(image__project=project).exclude(decided_by=Consensus.DecidedBy.ADJUDICATED)
    by_rule = rows.order_by("image").values_list("image", "merge_rule", "level_annotators")
    old = [image for image, rule, people in by_rule if rule != rule_for(people)]
    for image in old:
        with transaction.atomic():
            consensus.update_consensus(image)
    return len(old)
