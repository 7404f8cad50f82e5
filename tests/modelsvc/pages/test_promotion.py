"""The page that asks before a version is promoted, and taking a promotion back."""

import pytest

from annotate.models import Role
from modelsvc import tasks
from modelsvc.models import ModelVersion
from modelsvc.services.promotion import promote_version
from tests.factories import make_image, make_project, owner_of
from tests.modelsvc.rows import add_test_photos, make_evaluation, make_ready_release, make_version
from tests.visits import QUERY_BOUND, browser, member_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    monkeypatch.setattr(tasks.sweep, "delay_on_commit", lambda: None)


@pytest.fixture
def project():
    return make_project()


def address(version, act="promote"):
    return f"/projects/{version.project_id}/models/{version.pk}/{act}/"


def stage_of(version):
    return ModelVersion.objects.get(pk=version.pk).stage


def test_opening_the_page_changes_nothing_and_the_button_promotes(project):
    make_image(project)
    version = make_version(project)
    client = member_of(project, Role.RESEARCHER)
    asked = words(client.get(address(version)))
    assert "No model is in production. 1 photo that nobody has touched gets its map" in asked
    assert stage_of(version) == "candidate"
    response = client.post(address(version), follow=True)
    assert stage_of(version) == "production"
    assert f"{version.name} pre-annotates the photos that nobody has touched, from now on." in words(response)
    assert [(row.pk, worth.predicted, worth.pending) for row, worth in response.context["worth"]] == [
        (version.pk, 0, 1)
    ]
    assert response.context["jobs"]["jobs"][0]["poll_url"] == f"/api/models/{version.pk}/preannotation/"


def test_the_page_shows_both_on_the_same_photos_and_says_that_they_are_too_few(project, django_assert_max_num_queries):
    release = make_ready_release(project)
    add_test_photos(release)
    old, new = make_version(project, "old"), make_version(project, "new")
    promote_version(old, by=owner_of(project))
    make_evaluation(old, release, 0.5)
    make_evaluation(new, release, 0.9)
    client = member_of(project, Role.RESEARCHER)
    with django_assert_max_num_queries(QUERY_BOUND):
        page = client.get(address(new))
    assert "It takes the place of old." in words(page)
    assert "4 test photos: whose maps are better is told from 30 on" in words(page)
    accuracy = page.context["measures"][0]["cells"]
    assert [round(cell["value"], 3) for cell in accuracy] == [0.75, 0.95]


def test_versions_that_were_not_measured_on_the_same_photos_are_measured_first(project):
    add_test_photos(make_ready_release(project))
    old, new = make_version(project, "old"), make_version(project, "new")
    promote_version(old, by=owner_of(project))
    page = words(member_of(project, Role.RESEARCHER).get(address(new)))
    assert "Not measured on the same photos yet" in page
    assert "Keep all as it is" not in page


def test_a_promotion_is_undone_from_the_page_of_models(project):
    old, new = make_version(project, "old"), make_version(project, "new")
    client = member_of(project, Role.RESEARCHER)
    for version in (old, new):
        client.post(address(version))
    assert "Back to old" in words(client.get(f"/projects/{project.pk}/models/"))
    assert "old is in production again." in words(client.post(address(new, "undo"), follow=True))
    assert (stage_of(old), stage_of(new)) == ("production", "candidate")
    assert "No model is in production now." in words(client.post(address(old, "undo"), follow=True))


def test_annotators_promote_nothing_and_nobody_a_version_of_another_project(project):
    version, other = make_version(project), make_project()
    for act in ("promote", "undo"):
        assert member_of(project).post(address(version, act)).status_code == 403
        elsewhere = address(version, act).replace(f"/{project.pk}/", f"/{other.pk}/", 1)
        assert browser(owner_of(other)).post(elsewhere).status_code == 404
    assert stage_of(version) == "candidate"
