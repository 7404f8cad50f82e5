"""Exports over HTTP: ask, watch, take home."""

import io
import zipfile

import pytest

from annotate.models import AuditEntry, Export, Release
from annotate.services import leases
from annotate.services.releasing import builds, exports
from annotate.services.releasing.releases import cut_release
from tests.factories import client_of, make_image, make_member, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, label_image

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.RELEASES_ROOT, settings.EXPORTS_ROOT = tmp_path / "releases", tmp_path / "exports"


@pytest.fixture
def release():
    """A ready release of one photo."""
    project = make_project(name="Dogs", votes_wanted=1)
    label_image(make_image(project), LEFT_HALF, "bad")
    cut_release(project, by=owner_of(project))
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    return Release.objects.get()


@pytest.fixture
def client(release):
    return client_of(make_member(release.project, "researcher"))


def build():
    leases.work_off(Export.objects.select_related("release"), exports.build_export)


def test_a_researcher_asks_watches_and_takes_it_home(release, client):
    answer = client.post(f"/api/releases/{release.pk}/exports/", {"format": "levels"})
    export = answer.json()
    assert (answer.status_code, export["format"], export["options"]) == (201, "levels", {})
    assert client.get(f"/api/releases/{release.pk}/exports/").json()["results"][0]["id"] == export["id"]
    build()
    assert client.get(f"/api/exports/{export['id']}/").json()["state"] == "ready"
    download = client.get(f"/api/exports/{export['id']}/download/")
    assert download["Content-Disposition"] == 'attachment; filename="smartblur-dogs-1.0.0-levels.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(download.streaming_content))) as packed:
        assert "smartblur-dogs-1.0.0-levels/README.md" in packed.namelist()
    taken = AuditEntry.objects.get(action="export.downloaded", subject=f"export:{export['id']}")
    assert (taken.project, taken.details["format"]) == (release.project, "levels")


@pytest.mark.parametrize(
    ("body", "where"),
    [({}, "format"), ({"format": "docx"}, "format"), ({"format": "masks", "from_level": 9}, "from_level")],
)
def test_a_malformed_body_is_refused_at_its_place(release, client, body, where):
    answer = client.post(f"/api/releases/{release.pk}/exports/", body)
    assert (answer.status_code, answer.json()["where"]) == (400, where)


def test_what_is_not_ready_is_409(release, client):
    export = client.post(f"/api/releases/{release.pk}/exports/", {"format": "votes"}).json()
    assert client.get(f"/api/exports/{export['id']}/download/").status_code == 409


def test_it_is_stopped(release, client):
    export = client.post(f"/api/releases/{release.pk}/exports/", {"format": "votes"}).json()
    assert client.post(f"/api/exports/{export['id']}/cancel/").status_code == 202
    assert client.get(f"/api/exports/{export['id']}/").json()["state"] == "cancelled"


def test_a_stranger_finds_nothing_and_an_annotator_may_not(release, client):
    export = client.post(f"/api/releases/{release.pk}/exports/", {"format": "votes"}).json()
    places = [
        ("get", f"/api/releases/{release.pk}/exports/"),
        ("post", f"/api/releases/{release.pk}/exports/"),
        ("get", f"/api/exports/{export['id']}/"),
        ("post", f"/api/exports/{export['id']}/cancel/"),
        ("get", f"/api/exports/{export['id']}/download/"),
    ]
    others = [client_of(make_user()), client_of(make_member(release.project, "annotator"))]
    answers = [{getattr(other, verb)(place).status_code for verb, place in places} for other in others]
    assert answers == [{404}, {403}]


def test_watching_costs_few_queries(release, client, django_assert_max_num_queries):
    export = client.post(f"/api/releases/{release.pk}/exports/", {"format": "votes"}).json()
    with django_assert_max_num_queries(3):
        client.get(f"/api/exports/{export['id']}/")
