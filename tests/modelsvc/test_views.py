"""The API of runs and model versions."""

import pytest

from annotate.models import Role
from modelsvc import tasks
from tests.factories import client_of, make_member, make_project, make_user, owner_of
from tests.modelsvc.rows import make_ready_release, make_run, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    """Rows are what these tests look at; nobody has to be woken."""
    for task in (tasks.train, tasks.sweep):
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
    gets = ["projects/{p}/runs/", "projects/{p}/models/", "runs/{r}/", "runs/{r}/metrics/"]
    posts = ["projects/{p}/runs/", "runs/{r}/cancel/", "models/{v}/promote/"]
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
