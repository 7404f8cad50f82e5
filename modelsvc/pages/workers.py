"""The health of workers and queues: for the site's staff of all projects, for researchers of their own."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotate.models import Project
from annotate.pages.access import project_page
from modelsvc.models import Worker
from modelsvc.services.workers import ALIVE, failures_of, leases_of, queues_of


@login_required
def all_workers(request: HttpRequest) -> HttpResponse:
    """Everything, for staff."""
    if not request.user.is_staff:
        raise PermissionDenied
    return render(request, "modelsvc/workers.html", describe(None))


@project_page("run.view")
def workers(request: HttpRequest, project: Project) -> HttpResponse:
    """The workers, and the work of one project."""
    return render(request, "modelsvc/workers.html", describe(project) | {"project": project})


def describe(project: Project | None) -> dict[str, Any]:
    """What the page shows."""
    is_alive = ExpressionWrapper(Q(seen_at__gt=Now() - ALIVE), output_field=BooleanField())
    return {
        "workers": Worker.objects.annotate(is_alive=is_alive).order_by("-is_alive", "name"),
        "queues": queues_of(project),
        "leases": leases_of(project),
        "failures": failures_of(project),
    }
