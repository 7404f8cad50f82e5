"""Child processes kept alive: started again when they die, asked to end, and nothing they started left behind."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

GRACE_S = 8.0
STARTS_EVERY_S = 1.0
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def say(line: str) -> None:
    """Tell the person at the terminal."""
    print(line, flush=True)


def prctl(option: int, value: int) -> None:
    """Ask Linux for something about this process; nothing elsewhere."""
    if LIBC:
        LIBC.prctl(option, value)


def die_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Ask for a signal when the parent dies, however that happens: for Popen's preexec_fn."""
    prctl(PR_SET_PDEATHSIG, number)


@dataclass
class Child:
    """One process, the leader of its own group, so that what it starts ends with it."""

    name: str
    argv: list[str]
    stop_signal: signal.Signals = signal.SIGTERM
    env: dict[str, str] | None = None
    log: Path | None = None
    run_as: dict[str, Any] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    leaders: ClassVar[set[int]] = set()

    def start(self) -> None:
        """Start it; it gets its stop signal too when this process dies, however that happens."""
        with self.log.open("ab") if self.log else contextlib.nullcontext() as output:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
                env=self.env,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(self.stop_signal),
                **self.run_as,
            )
        self.leaders.add(self.process.pid)
        self.started_at = time.monotonic()

    @property
    def is_dead(self) -> bool:
        """Whether it was started and has ended."""
        return self.process is not None and self.process.poll() is not None

    def signal_group(self, number: signal.Signals) -> None:
        """Signal the process and all it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


def revive(children: list[Child]) -> None:
    """Start again, with a line about it, each child that has died; one that dies at once is tried once a second."""
    for pid in orphans():
        os.waitpid(pid, os.WNOHANG)  # what has ended need not stay in the process table
    for child in children:
        if child.is_dead and time.monotonic() - child.started_at > STARTS_EVERY_S:
            child.signal_group(signal.SIGKILL)  # what it left behind
            say(f"{child.name} ended ({how_it_ended(child.process.returncode)}); starting it again.")
            child.start()


def how_it_ended(code: int) -> str:
    """An exit status in words."""
    return f"exit {code}" if code >= 0 else f"killed by {signal.Signals(-code).name}"


def stop(children: list[Child]) -> None:
    """End the children together: ask each, wait a while, then kill whatever of their groups is left."""
    started = [child for child in children if child.process]
    for child in started:
        if not child.is_dead:
            child.process.send_signal(child.stop_signal)
    deadline = time.monotonic() + GRACE_S
    for child in started:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0.0, deadline - time.monotonic()))
        child.signal_group(signal.SIGKILL)
        child.process.wait()


def orphans() -> list[int]:
    """Processes that a dead child started in sessions of their own, such as a trainer; Linux gives them to us."""
    files = Path("/proc/self/task").glob("*/children")
    return [pid for path in files for pid in map(int, path.read_text().split()) if pid not in Child.leaders]


def end_orphans() -> None:
    """Kill what the children left behind."""
    for pid in orphans():
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@contextlib.contextmanager
def ending_on_signals() -> Iterator[None]:
    """Turn Ctrl-C, SIGTERM and a closed terminal into one orderly exit with status 0; further ones are ignored."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    prctl(PR_SET_CHILD_SUBREAPER, 1)

    def leave(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise SystemExit(0)

    for number in numbers:
        signal.signal(number, leave)
    try:
        yield
    finally:
        end_orphans()


def wait_until(is_true: Callable[[], bool], *, within_s: float, children: list[Child]) -> bool:
    """Whether it became true in time; children that die meanwhile are started again."""
    deadline = time.monotonic() + within_s
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
        revive(children)
    return True
