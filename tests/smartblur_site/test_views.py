import pytest
from django.db import connection
from django.test import Client

from smartblur_site import views

pytestmark = pytest.mark.django_db


def test_healthz_asks_no_store(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/healthz").json() == {"status": "ok"}


def test_probes_are_not_sent_to_https_and_pages_are(settings):
    settings.SECURE_SSL_REDIRECT = True
    assert [Client().get(address).status_code for address in ("/healthz", "/readyz", "/sign-in/")] == [200, 200, 301]


def test_readyz_is_200_when_all_is_there(client):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_readyz_names_absent_redis(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert (answer.status_code, answer["Retry-After"]) == (503, "2")
    about = {"request_id": answer["X-Request-ID"]}
    assert answer.json() == {"code": "unavailable", "detail": "Not ready: Redis is away."} | about


def test_readyz_names_an_absent_database(client, monkeypatch):
    monkeypatch.setitem(views.CHECKS, "Redis is away", lambda: True)
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", 1)
    answer = client.get("/readyz")
    monkeypatch.undo()
    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        "Not ready: the database is away or migrations are waiting.",
    )


def test_readyz_waits_for_migrations(client):
    with connection.cursor() as cursor:
        cursor.execute("delete from django_migrations where app = 'annotate'")
    assert client.get("/readyz").status_code == 503


def test_every_page_forbids_foreign_scripts_and_frames(client):
    headers = Client().get("/healthz").headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "same-origin")
