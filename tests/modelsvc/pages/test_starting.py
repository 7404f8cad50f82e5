"""The page on which a researcher starts a training."""

import pytest

from annotate.models import Role
from modelsvc import tasks
from modelsvc.models import TrainingRun
from tests.factories import make_project, owner_of
from tests.modelsvc.rows import make_ready_release, make_run, make_version
from tests.visits import QUERY_BOUND, browser, member_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    monkeypatch.setattr(tasks.train, "delay_on_commit", lambda: None)


@pytest.fixture
def release():
    return make_ready_release(make_project())


def address(project, page="start"):
    return f"/projects/{project.pk}/models/{page}/"


def test_a_researcher_starts_a_training_and_lands_on_its_page(release):
    project = release.project
    client = member_of(project, Role.RESEARCHER)
    assert address(project) in client.get(f"/projects/{project.pk}/models/").content.decode()
    answer = client.post(address(project), {"release": release.pk, "preset": "smoke", "epochs": 3})
    run = TrainingRun.objects.get()
    assert answer.url == f"/projects/{project.pk}/models/runs/{run.pk}/"
    assert (run.project, run.state, run.epochs, run.config["preset"]) == (project, "queued", 3, "smoke")


def test_the_newest_release_is_chosen_and_nothing_of_other_projects_is_offered(release, django_assert_max_num_queries):
    other = make_project()
    make_ready_release(other, "9.0.0")
    make_version(other, "elsewhere")
    client = member_of(release.project, Role.RESEARCHER)
    with django_assert_max_num_queries(QUERY_BOUND):
        page = client.get(address(release.project))
    assert page.context["form"].initial["release"] == release
    assert ("9.0.0" in words(page), "elsewhere" in words(page)) == (False, False)
    refused = client.post(address(release.project), {"release": other.releases.get().pk, "preset": "smoke"})
    assert list(refused.context["form"].errors) == ["release"]


def test_a_parameter_out_of_range_is_said_at_its_field_and_what_was_typed_stays(release):
    body = {"release": release.pk, "preset": "smoke", "crop": 100}
    page = member_of(release.project, Role.RESEARCHER).post(address(release.project), body)
    assert page.context["form"].errors["crop"] == ["The side of a crop must be a multiple of 48."]
    assert "<details open>" in page.content.decode()
    assert TrainingRun.objects.count() == 0


def test_one_training_too_many_is_refused_above_the_form(release, settings):
    settings.RUNS_PER_PERSON = 1
    make_run(release.project, release)
    page = browser(owner_of(release.project)).post(address(release.project), {"release": release.pk, "preset": "smoke"})
    assert "1 are allowed at a time" in words(page)
    assert TrainingRun.objects.count() == 1


def test_the_plan_tells_of_the_release_before_it_starts(release):
    client = member_of(release.project, Role.RESEARCHER)
    plan = client.get(address(release.project, "plan"), {"release": release.pk, "preset": "smoke"}).json()
    assert (plan["splits"], plan["same_run"]) == ({"train": 0}, None) or plan["same_run"] is None
    wrong = client.get(address(release.project, "plan"), {"release": release.pk, "preset": "smoke", "crop": 100})
    assert (wrong.status_code, wrong.json()["where"]) == (400, "crop")


def test_without_a_release_the_page_says_what_to_do_next():
    project = make_project()
    assert "No release is ready" in words(member_of(project, Role.RESEARCHER).get(address(project)))


@pytest.mark.parametrize("page", ["start", "plan"])
def test_annotators_start_nothing_and_strangers_find_nothing(release, page):
    assert member_of(release.project).get(address(release.project, page)).status_code == 403
    assert browser(owner_of(make_project())).get(address(release.project, page)).status_code == 404
