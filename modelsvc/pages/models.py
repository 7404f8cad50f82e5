"""The page of a project's trainings and of the models that came of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from annotate.models import Project
from annotate.pages.access import project_page, refusals_told
from modelsvc import tasks
from modelsvc.fusenet.config import preset_value
from modelsvc.models import ModelVersion, TrainingRun
from modelsvc.services import runs, usefulness

RUNS_SHOWN = 50
METRICS = {  # of fusenet's `evaluate`: the table's columns, with what each means
    "level_accuracy": (_("Level right"), _("Share of pixels whose level is right")),
    "level_miou": (
        _("Level overlap"),
        _("Intersection over union of each level's pixels, mean over levels"),
    ),
    "amount_mae": (
        _("Amount off by"),
        _("Mean error of the blur amount, where 1 is the strongest level"),
    ),
    "blur_ap": (
        _("Blur found"),
        _("Average precision of telling blurred pixels from sharp ones"),
    ),
    "desirability_accuracy": (
        _("Verdict right"),
        _("Share of photos whose desirability is right"),
    ),
}


@project_page("run.view")
def models(request: HttpRequest, project: Project) -> HttpResponse:
    """The versions with their numbers, which one pre-annotates, and the runs."""
    versions = list(ModelVersion.objects.filter(project=project).select_related("run__release"))
    trainings = TrainingRun.objects.filter(project=project).select_related("release", "started_by", "version")
    in_production = next((each for each in versions if each.stage == ModelVersion.Stage.PRODUCTION), None)
    worth = usefulness.measure_versions(project)
    page = {
        "project": project,
        "versions": versions,
        "metrics": [(name, *said) for name, said in METRICS.items() if any(name in each.metrics for each in versions)],
        "in_production": in_production,
        "worth": [(each, worth[each.pk]) for each in versions if each.pk in worth],
        "jobs": in_production and preannotation_job(in_production, worth[in_production.pk].pending),
        "enough": usefulness.ENOUGH,
        "runs": trainings.defer("config", "log_tail")[:RUNS_SHOWN],
        "has_release": project.releases.ready().exists(),
    }
    return render(request, "modelsvc/models.html", page)


@project_page("run.view")
def run(request: HttpRequest, project: Project, run: int) -> HttpResponse:
    """A training, live."""
    row = get_object_or_404(TrainingRun.objects.select_related("release", "base_version"), pk=run, project=project)
    act_urls = {act: reverse(f"run-{act}", args=[row.pk]) for act in ("stop", "cancel", "resume", "retry")}
    live = {
        "live_url": reverse("run-live", args=[row.pk]),
        "sample_url": reverse("run-sample", args=[row.pk, 0]),
        "act_urls": act_urls if "run.start" in project.can else {},
    }
    changed = changed_parameters(row)
    return render(request, "modelsvc/run.html", {"project": project, "run": row, "live": live, "changed": changed})


def changed_parameters(run: TrainingRun) -> dict[str, Any]:
    """The parameters that differ from the run's preset."""
    return {name: value for name, value in run.config.items() if value != preset_value(run.preset, name)}


def preannotation_job(version: ModelVersion, waiting: int) -> dict[str, Any] | None:
    """The card that follows the version's pre-annotation, while photos wait for it."""
    if not waiting:
        return None
    poll_url = reverse("model-preannotation", args=[version.pk])
    return {"jobs": [{"kind": "preannotation", "title": _("Pre-annotation"), "poll_url": poll_url, "links": []}]}


@require_POST
@project_page("model.promote")
def promote(request: HttpRequest, project: Project, version: int) -> HttpResponse:
    """Let a version pre-annotate the project from now on."""
    row = get_object_or_404(ModelVersion, pk=version, project=project)
    with refusals_told(request):
        runs.promote_version(row, by=request.user)
        tasks.sweep.delay_on_commit()
        messages.success(
            request, _("%(name)s pre-annotates the photos that nobody has touched, from now on.") % {"name": row.name}
        )
    return redirect("model-pages:models", project.pk)
