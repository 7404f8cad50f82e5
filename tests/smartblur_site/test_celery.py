"""A wake-up is sent after the commit, and its failure is never the request's."""

import time

import pytest
from django.conf import settings
from django.db import transaction

from annotate import tasks
from smartblur_site.celery import app
from smartblur_site.stores import free_port


@pytest.fixture
def absent_broker(monkeypatch):
    monkeypatch.setattr(app.conf, "broker_url", f"redis://127.0.0.1:{free_port()}/0")
    monkeypatch.setattr(app.conf, "broker_write_url", None)
    app.pool.force_close_all()
    app.__dict__.pop("amqp", None)
    yield
    app.pool.force_close_all()


@pytest.mark.django_db(transaction=True)
def test_an_absent_broker_breaks_and_delays_no_request(absent_broker, caplog):
    began = time.monotonic()
    with transaction.atomic():
        tasks.sweep.delay_on_commit()
    assert time.monotonic() - began < 3
    assert "Error calling" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_waits_for_the_commit_and_goes_to_its_queue():
    with app.connection_for_write() as connection:
        queue = connection.SimpleQueue("default")
        queue.clear()
        with transaction.atomic():
            tasks.sweep.delay_on_commit()
            assert queue.qsize() == 0
        assert queue.qsize() == 1
        assert queue.get(timeout=1).headers["task"] == "annotate.tasks.sweep"
        queue.close()


def test_every_scheduled_and_routed_task_exists():
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert scheduled | set(settings.CELERY_TASK_ROUTES) <= set(app.tasks)


def test_nothing_keeps_results_or_acknowledges_late():
    assert (app.conf.result_backend, app.conf.task_ignore_result, app.conf.task_acks_late) == (None, True, False)
