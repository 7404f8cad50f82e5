"""Making a project, and the network that it starts from."""

import json
import re
from hashlib import sha256

import pytest

from annotate.models import Project, Role
from modelsvc import tasks
from modelsvc.services import shipped
from tests.factories import make_member, make_project, make_user, owner_of
from tests.modelsvc.rows import make_version
from tests.visits import browser, words

pytestmark = pytest.mark.django_db

RULES = {"name": "Birds", "votes_wanted": 3, "hidden_percent": 10, "alike_percent": 40}


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    monkeypatch.setattr(tasks.sweep, "delay_on_commit", lambda: None)


@pytest.fixture
def checkpoint(monkeypatch, settings, tmp_path):
    """A checkpoint that ships with the code, of a few bytes."""
    settings.MODELS_ROOT = tmp_path / "models"
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "weights.safetensors").write_bytes(b"weights")
    about = {
        "model": {"name": "abc-lite0", "levels": 4},
        "weights_sha256": sha256(b"weights").hexdigest(),
        "metrics": {},
    }
    (folder / "checkpoint.json").write_text(json.dumps(about))
    monkeypatch.setattr(shipped, "SHIPPED", folder)


def make(user, **fields):
    return browser(user).post("/projects/new/", RULES | {"network": "none"} | fields)


def production_of(project):
    return list(project.model_versions.in_production().values_list("name", flat=True))


def test_whoever_makes_a_project_owns_it():
    user = make_user()
    response = make(user)
    project = Project.objects.get(name="Birds")
    assert (response["Location"], owner_of(project), project.votes_wanted) == (f"/projects/{project.pk}/", user, 3)
    assert not project.model_versions.exists()


def test_a_project_without_a_name_is_told_below_the_field():
    page = make(make_user(), name="")
    assert page.context["form"].errors == {"name": ["Something is missing here."]}
    field = re.search(r'<input[^>]*name="name"[^>]*>', page.content.decode())[0]
    assert ('aria-invalid="true"' in field, " autofocus" in field, "id_name_error" in field) == (True, True, True)


def test_a_project_starts_from_the_shipped_network(checkpoint):
    make(make_user(), network="shipped")
    project = Project.objects.get(name="Birds")
    assert production_of(project) == [f"abc-lite0 shipped {sha256(b'weights').hexdigest()[:6]}"]


def test_a_project_starts_from_a_version_of_a_project_of_mine():
    version = make_version(make_project(name="Faces"), "abc-tiny run 7")
    user = make_member(version.project, Role.RESEARCHER)
    assert "abc-tiny run 7 of Faces" in words(browser(user).get("/projects/new/"))
    make(user, network=str(version.pk))
    project = Project.objects.get(name="Birds")
    assert production_of(project) == ["abc-tiny run 7 of Faces"]
    assert project.model_versions.get().weights_sha256 == version.weights_sha256


def test_nobody_takes_a_version_of_a_project_where_they_may_not_promote():
    version = make_version(make_project())
    page = make(make_member(version.project), network=str(version.pk))
    assert list(page.context["form"].errors) == ["network"]
    assert not Project.objects.filter(name="Birds").exists()


def test_a_version_whose_weights_are_gone_makes_no_project(settings, tmp_path):
    version = make_version(make_project())
    settings.MODELS_ROOT = tmp_path
    page = make(owner_of(version.project), network=str(version.pk))
    assert "are not where they were registered" in words(page)
    assert not Project.objects.filter(name="Birds").exists()


def test_a_project_without_a_model_takes_one_from_its_page(checkpoint):
    project = make_project()
    client = browser(owner_of(project))
    assert "Start from a network that there is" in words(client.get(f"/projects/{project.pk}/models/"))
    client.post(f"/projects/{project.pk}/models/first/", {"network": "shipped"})
    assert len(production_of(project)) == 1
    annotator = browser(make_member(project))
    assert annotator.post(f"/projects/{project.pk}/models/first/", {"network": "shipped"}).status_code == 403
