"""Services of runs and of the versions they make; what a version predicts is in `preannotation`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict
from annotate.models import Release, User, Webhook, WebhookEvent
from annotate.services import audit, leases, webhooks
from modelsvc.fusenet.config import parse_config
from modelsvc.fusenet.provenance import commit_of_code, torch_version
from modelsvc.models import ModelVersion, RunAttempt, RunMetric, RunPoint, TrainingRun
from modelsvc.services import evaluations
from modelsvc.services.workers import device_kind

LOG_TAIL_CHARACTERS = 16_000
PLACES = 1_000  # points of a curve
LOST = "The worker before went away without a word: it was killed, or its computer stopped."


def start_run(
    release: Release, *, preset: str, parameters: Mapping[str, Any], by: User, base_version: ModelVersion | None = None
) -> TrainingRun:
    """Queue a training on a ready release; the caller wakes a worker.

    Args:
        parameters: what differs from the preset, as `fusenet.config.TrainConfig` names it.

    Raises:
        Conflict: the release is not ready, the base version belongs to another project, or `by` has too many runs.
        InvalidConfig: a parameter is unknown or out of its range.
    """
    if release.state != Release.State.DONE:
        sentence = _("%(release)s is not ready yet. Wait until it is built, then start the run.")
        raise Conflict(sentence, release=str(release), where="release")
    if base_version and base_version.project_id != release.project_id:
        raise Conflict(_("The base version belongs to another project."), where="base_version")
    config = asdict(parse_config({"preset": preset} | dict(parameters)))
    with transaction.atomic():
        require_quota(by)
        run = TrainingRun.objects.create(
            project=release.project,
            release=release,
            base_version=base_version,
            preset=preset,
            config=config,
            run_hash=hash_run(release, config, base_version),
            started_by=by,
            epochs=config["epochs"],
            queued_because=f"Started by {by.username}.",
        )
        audit.record("run.start", run, by=by, project=run.project_id, details={"release": release.pk, "preset": preset})
    return run


def hash_run(release: Release, config: Mapping[str, Any], base_version: ModelVersion | None) -> str:
    """SHA-256 of what decides a run's result: photos and labels, code, parameters with the seed, torch, device kind.

    The first weights count, too: those of the base version.
    """
    machine = [commit_of_code(), torch_version(), device_kind()]
    identity = [release.content_id, config, base_version.weights_sha256 if base_version else None, machine]
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()


def require_quota(user: User) -> None:
    """Let `user` start one run more, one start at a time.

    Raises:
        Conflict: as many of theirs as the site allows wait or run already.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    unfinished = TrainingRun.objects.unfinished().filter(started_by=user).count()
    if unfinished >= settings.RUNS_PER_PERSON:
        sentence = _(
            "%(count)s of your trainings wait or run, and %(most)s are allowed at a time. Wait for one to end, or "
            "cancel one."
        )
        raise Conflict(sentence, count=unfinished, most=settings.RUNS_PER_PERSON, code="run_quota")


def cancel_run(run: TrainingRun, *, by: User) -> None:
    """Ask a run to stop; its checkpoints stay.

    Raises:
        Conflict: it is over already.
    """
    with transaction.atomic():
        leases.request_cancel(run)
        audit.record("run.cancel", run, by=by, project=run.project_id)


def stop_run(run: TrainingRun, *, by: User) -> None:
    """Ask a run to end well after the epoch it is in: its best checkpoint becomes a version.

    Raises:
        Conflict: it is not running.
    """
    with transaction.atomic():
        row = TrainingRun.objects.select_for_update().get(pk=run.pk)
        if row.state != row.State.RUNNING:
            raise Conflict(_("It does not run: only a running training ends after its epoch."), code="not_running")
        if not row.is_stopping:
            TrainingRun.objects.filter(pk=run.pk).update(is_stopping=True)
            audit.record("run.stop", run, by=by, project=run.project_id)


