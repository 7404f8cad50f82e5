"""Why work for the network waits, as people are told."""

from datetime import timedelta

import pytest
from django.utils import timezone

from modelsvc.models import Evaluation, PreannotationBatch, RunAttempt, TrainingRun, Trial, Worker
from modelsvc.services.waiting import describe_wait, why_it_waits
from tests.factories import make_project, owner_of
from tests.modelsvc.rows import make_run, make_trial

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    Worker.objects.create(name="here:1", queues=["gpu"], device="cpu")
    return make_project()


def begin(run, **fields):
    """The run in its second epoch of four, begun half an hour ago."""
    RunAttempt.objects.create(
        run=run, number=1, reason="", worker="here:1", from_epoch=0, started_at=timezone.now() - timedelta(minutes=30)
    )
    TrainingRun.objects.filter(pk=run.pk).update(
        state="running", epoch=1, epochs=4, progress_ppm=500_000, started_at=timezone.now(), **fields
    )


def test_without_a_worker_it_says_so(project):
    Worker.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    assert "No worker for the network is running" in describe_wait(TrainingRun, project)


def test_a_worker_of_previews_alone_does_not_count(project):
    Worker.objects.update(queues=["default"])
    assert "No worker for the network is running" in describe_wait(TrainingRun, project)


def test_work_behind_a_training_names_it_with_its_epoch_and_the_time_left(project):
    run = make_run(project)
    begin(run)
    said = f"It waits for run {run.pk}, which is in epoch 2 of 4, about 30 min left."
    assert describe_wait(PreannotationBatch, project) == said
    other = describe_wait(PreannotationBatch, make_project())
    assert other == "It waits for another project's training, which is in epoch 2 of 4, about 30 min left."


@pytest.mark.parametrize("kind", [Trial, Evaluation])
def test_small_work_goes_beside_a_training(project, kind):
    run = make_run(project)
    begin(run)
    assert describe_wait(kind, project) == f"A worker takes it up within seconds, beside run {run.pk}."


def test_with_a_free_worker_it_begins_at_once_and_what_runs_waits_for_nothing(project):
    trial = make_trial(project, by=owner_of(project))
    assert why_it_waits(trial, project) == "A worker takes it up within seconds, after what came before it."
    trial.state = Trial.State.RUNNING
    assert why_it_waits(trial, project) == ""
