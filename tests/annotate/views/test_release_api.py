"""Releases over HTTP: cut, watch, take home."""

import io
import zipfile

import pytest

from annotate.core.release import unpack_release, verify_release
from annotate.models import AuditEntry, Image, Release
from annotate.services import leases
from annotate.services.releasing import builds
from annotate.services.releasing.releases import cut_release
from tests.factories import client_of, make_image, make_member, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, freeze, label_image
from tests.visits import browser, words

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.RELEASES_ROOT = tmp_path / "releases"


@pytest.fixture
def project():
    """A project with two agreed photos."""
    project = make_project(name="Dogs", votes_wanted=1)
    for _ in range(2):
        label_image(make_image(project), LEFT_HALF, "bad")
    return project


@pytest.fixture
def release(project):
    """A release that was cut."""
    return cut_release(project, by=owner_of(project))


def build():
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)


def test_cutting_answers_with_a_queued_release_that_the_list_shows(project):
    client = client_of(make_member(project, "curator"))
    answer = client.post(f"/api/projects/{project.pk}/releases/", {})
    assert answer.status_code == 201
    release = answer.json()
    expected = {"name": "dogs", "version": "1.0.0", "progress": 0.0, "content_id": "", "error": "", "item_count": 2}
    assert release | expected == release
    assert release["state"] in ("queued", "building", "ready")
    assert [row["id"] for row in client.get(f"/api/projects/{project.pk}/releases/").json()["results"]] == [
        release["id"]
    ]


def test_photos_that_look_alike_across_splits_are_told_before_the_release_is_ready(project):
    one, other = project.images.order_by("pk")
    Image.objects.filter(pk=one.pk).update(split="train", group="a")
    Image.objects.filter(pk=other.pk).update(split="test", group="b", dhash=one.dhash ^ 1)
    owner = browser(owner_of(project))
    form = words(owner.get(f"/projects/{project.pk}/releases/new/"))
    assert "1 pair of photos that look alike would lie in different splits." in form
    release = freeze(cut_release(project, by=owner_of(project)))
    told = client_of(owner_of(project)).get(f"/api/releases/{release.pk}/").json()
    assert told["state"] != "ready"
    assert told["near_duplicates"] == {"count": 1, "pairs": [[other.pk, one.pk]]}
    page = owner.get(f"/projects/{project.pk}/releases/{release.pk}/")
    assert "1 pair of photos that look alike lies in different splits." in words(page)
    assert f"/projects/{project.pk}/photos/{other.pk}/" in page.content.decode()


@pytest.mark.parametrize(("body", "layout"), [({}, "folder"), ({"layout": "shards"}, "shards")])
def test_who_cuts_chooses_the_layout(project, body, layout):
    answer = client_of(owner_of(project)).post(f"/api/projects/{project.pk}/releases/", body)
    assert answer.json()["layout"] == layout


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        ({"name": "Big Dogs"}, 400, "name"),
        ({"version": "one"}, 400, "version"),
        ({"licenses": []}, 400, "licenses"),
        ({"licenses": ["CC-BY-4.0"]}, 409, "licenses"),
        ({"layout": "zip"}, 400, "layout"),
        ({"colour": "red"}, 400, "colour"),
    ],
)
def test_a_malformed_cut_is_told_where(project, body, status, where):
    answer = client_of(owner_of(project)).post(f"/api/projects/{project.pk}/releases/", body)
    assert (answer.status_code, answer.json()["where"]) == (status, where)
    assert not Release.objects.exists()


def test_a_release_is_304_until_something_changes(project, release):
    client = client_of(make_member(project, "researcher"))
    url = f"/api/releases/{release.pk}/"
    first = client.get(url)
    assert first.json()["state"] == "queued"
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 304
    build()
    ready = client.get(url, headers={"if-none-match": first["ETag"]})
    assert (ready.status_code, ready.json()["state"], ready.json()["progress"]) == (200, "ready", 1.0)
    assert len(ready.json()["content_id"]) == 64


