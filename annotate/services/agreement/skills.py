"""Counting what each person of a project has done and how it compares: made anew after each fit of the votes."""

from __future__ import annotations

import time
import zlib
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Avg, Count, F, Q, QuerySet, StdDev, Sum
from django.db.models.functions import Now

from annotate.core import agreement, skills, voting
from annotate.core.blurmap import decode_levels, rasterize
from annotate.core.regions import DESIRABILITIES, parse_document
from annotate.core.skills import Estimate
from annotate.models import Annotation, Consensus, MapComparison, Project, SkillCard, Vote, VotingFit

PAGE = 100
COMPARES_FOR_S = 20.0  # of one round; where maps are left, the project is fitted again a minute later
MILLION = 1_000_000
SUBMITTED = Q(layer=Annotation.Layer.PERSON, state=Annotation.State.SUBMITTED)
ADJUDICATED = Consensus.DecidedBy.ADJUDICATED


class Cast(NamedTuple):
    """The votes that count, and what the photo of each is without it."""

    image: np.ndarray  # (V,)
    voter: np.ndarray
    said: np.ndarray
    truth: np.ndarray  # NOBODY where nobody else has spoken


def refresh(project: Project, fit: voting.Consensus) -> None:
    """Make the skill cards and the agreement of the project anew; `fit` is of its votes."""
    is_behind = not compare_maps(project)
    cast = _cast_votes(project, fit)
    work = _work_of(project)
    cards = [_card(project, user, cast, work.get(user, {})) for user in sorted({*work, *cast.voter.tolist()})]
    told = [field.name for field in SkillCard._meta.fields if field.name not in ("id", "project", "user")]
    SkillCard.objects.bulk_create(cards, update_conflicts=True, unique_fields=["project", "user"], update_fields=told)
    SkillCard.objects.filter(project=project).exclude(user__in=[card.user_id for card in cards]).delete()
    VotingFit.objects.filter(project=project).update(agreement=_agreement(cast), is_behind=is_behind)


# Votes ----------------------------------------------------------------------------------------------------------------


def _cast_votes(project: Project, fit: voting.Consensus) -> Cast:
    """The project's votes in the order they were cast.

    What a curator decided is the truth, but nothing to hold that curator's own vote against.
    """
    rows = Vote.objects.filter(image__project=project).counted().order_by("updated_at", "id")
    known = {*fit.images.tolist()}, {*fit.voters.tolist()}  # not what came in since the fit
    votes = [
        (photo, author, DESIRABILITIES.index(word))
        for photo, author, word in rows.values_list("image", "author", "desirability")
        if photo in known[0] and author in known[1]
    ]
    image, voter, said = np.array(votes, np.int64).reshape(-1, 3).T
    truth = skills.others_verdicts(fit, image, voter, said)
    settled = _settled(project)
    for place, (photo, author, _) in enumerate(votes):
        if photo in settled:
            decision, curator = settled[photo]
            truth[place] = skills.NOBODY if curator == author else decision
    return Cast(image, voter, said, truth)


def _settled(project: Project) -> dict[int, tuple[int, int]]:
    """Image -> class and curator, where one decided."""
    rows = Consensus.objects.filter(image__project=project, decided_by=ADJUDICATED)
    named = rows.values_list("image", "desirability", "adjudication__author")
    return {image: (DESIRABILITIES.index(word), curator) for image, word, curator in named}


def _agreement(cast: Cast) -> dict[str, dict[str, int | None]]:
    """How far the project's people agree, each measure with its interval over photos and the number of those.

    Nominal asks whether there is blur at all, ordinal how good, ok or bad it is where there is some; kappa is of
    everybody against the others.
    """
    rated = cast.said != voting.NONE
    blur = agreement.count_labels(cast.image, rated.astype(np.int64), 2)
    rank = agreement.count_labels(cast.image[rated], cast.said[rated] - 1, 3)
    has_others = cast.truth != skills.NOBODY
    cells = agreement.count_labels(
        cast.image[has_others], (cast.truth * voting.CLASS_COUNT + cast.said)[has_others], voting.CLASS_COUNT**2
    )
    return {
        "alpha_blur": _measured(_paired(blur), agreement.krippendorff_alpha),
        "alpha_rank": _measured(_paired(rank), partial(agreement.krippendorff_alpha, is_ordinal=True)),
        "gwet_rank": _measured(_paired(rank), partial(agreement.gwet_ac, is_ordinal=True)),
        "kappa": _measured(cells, _kappa_of_cells),
    }


def _paired(counts: agreement.Floats) -> agreement.Floats:
    """The photos that two or more people spoke of."""
    return counts[counts.sum(axis=1) > 1]


def _kappa_of_cells(cells: agreement.Floats, times: agreement.Floats) -> float | None:
    table = (times @ cells).reshape(voting.CLASS_COUNT, voting.CLASS_COUNT)
    return agreement.kappa_of_confusion(table) if table.any() else None


