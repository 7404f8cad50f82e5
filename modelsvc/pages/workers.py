"""The health of workers and queues: for the site's staff of all projects, for researchers of their own."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate import tasks as annotate_tasks
from annotate.models import Project
from annotate.pages.access import project_page, refusals_told
from annotate.pages.notices import tell
from modelsvc import tasks
from modelsvc.models import Worker
from modelsvc.services.retries import try_again
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


@require_POST
@login_required
def again_anywhere(request: HttpRequest) -> HttpResponse:
    """Try failed work of any project again, for staff."""
    if not request.user.is_staff:
        raise PermissionDenied
    start_again(request, None)
    return redirect("model-pages:all-workers")


@require_POST
@project_page("run.start")
def again(request: HttpRequest, project: Project) -> HttpResponse:
    """Try failed work of the project again."""
    start_again(request, project)
    return redirect("model-pages:workers", project.pk)


def start_again(request: HttpRequest, project: Project | None) -> None:
    """Queue the work that was posted, as its `rows` and `pk`, and say so."""
    pk = request.POST.get("pk", "")
    if not pk.isdecimal() or len(pk) > 18:
        raise Http404
    with refusals_told(request, at="again"):
        try_again(request.POST.get("rows", ""), int(pk), by=request.user, project=project)
        annotate_tasks.sweep.delay_on_commit()
        tasks.sweep.delay_on_commit()
        tell(request, _("It waits for a worker, which takes it up within seconds."))


def describe(project: Project | None) -> dict[str, Any]:
    """What the page shows."""
    is_alive = ExpressionWrapper(Q(seen_at__gt=Now() - ALIVE), output_field=BooleanField())
    return {
        "workers": Worker.objects.annotate(is_alive=is_alive).order_by("-is_alive", "name"),
        "queues": queues_of(project),
        "leases": leases_of(project),
        "failures": failures_of(project),
    }
