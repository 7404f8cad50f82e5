"""A worker's part of pre-annotation: photos to a process that holds the network, what it says of them to rows."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from django.db.models import QuerySet

from annotate.models import Image
from annotate.services.leases import Lease
from modelsvc.models import PreannotationBatch
from modelsvc.processes import trainer
from modelsvc.services import checkpoints, preannotation


class Predictor:
    """A network in a process of its own: loaded when first needed, for another version, and after a photo killed it."""

    def __init__(self) -> None:
        self.checkpoint: Path | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process, if there is one."""
        self.checkpoint = None
        self._open.close()

    def predict_batch(self, batch: PreannotationBatch, lease: Lease) -> dict[str, Any]:
        """Let the batch's version look at its photos, and store what it says of each as soon as it has said it.

        Raises:
            LeaseLost: another attempt owns the batch.
            Cancelled: the version predicts no longer.
            AttemptFailed: the process ended before it had looked at all.
        """
        waiting = {str(image.pk): image for image in photos_to_predict(batch, lease)}
        if not waiting:
            return {}
        count = len(waiting)
        try:
            self._load(checkpoints.checkpoint_folder(batch.version))
            for event in self._said_of(list_photos(waiting.values(), self.folder)):
                if event and event["event"] == "photo":
                    path = Path(event["photo"])
                    preannotation.store_prediction(lease, waiting.pop(path.name), **read_prediction(path))
                lease.extend(progress_ppm=(count - len(waiting)) * 999_999 // count)
        except BaseException:
            self.close()  # it may be in the midst of a photo, and says more of this batch
            raise
        for path in self.folder.iterdir():
            path.unlink()
        unreadable = ", ".join(image.file_name for image in waiting.values())
        return {"error": f"Nothing can be said of: {unreadable}"} if unreadable else {}

    def _load(self, checkpoint: Path) -> None:
        """Have a process that has loaded this checkpoint, and a folder for what goes to it and comes from it."""
        if checkpoint == self.checkpoint:
            return
        self.close()
        self.folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="preannotate-")))
        command = [*trainer.FUSENET, "predict", "--lists", "--checkpoint", checkpoint, "--out", self.folder]
        running = trainer.running([*command, "--regions", "--json"], stdin=subprocess.PIPE)
        self.process = self._open.enter_context(running)
        self.events = trainer.events(self.process)
        self.checkpoint = checkpoint

    def _said_of(self, photos: Path) -> Iterator[dict[str, Any] | None]:
        """What is said until all of the list is looked at; None after each second of silence."""
        with suppress(BrokenPipeError):  # it has ended: the events say why
            print(photos, file=self.process.stdin, flush=True)
        for event in self.events:
            if event and event["event"] == "done":
                return
            yield event
        raise trainer.TrainerDied("The predictor ended before it had looked at all photos.")


def photos_to_predict(batch: PreannotationBatch, lease: Lease) -> QuerySet[Image]:
    """What is left of the batch; the second attempt begins at its end.

    So a photo that kills the process each time costs only its neighbours, not all that come after it.
    """
    untouched = Image.objects.untouched().filter(pk__in=batch.image_ids).exclude(predictions__version=batch.version)
    return untouched.order_by("-pk" if lease.attempt == 2 else "pk")


def list_photos(images: Collection[Image], folder: Path) -> Path:
    """A list for the predictor of the photos as they are stored."""
    paths = [folder / str(image.pk) for image in images]
    for image, path in zip(images, paths, strict=True):
        with image.file.open("rb") as source, path.open("wb") as copy:
            shutil.copyfileobj(source, copy)
    (folder / "photos.json").write_text(json.dumps([str(path) for path in paths]))
    return folder / "photos.json"


def read_prediction(path: Path) -> dict[str, Any]:
    """What the predictor wrote of one photo, as the fields of a Prediction."""
    said = json.loads(path.with_suffix(".json").read_text())
    return {
        "document": json.loads(path.with_suffix(".regions.json").read_text()),
        "probabilities_ppm": said["probabilities_ppm"],
        "uncertainty_ppm": said["uncertainty_ppm"],
        "no_evidence": said["no_evidence"],
        "no_evidence_ppm": said["no_evidence_ppm"],
        "subject": said["subject"],
        "content": base64.b64decode(said["content"]),
        "elapsed_ms": round(said["seconds"] * 1000),
    }
