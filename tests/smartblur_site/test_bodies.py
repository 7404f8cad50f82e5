"""How large a body may be: by who asks and for what, told before anything is read."""

import io
import json
import uuid

import PIL.Image
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client, RequestFactory
from django.urls import get_resolver

from annotate.services.teams import people
from smartblur_site.bodies import FROM_ANYBODY, FROM_USERS, HAS_ROOM, OF_FILES, largest_body
from tests.bar.common import polygons
from tests.factories import make_image, make_member, make_project, owner_of
from tests.labels import claim

pytestmark = pytest.mark.django_db
BOUNDS = {
    "/sign-in/": (FROM_ANYBODY, FROM_USERS),
    "/api/annotations/1/draft/": (FROM_ANYBODY, FROM_USERS),
    "/api/projects/1/images/": (FROM_ANYBODY, OF_FILES["images"]),
    "/projects/1/upload/": (FROM_ANYBODY, OF_FILES["photos-upload"]),
    "/projects/1/labels/": (FROM_ANYBODY, OF_FILES["label-imports"]),
    "/no/such/page/": (FROM_ANYBODY, FROM_ANYBODY),
}


class Unread:
    """A body that must not be read."""

    def read(self, *_: int) -> bytes:
        raise AssertionError("The body was read.")


@pytest.mark.parametrize("path", BOUNDS)
def test_strangers_send_a_megabyte_and_users_what_the_route_takes(path):
    client, owner = Client(), owner_of(make_project())
    client.force_login(owner)
    _, key = people.issue_token(owner, name="test")
    cookies = {"HTTP_COOKIE": client.cookies.output(header="", sep=";")}
    forged = {"HTTP_COOKIE": "sessionid=forged", "HTTP_AUTHORIZATION": "Token forged"}
    known = RequestFactory().post(path, **cookies)
    by_token = RequestFactory().post(path, HTTP_AUTHORIZATION=f"Token {key}")
    stranger = RequestFactory().post(path, **forged)
    assert [largest_body(each) for each in (stranger, known, by_token)] == [BOUNDS[path][0], *[BOUNDS[path][1]] * 2]


@pytest.mark.parametrize("path", ["/sign-in/", "/api/projects/1/images/", "/projects/1/upload/"])
def test_a_strangers_huge_form_is_413_and_not_a_byte_is_read(path, monkeypatch):
    monkeypatch.setattr(WSGIRequest, "read", Unread.read)
    words = {"CONTENT_LENGTH": str(300 * 2**20), "CONTENT_TYPE": "multipart/form-data; boundary=a"}
    assert Client(raise_request_exception=True).generic("POST", path, b"", **words).status_code == 413


def test_a_body_that_found_no_room_is_507_and_not_a_byte_is_read(monkeypatch):
    monkeypatch.setattr(WSGIRequest, "read", Unread.read)
    client = Client()
    client.force_login(owner_of(make_project()))
    answer = client.generic("POST", "/api/projects/1/images/", **{HAS_ROOM: False})
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")


def test_a_map_of_196_000_corners_is_saved():
    project = make_project()
    photo = io.BytesIO()
    PIL.Image.linear_gradient("L").resize((4000, 3000)).save(photo, "JPEG")
    make_image(project, photo.getvalue())
    author = make_member(project)
    draft = claim(project, author)
    body = {
        "save_id": str(uuid.uuid4()),
        "base_revision": 0,
        "document": polygons(50, 3920, 4000, 3000),
        "active_ms": 1,
    }
    assert len(json.dumps(body)) > 2.5 * 2**20
    client = Client()
    client.force_login(author)
    answer = client.put(f"/api/annotations/{draft.pk}/draft/", body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"revision": 1})


def test_each_route_of_files_exists():
    assert set(OF_FILES) <= set(get_resolver("annotate.urls").reverse_dict) | {"photos-upload", "try"}


def test_files_of_a_request_lie_on_the_disk_however_small_they_are():
    request = RequestFactory().post("/", {"files": SimpleUploadedFile("a.jpg", b"a few bytes")})
    with request.FILES["files"] as file:
        assert isinstance(file, TemporaryUploadedFile)
