"""What the live page of a run shows, in few queries: numbers, curves thinned to what a screen can show, pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.core.files.storage import storages
from django.http import FileResponse, Http404

from modelsvc.models import RunMetric, RunPoint, TrainingRun
from modelsvc.services import checkpoints
from modelsvc.services.runs import PLACES
from modelsvc.services.waiting import why_it_waits

OVERLAID = 300  # points of a curve where several runs lie over each other
Curve = tuple[list[float], list[float]]


def look_at(run: TrainingRun) -> TrainingRun:
    """The run with `table`, `curves`, `samples` and `waits_for`, as `serializers.LiveOutput` reads them."""
    run.table = by_name((metric.name, metric.epoch, metric.value) for metric in run.metrics.all())
    run.curves = by_name((point.name, point.place * run.epochs / PLACES, point.value) for point in run.points.all())
    run.samples = checkpoints.sample_epochs(run)
    run.waits_for = why_it_waits(run, run.project)
    return run


def curves_of_runs(runs: Sequence[TrainingRun]) -> dict[int, dict[str, Curve]]:
    """Run -> name -> (epochs, values), of steps where they tell more than epochs; two queries, however many runs."""
    by_epoch, by_step = defaultdict(list), defaultdict(list)
    epochs = {run.pk: run.epochs for run in runs}
    for run, *point in RunMetric.objects.filter(run__in=runs).values_list("run", "name", "epoch", "value"):
        by_epoch[run].append(point)
    for run, name, place, value in RunPoint.objects.filter(run__in=runs).values_list("run", "name", "place", "value"):
        by_step[run].append((name, place * epochs[run] / PLACES, value))
    finer = {run: by_name(points) for run, points in by_step.items()}
    return {
        run: by_name(by_epoch[run]) | {name: thinned(curve) for name, curve in finer.get(run, {}).items()}
        for run in epochs
    }


def by_name(points: Iterable[tuple[str, float, float]]) -> dict[str, Curve]:
    """Name -> (epochs, values), from names, epochs and values; six digits are more than a screen shows."""
    curves: dict[str, Curve] = {}
    for name, epoch, value in points:
        epochs, values = curves.setdefault(name, ([], []))
        epochs.append(epoch)
        values.append(float(f"{value:.6g}"))
    return curves


def thinned(curve: Curve, most: int = OVERLAID) -> Curve:
    """At most that many points of a curve, evenly spread, the last among them."""
    epochs, values = curve
    every = -(-len(epochs) // most)
    first = (len(epochs) - 1) % every if epochs else 0
    return epochs[first :: every or 1], values[first :: every or 1]


def sample_of(run: TrainingRun, epoch: int) -> FileResponse:
    """The picture of an epoch.

    Raises:
        Http404: the run has left none.
    """
    return picture(checkpoints.sample_name(run, epoch))


def picture(name: str) -> FileResponse:
    """A JPEG of the models' shelf, safe to show.

    Raises:
        Http404: it is not there.
    """
    try:
        file = storages[checkpoints.SHELF].open(name)
    except FileNotFoundError:
        raise Http404 from None
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
        "Cache-Control": "private, max-age=600",
    }
    return FileResponse(file, content_type="image/jpeg", headers=headers)