def test_a_ready_release_is_one_zip_that_is_always_the_same(project, release, tmp_path):
    build()
    researcher = make_member(project, "researcher")
    client = client_of(researcher)
    answers = [client.get(f"/api/releases/{release.pk}/download/") for _ in range(2)]
    first, second = (b"".join(answer.streaming_content) for answer in answers)
    assert first == second
    assert answers[0]["Content-Type"] == "application/zip"
    assert answers[0]["Content-Disposition"] == 'attachment; filename="smartblur-dogs-1.0.0.zip"'
    assert zipfile.ZipFile(io.BytesIO(first)).testzip() is None
    archive = tmp_path / "release.zip"
    archive.write_bytes(first)
    unpack_release(archive, tmp_path / "unpacked")
    assert verify_release(tmp_path / "unpacked", "full") == []
    taken = AuditEntry.objects.filter(action="release.downloaded", subject=f"release:{release.pk}", project=project)
    assert [entry.actor for entry in taken] == [researcher, researcher]


def test_a_release_that_is_not_built_cannot_be_downloaded(project, release):
    answer = client_of(owner_of(project)).get(f"/api/releases/{release.pk}/download/")
    assert (answer.status_code, answer.json()["code"]) == (409, "release_not_ready")


def test_a_waiting_release_can_be_cancelled_once(project, release):
    client = client_of(make_member(project, "curator"))
    answers = [client.post(f"/api/releases/{release.pk}/cancel/") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 409]
    assert (answers[0].json()["state"], answers[1].json()["code"]) == ("cancelled", "already_over")


@pytest.mark.parametrize(("role", "status"), [("annotator", 403), ("researcher", 403), ("curator", 201)])
def test_curators_cut_releases(project, role, status):
    answer = client_of(make_member(project, role)).post(f"/api/projects/{project.pk}/releases/", {})
    assert answer.status_code == status


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_strangers_learn_nothing(project, release, who):
    client = client_of(make_user() if who == "stranger" else None)
    answers = [
        client.get(f"/api/projects/{project.pk}/releases/"),
        client.post(f"/api/projects/{project.pk}/releases/", {}),
        client.get(f"/api/releases/{release.pk}/"),
        client.get(f"/api/releases/{release.pk}/download/"),
    ]
    assert {answer.status_code for answer in answers} == {404 if who == "stranger" else 401}


def test_lists_and_details_take_few_queries_whatever_the_rows(project, release, django_assert_max_num_queries):
    client = client_of(make_member(project, "researcher"))
    Release.objects.update(state="done", content_id="0" * 64)
    for version in ("1.1.0", "1.2.0"):
        cut_release(project, by=owner_of(project), version=version)
    with django_assert_max_num_queries(2):
        assert len(client.get(f"/api/projects/{project.pk}/releases/").json()["results"]) == 3
    with django_assert_max_num_queries(1):
        client.get(f"/api/releases/{release.pk}/")


@pytest.mark.parametrize(
    ("missing", "code", "where"),
    [
        ({"label_license": ""}, "no_label_license", "label_license"),
        ({"authors": ""}, "no_authors", "authors"),
        ({"label_license": "LicenseRef-Ours"}, "no_license_text", "license_texts"),
    ],
)
def test_a_project_that_does_not_say_whose_it_is_has_no_release(missing, code, where):
    project = make_project(votes_wanted=1, **missing)
    label_image(make_image(project), LEFT_HALF, "bad")
    client = client_of(owner_of(project))
    answer = client.post(f"/api/projects/{project.pk}/releases/", {})
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (409, code, where)
    said = {"label_license": "cc-by-4.0", "authors": "The Lab"}
    client.patch(f"/api/projects/{project.pk}/", said)
    assert client.post(f"/api/projects/{project.pk}/releases/", {}).status_code == 201
