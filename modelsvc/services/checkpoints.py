"""Where checkpoints lie: in the folder of a run's attempt while it trains, and in the store, where others look.

A run's attempt works in `run-7/attempt-2/` on the models' shelf: `last/` to go on from, `best/` to become a version,
`samples/` to look at. Where files are in a bucket all three are sent there as they come, so that another computer can
go on when this one is gone.
"""

from __future__ import annotations

import json
import logging
import shutil
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path

from django.core.files.storage import storages
from django.utils.translation import gettext

from annotate import localcopy
from annotate.core.errors import Conflict
from modelsvc.models import ModelVersion, TrainingRun

logger = logging.getLogger(__name__)

SHELF = "models"
WEIGHTS = "weights.safetensors"
SENT = ("best", "last")  # in this order: a `last` that is sent speaks of a `best` that is


def checkpoint_folder(version: ModelVersion) -> Path:
    """A version's checkpoint on this computer; fetched where it was not there yet.

    Raises:
        Conflict: its files are gone, or are not those that were registered.
    """
    return localcopy.copy_of(SHELF, version.checkpoint, check=lambda folder: _require_digest(folder, version))


def require_weights(version: ModelVersion) -> Path:
    """A version's checkpoint on this computer, if its weights are those that were registered.

    Raises:
        Conflict: they are missing, or their SHA-256 is another.
    """
    folder = checkpoint_folder(version)
    _require_digest(folder, version)
    return folder


def _require_digest(folder: Path, version: ModelVersion) -> None:
    try:
        with (folder / WEIGHTS).open("rb") as weights:
            digest = file_digest(weights, "sha256").hexdigest()
    except OSError:
        sentence = gettext("The weights of %(version)s are not where they were registered. Restore the models folder.")
        raise Conflict(sentence, version=str(version), code="weights_missing") from None
    if digest != version.weights_sha256:
        sentence = gettext(
            "The weights of %(version)s are not those that were registered: their SHA-256 differs. Restore them."
        )
        raise Conflict(sentence, version=str(version), code="weights_changed")


def attempt_name(run: TrainingRun, attempt: int | None = None) -> str:
    """What the folder of an attempt, by default the present one, is called on its shelf."""
    return f"run-{run.pk}/attempt-{run.attempt if attempt is None else attempt}"


def prepare_attempt(run: TrainingRun) -> Path:
    """This attempt's own folder, with the last checkpoint of the attempt before: a late writer cannot disturb it."""
    folder = localcopy.place(SHELF, attempt_name(run))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    any(_bring(before, folder) for before in _attempt_names(run)[1:])
    (folder / "config.json").write_text(json.dumps(run.config))
    return folder


def _bring(before: str, folder: Path) -> bool:
    """Give an attempt's folder the checkpoints of one before, each whole or not at all; False if that has none."""
    if not localcopy.lies_here(SHELF):
        for name in SENT if localcopy.is_stored(SHELF, f"{before}/last") else ():
            if localcopy.is_stored(SHELF, f"{before}/{name}"):  # what lies here may be older than what is stored
                fetched = localcopy.copy_of(SHELF, f"{before}/{name}", is_current=lambda folder: False)
                fetched.rename(folder / name)
        return (folder / "last").exists()
    left = localcopy.place(SHELF, before)
    if not any((left / name).exists() for name in ("last", "last.old")):  # .old: killed while it replaced it
        return False
    for name in SENT:
        with localcopy.held(left / name) as still:
            if still:
                still.rename(folder / name)
    return (folder / "last").exists()


class Sender:
    """Sends what the trainer has written in an attempt's folder, each thing once; nothing to do where it lies here."""

    def __init__(self, run: TrainingRun) -> None:
        self.name = attempt_name(run)
        self.folder = localcopy.place(SHELF, self.name)
        self._sent: dict[str, tuple[int, int]] = {}

    def send_new(self) -> None:
        """Store the checkpoints and pictures that are new since the last time."""
        if localcopy.lies_here(SHELF):
            return
        for name in SENT:
            self._send_checkpoint(name)
        for picture in sorted(self.folder.glob("samples/*.jpg")):
            if picture.name not in self._sent:
                localcopy.send_file(SHELF, f"{self.name}/samples/{picture.name}", picture)
                self._sent[picture.name] = (0, 0)

    def try_to_send(self) -> None:
        """As `send_new`, but a bucket that is away for a moment ends no training: the next call sends it."""
        try:
            self.send_new()
        except Exception:
            logger.warning("%s could not be sent; it is tried again.", self.name, exc_info=True)

    def _send_checkpoint(self, name: str) -> None:
        """Store a checkpoint unless it was; one that comes meanwhile is left to the next time."""
        folder = self.folder / name
        try:
            now = localcopy.identity(folder)
        except FileNotFoundError:
            return
        if self._sent.get(name) == now:
            return
        with localcopy.held(folder) as still:
            if still:
                localcopy.send(SHELF, f"{self.name}/{name}", folder=still)
                self._sent[name] = now

    def clear(self) -> None:
        """Remove the attempt's folder here, once all of it is stored elsewhere."""
        if not localcopy.lies_here(SHELF):
            shutil.rmtree(self.folder, ignore_errors=True)


def sample_epochs(run: TrainingRun) -> list[int]:
    """The epochs that a picture was left of, by any attempt that counts."""
    found: set[int] = set()
    for name in _attempt_names(run):
        with suppress(FileNotFoundError):
            _, files = storages[SHELF].listdir(f"{name}/samples")
            found.update(int(path.stem) for path in map(Path, files) if path.stem.isdecimal() and path.suffix == ".jpg")
    return sorted(found)


def sample_name(run: TrainingRun, epoch: int) -> str:
    """What the newest picture of an epoch is called on its shelf, whether or not there is one."""
    names = [f"{name}/samples/{epoch}.jpg" for name in _attempt_names(run)]
    return next((name for name in names if storages[SHELF].exists(name)), names[0])


def _attempt_names(run: TrainingRun) -> list[str]:
    """The present attempt and those it goes on from, newest first."""
    before = range(run.attempt - 1, run.first_attempt - 1, -1)
    return [attempt_name(run), *(attempt_name(run, attempt) for attempt in before)]
