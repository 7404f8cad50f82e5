"""The API of runs and model versions."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.models import Role
from annotate.services import leases
from modelsvc import tasks
from modelsvc.models import ClickGrids, TrainingRun
from modelsvc.services import clicks, runs
from modelsvc.services.live import thinned
from tests.factories import client_of, make_image, make_member, make_project, make_user, owner_of
from tests.modelsvc.rows import make_ready_release, make_run, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    """Rows are what these tests look at; nobody has to be woken."""
    for task in (tasks.train, tasks.sweep, tasks.look_for_clicks):
        monkeypatch.setattr(task, "delay_on_commit", lambda: None)


def test_a_researcher_starts_a_run():
    project = make_project()
    body = {"release": make_ready_release(project).pk, "preset": "smoke", "parameters": {"epochs": 2}}
    answer = client_of(make_member(project, Role.RESEARCHER)).post(f"/api/projects/{project.pk}/runs/", body)
    assert (answer.status_code, answer.json()["state"], answer.json()["epochs"]) == (201, "queued", 2)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"preset": "nonsense"}, "preset"),
        ({"parameters": {"epochs": 10**30}}, "epochs"),
        ({"parameters": {"speed": 1}}, "speed"),
        ({"parameters": []}, "parameters"),
        ({"release": 10**30}, "release"),
        ({"release": None}, "release"),
    ],
)
def test_a_malformed_start_is_refused_with_its_place(change, where):
    project = make_project()
    body = {"release": make_ready_release(project).pk, "preset": "smoke"} | change
    answer = client_of(owner_of(project)).post(f"/api/projects/{project.pk}/runs/", body)
    assert (answer.status_code, answer.json()["where"]) == (400, where)


def test_a_release_of_another_project_cannot_be_trained_on():
    mine = make_project()
    body = {"release": make_ready_release(make_project()).pk, "preset": "smoke"}
    assert client_of(owner_of(mine)).post(f"/api/projects/{mine.pk}/runs/", body).status_code == 400


def test_an_annotator_may_not_start_a_run():
    project = make_project()
    answer = client_of(make_member(project)).post(f"/api/projects/{project.pk}/runs/", {})
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_a_stranger_finds_nothing():
    project = make_project()
    run, version = make_run(project), make_version(project)
    stranger = client_of(make_user())
    gets = ["projects/{p}/runs/", "projects/{p}/models/", "runs/{r}/", "runs/{r}/metrics/", "runs/{r}/live/"]
    gets += ["runs/{r}/samples/1/"]
    posts = ["projects/{p}/runs/", "models/{v}/promote/"]
    posts += [f"runs/{{r}}/{act}/" for act in ("cancel", "stop", "resume", "retry")]
    place = {"p": project.pk, "r": run.pk, "v": version.pk}
    got = [stranger.get(f"/api/{each.format(**place)}").status_code for each in gets]
    posted = [stranger.post(f"/api/{each.format(**place)}").status_code for each in posts]
    assert set(got + posted) == {404}


def test_an_unchanged_run_answers_304_in_few_queries(django_assert_max_num_queries):
    run = make_run(make_project())
    client = client_of(owner_of(run.project))
    with django_assert_max_num_queries(6):
        first = client.get(f"/api/runs/{run.pk}/")
    again = client.get(f"/api/runs/{run.pk}/", headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)


def test_a_waiting_run_is_cancelled_at_once_and_only_once():
    run = make_run(make_project())
    client = client_of(owner_of(run.project))
    first, second = (client.post(f"/api/runs/{run.pk}/cancel/") for _ in range(2))
    assert (first.json()["state"], second.status_code, second.json()["code"]) == ("cancelled", 409, "already_over")


def test_lists_are_newest_first_whatever_their_length(django_assert_max_num_queries):
    project = make_project()
    release = make_ready_release(project)
    runs = [make_run(project, release).pk for _ in range(3)]
    with django_assert_max_num_queries(4):
        answer = client_of(owner_of(project)).get(f"/api/projects/{project.pk}/runs/?page_size=2").json()
    assert ([run["id"] for run in answer["results"]], answer["next"] is not None) == (runs[:0:-1], True)


def test_a_researcher_promotes_a_version():
    version = make_version(make_project())
    answer = client_of(make_member(version.project, Role.RESEARCHER)).post(f"/api/models/{version.pk}/promote/")
    assert (answer.status_code, answer.json()["stage"]) == (200, "production")


def test_the_live_page_polls_in_few_queries_and_hears_304_when_nothing_changed(django_assert_max_num_queries):
    run = make_run(make_project())
    lease = leases.claim_next(TrainingRun.objects.all())
    runs.begin_attempt(lease)
    for epoch in (1, 2, 3):
        runs.record_epoch(lease, epoch=epoch, epochs=4, metrics={"loss": 1 / epoch, "val_loss": 2 / epoch})
        runs.record_points(lease, share=epoch / 4, values={"loss": 1 / epoch})
    client = client_of(owner_of(run.project))
    with django_assert_max_num_queries(6):
        first = client.get(f"/api/runs/{run.pk}/live/")
    again = client.get(f"/api/runs/{run.pk}/live/", headers={"If-None-Match": first["ETag"]})
    said = first.json()
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert said["table"]["val_loss"] == [[1, 2, 3], [2.0, 1.0, 0.666667]]
    assert said["curves"] == {"loss": [[1.0, 2.0, 3.0], [1.0, 0.5, 0.333333]]}
    assert (len(said["attempts"]), said["samples"], said["version"]) == (1, [], None)


def test_a_run_is_stopped_after_its_epoch_by_a_researcher_and_not_by_an_annotator():
    run = make_run(make_project())
    leases.claim_next(TrainingRun.objects.all())
    by_annotator = client_of(make_member(run.project)).post(f"/api/runs/{run.pk}/stop/")
    by_researcher = client_of(make_member(run.project, Role.RESEARCHER)).post(f"/api/runs/{run.pk}/stop/")
    assert (by_annotator.status_code, by_researcher.status_code, by_researcher.json()["state"]) == (
        403,
        202,
        "stopping",
    )


def test_a_cancelled_run_is_resumed_once_however_often():
    run = make_run(make_project())
    client = client_of(owner_of(run.project))
    client.post(f"/api/runs/{run.pk}/cancel/")
    said = [client.post(f"/api/runs/{run.pk}/resume/") for _ in range(2)]
    assert [(answer.status_code, answer.json()["state"]) for answer in said] == [(202, "queued")] * 2


def test_a_picture_of_an_epoch_is_served_to_members_alone(settings, tmp_path):
    settings.MODELS_ROOT = tmp_path
    run = make_run(make_project())
    folder = tmp_path / f"run-{run.pk}" / "attempt-0" / "samples"
    folder.mkdir(parents=True)
    (folder / "2.jpg").write_bytes(b"picture")
    client = client_of(owner_of(run.project))
    answer = client.get(f"/api/runs/{run.pk}/samples/2/")
    assert (b"".join(answer.streaming_content), answer["Content-Type"]) == (b"picture", "image/jpeg")
    assert client.get(f"/api/runs/{run.pk}/samples/3/").status_code == 404
    assert client.get(f"/api/runs/{run.pk}/live/").json()["samples"] == [2]


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_a_thinned_curve_keeps_its_last_point(count):
    epochs, values = thinned((list(range(count)), list(range(count))), 1000)
    assert len(epochs) <= 1000
    assert values[-1:] == list(range(count))[-1:]


def test_a_photo_is_looked_at_for_clicks_when_somebody_first_asks(monkeypatch):
    project = make_project()
    image, client = make_image(project), client_of(make_member(project))
    url = f"/api/images/{image.pk}/clicks/"
    woken = []
    monkeypatch.setattr(tasks.look_for_clicks, "delay_on_commit", lambda: woken.append(1))
    asked = [client.get(url) for _ in range(2)]
    assert [(answer.status_code, answer.json()["code"]) for answer in asked] == [(202, "clicks_pending")] * 2
    assert woken == [1]
    assert client_of(make_user()).get(url).status_code == 404

    rows = ClickGrids.objects.filter(image=image)
    rows.update(state="done", grids=b"grids")
    answer = client.get(url)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, b"grids", "application/octet-stream")

    rows.update(head="of old")  # the code was upgraded
    assert client.get(url).status_code == 202
    assert (rows.get().state, rows.get().grids, rows.get().head) == ("queued", None, clicks.shipped_head())
    assert woken == [1, 1]

    rows.update(state="failed", error="It is no photo.")
    failed = client.get(url)
    assert (failed.status_code, failed.json()["code"]) == (422, "clicks_failed")

    assert clicks.sweep_grids() == 0
    rows.update(queued_at=timezone.now() - timedelta(days=2))
    assert clicks.sweep_grids() == 1


def test_the_decoder_is_sent_once_to_who_is_signed_in(client):
    assert client.get("/api/clicks/decoder/").status_code in (401, 403)
    browser = client_of(make_user())
    first = browser.get("/api/clicks/decoder/")
    assert b"".join(first.streaming_content) == clicks.DECODER.read_bytes()
    again = browser.get("/api/clicks/decoder/", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, first["Cache-Control"]) == (304, "private, no-cache")
