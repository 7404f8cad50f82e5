"""One id goes through an answer, its problem, the log and the tasks that were woken."""

import json
import logging
import re

import pytest
import redis
from celery import shared_task
from django.conf import settings as site
from django.test import Client

from annotate import tasks
from smartblur_site import requests
from smartblur_site.requests import request_id
from tests.factories import make_user
from tests.visits import browser, words

OURS = re.compile(r"[0-9a-f]{32}")
GIVEN = {"X-Request-ID": "from-the-proxy.4711"}


def ids(settings, proxies, **headers):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": proxies}
    return Client().get("/healthz", headers=headers)["X-Request-ID"]


def test_only_a_proxy_of_ours_gives_an_id_and_only_a_plain_one(settings):
    assert OURS.fullmatch(ids(settings, 0, **GIVEN))
    assert ids(settings, 1, **GIVEN) == "from-the-proxy.4711"
    for odd in ("short", "x" * 65, 'a"b{}<script>', "line\tbreak-line"):
        assert OURS.fullmatch(ids(settings, 1, **{"X-Request-ID": odd}))
    assert request_id() == ""


def test_problems_show_it_to_programs_and_people(db):
    answer = browser(make_user()).get("/api/projects/4711/")
    assert answer.json()["request_id"] == answer["X-Request-ID"]
    page = browser(make_user()).get("/projects/4711/")
    assert f"If you ask for help, give this number: {page['X-Request-ID']}" in words(page)


def test_log_lines_are_json_with_the_id(settings, capsys):
    format = settings.LOGGING["formatters"]["json"]
    from logging.config import dictConfig

    handler = settings.LOGGING["handlers"]["stdout"] | {"formatter": "json"}
    before = logging.getLogger().handlers[:]
    dictConfig(
        {"version": 1, "disable_existing_loggers": False, "incremental": False}
        | {"filters": settings.LOGGING["filters"], "formatters": {"json": format}, "handlers": {"stdout": handler}}
        | {"loggers": {"smartblur_site.requests": {"level": "INFO", "handlers": ["stdout"], "propagate": False}}}
    )
    try:
        answer = Client().get("/healthz")
        try:
            raise ValueError("odd")
        except ValueError:
            requests.logger.exception('It "failed"\nin two lines')
    finally:
        dictConfig(
            {
                "version": 1,
                "disable_existing_loggers": False,
                "loggers": {"smartblur_site.requests": {"level": "WARNING", "handlers": [], "propagate": True}},
            }
        )
        logging.getLogger().handlers[:] = before
    asked, failed = map(json.loads, capsys.readouterr().out.splitlines())
    ms = asked.pop("ms")
    assert (0 <= ms < 10_000, asked.pop("at")[:2]) == (True, "20")
    about = {"level": "INFO", "logger": "smartblur_site.requests", "message": "GET /healthz"}
    assert asked == about | {"request_id": answer["X-Request-ID"], "route": "healthz", "method": "GET", "status": 200}
    assert ("ValueError: odd" in failed["exc_info"], failed["request_id"]) == (True, "-")


@shared_task
def tell_id():
    """Not of the product: says in whose name it runs."""
    tell_id.told = request_id()


@pytest.mark.django_db(transaction=True)
def test_a_task_runs_in_the_name_of_the_request_that_woke_it(monkeypatch):
    """What is put onto the queue is what a worker gets; it is run as a worker does."""
    with redis.Redis.from_url(site.REDIS_URL) as client:
        client.flushdb()
        token = requests._id.set("asked-for-4711")
        tasks.sweep.delay_on_commit()
        requests._id.reset(token)
        (message,) = client.lrange("default", 0, -1)
        client.flushdb()
    headers = json.loads(message)["headers"]
    assert headers["request_id"] == "asked-for-4711"
    tell_id.apply(headers={}, task_id="of-a-sweep")
    assert tell_id.told == "of-a-sweep"
    tell_id.request_stack.push(type(tell_id.request)(request_id=headers["request_id"]))
    requests.take_id(task_id="x", task=tell_id)
    assert request_id() == "asked-for-4711"
    tell_id.request_stack.pop()
    requests.drop_id()
    assert request_id() == ""
