"""Whatever goes wrong, the answer has one shape, the right status, and no 500 but for our own bugs."""

import errno
import gzip
import json

import kombu.exceptions
import pytest
import redis
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from django.test import Client
from django.urls import include, path
from rest_framework import exceptions, serializers
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from annotate.core.errors import Conflict, InvalidDocument, InvalidImage, SmartBlurError, StaleRevision
from smartblur_site import api

pytestmark = pytest.mark.urls(__name__)


class Shape(serializers.Serializer):
    class Point(serializers.Serializer):
        x = serializers.IntegerField(min_value=0)

    points = Point(many=True, required=False)


class Probe(APIView):
    """Raises what the test asks for; answers a POST with what it understood."""

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    error: Exception | None = None

    def get(self, request):
        raise Probe.error

    def post(self, request):
        return Response(request.data)

    def put(self, request):
        Shape(data=request.data).is_valid(raise_exception=True)
        return Response()


class Locked(APIView):
    throttle_classes = ()

    def get(self, request):
        return Response()


def page(request):
    if Probe.error:
        raise Probe.error
    return HttpResponse("fine")


urlpatterns = [
    path("api/probe/", Probe.as_view()),
    path("api/locked/", Locked.as_view()),
    path("page/", page),
    path("", include("smartblur_site.urls")),
]
handler400, handler403, handler404, handler500 = (
    f"smartblur_site.api.{name}" for name in ("bad_request", "forbidden", "not_found", "server_error")
)


def disk_full_in_postgres() -> OperationalError:
    error = OperationalError("could not extend file")
    error.__cause__ = type("DiskFull", (Exception,), {"pgcode": "53100"})()
    return error


PROBLEMS = [
    (InvalidDocument("A ring needs 3 points.", where="regions[3].rings[0]"), 400, "invalid_document"),
    (InvalidImage("Not a photo."), 422, "invalid_image"),
    (InvalidImage("Too large.", code="too_many_pixels"), 422, "too_many_pixels"),
    (StaleRevision("Somebody saved first."), 409, "stale_revision"),
    (Conflict("It is over."), 409, "conflict"),
    (SmartBlurError("No.", code="odd"), 400, "odd"),
    (exceptions.MethodNotAllowed("GET"), 405, "method_not_allowed"),
    (exceptions.UnsupportedMediaType("text/x"), 415, "unsupported_media_type"),
    (exceptions.Throttled(wait=3.2), 429, "throttled"),
    (ValidationError("No such year."), 400, "invalid"),
    (Http404(), 404, "not_found"),
    (PermissionDenied(), 403, "permission_denied"),
    (DataError("integer out of range"), 400, "invalid"),
    (OperationalError("server closed the connection"), 503, "unavailable"),
    (InterfaceError("connection already closed"), 503, "unavailable"),
    (redis.ConnectionError("refused"), 503, "unavailable"),
    (redis.TimeoutError("slow"), 503, "unavailable"),
    (kombu.exceptions.OperationalError("refused"), 503, "unavailable"),
    (OSError(errno.ENOSPC, "No space left on device"), 507, "disk_full"),
    (disk_full_in_postgres(), 507, "disk_full"),
]
ids = [f"{type(error).__name__} is {code}" for error, _, code in PROBLEMS]


@pytest.fixture
def client():
    client = APIClient()
    client.raise_request_exception = False
    yield client
    Probe.error = None


@pytest.mark.parametrize(("error", "status", "code"), PROBLEMS, ids=ids)
def test_an_error_in_the_api_becomes_a_problem(client, error, status, code):
    Probe.error = error
    answer = client.get("/api/probe/")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert set(answer.json()) <= {"code", "detail", "where", "request_id"}
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    ("error", "status"),
    [(error, status) for error, status, _ in PROBLEMS if status in (403, 404, 503, 507)],
)
def test_the_same_error_on_a_page_is_a_page(client, error, status):
    Probe.error = error
    answer = client.get("/page/")
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/html; charset=utf-8")


def test_a_problem_names_the_place(client):
    Probe.error = PROBLEMS[0][0]
    answer = client.get("/api/probe/")
    assert answer.json() == {
        "code": "invalid_document",
        "detail": "A ring needs 3 points.",
        "where": "regions[3].rings[0]",
        "request_id": answer["X-Request-ID"],
    }


def test_a_nested_field_names_its_place(client):
    answer = client.put("/api/probe/", {"points": [{"x": 1}, {"x": -1}]})
    assert answer.status_code == 400
    assert answer.json() == {
        "code": "min_value",
        "detail": "At least 0.",
        "where": "points[1].x",
        "request_id": answer["X-Request-ID"],
    }


