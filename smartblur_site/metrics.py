"""`/metrics` for Prometheus: what this web process measured, and what the database says of work, workers and photos.

A process knows only its own requests: several are scraped one by one, or share a folder, PROMETHEUS_MULTIPROC_DIR, in
which they add up. What comes from the database is the same whoever is asked.
"""

import os
from collections.abc import Iterator

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from annotate.models import Delivery, Image
from modelsvc.models import Worker
from modelsvc.services.workers import ALIVE, queues_of
from smartblur_site.api import answer_problem, problem
from smartblur_site.requests import REQUESTS, SECONDS

Gauge = GaugeMetricFamily


def metrics(request: HttpRequest) -> HttpResponse:
    """All figures in Prometheus' text format, for who knows SMARTBLUR_METRICS_TOKEN; 404 where none is set."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not constant_time_compare(request.headers.get("Authorization", ""), f"Bearer {settings.METRICS_TOKEN}"):
        told = problem(
            401, "not_authenticated", _("Send the token of SMARTBLUR_METRICS_TOKEN: Authorization: Bearer TOKEN.")
        )
        response = answer_problem(request, *told)
        response["WWW-Authenticate"] = "Bearer"
        return response
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)


def registry() -> CollectorRegistry:
    """What is told: requests of this process or of all that share a folder, and the rows."""
    told = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(told)
    else:
        told.register(REQUESTS)
        told.register(SECONDS)
    told.register(Rows())
    return told


class Rows(Collector):
    """What the database says now; where it is away, that alone is told."""

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing is asked before a scrape."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges."""
        try:
            told = [*work(), workers(), photos(), messages()]
        except (OperationalError, InterfaceError):
            told = []
        yield Gauge("smartblur_database_up", "Whether the database answers.", 1 if told else 0)
        yield from told


def work() -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
    """Rows of long work by kind and state, and how long the work waits that waits longest."""
    counts = Gauge("smartblur_work", "Long work; failed within the last day.", labels=["kind", "state"])
    waits = Gauge("smartblur_work_oldest_seconds", "The longest wait.", labels=["kind"])
    for row in queues_of(None):
        for state in ("waiting", "running", "failed"):
            counts.add_metric([row["name"], state], row[state])
        waited_s = (timezone.now() - row["oldest"]).total_seconds() if row["oldest"] else 0
        waits.add_metric([row["name"]], waited_s)
    return counts, waits


def workers() -> GaugeMetricFamily:
    """Workers that have told of themselves within the last minute, by queue."""
    gauge = Gauge("smartblur_workers", "Workers that are there.", labels=["queue"])
    there = Worker.objects.filter(seen_at__gt=Now() - ALIVE)
    for queue in ("default", "gpu"):
        gauge.add_metric([queue], there.filter(queues__contains=queue).count())
    return gauge


def photos() -> GaugeMetricFamily:
    """Photos that wait for somebody."""
    gauge = Gauge("smartblur_photos_waiting", "Photos that wait for somebody to label or settle.", labels=["what"])
    kept = Image.objects.filter(is_withdrawn=False)
    gauge.add_metric(["label"], kept.filter(open_slots__gt=0).count())
    gauge.add_metric(["settle"], kept.filter(state=Image.State.DISPUTED).count())
    return gauge


def messages() -> GaugeMetricFamily:
    """Messages of webhooks that wait."""
    return Gauge("smartblur_webhook_messages_waiting", "Unsent.", Delivery.objects.exclude(due_at=None).count())
