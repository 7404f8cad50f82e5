"""What Prometheus is told, whom it is told to, and that several processes add up."""

import os
import subprocess
import sys

import pytest
from django.db import OperationalError
from prometheus_client.parser import text_string_to_metric_families

from annotate.models import Delivery
from annotate.services.webhooks import create_webhook, new_secret
from modelsvc.services.workers import beat
from smartblur_site import metrics
from tests.factories import make_image, make_project, owner_of
from tests.visits import browser

TOKEN = "4711-" * 8
MANY = """
import os
import django
django.setup()
from django.test import Client
from prometheus_client import generate_latest
from smartblur_site.metrics import registry
for _ in range(2):
    if (child := os.fork()) == 0:
        Client().get("/healthz")
        os._exit(0)
    os.waitpid(child, 0)
print(generate_latest(registry()).decode())
"""


def figures(text):
    """Value by name and the values of its labels, in the order of their names."""
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def scrape(client, settings):
    settings.METRICS_TOKEN = TOKEN
    return lambda token=TOKEN: client.get("/metrics", headers={"Authorization": f"Bearer {token}"})


def test_it_wants_its_token_and_is_not_there_without_one(scrape, settings, db):
    assert [scrape(odd).status_code for odd in ("", "wrong", TOKEN[:-1])] == [401] * 3
    assert scrape().status_code == 200
    settings.METRICS_TOKEN = ""
    assert scrape("").status_code == 404


def test_it_tells_of_requests_work_workers_photos_and_messages(scrape, django_assert_max_num_queries, db):
    project = make_project()
    make_image(project)
    create_webhook(project, by=owner_of(project), url="https://example.org/", secret=new_secret(), events=[])
    beat(["default"], "")
    before = figures(scrape().content.decode())
    browser().get(f"/projects/{project.pk}/")
    with django_assert_max_num_queries(20):
        told = figures(scrape().content.decode())
    requests = ("smartblur_requests_total", "GET", "pages:photos", "302")
    assert told[requests] - before.get(requests, 0) == 1
    assert told["smartblur_request_seconds_count", "GET", "pages:photos"] >= 1
    wanted = {
        ("smartblur_database_up",): 1,
        ("smartblur_work", "Previews", "waiting"): 1,
        ("smartblur_workers", "default"): 1,
        ("smartblur_workers", "gpu"): 0,
        ("smartblur_photos_waiting", "label"): 1,
        ("smartblur_photos_waiting", "settle"): 0,
        ("smartblur_webhook_messages_waiting",): Delivery.objects.count(),
    }
    assert {name: told[name] for name in wanted} == wanted


def test_without_the_database_it_says_that_it_is_away(scrape, monkeypatch, db):
    def away():
        raise OperationalError

    monkeypatch.setattr(metrics, "work", away)
    told = figures(scrape().content.decode())
    assert (told["smartblur_database_up",], ("smartblur_workers", "gpu") in told) == (0, False)


def test_processes_that_share_a_folder_add_up(tmp_path):
    nobody = {"DATABASE_URL": "postgres://none@localhost:9/none", "REDIS_URL": "redis://localhost:9", "SECRET_KEY": "x"}
    environment = os.environ | nobody | {"ALLOWED_HOSTS": "testserver", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", MANY], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert figures(said.stdout)["smartblur_requests_total", "GET", "healthz", "200"] == 2
