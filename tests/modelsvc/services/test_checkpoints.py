"""Checkpoints that go to a bucket while a run trains, and come back on another computer."""

import os
import shutil

import pytest
from botocore.exceptions import EndpointConnectionError

from annotate import localcopy
from annotate.core.errors import Conflict
from modelsvc.models import TrainingRun
from modelsvc.services import checkpoints
from tests.factories import make_project
from tests.modelsvc.rows import make_run, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(bucket):
    """A run whose first attempt trains."""
    run = make_run(make_project())
    TrainingRun.objects.filter(pk=run.pk).update(attempt=1)
    run.refresh_from_db()
    return run


def write(run, name, epoch):
    """A checkpoint in the place of a former one, as the trainer writes it."""
    folder = localcopy.place("models", checkpoints.attempt_name(run)) / name
    fresh = folder.with_name(f"{name}.partial")
    fresh.mkdir(parents=True)
    (fresh / "checkpoint.json").write_text(str(epoch))
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def test_each_checkpoint_and_picture_is_sent_once_and_replaced_when_it_is_new(bucket, run, monkeypatch):
    sent = []
    send = localcopy.send
    monkeypatch.setattr(localcopy, "send", lambda shelf, name, **how: (sent.append(name), send(shelf, name, **how)))
    checkpoints.prepare_attempt(run)
    sender = checkpoints.Sender(run)
    write(run, "best", 1)
    write(run, "last", 1)
    samples = sender.folder / "samples"
    samples.mkdir()
    (samples / "1.jpg").write_bytes(b"picture")
    for _ in range(2):
        sender.send_new()
    write(run, "last", 2)
    sender.send_new()
    name = checkpoints.attempt_name(run)
    assert sent == [f"{name}/best", f"{name}/last", f"{name}/last"]
    assert sorted(bucket.names(f"models/{name}/")) == ["best.zip", "last.zip", "samples/1.jpg"]
    assert checkpoints.sample_epochs(run) == [1]


def test_another_computer_goes_on_from_what_was_sent_and_not_from_what_it_has_itself(run):
    checkpoints.prepare_attempt(run)
    sender = checkpoints.Sender(run)
    for name in ("best", "last"):
        write(run, name, 7)
    sender.send_new()
    write(run, "last", 3)  # an older one that lies on this disk
    run.attempt = 2
    folder = checkpoints.prepare_attempt(run)
    assert {path.name for path in folder.iterdir()} == {"best", "last", "config.json"}
    assert [(folder / name / "checkpoint.json").read_text() for name in ("best", "last")] == ["7", "7"]


def test_a_bucket_that_is_away_for_a_moment_ends_no_training(bucket, run, monkeypatch):
    def away(*_, **__):
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:9")

    checkpoints.prepare_attempt(run)
    sender = checkpoints.Sender(run)
    write(run, "last", 1)
    with monkeypatch.context() as outage:
        outage.setattr(localcopy, "send", away)
        sender.try_to_send()
    assert bucket.names("models/") == []
    sender.try_to_send()
    assert bucket.names("models/") == [f"{checkpoints.attempt_name(run)}/last.zip"]


def test_a_version_is_fetched_once_and_refused_when_its_weights_are_others(bucket, settings):
    version = make_version(make_project())
    localcopy.send("models", version.checkpoint)
    shutil.rmtree(settings.MODELS_ROOT)
    folder = checkpoints.require_weights(version)
    assert (folder / "weights.safetensors").read_bytes() == b"weights of abc-tiny run 1"
    (folder / "weights.safetensors").write_bytes(b"others")
    localcopy.send("models", version.checkpoint)
    shutil.rmtree(settings.MODELS_ROOT)
    with pytest.raises(Conflict) as refused:
        checkpoints.require_weights(version)
    assert refused.value.code == "weights_changed"
    assert not folder.exists()


def test_a_training_killed_between_two_renames_goes_on_from_the_former_checkpoint():
    run = make_run(make_project())
    for attempt in (1, 2):
        run.attempt = attempt
        folder = checkpoints.prepare_attempt(run)
        if attempt == 1:
            write(run, "last", 7)
            (folder / "last").rename(folder / "last.old")
            write(run, "last.partial", 8)
    assert {path.name for path in folder.iterdir()} == {"last", "config.json"}
    assert (folder / "last" / "checkpoint.json").read_text() == "7"


def test_an_attempt_killed_while_it_took_over_a_checkpoint_leaves_no_half_of_it(monkeypatch):
    run = make_run(make_project())
    run.attempt = 1
    folder = checkpoints.prepare_attempt(run)
    write(run, "last", 7)
    (folder / "last" / "weights.safetensors").write_bytes(b"weights")
    run.attempt = 2
    link, linked = localcopy._link, []

    def die_at_the_second(source, target):
        if linked:
            raise KeyboardInterrupt
        linked.append(link(source, target))

    with monkeypatch.context() as kill:
        kill.setattr(localcopy, "_link", die_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            checkpoints.prepare_attempt(run)
    run.attempt = 3
    folder = checkpoints.prepare_attempt(run)
    assert {path.name for path in (folder / "last").iterdir()} == {"checkpoint.json", "weights.safetensors"}


def test_checkpoints_are_taken_over_where_files_cannot_be_linked(monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    run = make_run(make_project())
    for attempt in (1, 2):
        run.attempt = attempt
        folder = checkpoints.prepare_attempt(run)
        if attempt == 1:
            write(run, "last", 7)
    assert (folder / "last" / "checkpoint.json").read_text() == "7"
