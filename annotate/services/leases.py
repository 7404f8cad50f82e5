"""One mechanism for all long work: claim a row, keep its lease alive, write its result only while it is still yours.

The rows are the queue. A Celery message is only a wake-up: whoever wakes claims what waits, until nothing does. So a
lost message costs time and a doubled one costs nothing.
"""

from __future__ import annotations

import logging
import math
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from annotate.core.errors import NO_SPACE, Conflict, SmartBlurError
from annotate.models import LeasedWork, LeasedWorkQuerySet

LEASE = timedelta(seconds=15)
HEARTBEAT_S = 5.0
MAX_ATTEMPTS = 3
NO_ROOM = gettext_noop("A disk of the server is full. Make room there, then try again.")
RUNNING = (LeasedWork.State.RUNNING, LeasedWork.State.CANCELLING)

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else claimed the work: this attempt's result must not be written."""


class AttemptFailed(Exception):
    """An attempt ended without a result, for a reason that people should read; the next may do better."""


class Cancelled(Exception):
    """A person asked for the work to stop."""


@dataclass
class Lease:
    """The right to write one row's result, for as long as its `attempt` is the row's."""

    work: LeasedWork
    attempt: int
    _gone: threading.Event = field(default_factory=threading.Event)
    _told: dict[str, Any] = field(default_factory=dict)
    _fate: Exception | None = None

    def _row(self) -> LeasedWorkQuerySet:
        rows: LeasedWorkQuerySet = type(self.work).objects.filter(pk=self.work.pk, attempt=self.attempt)
        return rows.filter(state__in=RUNNING)

    def extend(self, **fields: Any) -> None:
        """Push the lease's end away and write `fields` (such as progress_ppm).

        Raises:
            LeaseLost: another attempt owns the row.
            Cancelled: somebody asked to stop.
        """
        if not self._row().update(lease_until=Now() + LEASE, **fields):
            raise LeaseLost
        if self._row().filter(state=LeasedWork.State.CANCELLING).exists():
            raise Cancelled

    def tell(self, **fields: Any) -> None:
        """As `extend`, but the next heartbeat writes it: for what is told often, or from within a long transaction.

        Raises:
            LeaseLost: another attempt owns the row, as the last heartbeat found.
            Cancelled: somebody asked to stop, as it found.
        """
        self._told = fields
        if self._fate:
            raise self._fate

    def check(self) -> None:
        """Go on only where the row is ours, as the surrounding transaction sees it; it is not locked.

        Raises:
            LeaseLost: another attempt owns the row.
        """
        if not self._row().exists():
            raise LeaseLost

    def hold(self) -> None:
        """Lock the row until the surrounding transaction ends, so that results beside it are written once.

        Raises:
            LeaseLost: another attempt owns the row.
        """
        if self._row().select_for_update().first() is None:
            raise LeaseLost

    def close(self, state: str, **fields: Any) -> None:
        """Write how it ended; does nothing when the lease was lost."""
        self._row().update(state=state, finished_at=Now(), lease_until=None, **fields)

    def give_back(self, error: str) -> None:
        """Queue the work again for another attempt, or fail it after the last one; who asked to stop it is heard."""
        state = LeasedWork.State
        if self.attempt >= self.work.attempt_limit:
            self.close(state.FAILED, error=error)
        elif not self._row().filter(state=state.RUNNING).update(state=state.QUEUED, lease_until=None, error=error):
            self.close(state.CANCELLED, error=error)

    def beat_until_closed(self) -> None:
        """Extend the lease every few seconds; runs in its own thread with its own connection."""
        try:
            while not self._gone.wait(HEARTBEAT_S):
                told, self._told = self._told, {}
                try:
                    self.extend(**told)
                except Cancelled as asked:
                    self._fate = asked  # the working thread learns of it from its own next `extend` or `tell`
                except LeaseLost as lost:
                    self._fate = lost
                    return
                except Exception:  # the database is away: try again at the next beat
                    logger.warning("Heartbeat of %s failed", self.work, exc_info=True)
                    connection.close()
        finally:
            connection.close()

    def __enter__(self) -> Lease:
        threading.Thread(target=self.beat_until_closed, daemon=True, name=f"heartbeat {self.work.pk}").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._gone.set()


def name_of_worker() -> str:
    """This process among all workers, as rows name it: HOST:PID."""
    return f"{socket.gethostname()}:{os.getpid()}"


def claim_next(work: LeasedWorkQuerySet) -> Lease | None:
    """The lease of the longest waiting row of `work`, or None when nothing waits."""
    with transaction.atomic():
        row = (
            work.stranded()
            .filter(attempt__lt=F("attempt_limit"))
            .exclude(state=LeasedWork.State.CANCELLING)
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("pk")
            .first()
        )
        if row is None:
            return None
        row.attempt += 1
        row.worker = name_of_worker()
        type(row).objects.filter(pk=row.pk).update(
            state=LeasedWork.State.RUNNING,
            attempt=row.attempt,
            lease_until=Now() + LEASE,
            worker=row.worker,
            started_at=Coalesce(F("started_at"), Now()),
        )
        return Lease(row, row.attempt)


