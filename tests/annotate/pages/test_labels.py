"""The pages of imports: sending a file without a script, the list, one file, and what is wrong with it as a table."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotate.models import LabelImport
from annotate.services.teams.archive import archive_project
from tests.factories import make_image, make_project, owner_of
from tests.label_files import apply, run, start, undo, use_lines
from tests.visits import QUERY_BOUND, browser, member_of

pytestmark = pytest.mark.django_db

ROW = {"photo": "a.jpg", "boxes": [["soft", 0, 0, 24, 32]], "words": ["fine"]}


@pytest.fixture(autouse=True)
def _lines(monkeypatch):
    use_lines(monkeypatch)


@pytest.fixture
def project():
    project = make_project(votes_wanted=1)
    make_image(project, file_name="a.jpg")
    return project


def text(response) -> str:
    return response.content.decode()


def test_curators_find_it_beside_the_upload_and_others_do_not(project):
    link = f'href="/projects/{project.pk}/labels/"'
    assert link in text(member_of(project, "curator").get(f"/projects/{project.pk}/"))
    assert link not in text(member_of(project, "researcher").get(f"/projects/{project.pk}/"))


def test_a_file_is_sent_by_the_plain_form(project):
    file = SimpleUploadedFile("some.lines", json.dumps(ROW).encode())
    page = member_of(project, "curator").post(f"/projects/{project.pk}/labels/", {"file": file, "format": ""})
    work = run(LabelImport.objects.get())
    assert (page.status_code, page["Location"]) == (302, f"/projects/{project.pk}/labels/{work.pk}/")
    assert (work.stage, work.report["photos"]) == ("checked", 1)


def test_without_a_file_it_is_said_beside_the_field(project):
    page = member_of(project, "curator").post(f"/projects/{project.pk}/labels/", {"format": ""})
    assert (page.status_code, "Something is missing here." in text(page)) == (200, True)


def test_the_list_says_what_each_brought(project, django_assert_max_num_queries):
    for _ in range(3):
        apply(start(project, ROW), levels={"soft": 1}, votes={"fine": "good"})
    client = browser(owner_of(project))
    with django_assert_max_num_queries(QUERY_BOUND):
        page = text(client.get(f"/projects/{project.pk}/labels/"))
    assert page.count("some.lines") == 3
    assert "Brought in" in page


def test_what_was_taken_back_is_not_counted(project):
    work = apply(start(project, ROW), levels={"soft": 1}, votes={"fine": "good"})
    assert work.here == {"maps": 1, "votes": 1}
    assert undo(work).here == {"maps": 0, "votes": 0}


def test_formats_are_called_as_in_the_readers_language(project):
    page = browser(owner_of(project)).get(f"/projects/{project.pk}/labels/", headers={"Accept-Language": "de"})
    assert "Maskenordner (CUHK, DUT)" in text(page)


def test_a_project_without_photos_says_so():
    project = make_project()
    assert "The project has no photos yet" in text(browser(owner_of(project)).get(f"/projects/{project.pk}/labels/"))


def test_one_file_has_its_page(project, django_assert_max_num_queries):
    work = start(project, ROW)
    client = browser(owner_of(project))
    with django_assert_max_num_queries(QUERY_BOUND):
        page = client.get(f"/projects/{project.pk}/labels/{work.pk}/")
    assert 'data-island="label-import"' in text(page)
    other = make_project(owner_of(project))
    assert client.get(f"/projects/{other.pk}/labels/{work.pk}/").status_code == 404


@pytest.mark.promise("S9")
def test_what_is_wrong_is_a_table_that_no_spreadsheet_computes(project):
    work = start(project, ROW, {"photo": "=1+1.jpg", "boxes": []}, "{broken")
    page = browser(owner_of(project)).get(f"/projects/{project.pk}/labels/{work.pk}/problems.csv")
    assert text(page).splitlines() == [
        "where,code,reason",
        "some.lines: line 2,photo_missing,No photo here is called =1+1.jpg.",
        "some.lines: line 3,invalid_labels,This line is no JSON.",
    ]
    assert page["Content-Type"] == "text/csv; charset=utf-8"


def test_former_imports_of_an_archived_project_can_be_looked_at(project):
    work = start(project, ROW)
    archive_project(project, by=owner_of(project))
    page = browser(owner_of(project)).get(f"/projects/{project.pk}/labels/{work.pk}/")
    assert (page.status_code, '"can_import": false' in text(page)) == (200, True)
