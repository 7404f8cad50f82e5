"""A run from row to version, with a script in the trainer's place that says what the trainer says."""

import json
import sys

import pytest

from annotate import localcopy
from annotate.models import Release
from modelsvc import tasks
from modelsvc.models import ModelVersion, TrainingRun
from modelsvc.processes import trainer
from modelsvc.services import checkpoints, runs
from tests.factories import make_project
from tests.modelsvc.rows import make_run, make_trial

pytestmark = pytest.mark.django_db

TRAINER = """
import json, sys, time
from pathlib import Path
out = Path(sys.argv[sys.argv.index("--out") + 1])
say = lambda **event: print(json.dumps(event), flush=True)
say(event="start", epochs=2, images=3, device="cpu")
(out / "best").mkdir(exist_ok=True)
for epoch in (1, 2):
    say(event="step", epoch=epoch, epochs=2, step=1, steps=2, loss=1.0)
    time.sleep(PAUSE)
    (out / "last").mkdir(exist_ok=True)
    (out / "best" / "checkpoint.json").write_text(json.dumps(
        {"model": {"name": "abc-tiny", "levels": 4}, "weights_sha256": "a" * 64, "metrics": {"loss": 0.5}}))
    say(event="epoch", epoch=epoch, epochs=2, metrics={"loss": 1 / epoch}, images_per_s=4.0)
END
"""


@pytest.fixture
def stand_in(monkeypatch, settings, tmp_path):
    """A trainer that ends as it is told to."""
    settings.MODELS_ROOT = tmp_path
    settings.RELEASES_ROOT = tmp_path

    def put(end: str = "", pause: float = 0.0) -> None:
        code = TRAINER.replace("END", end).replace("PAUSE", str(pause))
        monkeypatch.setattr(trainer, "FUSENET", (sys.executable, "-c", code))

    return put


def test_a_run_that_ends_well_makes_a_candidate(stand_in):
    stand_in()
    run = make_run(make_project())
    tasks.train()
    run.refresh_from_db()
    version = run.version
    assert (run.state, run.epoch, run.progress_ppm, run.images_per_s) == ("done", 2, 1_000_000, 4.0)
    assert [(metric.epoch, metric.value) for metric in run.metrics.all()] == [(1, 1.0), (2, 0.5)]
    assert (version.stage, version.checkpoint) == ("candidate", f"run-{run.pk}/attempt-1/best")
    assert "epoch 2/2  loss 0.5" in run.log_tail


def test_the_numbers_are_written_while_it_runs(stand_in, monkeypatch):
    stand_in(pause=1.2)
    seen = []
    extend = tasks.leases.Lease.extend
    monkeypatch.setattr(
        tasks.leases.Lease, "extend", lambda self, **fields: (seen.append(fields), extend(self, **fields))
    )
    make_run(make_project())
    tasks.train()
    assert {fields.get("progress_ppm") for fields in seen} >= {250_000, 500_000, 750_000}


@pytest.mark.django_db(transaction=True)
def test_a_trial_is_looked_at_while_a_training_has_the_worker(stand_in, monkeypatch):
    stand_in(pause=1.5)
    seen = []
    monkeypatch.setattr(tasks, "BESIDE_S", 0.1)
    monkeypatch.setattr(tasks, "look_at_trial", lambda trial, lease: seen.append(TrainingRun.objects.get().state) or {})
    run = make_run(make_project())
    trial = make_trial(run.project, by=run.started_by)
    tasks.train()
    trial.refresh_from_db()
    run.refresh_from_db()
    assert (seen, trial.state, run.state) == (["running"], "done", "done")


