"""What the maps of each model version were worth to the people who started from them.

Photos whose map is held back are drawn at random, so what differs between them and the others is the map's doing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, Avg, BigIntegerField, Count, F, FloatField, IntegerField, Q, Sum
from django.db.models.expressions import Func
from django.utils import timezone
from django.utils.translation import gettext

from annotate.models import Annotation, Image, LeasedWork, Project
from modelsvc.models import ModelVersion, PreannotationBatch, Prediction
from modelsvc.services.waiting import describe_wait

KEPT_PPM = 990_000  # from this share of unchanged pixels on the map counts as kept, below as edited
ENOUGH = 10  # photos on each side before a time is compared
RECENT_S = 120
FRESH_S = 60
OPEN = (LeasedWork.State.QUEUED, LeasedWork.State.RUNNING, LeasedWork.State.CANCELLING)
SIZE = Func("image_ids", function="jsonb_array_length", output_field=IntegerField())
LEFT_PPM = Sum(SIZE * (1_000_000 - F("progress_ppm")), filter=Q(state__in=OPEN), output_field=BigIntegerField())


class Median(Aggregate):
    """The middle value."""

    template = "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()
    allow_distinct = False


@dataclass(frozen=True, slots=True)
class Usefulness:
    """How one version's maps fared.

    Attributes:
        pending: untouched photos that wait for it.
        predicted: photos it has looked at.
        kept: submitted with its map, at least 99 % of the pixels unchanged.
        edited: submitted with its map, more changed.
        rejected: the person looked at its map and painted their own.
        kept_ppm: mean share of pixels that were unchanged when its map was taken; None if it never was.
        shown: submitted where its map was shown.
        hidden: submitted where it was held back.
        shown_ms: median working time where it was shown.
        hidden_ms: the same where it was held back.
    """

    pending: int = 0
    predicted: int = 0
    kept: int = 0
    edited: int = 0
    rejected: int = 0
    kept_ppm: int | None = None
    shown: int = 0
    hidden: int = 0
    shown_ms: int | None = None
    hidden_ms: int | None = None

    @property
    def saved_ppm(self) -> int | None:
        """The share of working time the map saves: 1 less the ratio of the medians. None while too few are done."""
        if min(self.shown, self.hidden) < ENOUGH or not self.hidden_ms or self.shown_ms is None:
            return None
        return round((1 - self.shown_ms / self.hidden_ms) * 1_000_000)


def measure_versions(project: Project, versions: Iterable[ModelVersion] | None = None) -> dict[int, Usefulness]:
    """Version id -> how its maps fared, for every version of the project that has looked at a photo.

    Args:
        versions: all versions of the project, where they have been read already.
    """
    versions = ModelVersion.objects.filter(project=project) if versions is None else versions
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    predictions = Prediction.objects.filter(version__project=project).order_by().values_list("version")
    for version, count in predictions.annotate(Count("image")):
        found[version]["predicted"] = count
    for row in _submitted_work(project):
        found[row.pop("version")] |= row
    for version in versions:
        if version.stage == ModelVersion.Stage.PRODUCTION:
            found[version.pk]["pending"] = waiting_for(version)
    return {version: Usefulness(**fields) for version, fields in found.items()}


def _submitted_work(project: Project) -> Any:
    """A row for each version with what became of the photos that were begun when its map was there."""
    version = F("image__preannotation__model_version")
    was_there = Q(created_at__gte=F("image__preannotation__created_at")) | Q(based_on__isnull=False)
    work = Annotation.objects.filter(
        was_there,
        image__project=project,
        layer=Annotation.Layer.PERSON,
        state=Annotation.State.SUBMITTED,
        image__preannotation__isnull=False,
    )
    shown = Q(image__preannotation__is_hidden=False)
    rows = (
        work.order_by()
        .values(version=version)
        .annotate(
            kept=Count("pk", filter=shown & Q(kept_ppm__gte=KEPT_PPM)),
            edited=Count("pk", filter=shown & Q(kept_ppm__lt=KEPT_PPM)),
            rejected=Count("pk", filter=shown & Q(kept_ppm=None, saw_model=True)),
            mean_kept=Avg("kept_ppm", filter=shown),
            shown=Count("pk", filter=shown),
            hidden=Count("pk", filter=~shown),
            shown_ms=Median("active_ms", filter=shown),
            hidden_ms=Median("active_ms", filter=~shown),
        )
    )
    for row in rows:
        row["kept_ppm"] = row.pop("mean_kept")
        yield row | {name: round(row[name]) for name in ("kept_ppm", "shown_ms", "hidden_ms") if row[name] is not None}


def waiting_for(version: ModelVersion) -> int:
    """How many photos wait for the version: what is queued, or all it has not seen where a sweep has yet to queue them.

    To find what it has not seen reads a row for each photo of the project.
    """
    if not is_fresh(version):
        return math.ceil((version.batches.filter(state__in=OPEN).aggregate(left=LEFT_PPM)["left"] or 0) / 1_000_000)
    waiting = Image.objects.untouched().filter(project=version.project_id)
    return waiting.exclude(predictions__version=version).count()


def describe_progress(version: ModelVersion) -> dict[str, Any]:
    """How far the version's pre-annotation is, as the page of models polls it."""
    counted = version.batches.aggregate(total=Sum(SIZE), left=LEFT_PPM)
    total, left = counted["total"] or 0, (counted["left"] or 0) / 1_000_000
    failed = version.batches.filter(state=LeasedWork.State.FAILED).order_by("-pk").first()
    done = round(total - left)
    is_running = version.batches.filter(state__in=[LeasedWork.State.RUNNING, LeasedWork.State.CANCELLING]).exists()
    is_waiting = left or (is_fresh(version) and waiting_for(version))
    state = "running" if left and is_running else "queued" if is_waiting else "done"
    return {
        "state": state,
        "progress": done / total if total else 0.0,
        "note": gettext("%(done)s of %(total)s photos") % {"done": f"{done:,}", "total": f"{total:,}"}
        + (describe_rate(version) if left else ""),
        "error": failed.error if failed else "",
        "waits_for": describe_wait(PreannotationBatch, version.project) if state == "queued" else "",
    }


def is_fresh(version: ModelVersion) -> bool:
    """Whether it was promoted so lately that its photos may still have to be queued."""
    return bool(version.promoted_at and (timezone.now() - version.promoted_at).total_seconds() < FRESH_S)


def describe_rate(version: ModelVersion) -> str:
    """Such as ", 3.4 a second" of the last two minutes; empty when nothing was done in them."""
    since = timezone.now() - timedelta(seconds=RECENT_S)
    recent = version.predictions.filter(created_at__gt=since).order_by("created_at")
    count, first = recent.count(), recent.values_list("created_at", flat=True).first()
    if first is None:
        return ""
    rate = count / max((timezone.now() - first).total_seconds(), 1)
    return gettext(", %(rate)s a second") % {"rate": f"{rate:.1f}"}
