"""What every answer of the site shares: one shape for problems, one for lists, and limits on what comes in.

A refusal is `{"code", "detail", "where"?, "request_id"}`: JSON under /api/ and for probes, a page elsewhere.
`problem_of` alone decides which status an exception gets.
"""

import gzip
import json
import logging
import math
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import kombu.exceptions
import redis
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, InterfaceError, OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.pagination import BasePagination
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from annotate.core.errors import NO_SPACE, SmartBlurError
from smartblur_site.requests import request_id

Problem = dict[str, str]
Answer = tuple[int, Problem]

logger = logging.getLogger(__name__)

STATUS = {  # of a SmartBlurError by its class's code, or the nearest parent's
    "error": 400,
    "invalid_image": 422,
    "conflict": 409,
    "stale_revision": 409,
    "busy": 503,
    "disk_full": 507,
}
BROKER_AWAY = (redis.ConnectionError, redis.TimeoutError, kombu.exceptions.OperationalError)
STORE_AWAY = (OperationalError, InterfaceError, *BROKER_AWAY)
BUCKET_PACKAGES = ("botocore", "boto3", "s3transfer")
RETRY_AFTER_S = 2
HALF_PAIR = re.compile(r"\\u[dD][89a-fA-F]")  # perhaps: a whole pair looks like this too
VALUES_LIMIT = 600_000  # of a body of JSON: a map has 400,000 numbers at most, and an empty list takes 64 bytes
BODY_LIMIT = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
JSON_PATHS = ("/api/", "/healthz", "/readyz", "/metrics")
TITLES = {
    403: _("Not allowed"),
    404: _("Not found"),
    429: _("Too many tries"),
    503: _("Back in a moment"),
    507: _("The disk is full"),
}


# Problems -------------------------------------------------------------------------------------------------------------


def problem(status: int, code: str, detail: str, where: str = "") -> Answer:
    """A status and its body."""
    return status, {"code": code, "detail": detail} | ({"where": where} if where else {})


NOT_FOUND = problem(404, "not_found", _("There is nothing here, or it is not yours to see."))
FORBIDDEN = problem(403, "permission_denied", _("Your role does not allow this."))
DISK_FULL = problem(507, "disk_full", _("The server's disk is full; nothing was saved. Free some space and repeat."))
AWAY = problem(503, "unavailable", _("A store of the server is away for a moment. Repeat the request."))
OUR_FAULT = problem(500, "server_error", _("The server failed; its log says how. Nothing was saved."))


def problem_of(error: BaseException | None) -> Answer | None:
    """The status and body that `error` is answered with; None if it is a bug of ours."""
    if isinstance(error, SmartBlurError):
        return status_of(error), error.as_problem()
    if isinstance(error, exceptions.ValidationError):
        where, fault = first_fault(error.get_full_details())
        return problem(400, fault["code"], str(fault["message"]), where)
    if isinstance(error, exceptions.APIException):
        return problem(error.status_code, error.get_codes(), str(error.detail))
    if isinstance(error, DjangoValidationError):
        return problem(400, "invalid", " ".join(error.messages))
    if isinstance(error, Http404):
        return NOT_FOUND
    if isinstance(error, PermissionDenied):
        return FORBIDDEN
    if is_disk_full(error):
        return DISK_FULL
    if isinstance(error, STORE_AWAY) or is_bucket_away(error):
        return AWAY
    if isinstance(error, DataError):
        return problem(400, "invalid", _("A value is out of range."))
    return None


def status_of(error: SmartBlurError) -> int:
    """The HTTP status of a refusal."""
    return next(STATUS[kind.code] for kind in type(error).__mro__ if getattr(kind, "code", None) in STATUS)


def is_disk_full(error: BaseException | None) -> bool:
    """Whether a write failed, here or in Postgres, for want of space."""
    if isinstance(error, OSError):
        return error.errno in NO_SPACE
    return getattr(error.__cause__, "pgcode", None) == "53100" if error else False


