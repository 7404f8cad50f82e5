"""Batches drawn ahead of their use, by a thread or by worker processes: the same ones, whoever draws them."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from types import TracebackType
from typing import NamedTuple

import numpy as np
import torch

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.data.releases import Batch, Photos, Sample, collate

STEPS_AHEAD = 2
Drawn = tuple[Sample | None, dict[str, str]]  # a sample, or what is wrong


class Draw(NamedTuple):
    """One photo of an epoch; what is drawn of it follows from these alone."""

    seed: int
    epoch: int
    photo: int
    is_whole: bool


Plan = Mapping[int, Sequence[Draw]]  # a step: its parts by number


class Loader:
    """Draws photos for training. Use it as a context: it ends its workers.

    Attributes:
        waited_s: how long the training has waited for a batch, all in all.
    """

    def __init__(self, photos: Photos, workers: int = 0) -> None:
        """Prepare to draw.

        Args:
            photos: what to draw from.
            workers: processes that draw; 0: one thread of this process.
        """
        self.photos, self.waited_s = photos, 0.0
        self.ahead = STEPS_AHEAD + workers // 8
        self._pool: Executor
        if workers:
            spawn = multiprocessing.get_context("spawn")  # a fork of a process that has used torch's threads hangs
            self._pool = ProcessPoolExecutor(workers, spawn, _start_worker, (pickle.dumps(photos),))
            self._draw = _draw_in_worker
        else:
            self._pool = ThreadPoolExecutor(1)
            self._draw = self._draw_here

    def __enter__(self) -> Loader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def batches(self, plans: Iterable[Plan]) -> Iterator[dict[int, Batch]]:
        """The parts of each step as batches; a part none of whose photos can be read is left out.

        Raises:
            SmartBlurError: a worker ended.
        """
        waiting: deque[Future[dict[int, Batch]]] = deque()
        collator = ThreadPoolExecutor(1)
        try:
            for plan in plans:
                asked = {
                    number: [self._pool.submit(self._draw, draw) for draw in draws] for number, draws in plan.items()
                }
                waiting.append(collator.submit(self._collate, asked))
                if len(waiting) > self.ahead:
                    yield self._await(waiting.popleft())
            while waiting:
                yield self._await(waiting.popleft())
        finally:
            for future in waiting:
                future.cancel()
            collator.shutdown()

    def _await(self, batches: Future[dict[int, Batch]]) -> dict[int, Batch]:
        started = time.monotonic()
        try:
            return batches.result()
        except BrokenExecutor as error:
            detail = "A process that prepares photos ended; most likely memory ran out. Train with fewer workers."
            raise SmartBlurError(detail, code="worker_died") from error
        finally:
            self.waited_s += time.monotonic() - started

    def _collate(self, asked: Mapping[int, Sequence[Future[Drawn]]]) -> dict[int, Batch]:
        batches = {}
        for number, futures in asked.items():
            drawn = [future.result() for future in futures]
            for _, faults in drawn:
                self.photos.faults.update(faults)
            if readable := [sample for sample, _ in drawn if sample is not None]:
                batches[number] = collate(readable, self.photos.level_count)
        return batches

    def _draw_here(self, draw: Draw) -> Drawn:
        return _draw(self.photos, draw)


def _draw(photos: Photos, draw: Draw) -> Drawn:
    rng = np.random.default_rng([draw.seed, draw.epoch, draw.photo])
    sample = photos.draw(draw.photo, rng, is_whole=draw.is_whole)
    return sample, {} if sample is not None else dict(photos.faults)


# ------------------------------------------------------------------------------------------- in a worker process

_photos: Photos


def _start_worker(pickled: bytes) -> None:
    """Get ready to draw; end with the training, however that ends."""
    global _photos
    for number in (signal.SIGTERM, signal.SIGINT):  # a training that is asked to stop still needs its batches
        signal.signal(number, signal.SIG_IGN)
    torch.set_num_threads(1)
    _photos = pickle.loads(pickled)  # noqa: S301 - from our own parent
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _draw_in_worker(draw: Draw) -> Drawn:
    return _draw(_photos, draw)