def test_what_else_waits_comes_after_a_training_that_was_cut_off(stand_in, monkeypatch):
    stand_in(end="raise SystemExit(1)")
    woken = []
    monkeypatch.setattr(tasks, "look_at_trial", lambda trial, lease: {})
    monkeypatch.setattr(tasks.train, "apply_async", lambda **options: woken.append(options))
    run = make_run(make_project())
    tasks.leases.claim_next(TrainingRun.objects.all()).give_back("killed")
    trial = make_trial(run.project, by=run.started_by)
    tasks.look_at_trials()
    trial.refresh_from_db()
    assert (trial.state, woken) == ("queued", [{"expires": 30}])
    tasks.train()
    tasks.look_at_trials()
    trial.refresh_from_db()
    assert trial.state == "done"


def test_a_run_that_crashes_tries_again_from_its_checkpoint_and_gives_up_after_three(stand_in):
    stand_in(end="raise SystemExit(1)")
    run = make_run(make_project())
    tasks.train()
    run.refresh_from_db()
    assert (run.state, run.attempt, ModelVersion.objects.count()) == ("failed", 3, 0)
    assert "status 1" in run.error
    assert localcopy.place("models", f"run-{run.pk}/attempt-3/last").is_dir()


def test_a_run_that_is_refused_fails_at_once_in_the_trainers_words(stand_in):
    stand_in(end='say(event="error", code="no_photos", detail="Label some first."); sys.exit(2)')
    run = make_run(make_project())
    tasks.train()
    run.refresh_from_db()
    assert (run.state, run.attempt, run.error) == ("failed", 1, "Label some first.")


def test_a_run_that_is_asked_to_stop_ends_well_after_its_epoch(stand_in, monkeypatch):
    stand_in()
    run = make_run(make_project())
    record_epoch = runs.record_epoch

    def stopping(lease, **epoch):
        record_epoch(lease, **epoch)
        runs.stop_run(run, by=run.started_by)

    monkeypatch.setattr(runs, "record_epoch", stopping)
    tasks.train()
    run.refresh_from_db()
    assert (run.state, run.epoch, run.version.metrics) == ("done", 1, {"loss": 0.5})
    assert "Stopped after epoch 1, as asked." in run.log_tail


def test_a_resumed_run_takes_the_last_checkpoint_and_a_retried_one_does_not(stand_in):
    stand_in(end="raise SystemExit(1)")
    run = make_run(make_project())
    tasks.train()
    runs.resume_run(run, by=run.started_by)
    resumed = tasks.leases.claim_next(TrainingRun.objects.all())
    assert (checkpoints.prepare_attempt(resumed.work) / "last").is_dir()
    resumed.close("failed")
    runs.resume_run(run, by=run.started_by, from_start=True)
    retried = tasks.leases.claim_next(TrainingRun.objects.all())
    assert not (checkpoints.prepare_attempt(retried.work) / "last").exists()


@pytest.mark.promise("R10")
def test_a_full_disk_fails_the_run_at_once_and_says_how_much_is_free(stand_in):
    stand_in(end='open("/dev/full", "w").write("x" * 100_000)')
    run = make_run(make_project())
    tasks.train()
    run.refresh_from_db()
    assert (run.state, run.attempt, run.error.split(":")[0]) == ("failed", 1, "The disk of the models is full")


def test_a_cancelled_run_stops_within_seconds(stand_in, monkeypatch):
    stand_in(pause=600)
    run = make_run(make_project())
    events = trainer.events

    def cancelling(process):
        for event in events(process):
            TrainingRun.objects.filter(state="running").update(state="cancelling")
            yield event

    monkeypatch.setattr(trainer, "events", cancelling)
    tasks.train()
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_a_release_that_vanished_fails_the_run_with_a_sentence(stand_in):
    stand_in()
    run = make_run(make_project())
    Release.objects.update(state=Release.State.FAILED)
    tasks.train()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "not ready" in run.error


def test_the_configuration_reaches_the_trainer_as_it_was_frozen(stand_in):
    stand_in()
    run = make_run(make_project(), seed=17)
    tasks.train()
    config = json.loads(localcopy.place("models", f"run-{run.pk}/attempt-1/config.json").read_text())
    assert config == run.config
