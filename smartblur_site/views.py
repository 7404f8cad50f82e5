"""Probes for whoever runs the site (is the process up, and can it serve), and the browser's catalogue of words."""

import redis
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page
from django.views.i18n import JavaScriptCatalog

from smartblur_site.api import answer_problem, is_bucket_away, problem


def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers; asks no store."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database, the migrations, Redis and the files are there; else 503 that names what is away."""
    away = [name for name, is_there in CHECKS.items() if not is_there()]
    if away:
        return answer_problem(request, *problem(503, "unavailable", f"Not ready: {', '.join(away)}."))
    return JsonResponse({"status": "ready"})


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The site's own sign-in in place of the admin's, which asks for no second factor."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", "/admin/"))


def has_migrated_database() -> bool:
    """Whether the database answers and no migration is waiting."""
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (OperationalError, InterfaceError):
        return False


def has_redis() -> bool:
    """Whether Redis answers a ping in time."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_OPTIONS) as client:
            return client.ping()
    except redis.RedisError:
        return False


def has_files() -> bool:
    """Whether the store of files answers; a folder always does."""
    try:
        default_storage.exists("anything")
    except Exception as error:
        if is_bucket_away(error):
            return False
        raise
    return True


CHECKS = {
    "the database is away or migrations are waiting": has_migrated_database,
    "Redis is away": has_redis,
    "the store of files is away": has_files,
}


@gzip_page
@conditional_page
def catalogue(request: HttpRequest, language: str) -> HttpResponse:
    """The browser's words in a language, as a script that defines `django.gettext`."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        return JavaScriptCatalog.as_view(packages=["smartblur_site"])(request)
