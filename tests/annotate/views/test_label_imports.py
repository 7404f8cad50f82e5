"""Labels of other tools over HTTP: sent, read, reported, brought in, taken back."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotate.models import Annotation, LabelImport
from tests.factories import client_of, make_image, make_member, make_project, make_user
from tests.label_files import run, use_lines

pytestmark = pytest.mark.django_db

ROW = {"photo": "a.jpg", "author": "anna", "boxes": [["soft", 0, 0, 24, 32]], "words": ["fine"]}
MAPPING = {"levels": {"soft": 2}, "votes": {"fine": "good"}, "rest": 0}


@pytest.fixture(autouse=True)
def _lines(monkeypatch):
    use_lines(monkeypatch)


@pytest.fixture
def project():
    project = make_project(votes_wanted=1)
    make_image(project, file_name="a.jpg")
    return project


@pytest.fixture
def curator(project):
    return client_of(make_member(project, "curator"))


def send(client, project, *rows, **fields):
    text = "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)
    body = {"file": SimpleUploadedFile("some.lines", text.encode())} | fields
    return client.post(f"/api/projects/{project.pk}/labels/", body, format="multipart")


def test_a_file_is_sent_read_brought_in_and_taken_back(project, curator):
    answer = send(curator, project, ROW, "{broken")
    work = answer.json()
    assert (answer.status_code, work["stage"]) == (201, "checking")
    address = f"/api/labels/{work['id']}/"
    assert curator.get(f"{address}report/").json()["code"] == "not_read"
    run(LabelImport.objects.get())
    seen = curator.get(address)
    assert [seen.json()[name] for name in ("stage", "format", "rows_read")] == ["checked", "lines", 2]
    assert curator.get(address, headers={"If-None-Match": seen["ETag"]}).status_code == 304
    report = curator.get(f"{address}report/").json()
    assert report["patterns"] == [{"shapes": ["soft"], "photo": ["fine"], "drawing": "shapes", "rows": 1}]
    assert report["problems"] == [
        {"code": "invalid_labels", "where": "some.lines: line 2", "detail": "This line is no JSON."}
    ]
    assert curator.post(f"{address}apply/", MAPPING, format="json").json()["stage"] == "applying"
    run(LabelImport.objects.get())
    assert curator.get(address).json()["counts"] == {"maps": 1, "votes": 1, "photos": 1}
    assert curator.get(f"{address}report/").json()["left_out_count"] == 1
    assert curator.delete(address).json()["code"] == "import_begun"
    assert curator.post(f"{address}undo/").status_code == 202
    run(LabelImport.objects.get())
    assert curator.get(address).json()["undone"] == {"maps": 1, "votes": 1}
    assert Annotation.objects.count() == 0
    assert curator.delete(address).status_code == 204


def test_the_list_holds_the_files_of_the_project(project, curator):
    send(curator, project, ROW)
    found = curator.get(f"/api/projects/{project.pk}/labels/").json()["results"]
    assert [row["file_name"] for row in found] == ["some.lines"]


def test_it_is_read_again_with_other_options(project, curator):
    work = send(curator, project, ROW).json()
    run(LabelImport.objects.get())
    answer = curator.post(f"/api/labels/{work['id']}/read/", {"threshold": 90}, format="json")
    assert (answer.status_code, answer.json()["options"]) == (202, {"threshold": 90})


def test_what_waits_is_stopped(project, curator):
    work = send(curator, project, ROW).json()
    assert curator.post(f"/api/labels/{work['id']}/cancel/").json()["stage"] == "cancelled"


@pytest.mark.parametrize("role", ["annotator", "researcher"])
def test_others_may_not(project, curator, role):
    work = send(curator, project, ROW).json()
    other = client_of(make_member(project, role))
    assert send(other, project, ROW).status_code == 403
    assert other.post(f"/api/labels/{work['id']}/apply/").status_code == 403


def test_strangers_find_nothing(project, curator):
    work = send(curator, project, ROW).json()
    assert client_of(make_user()).get(f"/api/labels/{work['id']}/report/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"format": "nothing"}, "unknown_format"), ({"colour": "red"}, "unknown_field"), ({"threshold": 0}, "min_value")],
)
def test_a_malformed_body_is_told(project, curator, fields, code):
    answer = send(curator, project, ROW, **fields)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_mapping_to_no_level_is_told(project, curator):
    work = send(curator, project, ROW).json()
    run(LabelImport.objects.get())
    answer = curator.post(f"/api/labels/{work['id']}/apply/", {"levels": {"soft": 9}}, format="json")
    assert (answer.json()["code"], answer.json()["where"]) == ("bad_mapping", "mapping.levels.soft")


def test_a_report_takes_few_queries(project, curator, django_assert_max_num_queries):
    work = send(curator, project, *[ROW | {"author": str(number)} for number in range(30)]).json()
    run(LabelImport.objects.get())
    with django_assert_max_num_queries(4):
        curator.get(f"/api/labels/{work['id']}/report/")