def resume_run(run: TrainingRun, *, by: User, from_start: bool = False) -> None:
    """Queue a failed or cancelled run again, from its last checkpoint or from the start; the caller wakes a worker.

    One that waits or runs already is left alone.

    Raises:
        Conflict: it is done, or `by` has too many runs.
    """
    with transaction.atomic():
        row = TrainingRun.objects.select_for_update().get(pk=run.pk)
        if row.state == row.State.DONE:
            sentence = _("It is done: there is nothing to go on with. Start another training.")
            raise Conflict(sentence, code="already_over")
        if not row.is_over:
            return
        require_quota(by)
        how = "from the start" if from_start else "from its last checkpoint"
        anew = {"first_attempt": F("attempt") + 1, "epoch": 0, "progress_ppm": 0, "log_tail": ""} if from_start else {}
        if from_start:
            row.metrics.all().delete()
            row.points.all().delete()
        because = f"Started again by {by.username}, {how}."
        rows = TrainingRun.objects.filter(pk=run.pk)
        leases.allow_more_attempts(rows, is_stopping=False, queued_because=because, **anew)
        audit.record("run.retry" if from_start else "run.resume", run, by=by, project=run.project_id)


def begin_attempt(lease: leases.Lease) -> None:
    """Note that a worker begins on a run, and why: a person said so, or what ended the attempt before.

    Raises:
        LeaseLost: another attempt owns the run.
    """
    run = lease.work
    with transaction.atomic():
        lease.hold()
        reason = run.queued_because or run.error or LOST
        RunAttempt.objects.create(run=run, number=lease.attempt, reason=reason, worker=run.worker, from_epoch=run.epoch)
        TrainingRun.objects.filter(pk=run.pk).update(queued_because="", error="")


def record_points(lease: leases.Lease, *, share: float, values: Mapping[str, float]) -> None:
    """Store what a step said at its place along the run, 0 to 1; a later step at the same place replaces it.

    Raises:
        LeaseLost: another attempt owns the run.
    """
    place = min(int(share * PLACES), PLACES - 1)
    rows = [RunPoint(run=lease.work, place=place, name=name, value=value) for name, value in values.items()]
    with transaction.atomic():
        lease.hold()
        RunPoint.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["run", "name", "place"], update_fields=["value"]
        )


def record_epoch(lease: leases.Lease, *, epoch: int, epochs: int, metrics: Mapping[str, float], **fields: Any) -> None:
    """Store the numbers of an epoch; a repeated epoch (after a resume) replaces them.

    Raises:
        LeaseLost: another attempt owns the run.
        Cancelled: a person asked to stop.
    """
    rows = [RunMetric(run=lease.work, epoch=epoch, name=name, value=value) for name, value in metrics.items()]
    with transaction.atomic():
        lease.hold()
        RunMetric.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["run", "name", "epoch"], update_fields=["value"]
        )
    progress_ppm = min(epoch * 1_000_000 // epochs, 999_999)
    lease.extend(**fields | {"epoch": epoch, "epochs": epochs, "progress_ppm": progress_ppm})


def finish_run(
    lease: leases.Lease,
    *,
    checkpoint: str,
    architecture: str,
    weights_sha256: str,
    metrics: Mapping[str, float],
    level_count: int = 4,
) -> ModelVersion:
    """Register the checkpoint of a finished run as a candidate.

    Raises:
        LeaseLost: another attempt owns the run.
    """
    run = lease.work
    with transaction.atomic():
        lease.hold()
        version, _is_new = ModelVersion.objects.update_or_create(
            run=run,
            defaults={
                "project": run.project,
                "name": f"{architecture} run {run.pk}",
                "architecture": architecture,
                "checkpoint": checkpoint,
                "weights_sha256": weights_sha256,
                "level_count": level_count,
                "metrics": dict(metrics),
            },
        )
        audit.record("run.finish", run, by=run.started_by, project=run.project_id, details={"version": version.pk})
        if evaluations.test_items(run.release).exists():  # so that it can be compared with what it may replace
            alike = ModelVersion.objects.filter(project=run.project_id, level_count=level_count)
            for each in [version, *alike.in_production()]:
                evaluations.queue_evaluation(each, run.release, by=run.started_by)
    return version


def announce_ended() -> None:
    """Tell webhooks of runs that have ended, well or not; one that went on and ended again is told again."""
    hooked = Webhook.objects.for_event(WebhookEvent.RUN_ENDED).values("project")
    for run in TrainingRun.objects.filter(finished_at__gt=Now() - webhooks.NEWS, project__in=hooked):
        if run.is_over:
            content = {"run": run.pk, "state": run.state, "epochs": run.epoch}
            key, at = f"run:{run.pk}:{run.attempt}", run.finished_at
            webhooks.announce(WebhookEvent.RUN_ENDED, run.project_id, content, key=key, happened_at=at)
