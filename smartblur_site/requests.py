"""Each request has an id, which answers, problems, log lines and the tasks that it wakes carry; and it is measured.

The id is the one that a proxy of ours gave, else a new one. Work that beat or a command begins has its task's id.
"""

import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

HEADER = "X-Request-ID"
GOOD = re.compile(r"[\w.-]{8,64}", re.ASCII)
LABELS = ("route", "method")
REQUESTS = Counter("smartblur_requests", "Requests by their answer.", (*LABELS, "status"), registry=None)
SECONDS = Histogram(
    "smartblur_request_seconds",
    "Time until an answer begins.",
    LABELS,
    registry=None,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

logger = logging.getLogger(__name__)
_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request or task that this thread is at; empty outside of any."""
    return _id.get()


def observed(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: give the request its id, count it by its route and measure it."""

    def answer(request: HttpRequest) -> HttpResponse:
        token, began = _id.set(_given_id(request) or uuid.uuid4().hex), time.perf_counter()
        try:
            response = get_response(request)
            response[HEADER] = request_id()
            _measure(request, response, time.perf_counter() - began)
            return response
        finally:
            _id.reset(token)

    return answer


def _given_id(request: HttpRequest) -> str:
    given = request.headers.get(HEADER, "") if settings.REST_FRAMEWORK["NUM_PROXIES"] else ""
    return given if GOOD.fullmatch(given) else ""


def _measure(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    route = request.resolver_match.view_name if request.resolver_match else ""  # a file, or nothing that we have
    method = request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
    REQUESTS.labels(route, method, response.status_code).inc()
    SECONDS.labels(route, method).observe(seconds)
    about = {"route": route, "method": method, "status": response.status_code, "ms": round(seconds * 1000, 1)}
    logger.info("%s %s", method, request.path, extra=about)


class WithRequestId(logging.Filter):
    """Adds `request_id` to each log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let it pass, with the id."""
        record.request_id = request_id() or "-"
        return True


@before_task_publish.connect
def send_id(headers: dict[str, Any], **_: object) -> None:
    """Let a task know which request woke it."""
    headers["request_id"] = request_id() or None


@task_prerun.connect
def take_id(task_id: str, task: Any, **_: object) -> None:
    """Work in the name of the request that woke the task, else of the task itself."""
    _id.set(getattr(task.request, "request_id", None) or task_id)


@task_postrun.connect
def drop_id(**_: object) -> None:
    """The thread is free for others."""
    _id.set("")