def test_a_list_in_place_of_an_object_is_a_problem(client):
    answer = client.put("/api/probe/", [1, 2])
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("path", ["/api/probe/", "/page/"])
def test_an_absent_store_says_when_to_come_back(client, path):
    Probe.error = OperationalError("away")
    assert client.get(path)["Retry-After"] == "2"


def test_a_throttled_client_is_told_how_long_to_wait(client):
    Probe.error = exceptions.Throttled(wait=3.2)
    assert client.get("/api/probe/")["Retry-After"] == "4"


@pytest.mark.django_db
def test_an_anonymous_client_is_told_how_to_sign_in(client):
    answer = client.get("/api/locked/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")


def test_a_bug_of_ours_is_a_500_that_tells_nothing(client):
    Probe.error = RuntimeError("secret")
    for address in ("/api/probe/", "/page/"):
        answer = client.get(address)
        assert answer.status_code == 500
        assert "secret" not in answer.content.decode()
    assert client.get("/api/probe/").json()["code"] == "server_error"


def test_an_unknown_address_under_api_is_json(client):
    answer = client.get("/api/nothing/here/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_host_that_is_not_ours_is_400(client):
    assert client.get("/page/", headers={"host": "evil.example"}).status_code == 400


def test_a_page_is_told_even_if_its_template_fails(client, monkeypatch):
    Probe.error = OperationalError("away")
    monkeypatch.setattr(api, "render", lambda *_, **__: 1 / 0)
    answer = client.get("/page/")
    assert (answer.status_code, answer.content.decode()) == (503, api.AWAY[1]["detail"])


def test_a_form_without_its_token_is_a_problem():
    answer = Client(enforce_csrf_checks=True).post("/page/")
    assert answer.status_code == 403
    assert "Reload the page" in answer.content.decode()


# Bodies ---------------------------------------------------------------------------------------------------------------

DEEP = "[" * 100_000
MALFORMED = ["{", "nonsense", '{"a": NaN}', '{"a": Infinity}', DEEP, '{"a": ' + "9" * 5000 + "}", "\x00", '"\\ud8"']


@pytest.mark.parametrize("body", MALFORMED, ids=[body[:12] for body in MALFORMED])
def test_malformed_json_is_400(client, body):
    answer = client.post("/api/probe/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_bytes_that_are_no_text_are_400(client):
    answer = client.generic("POST", "/api/probe/", b'{"a": "\xff"}', content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


def test_a_gzipped_body_is_read(client):
    body = gzip.compress(json.dumps({"points": [{"x": 1}]}).encode())
    gzipped = {"content_type": "application/json", "headers": {"content-encoding": "gzip"}}
    assert client.generic("POST", "/api/probe/", body, **gzipped).json() == {"points": [{"x": 1}]}


BROKEN = {
    "no gzip": b"not gzip",
    "cut in its data": gzip.compress(b"{}" * 999)[:20],
    "cut in its length": gzip.compress(b"{}")[:-4],
    "cut in its first mark": b"\x1f",
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_gzip_is_400(client, how):
    gzipped = {"content_type": "application/json", "headers": {"content-encoding": "gzip"}}
    assert client.generic("POST", "/api/probe/", BROKEN[how], **gzipped).status_code == 400


def test_a_body_of_more_values_than_any_map_has_is_413_before_they_take_memory(client):
    small = gzip.compress(b"[" + b"[]," * 5_000_000 + b"[]]")
    refused = client.generic(
        "POST", "/api/probe/", small, content_type="application/json", HTTP_CONTENT_ENCODING="gzip"
    )
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    numbers = b"[" + b"1," * 400_000 + b"1]"
    assert client.generic("POST", "/api/probe/", numbers, content_type="application/json").status_code == 200


def test_a_body_over_the_limit_is_413(client, monkeypatch):
    monkeypatch.setattr(api, "BODY_LIMIT", 1000)
    body = json.dumps("x" * 1001).encode()
    gzipped = {"content_type": "application/json", "headers": {"content-encoding": "gzip"}}
    assert client.generic("POST", "/api/probe/", body, content_type="application/json").status_code == 413
    assert client.generic("POST", "/api/probe/", gzip.compress(body), **gzipped).status_code == 413


def test_another_media_type_is_415(client):
    answer = client.generic("POST", "/api/probe/", b"a=1", content_type="text/csv")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
