"""The processes that train one network together, as `torchrun` starts them; a process by itself is a crew of one.

A training that asks for several is started once more by `launch` in each of them.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed.elastic.multiprocessing.api import SignalException
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
from torch.distributed.run import parse_args, run

T = TypeVar("T")
BROKEN, REFUSED, STOPPED = 1, 2, 3  # how a command ends that does not end well
PR_SET_PDEATHSIG = 1


class PeerLost(Exception):
    """Another process of this training ended, so this one cannot go on."""


@dataclass(frozen=True)
class Crew:
    """This process's place among those that train together. Every method is called by all of them, in one order."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """The one that measures, writes and reports."""
        return self.rank == 0

    def share_of(self, count: int) -> range:
        """Which of `count` parts of a step are this process's; ranges follow each other by rank."""
        return range(self.rank * count // self.size, (self.rank + 1) * count // self.size)

    def most(self, values: Sequence[float]) -> list[float]:
        """The largest of each value over all processes."""
        if self.size == 1:
            return list(values)
        largest = torch.tensor(values, dtype=torch.float64)
        with _peers():
            dist.all_reduce(largest, dist.ReduceOp.MAX)
        return [float(value) for value in largest]

    def gather(self, value: T) -> list[T]:
        """Everybody's value, by rank."""
        if self.size == 1:
            return [value]
        values: list[Any] = [None] * self.size
        with _peers():
            dist.all_gather_object(values, value)
        return values

    def ask_first(self, compute: Callable[[], T]) -> T:
        """What the first process computes, for everybody; what it raises, too."""
        if self.size == 1:
            return compute()
        answer: list[Any] = [None, None]
        if self.is_first:
            try:
                answer[0] = compute()
            except Exception as error:  # noqa: BLE001, RUF100 - whatever it is, the others wait for it
                answer[1] = error
        with _peers():
            dist.broadcast_object_list(answer, 0)
        if answer[1] is not None:
            raise answer[1]
        return answer[0]  # type: ignore[no-any-return]

    def add_gradients(self, parameters: Sequence[nn.Parameter], sums: Sequence[float]) -> list[float]:
        """Sum every parameter's gradient over all processes, in place; the sums of `sums`.

        A parameter that no process has a gradient of keeps none.
        """
        if self.size == 1:
            return list(sums)
        gradients = [p.grad.flatten() if p.grad is not None else torch.zeros_like(p).flatten() for p in parameters]
        more = torch.tensor([*(float(p.grad is not None) for p in parameters), *sums], device=parameters[0].device)
        flat = torch.cat([*gradients, more])
        with _peers():
            dist.all_reduce(flat)
        *summed, more = torch.split(flat, [p.numel() for p in parameters] + [len(more)])
        for parameter, gradient, has_any in zip(parameters, summed, more.tolist(), strict=False):
            if has_any:
                parameter.grad = gradient.view(parameter.shape).contiguous(memory_format=torch.preserve_format)
        return [float(value) for value in more[len(parameters) :]]


ALONE = Crew()


def rank_here() -> int:
    """This process's rank, before it has joined the others."""
    return int(os.environ["RANK"]) if is_launched() else 0


def is_launched() -> bool:
    """Whether `torchrun` or `launch` has started this process."""
    return "TORCHELASTIC_RUN_ID" in os.environ


def leave(status: int) -> NoReturn:
    """End this process, one of a crew at once: while Python takes itself down gloo's threads may abort it.

    https://github.com/pytorch/pytorch/pull/179291 tells how.
    """
    if is_launched():
        with suppress(OSError):  # whoever read this has gone
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def launch(arguments: Sequence[str], processes: int, rendezvous: str = "") -> int:
    """Run `python -m modelsvc.fusenet ARGUMENTS` in so many processes that form one crew; the exit status of all.

    When one ends, all end; when this process is asked to stop, all are; when it is killed, all die.

    Args:
        rendezvous: HOST:PORT where they find each other; by default a free port of this computer.
    """
    place = ["--nnodes=1", "--rdzv-backend=c10d", f"--rdzv-endpoint={rendezvous}"] if rendezvous else ["--standalone"]
    threads = max(1, (os.cpu_count() or 1) // processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    sys.stdout.flush()
    try:
        words = [*place, f"--nproc-per-node={processes}", "-m", "modelsvc.fusenet", *arguments]
        run(parse_args(words))  # type: ignore[no-untyped-call]
    except ChildFailedError as failed:
        return _status([failure.exitcode for failure in failed.failures.values()])
    except SignalException:
        return STOPPED
    return 0


def _status(codes: Sequence[int]) -> int:
    """What speaks for all: a refusal, a stop, a kill, which this process dies of as well, or any other.

    A refusal comes first: torch ends the others with a signal once one has ended.
    """
    said = next((code for code in (REFUSED, STOPPED) if code in codes), BROKEN)
    if said == BROKEN and min(codes) < 0:
        with suppress(OSError):  # nothing catches a SIGKILL
            signal.signal(-min(codes), signal.SIG_DFL)
        signal.raise_signal(-min(codes))
    return said


def _belong_to_launcher() -> None:
    """Die with the launcher and stand back as it does: this process leads a session of its own, which does neither."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(str(os.nice(0)))


@contextmanager
def join_crew() -> Iterator[Crew]:
    """The crew that torchrun's environment names; without one, this process alone."""
    if not is_launched():
        yield ALONE
        return
    _belong_to_launcher()
    has_gpus = torch.cuda.is_available()
    if has_gpus:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    with _peers():
        dist.init_process_group("cpu:gloo,cuda:nccl" if has_gpus else "gloo")
    try:
        yield Crew(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


class Statistics:
    """The running means and variances of a network's batch norms, before a step.

    A norm moves them by every part of a step, one after the other. Processes do so for their own parts; `share` makes
    of it what one process would have come to: n parts are an affine map r -> (1 - m)^n r + c, and maps can be chained.
    """

    def __init__(self, model: nn.Module, crew: Crew) -> None:
        self.crew = crew
        self.norms = [part for part in model.modules() if isinstance(part, nn.BatchNorm2d)] if crew.size > 1 else []
        self.before, self.seen = self._read()

    def share(self) -> None:
        """Let every process have the statistics after the parts of all."""
        if self.crew.size == 1:
            return
        now, seen = self._read()
        joint, total = self.before, self.seen
        for theirs, count in self.crew.gather((now, seen - self.seen)):
            decay = (1 - self.norms[0].momentum) ** count.double()  # type: ignore[operator]
            joint = torch.where(count > 0, decay * joint + (theirs - decay * self.before), joint)
            total = total + count
        self._write(joint, total)

    def _read(self) -> tuple[Tensor, Tensor]:
        """(values,) means and variances of all norms, and beside each how many parts it has seen."""
        values, counts = [torch.zeros(0)], [torch.zeros(0, dtype=torch.long)]
        for norm in self.norms:
            for value in _statistics(norm):
                values.append(value.detach().cpu())
                counts.append(norm.num_batches_tracked.cpu().expand(len(value)))  # type: ignore[union-attr]
        return torch.cat(values).double(), torch.cat(counts)

    def _write(self, joint: Tensor, total: Tensor) -> None:
        place = 0
        for norm in self.norms:
            for value in _statistics(norm):
                value.copy_(joint[place : place + len(value)])
                place += len(value)
            norm.num_batches_tracked.copy_(total[place - 1])  # type: ignore[union-attr]


def _statistics(norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    if norm.running_mean is None or norm.running_var is None:
        raise TypeError("The batch norm keeps no statistics.")
    return norm.running_mean, norm.running_var


@contextmanager
def _peers() -> Iterator[None]:
    """Talk to the others."""
    try:
        yield
    except RuntimeError as error:
        raise PeerLost(str(error).splitlines()[0]) from error
