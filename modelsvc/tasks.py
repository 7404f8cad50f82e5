"""Celery glue: rows -> a process that runs fusenet -> services. A message is only a wake-up; the rows are the queue."""

from __future__ import annotations

import json
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from annotate import localcopy
from annotate.services import leases
from annotate.services.releasing.releases import release_folder
from modelsvc.models import AtlasDrawing, ClickGrids, Evaluation, PreannotationBatch, TrainingRun, Trial
from modelsvc.processes import cartographer, trainer
from modelsvc.processes.encoder import Encoder
from modelsvc.processes.predictor import Predictor
from modelsvc.processes.trials import look_at_trial
from modelsvc.services import atlases, checkpoints, clicks, evaluations, preannotation, runs, trials

logger = logging.getLogger(__name__)

LIVE_S = 1.0
BESIDE_S = 10.0  # how often a worker that trains looks for trials and evaluations
TURN_S = 60.0  # of pre-annotation, until a training or a trial that waits gets the worker


@shared_task
def train() -> None:
    """Do the queued runs, one after another, and after each what its version is to be measured on."""
    waiting = TrainingRun.objects.select_related("release", "project", "base_version", "started_by")
    while leases.work_off(waiting, train_run, within_s=0):
        evaluate()


@shared_task
def evaluate() -> None:
    """Do the queued evaluations, after a training that was cut off."""
    if not give_way():
        do_evaluations()


@shared_task
def preannotate() -> None:
    """Do queued batches of pre-annotation for a while, and let another worker help; then others come first."""
    if give_way():
        return
    batches = PreannotationBatch.objects.select_related("version__project")
    if batches.stranded()[1:].exists():
        preannotate.apply_async(expires=30)
    with Predictor() as predictor:
        leases.work_off(batches, predictor.predict_batch, within_s=TURN_S, until=others_wait)


@shared_task
def look_at_trials() -> None:
    """Do the queued trials, after a training that was cut off."""
    if not give_way():
        do_trials()


@shared_task
def look_for_clicks() -> None:
    """Look at the photos in which people want to outline things."""
    with Encoder() as encoder:
        leases.work_off(ClickGrids.objects.select_related("image"), encoder.encode)


@shared_task
def draw_atlases() -> None:
    """Lay out the photos of the atlases that wait, one at a time: the worker's other threads have photos to show."""
    if AtlasDrawing.objects.filter(state=AtlasDrawing.State.RUNNING, lease_until__gt=Now()).exists():
        return
    leases.work_off(AtlasDrawing.objects.select_related("version__project"), cartographer.draw)


@shared_task
def sweep() -> None:
    """Find what was left behind and what a production version has not seen, and wake the workers for it."""
    preannotation.look_around()
    trials.sweep_trials()
    clicks.sweep_grids()
    atlases.look_around()
    runs.announce_ended()
    work = {
        ClickGrids: look_for_clicks,
        Trial: look_at_trials,
        TrainingRun: train,
        Evaluation: evaluate,
        PreannotationBatch: preannotate,
        AtlasDrawing: draw_atlases,
    }
    for rows, task in work.items():
        if leases.sweep(rows.objects.all()):
            task.apply_async(expires=30)


def give_way() -> bool:
    """Whether a training was cut off: then a worker is woken for it, and what else waits comes after or beside it."""
    is_cut_off = TrainingRun.objects.stranded().filter(attempt__gt=0).exists()
    if is_cut_off:
        train.apply_async(expires=30)
    return is_cut_off


def others_wait() -> bool:
    """Whether pre-annotation ends its turn: for a training that was cut off, or for people who wait at a photo."""
    return give_way() or ClickGrids.objects.stranded().exists()


def do_evaluations() -> None:
    """Do the queued evaluations."""
    leases.work_off(Evaluation.objects.select_related("version__project", "release"), evaluate_version, until=give_way)


def do_trials() -> None:
    """Do the queued trials."""
    leases.work_off(Trial.objects.select_related("version"), look_at_trial)