def work_off(
    work: LeasedWorkQuerySet,
    do: Callable[[Any, Lease], dict[str, Any]],
    *,
    within_s: float = math.inf,
    until: Callable[[], bool] = lambda: False,
) -> int:
    """Claim and do rows of `work` until none waits or the time is up, and count them.

    Args:
        do: gets the row and its lease, and returns the fields to write beside state DONE.
        until: asked after each row; no more are claimed once it holds.
    """
    count, end = 0, time.monotonic() + within_s
    while lease := claim_next(work):
        with lease:
            _do_one(lease, do)
        count += 1
        if time.monotonic() >= end or until():
            break
    return count


def _do_one(lease: Lease, do: Callable[..., dict[str, Any]]) -> None:
    state = LeasedWork.State
    try:
        lease.close(state.DONE, **{"progress_ppm": 1_000_000, "error": ""} | do(lease.work, lease))
    except LeaseLost:
        logger.warning("%r: another attempt took over from attempt %d", lease.work, lease.attempt)
    except Cancelled:
        lease.close(state.CANCELLED)
    except SmartBlurError as refusal:
        lease.close(state.FAILED, error=refusal.detail)
    except AttemptFailed as failure:
        logger.warning("%r failed in attempt %d: %s", lease.work, lease.attempt, failure)
        lease.give_back(str(failure)[:2000])
    except Exception as error:
        logger.exception("%r failed in attempt %d", lease.work, lease.attempt)
        is_full = isinstance(error, OSError) and error.errno in NO_SPACE
        lease.give_back(NO_ROOM if is_full else f"{type(error).__name__}: {error}"[:2000])


def sweep(work: LeasedWorkQuerySet) -> bool:
    """Close what died too often or died while cancelling, and say whether anything still waits to be claimed."""
    state = LeasedWork.State
    stranded = work.stranded()
    stranded.filter(state=state.CANCELLING).update(state=state.CANCELLED, finished_at=Now(), lease_until=None)
    stranded.filter(state=state.RUNNING, attempt__gte=F("attempt_limit")).update(
        state=state.FAILED,
        finished_at=Now(),
        lease_until=None,
        error=gettext_noop("The worker died in the last attempt, too. Look at its log, then start it again."),
    )
    return work.stranded().exists()


def end_leases_of_the_dead(work: LeasedWorkQuerySet) -> int:
    """End the leases of processes of this computer that are gone, so that nobody waits for them, and count them.

    Call it before this process claims anything: one that went before may have had its very number.
    """
    own = f"{socket.gethostname()}:"
    held = work.filter(state__in=RUNNING, worker__startswith=own, lease_until__gt=Now())
    names = held.order_by().values_list("worker", flat=True).distinct()
    dead = [name for name in names if name == name_of_worker() or not _is_alive(int(name.removeprefix(own)))]
    return held.filter(worker__in=dead).update(lease_until=Now())


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def queue_again(work: LeasedWorkQuerySet) -> int:
    """Queue rows of `work` that are over once more, as work that is done again and again, and count them."""
    state = LeasedWork.State
    over = work.filter(state__in=[state.DONE, state.FAILED, state.CANCELLED])
    return over.update(state=state.QUEUED, attempt=0, progress_ppm=0, queued_at=Now(), started_at=None)


def begin_anew(work: LeasedWorkQuerySet) -> int:
    """Queue rows of `work` whatever has become of them, and count them; attempts that go on have lost their lease."""
    anew = {"attempt_limit": F("attempt") + MAX_ATTEMPTS, "lease_until": None, "error": "", "finished_at": None}
    return work.update(state=LeasedWork.State.QUEUED, queued_at=Now(), **anew)


def allow_more_attempts(work: LeasedWorkQuerySet, **fields: Any) -> int:
    """Let rows that failed or were cancelled wait for three more attempts, and count them."""
    return queue_next_step(work.exclude(state=LeasedWork.State.DONE), **fields)


def queue_next_step(work: LeasedWorkQuerySet, **fields: Any) -> int:
    """Let rows that are over, well or not, wait for what `fields` say is next, and count them."""
    state = LeasedWork.State
    over = work.filter(state__in=[state.DONE, state.FAILED, state.CANCELLED])
    more = {"attempt_limit": F("attempt") + MAX_ATTEMPTS, "error": "", "finished_at": None, "lease_until": None}
    return over.update(state=LeasedWork.State.QUEUED, **more | fields)


def cancel_all(work: LeasedWorkQuerySet) -> int:
    """Ask for rows of `work` to stop, at once if they only wait, else at their next heartbeat, and count them."""
    state = LeasedWork.State
    waits = Q(state=state.QUEUED)
    return work.filter(state__in=[state.QUEUED, *RUNNING]).update(
        state=Case(When(waits, then=Value(state.CANCELLED)), default=Value(state.CANCELLING)),
        finished_at=Case(When(waits, then=Now()), default=F("finished_at")),
    )


def request_cancel(work: LeasedWork) -> None:
    """Ask for `work` to stop: at once if it only waits, else at its next heartbeat.

    Raises:
        Conflict: it is over already.
    """
    if not cancel_all(type(work).objects.filter(pk=work.pk)):
        raise Conflict(_("It is over already; there is nothing to cancel."), code="already_over")
