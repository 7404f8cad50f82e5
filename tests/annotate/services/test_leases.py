import errno
import os
import socket
import subprocess
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from annotate.core.errors import Conflict, InvalidImage
from annotate.models import Derivative
from annotate.services import leases
from tests.factories import make_image, make_project
from tests.parallel import at_once

pytestmark = pytest.mark.django_db
WORK = Derivative.objects


def make_work(count=1):
    project = make_project()
    return [make_image(project).derivative for _ in range(count)]


def expire():
    WORK.update(lease_until=timezone.now() - timedelta(seconds=1))


def state_of(work):
    work.refresh_from_db()
    return work.state, work.attempt, work.error


def test_the_longest_waiting_is_claimed_first_and_then_nothing():
    first, second = make_work(2)
    claimed = [leases.claim_next(WORK.all()) for _ in range(3)]
    assert [lease and lease.work for lease in claimed] == [first, second, None]
    assert state_of(first) == ("running", 1, "")
    assert first.worker


def test_work_is_done_and_its_result_written_beside_the_state():
    (work,) = make_work()
    assert leases.work_off(WORK.all(), lambda row, lease: {"preview": "made.jpg"}) == 1
    assert state_of(work) == ("done", 1, "")
    assert (work.preview.name, work.progress_ppm, work.lease_until) == ("made.jpg", 1_000_000, None)
    assert work.finished_at >= work.started_at


def test_a_refusal_fails_at_once_with_its_sentence():
    (work,) = make_work()

    def refuse(row, lease):
        raise InvalidImage("Its pixels are damaged.")

    leases.work_off(WORK.all(), refuse)
    assert state_of(work) == ("failed", 1, "Its pixels are damaged.")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ZeroDivisionError("no luck"), "ZeroDivisionError: no luck"),
        (OSError(errno.ENOSPC, "No space left on device"), leases.NO_ROOM),
    ],
)
def test_a_bug_is_tried_three_times_and_then_told(caplog, error, told):
    (work,) = make_work()
    tries = []

    def break_down(row, lease):
        tries.append(lease.attempt)
        raise error

    leases.work_off(WORK.all(), break_down)
    assert tries == [1, 2, 3]
    assert state_of(work) == ("failed", 3, told)


def test_who_lost_the_lease_can_neither_extend_hold_nor_close():
    (work,) = make_work()
    late = leases.claim_next(WORK.all())
    expire()
    assert leases.claim_next(WORK.all()).attempt == 2
    with pytest.raises(leases.LeaseLost):
        late.extend(progress_ppm=5)
    with pytest.raises(leases.LeaseLost):
        late.hold()
    late.close(Derivative.State.DONE, preview="late.jpg")
    assert state_of(work) == ("running", 2, "")
    assert (work.preview.name, work.progress_ppm) == ("", 0)


def test_waiting_work_is_cancelled_at_once():
    (work,) = make_work()
    leases.request_cancel(work)
    assert state_of(work) == ("cancelled", 0, "")
    assert leases.claim_next(WORK.all()) is None


def test_running_work_is_cancelled_when_it_next_says_how_far_it_is():
    (work,) = make_work()

    def do(row, lease):
        leases.request_cancel(row)
        lease.extend(progress_ppm=5)
        raise AssertionError("went on")

    leases.work_off(WORK.all(), do)
    assert state_of(work) == ("cancelled", 1, "")


def test_what_is_over_cannot_be_cancelled():
    (work,) = make_work()
    leases.work_off(WORK.all(), lambda row, lease: {})
    with pytest.raises(Conflict) as refusal:
        leases.request_cancel(work)
    assert refusal.value.code == "already_over"


def test_the_sweep_closes_what_died_while_cancelling_and_what_died_too_often():
    cancelling, worn_out, waiting = make_work(3)
    WORK.filter(pk=cancelling.pk).update(state="cancelling", attempt=1)
    WORK.filter(pk=worn_out.pk).update(state="running", attempt=3)
    expire()
    assert leases.sweep(WORK.all()) is True
    assert [state_of(work)[0] for work in (cancelling, worn_out, waiting)] == ["cancelled", "failed", "queued"]


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_keeps_the_lease_while_the_work_goes_on(monkeypatch):
    monkeypatch.setattr(leases, "HEARTBEAT_S", 0.02)
    (work,) = make_work()

    def wait(row, lease):
        expire()
        until = time.monotonic() + 20
        while not WORK.filter(pk=row.pk, lease_until__gt=timezone.now()).exists():
            assert time.monotonic() < until
            time.sleep(0.01)
        return {}

    leases.work_off(WORK.all(), wait)
    assert state_of(work) == ("done", 1, "")


@pytest.mark.django_db(transaction=True)
def test_no_two_workers_get_the_same_work():
    works = make_work(12)
    start, claimed = threading.Barrier(4), []

    def claim():
        start.wait()
        while lease := leases.claim_next(WORK.all()):
            claimed.append(lease.work.pk)
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == [work.pk for work in works]


def test_who_asked_to_stop_is_heard_though_the_attempt_fails():
    (work,) = make_work()
    lease = leases.claim_next(WORK.all())
    leases.request_cancel(work)
    lease.give_back("The decoder was killed.")
    assert state_of(work) == ("cancelled", 1, "The decoder was killed.")


def test_all_of_some_work_is_asked_to_stop_and_what_is_over_stays():
    waiting, running, done = make_work(3)
    WORK.filter(pk=done.pk).update(state="done")
    WORK.filter(pk=running.pk).update(state="running")
    assert leases.cancel_all(WORK.all()) == 2
    assert [state_of(each)[0] for each in (waiting, running, done)] == ["cancelled", "cancelling", "done"]
    assert (waiting.finished_at is None, running.finished_at is None) == (False, True)


@pytest.mark.django_db(transaction=True)
def test_a_long_transaction_speaks_and_listens_through_the_heartbeat(monkeypatch):
    monkeypatch.setattr(leases, "HEARTBEAT_S", 0.01)
    (work,) = make_work()

    def written():
        return WORK.values_list("progress_ppm", flat=True).get(pk=work.pk)

    def work_in_a_transaction(row, lease):
        with transaction.atomic():
            make_image(row.image.project)
            lease.tell(progress_ppm=7)
            while at_once([written]) != [7]:
                pass
            at_once([lambda: leases.request_cancel(row)])
            while True:
                lease.tell()

    leases.work_off(WORK.filter(pk=work.pk), work_in_a_transaction)
    assert (state_of(work), WORK.count()) == (("cancelled", 1, ""), 1)


def test_a_worker_that_begins_ends_the_leases_of_those_that_died_here():
    dead = subprocess.Popen(["true"])
    dead.wait()
    here, works = socket.gethostname(), make_work(4)
    for work, worker in zip(works[:3], (f"{here}:{dead.pid}", f"{here}:{os.getppid()}", "elsewhere:1"), strict=True):
        leases.claim_next(WORK.filter(pk=work.pk))
        WORK.filter(pk=work.pk).update(worker=worker)
    assert leases.end_leases_of_the_dead(WORK.all()) == 1
    assert {work for work in works if WORK.stranded().filter(pk=work.pk)} == {works[0], works[3]}
    leases.claim_next(WORK.filter(pk=works[3].pk))  # by a process that had the number of this one
    assert leases.end_leases_of_the_dead(WORK.all()) == 1
