"""The page of a project's trainings and of the models that came of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from annotate.models import Image, Project
from annotate.pages.access import project_page, refusals_told
from modelsvc import services, tasks
from modelsvc.models import ModelVersion, TrainingRun

RUNS_SHOWN = 50


@project_page("run.view")
def models(request: HttpRequest, project: Project) -> HttpResponse:
    """The versions with their numbers, which one pre-annotates, and the runs."""
    versions = list(ModelVersion.objects.filter(project=project).select_related("run__release"))
    runs = TrainingRun.objects.filter(project=project).select_related("release", "started_by", "version")
    in_production = next((each for each in versions if each.stage == ModelVersion.Stage.PRODUCTION), None)
    page = {
        "project": project,
        "versions": versions,
        "metric_names": shared_metrics(versions),
        "in_production": in_production,
        "coverage": in_production and coverage(project, in_production),
        "runs": runs.defer("config", "log_tail")[:RUNS_SHOWN],
        "has_release": project.releases.ready().exists(),
    }
    return render(request, "modelsvc/models.html", page)


def shared_metrics(versions: list[ModelVersion]) -> list[str]:
    """The names of numbers that the newest version has, in its order: the table's columns."""
    return [name for name, value in versions[0].metrics.items() if isinstance(value, (int, float))][:4] if versions else []


def coverage(project: Project, version: ModelVersion) -> dict[str, Any]:
    """How many photos the version has pre-annotated, and how many wait for it."""
    waiting = Image.objects.untouched().filter(project=project).exclude(predictions__version=version).count()
    return {"done": version.predictions.count(), "waiting": waiting}


@require_POST
@project_page("model.promote")
def promote(request: HttpRequest, project: Project, version: int) -> HttpResponse:
    """Let a version pre-annotate the project from now on."""
    row = get_object_or_404(ModelVersion, pk=version, project=project)
    with refusals_told(request):
        services.promote_version(row, by=request.user)
        tasks.sweep.delay_on_commit()
        messages.success(request, f"{row.name} pre-annotates the photos that nobody has touched, from now on.")
    return redirect("model-pages:models", project.pk)