def is_bucket_away(error: BaseException | None) -> bool:
    """Whether the store of files did not do what it was asked; told by name, since a site on one disk has no boto3."""
    return any(kind.__module__.split(".")[0] in BUCKET_PACKAGES for kind in type(error).__mro__)


def first_fault(details: Any, where: str = "") -> tuple[str, dict[str, str]]:
    """The place and the {message, code} of the first fault in a tree of validation errors."""
    if isinstance(details, dict):
        if isinstance(details.get("message"), str):
            return where, details
        name, inner = next(iter(details.items()))
    else:
        name, inner = next((index, each) for index, each in enumerate(details) if each)
        if isinstance(inner.get("message"), str):
            return where, inner
    step = f"[{name}]" if isinstance(name, int) else "" if name == "non_field_errors" else f".{name}"
    return first_fault(inner, (where + step).lstrip("."))


def problem_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """The answer of an API view that raised; DRF calls it."""
    answer = problem_of(error)
    if answer is None:
        return None
    status, body = answer
    response = Response(body, status=status)
    if wait := (RETRY_AFTER_S if status == 503 else getattr(error, "wait", None)):
        response["Retry-After"] = math.ceil(wait)
    if auth_header := getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = auth_header
    return response


class ProblemRenderer(JSONRenderer):
    """JSON, in which each refusal of the API tells the id of its request."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: dict | None = None) -> bytes:
        """The answer's bytes."""
        if isinstance(data, dict) and renderer_context["response"].status_code >= 400:
            data = data | {"request_id": request_id()}
        return super().render(data, accepted_media_type, renderer_context)


