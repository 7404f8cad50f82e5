"""Why work for the network waits, in a sentence: nobody should wonder whether anything happens."""

from __future__ import annotations

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.models import LeasedWork, Project
from modelsvc.models import ClickGrids, Evaluation, TrainingRun, Trial, Worker
from modelsvc.services.workers import ALIVE, LEASED

BESIDE = (ClickGrids, Trial, Evaluation)  # what a worker does while it trains


def why_it_waits(work: LeasedWork, project: Project) -> str:
    """What queued work in a project waits for; empty for any other work."""
    return describe_wait(type(work), project) if work.state == work.State.QUEUED else ""


def describe_wait(kind: type[LeasedWork], project: Project) -> str:
    """What queued work of that kind waits for now."""
    if not Worker.objects.filter(queues__contains="gpu", seen_at__gt=Now() - ALIVE).exists():
        return _("No worker for the network is running: it waits until whoever runs this site starts one.")
    run = TrainingRun.objects.filter(state__in=LEASED).order_by("started_at").first()
    if run is None:
        return _("A worker takes it up within seconds, after what came before it.")
    name = _("run %(number)s") % {"number": run.pk} if run.project_id == project.pk else _("another project's training")
    if kind in BESIDE:
        return _("A worker takes it up within seconds, beside %(run)s.") % {"run": name}
    at = {"run": name, "epoch": min(run.epoch + 1, run.epochs), "epochs": run.epochs, "left": describe_left(run)}
    return _("It waits for %(run)s, which is in epoch %(epoch)s of %(epochs)s%(left)s.") % at


def describe_left(run: TrainingRun) -> str:
    """Such as ", about 32 min left", at the pace of the run's present attempt; empty while it has none."""
    attempt = run.attempts.last()
    if attempt is None:
        return ""
    begun = attempt.from_epoch / run.epochs
    done = run.progress_ppm / 1_000_000 - begun
    if done <= 0:
        return ""
    left_s = (timezone.now() - attempt.started_at).total_seconds() * (1 - begun - done) / done
    if left_s < 5400:
        return _(", about %(minutes)s min left") % {"minutes": max(1, round(left_s / 60))}
    return _(", about %(hours)s h left") % {"hours": round(left_s / 3600)}
