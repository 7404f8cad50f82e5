from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from annotate import tasks
from annotate.models import Assignment, Derivative
from annotate.services import leases
from annotate.services.queueing import queue
from tests.factories import make_image, make_member, make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch):
    """The wake-ups that were sent, as a worker would get them."""
    messages = []
    monkeypatch.setattr(tasks.render_derivatives, "delay", lambda: messages.append("render"))
    return messages


def test_a_preview_that_a_dead_worker_left_is_made_by_the_next(sent):
    image = make_image(make_project())
    leases.claim_next(Derivative.objects.all())
    Derivative.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    assert sent == ["render"]
    tasks.render_derivatives()
    image.derivative.refresh_from_db()
    assert (image.derivative.state, image.derivative.attempt) == ("done", 2)


def test_previews_of_many_photos_let_other_work_pass(sent, monkeypatch):
    monkeypatch.setattr(tasks, "TURN_S", 0)
    project = make_project()
    images = [make_image(project) for _ in range(3)]
    counts = []
    for _ in images:
        tasks.render_derivatives()
        counts.append((Derivative.objects.filter(state="done").count(), len(sent)))
    assert counts == [(1, 1), (2, 2), (3, 2)]
    assert tasks.render_derivatives.expires == tasks.STILL_NEWS_S


def test_a_photo_that_kills_three_workers_is_given_up_with_a_sentence(sent):
    image = make_image(make_project())
    Derivative.objects.update(state="running", attempt=3, lease_until=timezone.now() - timedelta(seconds=1))
    tasks.sweep()
    image.derivative.refresh_from_db()
    assert (image.derivative.state, sent) == ("failed", [])
    assert image.derivative.error.startswith("The worker died in the last attempt, too.")


def test_a_worker_that_lost_its_lease_writes_nothing():
    make_image(make_project())
    lease = leases.claim_next(Derivative.objects.all())
    Derivative.objects.update(attempt=2)
    lease.close(Derivative.State.DONE, preview="late.jpg")
    assert Derivative.objects.get().preview.name == ""


def test_the_sweep_sends_nothing_when_nothing_waits(sent):
    tasks.sweep()
    assert sent == []


def test_the_sweep_gives_back_slots_and_removes_half_written_files(sent):
    project = make_project(votes_wanted=1)
    image = make_image(project)
    queue.claim_next_image(project, by=make_member(project))
    Assignment.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    incoming = Path(default_storage.path("incoming"))
    incoming.mkdir(parents=True, exist_ok=True)
    half = incoming / "half"
    half.write_bytes(b"half a photo")
    import os

    os.utime(half, (0, 0))
    tasks.sweep()
    image.refresh_from_db()
    assert image.open_slots == 1
    assert not half.exists()
