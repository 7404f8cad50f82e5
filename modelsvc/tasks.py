"""Celery glue: rows -> a process that runs fusenet -> services. A message is only a wake-up; the rows are the queue."""

from __future__ import annotations

import base64
import json
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from celery import shared_task
from django.conf import settings

from annotate.models import Image
from annotate.services import leases
from annotate.services.releases import release_folder
from modelsvc import evaluations, services, trainer, trials
from modelsvc.models import Evaluation, PreannotationBatch, TrainingRun, Trial

LIVE_S = 1.0


@shared_task
def train() -> None:
    """Do the queued runs, one after another, and after each what its version is to be measured on."""
    runs = TrainingRun.objects.select_related("release", "project", "base_version", "started_by")
    while leases.work_off(runs, train_run, within_s=0):
        evaluate()


@shared_task
def evaluate() -> None:
    """Do the queued evaluations."""
    leases.work_off(Evaluation.objects.select_related("version__project", "release"), evaluate_version)


@shared_task
def preannotate() -> None:
    """Do the queued batches of pre-annotation."""
    leases.work_off(PreannotationBatch.objects.select_related("version__project"), predict_batch)


@shared_task
def look_at_trials() -> None:
    """Do the queued trials."""
    leases.work_off(Trial.objects.select_related("version"), trials.look_at_trial)


@shared_task
def sweep() -> None:
    """Find what was left behind and what a production version has not seen, and wake the gpu workers for it."""
    services.queue_preannotation()
    services.show_predictions()
    trials.sweep_trials()
    work = {Trial: look_at_trials, TrainingRun: train, Evaluation: evaluate, PreannotationBatch: preannotate}
    for rows, task in work.items():
        if leases.sweep(rows.objects.all()):
            task.apply_async(expires=30)


def train_run(run: TrainingRun, lease: leases.Lease) -> dict[str, Any]:
    """Train in a process of its own, relay its numbers to rows, and register the checkpoint it leaves."""
    services.begin_attempt(lease)
    folder = prepare_attempt(run)
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
        command += ["--base", checkpoint_folder(run.base_version.checkpoint)]
    with trainer.running([*command, "--json"]) as process:
        relay(run, lease, process)
    best = json.loads((folder / "best" / "checkpoint.json").read_text())
    services.finish_run(
        lease,
        checkpoint=str((folder / "best").relative_to(settings.MODELS_ROOT)),
        architecture=best["model"]["name"],
        weights_sha256=best["weights_sha256"],
        metrics=best["metrics"],
    )
    return {}


