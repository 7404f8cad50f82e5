"""The order of the queue: what each waiting photo would teach, and a place for each, written a few rows at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, Now

from annotate.core import ranking
from annotate.core.ranking import Lane
from annotate.models import (
    Assignment,
    Consensus,
    Image,
    PhotoCount,
    Preannotation,
    Project,
    QueuePlace,
    QueueRanking,
)
from annotate.services import leases
from annotate.services.news import newest_since
from annotate.services.releasing import splits

REST = timedelta(seconds=60)  # between two rankings of a project
COMMITS = timedelta(minutes=2)  # what is newer may have begun before it and not be seen yet
CHUNK = 500
REFERENCES = 10_000  # labelled photos that novelty is measured from: the last ones
ALL = 1_000_000
BEGUN = (Image.State.LABELLED, Image.State.DISPUTED, Image.State.AGREED)
READS = ("pk", "split", "state", "consensus__posterior_ppm", "preannotation__probabilities_ppm")
NEWS = (  # rows, the way to their project, and when they were made or changed
    (Image, "project", "created_at"),
    (Preannotation, "image__project", "created_at"),
    (Consensus, "image__project", "updated_at"),
    (Assignment, "image__project", "created_at"),
)
OF_MODEL = ("preannotation__uncertainty_ppm", "preannotation__model_version", "preannotation__content")


def queue_stale() -> int:
    """Queue the ranking of each project where something has happened since its last one, and count these.

    A project is ranked from the first opinion on, a person's or a model's; until then the oldest photo comes first.
    """
    project = OuterRef("pk")
    has_opinions = Exists(PhotoCount.objects.filter(project=project).exclude(state=Image.State.NEW))
    first = Project.objects.filter(has_opinions, ranking=None)
    QueueRanking.objects.bulk_create([QueueRanking(project=each) for each in first], ignore_conflicts=True)
    state = QueueRanking.State
    rested = QueueRanking.objects.filter(
        state__in=[state.DONE, state.FAILED, state.CANCELLED], finished_at__lt=Now() - REST
    )
    count = leases.queue_again(rested.alias(news=_news()).filter(news__isnull=False))
    is_due = Q(looked_at=None) | Q(looked_at__lt=Now() - 2 * COMMITS)  # or a quiet project reads what busy ones get
    rested.filter(is_due).update(looked_at=Now() - COMMITS)
    return count + len(first)


def _news() -> Coalesce:
    """Id of a photo, opinion or claim that came after the ranking began and since it was looked for, or null."""
    since = Greatest(OuterRef("started_at"), OuterRef("looked_at"))
    return Coalesce(
        *(newest_since(rows.objects.filter(**{way: OuterRef("project")}), when, since) for rows, way, when in NEWS)
    )


def rank_queue(work: QueueRanking, lease: leases.Lease) -> dict[str, Any]:
    """Draw the test split, then give every waiting photo of the project its place.

    Raises:
        LeaseLost: another attempt does it.
    """
    splits.draw_test(work.project)
    places = plan_places(work.project)
    for at in range(0, len(places), CHUNK):
        _write(places[at : at + CHUNK])
        lease.extend(progress_ppm=at * ALL // len(places))
    return {"largest_group": splits.largest_group(work.project)}


def plan_places(project: Project) -> list[QueuePlace]:
    """The places of all the project's waiting photos, first comes first, not stored."""
    rows = list(project.images.filter(open_slots__gt=0).order_by("pk").values_list(*READS, *OF_MODEL))
    if not rows:
        return []
    ids, split, states, posteriors, judged, uncertainties, versions, contents = zip(*rows, strict=True)
    chances = [posterior or guess for posterior, guess in zip(posteriors, judged, strict=True)]
    features, labelled = _features(project, versions, contents)
    scores = ranking.score(
        entropy=ranking.entropy(_as_array(chances, 4)),
        uncertainty=_as_array([[each] for each in uncertainties], 1)[:, 0],
        novelty=ranking.novelty(features, labelled),
    )
    feed = ranking.plan_feed(
        ids,
        scores.total,
        is_test=np.array([each == Image.Split.TEST for each in split]),
        is_begun=np.array([state in BEGUN for state in states]),
        given=Assignment.objects.filter(image__project=project).count(),
        salt=project.salt,
    )
    parts = {f"{name}_ppm": part for name, part in scores.parts.items()}
    return [
        QueuePlace(
            image_id=ids[i],
            place=place,
            lane=lane.value,
            score_ppm=round(float(scores.total[i]) * ALL),
            **{name: None if np.isnan(part[i]) else round(float(part[i]) * ALL) for name, part in parts.items()},
        )
        for place, (i, lane) in enumerate(feed)
    ]


def _as_array(rows: Sequence[Sequence[int] | None], width: int) -> np.typing.NDArray[np.float64]:
    """(N, width) shares from parts per million, NaN where a row is None or of None."""
    missing = [np.nan] * width
    return np.array([row or missing for row in rows], np.float64).reshape(-1, width) / ALL


def _features(
    project: Project, versions: Sequence[int | None], contents: Sequence[Any]
) -> tuple[np.typing.NDArray[np.float32], np.typing.NDArray[np.float32]]:
    """Content features of the waiting photos and of the labelled ones, by the model version that looked last.

    Another version's features lie in another space: they count as not known.
    """
    opinions = Preannotation.objects.filter(image__project=project).exclude(content=None)
    last = opinions.order_by("-created_at", "-pk").values_list("model_version", "content").first()
    if last is None:
        return np.full((len(versions), 1), np.nan, np.float32), np.empty((0, 1), np.float32)
    version, sample = last
    of_version = opinions.filter(model_version=version, image__state__in=BEGUN).order_by("-pk")
    labelled = [_decode(content) for content in of_version.values_list("content", flat=True)[:REFERENCES]]
    missing = np.full(len(_decode(sample)), np.nan, np.float32)
    waiting = [
        _decode(content) if content is not None and by == version else missing
        for by, content in zip(versions, contents, strict=True)
    ]
    return np.array(waiting), np.array(labelled).reshape(-1, len(missing))


def _decode(content: Any) -> np.typing.NDArray[np.float32]:
    return np.frombuffer(bytes(content), np.float16).astype(np.float32)


@transaction.atomic
def _write(places: Sequence[QueuePlace]) -> None:
    """Store places whose photos nobody holds at this moment; the next ranking catches up with the others."""
    wanted = Image.objects.filter(pk__in=[each.image_id for each in places], open_slots__gt=0)
    free = set(wanted.select_for_update(skip_locked=True, no_key=True).order_by("pk").values_list("pk", flat=True))
    QueuePlace.objects.bulk_create(
        [each for each in places if each.image_id in free],
        update_conflicts=True,
        unique_fields=["image"],
        update_fields=["place", "lane", "score_ppm", "entropy_ppm", "uncertainty_ppm", "novelty_ppm"],
    )
    place = QueuePlace.objects.filter(image=OuterRef("pk")).values("place")
    moved = Image.objects.filter(pk__in=free, queue_rank__gte=0).exclude(queue_rank=F("place__place"))
    moved.update(queue_rank=Subquery(place))


def explained(project: Project) -> QuerySet[QueuePlace]:
    """The places of photos that still wait and are chosen or drawn for training, first comes first."""
    waiting = QueuePlace.objects.filter(image__project=project, image__open_slots__gt=0).exclude(lane=Lane.TEST)
    return waiting.select_related("image").order_by("image__queue_rank", "image")