def train_run(run: TrainingRun, lease: leases.Lease) -> dict[str, Any]:
    """Train in a process of its own, relay its numbers to rows, and register the checkpoint it leaves."""
    runs.begin_attempt(lease)
    folder, sender = checkpoints.prepare_attempt(run), checkpoints.Sender(run)
    command = [
        *trainer.FUSENET,
        "train",
        release_folder(run.release),
        "--out",
        folder,
        "--config",
        folder / "config.json",
    ]
    if (folder / "last").exists():
        command.append("--resume")
    elif run.base_version:
        command += ["--base", checkpoints.checkpoint_folder(run.base_version)]
    if settings.RENDEZVOUS:
        command += ["--rendezvous", settings.RENDEZVOUS]
    try:
        with small_work_beside(), trainer.running([*command, "--json"]) as process:
            relay(run, lease, process, sender.try_to_send)
    finally:
        sender.try_to_send()  # what the trainer saved when it was stopped, too
    sender.send_new()
    best = json.loads((folder / "best" / "checkpoint.json").read_text())
    runs.finish_run(
        lease,
        checkpoint=f"{checkpoints.attempt_name(run)}/best",
        architecture=best["model"]["name"],
        weights_sha256=best["weights_sha256"],
        level_count=best["model"]["levels"],
        metrics=best["metrics"],
    )
    sender.clear()
    return {}


@contextmanager
def small_work_beside() -> Iterator[None]:
    """Do what is small and comes while a training has the worker, in a thread beside it."""
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(BESIDE_S):
            try:
                look_for_clicks()
                do_trials()
                do_evaluations()
            except Exception:  # the database is away: the rows wait until the next look
                logger.warning("Looking for small work failed", exc_info=True)
            finally:
                connection.close()

    beside = threading.Thread(target=look, daemon=True, name="small work")
    beside.start()
    try:
        yield
    finally:
        is_over.set()
        beside.join()


def evaluate_version(evaluation: Evaluation, lease: leases.Lease) -> dict[str, Any]:
    """Look at each test photo in a process of its own; the measures, and what it said of each photo."""
    checkpoint = checkpoints.require_weights(evaluation.version)
    name = evaluations.pictures_name(evaluation)
    folder = localcopy.place(checkpoints.SHELF, name)
    shutil.rmtree(folder, ignore_errors=True)
    command = [*trainer.FUSENET, "examine", release_folder(evaluation.release), "--split", "test", "--json"]
    command += ["--checkpoint", checkpoint, "--out", folder]
    photos = []
    with trainer.running(command) as process:
        for event in trainer.events(process):
            if event and event["event"] == "examined":
                photos.append({name: event[name] for name in ("key", "confusion", "error", "truth", "probabilities")})
                lease.extend(progress_ppm=len(photos) * 999_999 // event["photos"])
    for picture in folder.glob("*.jpg"):
        localcopy.send_file(checkpoints.SHELF, f"{name}/{picture.name}", picture)
    if not photos:
        raise trainer.TrainingRefused("None of the test photos could be read.", code="no_test_photos")
    return evaluations.results_of(photos)


def relay(run: TrainingRun, lease: leases.Lease, process: Any, send: Callable[[], None]) -> None:
    """Turn what the trainer says into rows, keep the last of its log, and send what it wrote; at most once a second."""
    live: dict[str, Any] = {"log_tail": run.log_tail}
    written_at = time.monotonic()
    for event in trainer.events(process):
        match event:
            case {"event": "epoch", "epoch": epoch, "epochs": epochs, "metrics": metrics}:
                live["images_per_s"] = event.get("images_per_s")
                live["log_tail"] = add_to_log(live["log_tail"], describe_epoch(event))
                runs.record_epoch(lease, epoch=epoch, epochs=epochs, metrics=metrics, **live)
                if TrainingRun.objects.filter(pk=run.pk, is_stopping=True).exists():
                    live["log_tail"] = add_to_log(live["log_tail"], f"Stopped after epoch {epoch}, as asked.")
                    break
            case {"event": "step", "epoch": epoch, "epochs": epochs, "step": step, "steps": steps, "loss": loss}:
                share = ((epoch - 1) * steps + step) / (epochs * steps)
                live["progress_ppm"] = min(int(share * 1_000_000), 999_999)
                live["images_per_s"] = event.get("images_per_s") or live.get("images_per_s")
                runs.record_points(lease, share=share, values={"loss": loss})
            case {"event": "log", "message": message}:
                live["log_tail"] = add_to_log(live["log_tail"], message)
        if time.monotonic() - written_at >= LIVE_S:
            lease.extend(**live)
            send()
            written_at = time.monotonic()
    lease.extend(**live)


def describe_epoch(event: dict[str, Any]) -> str:
    """An epoch's numbers as one line of log."""
    numbers = "  ".join(f"{name} {value:.4g}" for name, value in event["metrics"].items())
    return f"epoch {event['epoch']}/{event['epochs']}  {numbers}"


def add_to_log(log: str, message: str) -> str:
    """The log with a line more, cut at its head to what a page shows."""
    return f"{log}{message}\n"[-runs.LOG_TAIL_CHARACTERS :]
