"""What the live page of a run shows, in few queries: numbers, curves thinned to what a screen can show, pictures."""

from __future__ import annotations

from collections.abc import Iterable

from django.core.files.storage import storages
from django.http import FileResponse, Http404

from modelsvc.models import RunPoint, TrainingRun
from modelsvc.services import checkpoints
from modelsvc.services.runs import PLACES
from modelsvc.services.waiting import why_it_waits

Curve = tuple[list[float], list[float]]


def look_at(run: TrainingRun) -> TrainingRun:
    """The run with `table`, `curves`, `samples` and `waits_for`, as `serializers.LiveOutput` reads them."""
    run.table = by_name((metric.name, metric.epoch, metric.value) for metric in run.metrics.all())
    run.curves = {name: thinned(curve) for name, curve in curves_of(run, run.points.all()).items()}
    run.samples = checkpoints.sample_epochs(run)
    run.waits_for = why_it_waits(run, run.project)
    return run


def curves_of(run: TrainingRun, points: Iterable[RunPoint]) -> dict[str, Curve]:
    """Name -> (epochs, values) of what steps tell, finer than epochs."""
    return by_name((point.name, point.place * run.epochs / PLACES, point.value) for point in points)


def by_name(points: Iterable[tuple[str, float, float]]) -> dict[str, Curve]:
    """Name -> (epochs, values), from names, epochs and values; six digits are more than a screen shows."""
    curves: dict[str, Curve] = {}
    for name, epoch, value in points:
        epochs, values = curves.setdefault(name, ([], []))
        epochs.append(epoch)
        values.append(float(f"{value:.6g}"))
    return curves


def thinned(curve: Curve, most: int = PLACES) -> Curve:
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
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox", "Cache-Control": "private"}
    return FileResponse(file, content_type="image/jpeg", headers=headers)
