"""A run stopped, cancelled, resumed and retried: what each leaves behind, and that twice is the same as once."""

import pytest

from annotate.core.errors import Conflict
from annotate.models import AuditEntry
from annotate.services import leases
from modelsvc.models import RunAttempt, TrainingRun
from modelsvc.services import runs
from tests.factories import make_project, owner_of
from tests.modelsvc.rows import make_ready_release, make_run

pytestmark = pytest.mark.django_db


def begun(run):
    """The lease of a run that a worker has begun."""
    lease = leases.claim_next(TrainingRun.objects.filter(pk=run.pk))
    runs.begin_attempt(lease)
    run.refresh_from_db()
    return lease


def audited(run):
    return list(
        AuditEntry.objects.filter(subject=f"trainingrun:{run.pk}").order_by("pk").values_list("action", flat=True)
    )


def test_stopping_is_asked_once_however_often():
    run = make_run(make_project())
    begun(run)
    for _ in range(2):
        runs.stop_run(run, by=run.started_by)
    run.refresh_from_db()
    assert (run.state, run.phase, audited(run)) == ("running", "stopping", ["run.start", "run.stop"])


def test_a_run_that_waits_cannot_end_after_its_epoch():
    run = make_run(make_project())
    with pytest.raises(Conflict) as refusal:
        runs.stop_run(run, by=run.started_by)
    assert refusal.value.code == "not_running"


@pytest.mark.parametrize(("from_start", "action"), [(False, "run.resume"), (True, "run.retry")])
def test_a_cancelled_run_is_queued_again_once_however_often(from_start, action):
    run = make_run(make_project())
    runs.cancel_run(run, by=run.started_by)
    for _ in range(2):
        runs.resume_run(run, by=run.started_by, from_start=from_start)
    run.refresh_from_db()
    assert (run.state, run.error, run.finished_at) == ("queued", "", None)
    assert audited(run) == ["run.start", "run.cancel", action]


def test_a_failed_run_that_is_resumed_has_three_attempts_more_and_counts_on():
    run = make_run(make_project())
    for _ in range(3):
        begun(run).give_back("The trainer was killed.")
    runs.resume_run(run, by=run.started_by)
    assert begun(run).attempt == 4
    assert (run.attempt_limit, run.first_attempt) == (6, 1)


def test_a_retry_forgets_numbers_and_checkpoints_of_before():
    run = make_run(make_project())
    lease = begun(run)
    runs.record_epoch(lease, epoch=1, epochs=4, metrics={"loss": 2.0})
    runs.record_points(lease, share=0.1, values={"loss": 2.0})
    lease.close("failed", error="The disk is full.")
    runs.resume_run(run, by=run.started_by, from_start=True)
    run.refresh_from_db()
    assert (run.first_attempt, run.epoch, run.progress_ppm) == (2, 0, 0)
    assert (run.metrics.count(), run.points.count()) == (0, 0)


def test_each_attempt_says_why_it_began():
    run = make_run(make_project())
    name = run.started_by.username
    begun(run).give_back("The trainer was killed.")
    begun(run)
    TrainingRun.objects.update(lease_until="2026-01-01T00:00:00Z")  # the worker died
    begun(run).close("cancelled")
    runs.resume_run(run, by=run.started_by)
    begun(run)
    assert list(RunAttempt.objects.values_list("number", "reason")) == [
        (1, f"Started by {name}."),
        (2, "The trainer was killed."),
        (3, runs.LOST),
        (4, f"Started again by {name}, from its last checkpoint."),
    ]


def test_what_is_done_has_nothing_to_go_on_with():
    run = make_run(make_project())
    begun(run).close("done")
    with pytest.raises(Conflict) as refusal:
        runs.resume_run(run, by=run.started_by)
    assert refusal.value.code == "already_over"


def test_a_late_attempt_writes_no_points():
    run = make_run(make_project())
    late = begun(run)
    TrainingRun.objects.update(attempt=2)
    with pytest.raises(leases.LeaseLost):
        runs.record_points(late, share=0.5, values={"loss": 1.0})
    assert run.points.count() == 0


def test_a_person_has_only_so_many_runs_at_a_time(settings):
    settings.RUNS_PER_PERSON = 2
    project = make_project()
    release = make_ready_release(project)
    first = make_run(project, release)
    make_run(project, release)
    with pytest.raises(Conflict) as refusal:
        make_run(project, release)
    assert (refusal.value.code, TrainingRun.objects.count()) == ("run_quota", 2)
    runs.cancel_run(first, by=owner_of(project))
    assert make_run(project, release).state == "queued"


def test_a_curve_has_no_more_than_a_thousand_points_whatever_the_steps():
    run = make_run(make_project())
    lease = begun(run)
    for step in range(1500):
        runs.record_points(lease, share=step / 1500, values={"loss": float(step)})
    assert run.points.count() == 1000
    assert run.points.get(place=0).value == 1.0  # of two steps at one place the later one stays
