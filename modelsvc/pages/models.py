"""The page of a project's trainings and of the models that came of them."""

from collections.abc import Container
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from annotate.models import Project
from annotate.pages.access import project_page
from modelsvc.forms import FirstNetworkForm
from modelsvc.fusenet.config import preset_value
from modelsvc.models import ModelVersion, TrainingRun
from modelsvc.pages.compare import MEASURES
from modelsvc.services import comparison, evaluations, usefulness

RUNS_SHOWN = 50


@project_page("run.view")
def models(request: HttpRequest, project: Project) -> HttpResponse:
    """The versions with their numbers, which one pre-annotates, and the runs."""
    rows = ModelVersion.objects.filter(project=project).select_related("run__release", "replaced")
    versions = list(rows)
    measured_on, evaluated = evaluations.on_one_set(versions)
    trainings = TrainingRun.objects.filter(project=project).select_related("release", "started_by", "version")
    in_production = next((each for each in versions if each.stage == ModelVersion.Stage.PRODUCTION), None)
    worth = usefulness.measure_versions(project, versions)
    has_test_photos = evaluations.have_test_photos(project.pk)
    page = {
        "project": project,
        "versions": [(each, evaluated.get(each.pk)) for each in versions],
        "measures": [(name, *said) for name, said in MEASURES.items()] if evaluated else [],
        "measured_on": measured_on,
        "fewest": comparison.FEWEST,
        "photo_count": max((row.photo_count for row in evaluated.values()), default=0),
        "can_measure": any(has_test_photos),
        "in_production": in_production,
        "worth": [(each, worth[each.pk]) for each in versions if each.pk in worth],
        "jobs": in_production and preannotation_job(in_production, worth[in_production.pk].pending),
        "enough": usefulness.ENOUGH,
        "runs": trainings.defer("config", "log_tail")[:RUNS_SHOWN],
        "has_release": bool(has_test_photos),
        "first_network": None if versions else FirstNetworkForm(user=request.user),
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
        "version_urls": version_urls(project, project.can),
    }
    changed = changed_parameters(row)
    return render(request, "modelsvc/run.html", {"project": project, "run": row, "live": live, "changed": changed})


def version_urls(project: Project, can: Container[str]) -> dict[str, str]:
    """What can be done with the version that a run makes; its number stands as 0."""
    before = ModelVersion.objects.in_production().filter(project=project).first()
    urls = {"try": reverse("model-pages:try", args=[project.pk, 0])} if "model.try" in can else {}
    if before and "run.view" in can:
        urls["compare"] = f"{reverse('model-pages:compare', args=[project.pk])}?v={before.pk}&v=0"
    if "model.promote" in can:
        urls["promote"] = reverse("model-pages:promote", args=[project.pk, 0])
    return urls


def changed_parameters(run: TrainingRun) -> dict[str, Any]:
    """The parameters that differ from the run's preset."""
    return {name: value for name, value in run.config.items() if value != preset_value(run.preset, name)}


def preannotation_job(version: ModelVersion, waiting: int) -> dict[str, Any] | None:
    """The card that follows the version's pre-annotation, while photos wait for it."""
    if not waiting:
        return None
    poll_url = reverse("model-preannotation", args=[version.pk])
    return {"jobs": [{"kind": "preannotation", "title": _("Pre-annotation"), "poll_url": poll_url, "links": []}]}