def evaluate_version(evaluation: Evaluation, lease: leases.Lease) -> dict[str, Any]:
    """Look at each test photo in a process of its own; the measures, and what it said of each photo."""
    evaluations.require_weights(evaluation.version)
    folder = evaluations.pictures_folder(evaluation)
    shutil.rmtree(folder, ignore_errors=True)
    command = [*trainer.FUSENET, "examine", release_folder(evaluation.release), "--split", "test", "--json"]
    command += ["--checkpoint", checkpoint_folder(evaluation.version.checkpoint), "--out", folder]
    photos = []
    with trainer.running(command) as process:
        for event in trainer.events(process):
            if event and event["event"] == "examined":
                photos.append({name: event[name] for name in ("key", "confusion", "error", "truth", "probabilities")})
                lease.extend(progress_ppm=len(photos) * 999_999 // event["photos"])
    if not photos:
        raise trainer.TrainingRefused("None of the test photos could be read.", code="no_test_photos")
    return evaluations.results_of(photos)


def checkpoint_folder(checkpoint: str) -> Path:
    """Where a version's checkpoint lies."""
    return Path(settings.MODELS_ROOT) / checkpoint


def prepare_attempt(run: TrainingRun) -> Path:
    """This attempt's own folder, with the last checkpoint of the attempt before: a late writer cannot disturb it."""
    runs = Path(settings.MODELS_ROOT) / f"run-{run.pk}"
    folder = runs / f"attempt-{run.attempt}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for attempt in range(run.attempt - 1, run.first_attempt - 1, -1):
        before = runs / f"attempt-{attempt}"
        if (before / "last").exists():
            shutil.copytree(before, folder, dirs_exist_ok=True)
            break
    (folder / "config.json").write_text(json.dumps(run.config))
    return folder


def relay(run: TrainingRun, lease: leases.Lease, process: Any) -> None:
    """Turn what the trainer says into rows, and keep the last of its log; at most once a second between epochs."""
    live: dict[str, Any] = {"log_tail": run.log_tail}
    written_at = time.monotonic()
    for event in trainer.events(process):
        match event:
            case {"event": "epoch", "epoch": epoch, "epochs": epochs, "metrics": metrics}:
                live["images_per_s"] = event.get("images_per_s")
                live["log_tail"] = add_to_log(live["log_tail"], describe_epoch(event))
                services.record_epoch(lease, epoch=epoch, epochs=epochs, metrics=metrics, **live)
                if TrainingRun.objects.filter(pk=run.pk, is_stopping=True).exists():
                    live["log_tail"] = add_to_log(live["log_tail"], f"Stopped after epoch {epoch}, as asked.")
                    break
            case {"event": "step", "epoch": epoch, "epochs": epochs, "step": step, "steps": steps, "loss": loss}:
                share = ((epoch - 1) * steps + step) / (epochs * steps)
                live["progress_ppm"] = min(int(share * 1_000_000), 999_999)
                live["images_per_s"] = event.get("images_per_s") or live.get("images_per_s")
                services.record_points(lease, share=share, values={"loss": loss})
            case {"event": "log", "message": message}:
                live["log_tail"] = add_to_log(live["log_tail"], message)
        if time.monotonic() - written_at >= LIVE_S:
            lease.extend(**live)
            written_at = time.monotonic()
    lease.extend(**live)


def describe_epoch(event: dict[str, Any]) -> str:
    """An epoch's numbers as one line of log."""
    numbers = "  ".join(f"{name} {value:.4g}" for name, value in event["metrics"].items())
    return f"epoch {event['epoch']}/{event['epochs']}  {numbers}"


def add_to_log(log: str, message: str) -> str:
    """The log with a line more, cut at its head to what a page shows."""
    return f"{log}{message}\n"[-services.LOG_TAIL_CHARACTERS :]


def predict_batch(batch: PreannotationBatch, lease: leases.Lease) -> dict[str, Any]:
    """Predict the batch's photos in a process of its own and store what it says of those it could read."""
    images = list(Image.objects.untouched().filter(pk__in=batch.image_ids).exclude(predictions__version=batch.version))
    unreadable = []
    with tempfile.TemporaryDirectory(prefix="preannotate-") as temp:
        said = Path(temp, "said")
        if images:
            photos = list_photos(images, Path(temp))
            predict(photos, len(images), checkpoint=checkpoint_folder(batch.version.checkpoint), out=said, lease=lease)
        for done, image in enumerate(images, start=1):
            if (said / f"{image.pk}.json").exists():
                services.store_prediction(lease, image, **read_prediction(said, image))
            else:
                unreadable.append(image.file_name)
            lease.extend(progress_ppm=500_000 + done * 499_999 // len(images))
    return {"error": f"Could not be read: {', '.join(unreadable)}"} if unreadable else {}


def list_photos(images: list[Image], folder: Path) -> Path:
    """A list for the predictor of the photos as they are stored, with what is stored beside them."""
    rows = []
    for image in images:
        with image.file.open("rb") as source, (folder / str(image.pk)).open("wb") as copy:
            shutil.copyfileobj(source, copy)
        icc = base64.b64encode(image.icc).decode() if image.icc else None
        rows.append({"photo": str(folder / str(image.pk)), "orientation": image.orientation, "icc": icc})
    (folder / "photos.json").write_text(json.dumps(rows))
    return folder / "photos.json"


def predict(photos: Path, count: int, *, checkpoint: Path, out: Path, lease: leases.Lease) -> None:
    """Run the predictor on listed photos, keeping the lease alive meanwhile; it leaves out what it cannot read."""
    command = [*trainer.FUSENET, "predict", "--list", photos, "--checkpoint", checkpoint, "--out", out]
    with trainer.running([*command, "--regions", "--json"]) as process:
        seen = (event for event in trainer.events(process) if event and event["event"] == "photo")
        try:
            for done, _ in enumerate(seen, start=1):
                lease.extend(progress_ppm=done * 500_000 // count)
        except trainer.TrainingRefused as refusal:
            if refusal.code != "unreadable_photos":
                raise


def read_prediction(folder: Path, image: Image) -> dict[str, Any]:
    """What the predictor wrote of one photo, as the fields of a Prediction."""
    said = json.loads((folder / f"{image.pk}.json").read_text())
    return {
        "document": json.loads((folder / f"{image.pk}.regions.json").read_text()),
        "probabilities_ppm": said["probabilities_ppm"],
        "uncertainty_ppm": said["uncertainty_ppm"],
        "content": base64.b64decode(said["content"]),
        "elapsed_ms": round(said["seconds"] * 1000),
    }
