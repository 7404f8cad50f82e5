"""A wake-up is sent after the commit, and its failure is never the request's."""

import functools
import json
import time

import kombu.pools
import pytest
import redis
from django.conf import settings
from django.db import transaction

from annotate import tasks
from smartblur_site.celery import Task, app
from smartblur_site.stores import free_port


@pytest.fixture
def absent_broker(monkeypatch):
    nobody = app.connection_for_write(f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setattr(app.amqp, "_producer_pool", kombu.pools.producers[nobody])
    yield
    Task.rests_until = 0.0


@pytest.fixture
def queue():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield functools.partial(client.lrange, "default", 0, -1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("R6")
def test_an_absent_broker_breaks_and_delays_no_request(absent_broker, caplog):
    began = time.monotonic()
    for _ in range(3):
        with transaction.atomic():
            tasks.sweep.delay_on_commit()
    assert time.monotonic() - began < 3
    assert caplog.text.count("Error calling") == 1


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_waits_for_the_commit_and_goes_to_its_queue(queue):
    with transaction.atomic():
        tasks.sweep.delay_on_commit()
        assert queue() == []
    assert [json.loads(message)["headers"]["task"] for message in queue()] == ["annotate.tasks.sweep"]


def test_every_scheduled_and_routed_task_exists():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled | set(settings.CELERY_TASK_ROUTES) <= set(app.tasks)


def test_nothing_keeps_results_or_acknowledges_late():
    assert (app.conf.result_backend, app.conf.task_ignore_result, app.conf.task_acks_late) == (None, True, False)
