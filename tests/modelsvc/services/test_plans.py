"""What the start form says before a run is started, and what makes two runs the same."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotate.models import ReleaseItem
from modelsvc import tasks
from modelsvc.models import TrainingRun, Worker
from modelsvc.services import plans, runs
from tests.factories import make_image, make_project, make_user
from tests.modelsvc.rows import make_ready_release, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, monkeypatch):
    monkeypatch.setattr(tasks.train, "delay_on_commit", lambda: None)
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def release():
    """Three photos: two to train on, good and bad, and a bad one to measure on."""
    release = make_ready_release(make_project())
    for split, verdict in (("train", "good"), ("train", "bad"), ("test", "bad")):
        image = make_image(release.project)
        record = {"facts": {"split": split, "desirability": verdict}}
        ReleaseItem.objects.create(release=release, image=image, key=image.sha256[:24], record=record, levels_png=b"")
    return release


def plan(desk, release, **parameters):
    return desk.get(reverse("admin:modelsvc_trainingrun_plan"), {"release": release.pk, "preset": "smoke"} | parameters)


def test_the_plan_shows_what_is_in_the_release(desk, release):
    said = plan(desk, release).json()
    assert said["splits"] == {"train": 2, "test": 1}
    assert [each["count"] for each in said["verdicts"]] == [0, 1, 0, 2]
    assert (said["seconds"], said["same_run"]) == (None, None)


def test_the_time_follows_from_the_speeds_of_past_runs_of_the_same_network(desk, release):
    for speed in (2.0, 4.0):
        TrainingRun.objects.filter(pk=make_run(release.project, release).pk).update(state="done", images_per_s=speed)
    assert plan(desk, release, epochs=10).json()["seconds"] == [5.0, 10.0]
    assert plan(desk, release, epochs=10, scale=384).json()["seconds"] is None


def test_the_same_run_is_linked(desk, release):
    run = make_run(release.project, release, epochs=3)
    assert plan(desk, release, epochs=3).json()["same_run"] == {"id": run.pk, "state": "queued"}
    assert plan(desk, release, epochs=3, seed=9).json()["same_run"] is None


def test_a_parameter_out_of_range_is_said_in_the_plan(desk, release):
    answer = plan(desk, release, crop=100)
    assert (answer.status_code, answer.json()["where"]) == (400, "crop")


def test_other_code_another_torch_or_another_device_makes_another_run(release, monkeypatch):
    config = make_run(release.project, release).config
    hashes = {runs.hash_run(release, config, None)}
    Worker.objects.create(name="a:1", device="cuda")
    hashes.add(runs.hash_run(release, config, None))
    monkeypatch.setattr(runs, "torch_version", lambda: "9.9")
    hashes.add(runs.hash_run(release, config, None))
    monkeypatch.setattr(runs, "commit_of_code", lambda: "other")
    hashes.add(runs.hash_run(release, config, None))
    assert len(hashes) == 4


def test_one_run_too_many_is_refused_on_the_form_and_adds_nothing(desk, release, settings):
    settings.RUNS_PER_PERSON = 0
    answer = desk.post(
        reverse("admin:modelsvc_trainingrun_add"), {"release": release.pk, "preset": "smoke"}, follow=True
    )
    assert [str(message) for message in answer.context["messages"]] == [
        "0 of your trainings wait or run, and 0 are allowed at a time. Wait for one to end, or cancel one."
    ]
    assert TrainingRun.objects.count() == 0


def test_a_plan_reads_the_records_of_a_release_once(release):
    with CaptureQueriesContext(connection) as asked:
        plans.describe_plan(release, preset="smoke", parameters={}, base_version=None)
    assert sum("annotate_releaseitem" in each["sql"] for each in asked) == 1
