"""How many bytes a request may bring: told before any of them is kept.

The web server asks before it takes a large body in, and `bounded_bodies` asks again before anything parses it.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from smartblur_site.api import DISK_FULL, answer_problem, problem

HAS_ROOM = "smartblur.has_room"  # of the environment: whether the web server could keep the body
FROM_ANYBODY = 2**20
FROM_USERS = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
OF_FILES = {
    "images": 2**30,
    "photos-upload": 2**30,
    "try": 4 * 2**30,
    "label-imports": 8 * 2**30,
}  # by the route's name


def largest_body(request: HttpRequest) -> int:
    """The most bytes this request's body may have, by who asks and for what."""
    if not is_signed_in(request):
        return FROM_ANYBODY
    try:
        return OF_FILES.get(resolve(request.path_info).url_name, FROM_USERS)
    except Http404:
        return FROM_ANYBODY


def is_signed_in(request: HttpRequest) -> bool:
    """Whether the request carries a session or a token that somebody has."""
    if not hasattr(request, "session"):
        SessionMiddleware(lambda _: HttpResponse()).process_request(request)
    if get_user(request).is_authenticated:
        return True
    by_token = import_string(settings.REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"][0])
    try:
        return by_token().authenticate(request) is not None
    except APIException:
        return False


def bounded_bodies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: 413 for a body that is too large, before anything reads it; 507 for one that found no room."""

    def answer(request: HttpRequest) -> HttpResponse:
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        if size > FROM_ANYBODY and size > (most := largest_body(request)):
            detail = _("Send at most %(most)s MiB at a time.") % {"most": most // 2**20}
            return answer_problem(request, *problem(413, "too_large", detail))
        if not request.META.get(HAS_ROOM, True):
            return answer_problem(request, *DISK_FULL)
        return get_response(request)

    return answer