def answer_problem(request: HttpRequest, status: int, body: Problem) -> HttpResponse:
    """The problem as JSON for programs, as a page for people."""
    body = body | {"request_id": request_id()}
    if request.path.startswith(JSON_PATHS):
        response = JsonResponse(body, status=status)
    else:
        title = TITLES.get(status, _("Something went wrong"))
        is_person = status in (403, 404) and getattr(request, "user", None) and request.user.is_authenticated
        frame = "base.html" if is_person else "bare.html"  # with the bar, where the stores that it asks are there
        response = render(request, "problem.html", body | {"title": title, "frame": frame}, status=status)
    if status == 503:
        response["Retry-After"] = RETRY_AFTER_S
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 of Django's own: a malformed or suspicious request."""
    return answer_problem(request, *problem(400, "bad_request", _("The request is malformed.")))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403 outside the API's views."""
    return answer_problem(request, *FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404 of an address, or of a page that is not the visitor's."""
    return answer_problem(request, *NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """503 or 507 when a store is away or full, else 500: the last stop of every exception outside the API's views."""
    status, body = problem_of(sys.exc_info()[1]) or OUR_FAULT
    try:
        return answer_problem(request, status, body)
    except Exception:  # the page itself needs what is away or broken
        logger.exception("The page that tells of a problem failed")
        return HttpResponse(body["detail"], status=status, content_type="text/plain")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 of a form without its CSRF token."""
    detail = _("This form is out of date, or cookies are off. Reload the page and repeat.")
    return answer_problem(request, *problem(403, "csrf_failed", detail))


def locked_out(request: HttpRequest, credentials: dict, *args: Any, **kwargs: Any) -> HttpResponse:
    """429 after too many failed sign-ins."""
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    detail = _("Too many failed sign-ins. Wait %(minutes)s minutes and try again.") % {"minutes": minutes}
    return answer_problem(request, *problem(429, "throttled", detail))


# What comes in --------------------------------------------------------------------------------------------------------


class TooLarge(exceptions.APIException):
    """A body over the limit."""

    status_code = 413
    default_code = "too_large"
    default_detail = format_lazy(_("The body is larger than {most} MiB."), most=BODY_LIMIT // 2**20)


class BoundedJSONParser(JSONParser):
    """JSON of a bounded size, gzipped or not."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: dict | None = None) -> Any:
        """The parsed body.

        Raises:
            TooLarge: it is, or unpacks to, more than BODY_LIMIT bytes, or holds more than VALUES_LIMIT values.
            ParseError: it is not JSON, or not gzip though it says so.
        """
        request = parser_context["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > BODY_LIMIT:
            raise TooLarge
        if request.headers.get("Content-Encoding") == "gzip":
            stream = gzip.GzipFile(fileobj=stream)
        try:
            body = stream.read(BODY_LIMIT + 1)
            if len(body) > BODY_LIMIT:
                raise TooLarge
            if sum(map(body.count, (b",", b"[", b"{"))) > VALUES_LIMIT:
                raise TooLarge(_("The body holds more than %(most)s values.") % {"most": f"{VALUES_LIMIT:,}"})
            return parse_json(body.decode())
        except (ValueError, RecursionError, EOFError, gzip.BadGzipFile) as error:
            raise exceptions.ParseError(_("The body is not JSON: %(error)s") % {"error": error}) from None


def parse_json(text: str) -> Any:
    """The value, which can be written as UTF-8 again: half of a surrogate pair is no character.

    Raises:
        ValueError: it is not JSON.
    """
    value = json.loads(text, parse_constant=reject_constant)
    if HALF_PAIR.search(text):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def reject_constant(name: str) -> None:
    """Refuse NaN and Infinity, which Python reads and JSON does not know."""
    raise ValueError(f"{name} is not a JSON value")


# Lists ----------------------------------------------------------------------------------------------------------------


class KeysetPagination(BasePagination):
    """Pages by primary key: `{results, next}`; `?cursor=` is the last key seen, so that new rows shift nothing.

    A view lists newest first with `keyset_order = "-pk"`.
    """

    page_size = 50
    max_page_size = 200

    def paginate_queryset(self, queryset: QuerySet, request: Request, view: Any = None) -> Sequence[Any]:
        """The rows of the asked page."""
        order = getattr(view, "keyset_order", "pk")
        if (cursor := positive_int(request, "cursor")) is not None:
            queryset = queryset.filter(**{"pk__lt" if order == "-pk" else "pk__gt": cursor})
        size = min(positive_int(request, "page_size") or self.page_size, self.max_page_size)
        rows = list(queryset.order_by(order)[: size + 1])
        page = rows[:size]
        here = request.build_absolute_uri()
        self.next = replace_query_param(here, "cursor", page[-1].pk) if len(rows) > size else None
        return page

    def paginate_ids(self, find: Callable[..., list[int]], request: Request) -> list[int]:
        """The ids of the asked page, of those that `find(size, after=cursor)` gives in an order of its own."""
        size = min(positive_int(request, "page_size") or self.page_size, self.max_page_size)
        ids = find(size + 1, after=positive_int(request, "cursor"))
        here = request.build_absolute_uri()
        self.next = replace_query_param(here, "cursor", ids[size - 1]) if len(ids) > size else None
        return ids[:size]

    def get_paginated_response(self, data: Any) -> Response:
        """The page and where the next one is."""
        return Response({"results": data, "next": self.next})

    def get_paginated_response_schema(self, schema: dict) -> dict:
        """The page's shape, for the OpenAPI schema."""
        next_page = {"type": "string", "format": "uri", "nullable": True}
        return {"type": "object", "required": ["results", "next"], "properties": {"results": schema, "next": next_page}}

    def get_schema_operation_parameters(self, view: Any) -> list[dict]:
        """The two query parameters, for the OpenAPI schema."""
        number = {"in": "query", "required": False, "schema": {"type": "integer", "minimum": 1}}
        return [{"name": name, **number} for name in ("cursor", "page_size")]


def positive_int(request: Request, name: str) -> int | None:
    """The query parameter as a whole number; None when it is not given.

    Raises:
        SmartBlurError: it is given and is no positive 64-bit number.
    """
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:20]) < 2**63 and len(text) < 20):
        raise SmartBlurError(gettext("Give a positive whole number."), where=name, code="invalid")
    return int(text)