def _measured(counts: agreement.Floats, statistic: Any) -> dict[str, int | None]:
    value = statistic(counts, np.ones(len(counts))) if len(counts) else None
    low, high = agreement.bootstrap_interval(counts, statistic) or (None, None)
    named = zip(("value", "low", "high"), _ppm(value, low, high), strict=True)
    return dict(named) | {"photos": len(counts)}


def _ppm(*shares: float | None) -> list[int | None]:
    return [None if share is None else round(share * MILLION) for share in shares]


# Cards ----------------------------------------------------------------------------------------------------------------


def _work_of(project: Project) -> dict[int, dict[str, Any]]:
    """Author -> counts and means over their submitted maps."""
    rows = Annotation.objects.filter(SUBMITTED, image__project=project).order_by().values("author")
    counted = rows.annotate(
        photos=Count("id"),
        spent_ms=Sum("active_ms"),
        kept=Avg("kept_ppm"),
        kept_count=Count("kept_ppm"),
        bias=Avg("comparison__bias_ppm"),
        spread=StdDev("comparison__bias_ppm", sample=True),
        overlap=Avg("comparison__overlap_ppm"),
        compared=Count("comparison__bias_ppm"),
    )
    return {row["author"]: row for row in counted}


def _card(project: Project, user: int, cast: Cast, work: dict[str, Any]) -> SkillCard:
    own = cast.voter == user
    truth, said = cast.truth[own], cast.said[own]
    confusion = skills.confusion_of(truth, said)
    earlier, recent = skills.match_steps((truth == said)[truth != skills.NOBODY])
    return SkillCard(
        project=project,
        user_id=user,
        photo_count=work.get("photos", 0),
        active_ms=work.get("spent_ms") or 0,
        vote_count=int(own.sum()),
        confusion=confusion.tolist(),
        kappa_ppm=_interval(skills.kappa_estimate(confusion)),
        bias_ppm=_bias(work),
        overlap_ppm=_whole(work.get("overlap")),
        compared_count=work.get("compared", 0),
        kept_ppm=_whole(work.get("kept")),
        kept_count=work.get("kept_count", 0),
        match_steps=[earlier, *recent],
        counted_at=Now(),
    )


def _bias(work: dict[str, Any]) -> list[int | None]:
    """In levels, by the spread over photos."""
    mean, spread = (None if (ppm := work.get(name)) is None else ppm / MILLION for name in ("bias", "spread"))
    estimate = skills.mean_estimate(mean, spread, work.get("compared", 0))
    return _interval(estimate) if estimate.value is not None else _ppm(mean, None, None)


def _interval(estimate: Estimate) -> list[int | None]:
    return _ppm(estimate.value, estimate.low, estimate.high)


def _whole(mean: float | None) -> int | None:
    return None if mean is None else round(mean)


# Maps -----------------------------------------------------------------------------------------------------------------


def compare_maps(project: Project) -> bool:
    """Compare the submitted maps that are new, or whose merged map is; whether one round had time for all."""
    until, last = time.monotonic() + COMPARES_FOR_S, 0
    while page := list(_uncompared(project).filter(pk__gt=last)[:PAGE]):
        if time.monotonic() > until:
            return False
        comparisons = [_comparison(annotation, project.level_count) for annotation in page]
        last = page[-1].pk
        MapComparison.objects.bulk_create(
            comparisons,
            update_conflicts=True,
            unique_fields=["annotation"],
            update_fields=["own_revision", "merged_revision", "merged_crc", "bias_ppm", "overlap_ppm"],
        )
    return True


def _uncompared(project: Project) -> QuerySet[Annotation]:
    """Maps whose comparison is missing or old. Where one person drew the merged map there is nothing to compare."""
    together = Q(image__consensus__level_annotators__gt=1)
    settled = Q(image__consensus__decided_by=ADJUDICATED) & ~Q(image__consensus__adjudication__author=F("author"))
    is_old = (
        Q(comparison=None)
        | ~Q(comparison__own_revision=F("revision"))
        | ~Q(comparison__merged_revision=F("image__consensus__revision"))
    )
    rows = Annotation.objects.filter(SUBMITTED, together | settled, is_old, image__project=project)
    rows = rows.exclude(image__consensus__levels_png=None).order_by("pk")
    return rows.select_related("image__consensus", "comparison").defer("notes")


def _comparison(annotation: Annotation, level_count: int) -> MapComparison:
    image, merged = annotation.image, annotation.image.consensus
    png = bytes(merged.levels_png)
    crc, before = zlib.crc32(png), getattr(annotation, "comparison", None)
    now = {"own_revision": annotation.revision, "merged_revision": merged.revision, "merged_crc": crc}
    if before and (before.merged_crc, before.own_revision) == (crc, annotation.revision):
        return MapComparison(annotation=annotation, **now, bias_ppm=before.bias_ppm, overlap_ppm=before.overlap_ppm)
    own = rasterize(parse_document(annotation.document, level_count=level_count), image.size)
    compared = skills.compare_levels(own, decode_levels(png), level_count)
    bias, overlap = _ppm(*(compared or (None, None)))
    return MapComparison(annotation=annotation, **now, bias_ppm=bias, overlap_ppm=overlap)
