"""A worker's part of a trial: its photos, some at a time, to a process that holds the network; what it says to rows."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from annotate.services.leases import AttemptFailed, Lease
from modelsvc.models import Trial, TrialPhoto
from modelsvc.processes import trainer
from modelsvc.services import checkpoints, trials

PIECE = 16  # photos that lie decoded on the disk beside those that are looked at: a 12 megapixel PNG is some 20 MB


def look_at_trial(trial: Trial, lease: Lease) -> dict[str, Any]:
    """Let the version look at the trial's photos in a process of its own, each stored as soon as it is there.

    Raises:
        Conflict: the version's weights are not those that were registered.
        AttemptFailed: the process ended before it had looked at all.
    """
    checkpoint = checkpoints.require_weights(trial.version)
    waiting = list(trial.photos.filter(error="", desirability="").defer("look"))
    total = trial.photos.filter(error="").count()
    left = len(waiting)
    with tempfile.TemporaryDirectory(prefix="trial-") as temp:
        command = [*trainer.FUSENET, "predict", "--lists", "--at-once", "--figure", "--look", "--json"]
        command += ["--checkpoint", checkpoint, "--out", temp]
        with trainer.running(command, stdin=subprocess.PIPE) as process:
            for was_told in _look(process, waiting, Path(temp)):
                left -= was_told
                lease.extend(progress_ppm=min((total - left) * 1_000_000 // total, 999_999))
    unseen = trial.photos.filter(error="", desirability="").first()
    if unseen:
        raise AttemptFailed(f"The model said nothing of {unseen.file_name}.")
    return {}


def _look(process: subprocess.Popen[str], waiting: Sequence[TrialPhoto], folder: Path) -> Iterator[bool]:
    """Store what is said of each photo: whether it was, and False after each second of silence."""
    told = trainer.events(process)
    pieces = [waiting[first : first + PIECE] for first in range(0, len(waiting), PIECE)]
    sent = _send(process, pieces[0], folder) if pieces else {}
    for following in (*pieces[1:], ()):
        photos, sent = sent, _send(process, following, folder)  # decoded while those before are looked at
        for event in told if photos else ():
            match event:
                case {"event": "photo", "photo": path}:
                    trials.store_look(photos[path], Path(path), event)
                    yield True
                case {"event": "error", "where": path, "detail": why} if path in photos:
                    trials.store_fault(photos[path], str(why))
                    yield True
                case {"event": "done"}:
                    break
                case _:
                    yield False
        for path in photos:
            for file in folder.glob(f"{Path(path).stem}.*"):
                file.unlink()


def _send(process: subprocess.Popen[str], piece: Sequence[TrialPhoto], folder: Path) -> dict[str, TrialPhoto]:
    """Hand the photos that can be decoded to the process; they are where the keys say."""
    photos = {str(path): photo for photo in piece if (path := trials.put_upright(photo, folder))}
    if photos:
        names = folder / f"photos-{piece[0].number}.json"
        names.write_text(json.dumps(list(photos)))
        with suppress(BrokenPipeError):  # it has ended: the events say why
            print(names, file=process.stdin, flush=True)
    return photos
