"""The trainer as its own process: start it, relay its JSON lines, stop it with all its children.

Exec, not fork, and its own process group: its death is not the worker's, and the worker's is soon its own, since it
writes to a pipe that nobody reads any more.
"""

from __future__ import annotations

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from annotate.core.errors import SmartBlurError
from annotate.services.leases import AttemptFailed

STOP_GRACE_S = 20
SILENCE_S = 1.0
FULL_DISK = ("No space left on device", "Disk quota exceeded", "File too large")
KILLED = {
    signal.SIGKILL: "The trainer was killed (SIGKILL): most likely memory ran out. A smaller batch or crop needs less.",
    signal.SIGSEGV: "The trainer crashed inside native code (SIGSEGV, a segmentation fault).",
    signal.SIGABRT: "The trainer gave up inside native code (SIGABRT).",
    signal.SIGBUS: "The trainer crashed on its memory (SIGBUS): often a full disk or too little shared memory.",
    signal.SIGILL: "The trainer met an instruction that this processor does not know (SIGILL).",
}


class TrainerDied(AttemptFailed):
    """The process ended without a result; another attempt may do better."""


class TrainingRefused(SmartBlurError):
    """The trainer says that these inputs cannot be trained on."""

    code = "training_refused"


FUSENET = (sys.executable, "-m", "modelsvc.fusenet")


@contextmanager
def running(
    command: Sequence[str | Path], *, stdin: int = subprocess.DEVNULL, yields: bool = True
) -> Iterator[subprocess.Popen[str]]:
    """The command in a process group of its own, its output line by line; at the end the whole group is stopped.

    It yields to people who use the site, unless somebody waits for its answer at a photo.
    """
    process = subprocess.Popen(
        [str(word) for word in command],
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        if yields:
            yield_to_people(process)
        yield process
    finally:
        stop(process)


def yield_to_people(process: subprocess.Popen[str]) -> None:
    """Let whoever uploads or labels go first, where the web server shares the processors."""
    with suppress(OSError):  # it ended already, or the system knows no groups
        os.setpriority(os.PRIO_PGRP, process.pid, settings.TRAINER_NICE)
        # Linux weighs whole sessions against each other by this, and only within one by the line above.
        Path(f"/proc/{process.pid}/autogroup").write_text(str(settings.TRAINER_NICE))


def events(process: subprocess.Popen[str]) -> Iterator[dict[str, Any] | None]:
    """What the process says, as JSON objects; None after each second of silence, so that the caller can look around.

    A line that is no JSON object becomes a `log` event.

    Raises:
        TrainingRefused: it exited with 2.
        TrainerDied: it ended in any other way than 0.
    """
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read_lines, args=(process, lines), daemon=True).start()
    said, refusal = [], None
    while True:
        try:
            line = lines.get(timeout=SILENCE_S)
        except queue.Empty:
            yield None
            continue
        if line is None:
            break
        event = _parse(line)
        said = [*said[-4:], event]
        refusal = event if event["event"] == "error" else refusal
        yield event
    _judge(process.wait(), said, refusal)


def stop(process: subprocess.Popen[str]) -> None:
    """End the whole process group: politely, so that it saves a checkpoint, then not."""
    for sign, patience_s in ((signal.SIGTERM, STOP_GRACE_S), (signal.SIGKILL, STOP_GRACE_S)):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with suppress(BrokenPipeError):
                pipe.close()


def _read_lines(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    with suppress(ValueError):  # `stop` closed the pipe
        for line in process.stdout or ():
            lines.put(line)
    lines.put(None)


def _parse(line: str) -> dict[str, Any]:
    with suppress(json.JSONDecodeError):
        event = json.loads(line)
        if isinstance(event, dict) and "event" in event:
            return event
    return {"event": "log", "message": line.rstrip()}


def _judge(status: int, said: list[dict[str, Any]], refusal: dict[str, Any] | None) -> None:
    """Turn how the process ended, and what it said at last, into a sentence, unless it ended well."""
    if status == 0:
        return
    last = "\n".join(str(event.get("detail") or event.get("message", "")) for event in said)
    if any(sign in last for sign in FULL_DISK):
        raise TrainingRefused(describe_full_disk(), code="disk_full")
    if status == 2 and refusal:
        raise TrainingRefused(refusal["detail"], code=refusal["code"])
    if status < 0:
        raise TrainerDied(KILLED.get(-status, f"The trainer was ended by {signal.Signals(-status).name}."))
    raise TrainerDied(f"The trainer ended with status {status}.\n{last}".strip())


def describe_full_disk() -> str:
    """What people should know when no more could be written."""
    free = shutil.disk_usage(settings.MODELS_ROOT).free
    return (
        f"The disk of the models is full: {free / 1e6:,.0f} MB are free. The last whole checkpoint is kept. "
        "Make room, then resume the run."
    )
