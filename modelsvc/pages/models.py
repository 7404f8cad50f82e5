"""The page of a project's trainings and of the models that came of them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from annotate.models import Image, Project
from annotate.pages.access import project_page
from modelsvc.forms import FirstNetworkForm
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
    photos = dict(project.photo_counts.filter(is_withdrawn=False).by("state"))
    page = {
        "project": project,
        "versions": [(each, evaluated.get(each.pk)) for each in versions],
        "measures": [(name, *said) for name, said in MEASURES.items()] if evaluated else [],
        "measured_on": measured_on,
        "fewest": comparison.FEWEST_MAPS,
        "photo_count": max((row.photo_count for row in evaluated.values()), default=0),
        "can_measure": any(has_test_photos),
        "in_production": in_production,
        "worth": [(each, worth[each.pk]) for each in versions if each.pk in worth],
        "jobs": in_production and preannotation_job(in_production, worth[in_production.pk].pending),
        "enough": usefulness.ENOUGH,
        "runs": trainings.defer("config", "log_tail")[:RUNS_SHOWN],
        "has_release": bool(has_test_photos),
        "agreed_count": photos.get(Image.State.AGREED, 0),
        "dispute_count": photos.get(Image.State.DISPUTED, 0) if "consensus.settle" in project.can else 0,
        "first_network": None if versions else FirstNetworkForm(user=request.user),
    }
    return render(request, "modelsvc/models.html", page)


def preannotation_job(version: ModelVersion, waiting: int) -> dict[str, Any] | None:
    """The card that follows the version's pre-annotation, while photos wait for it."""
    if not waiting:
        return None
    poll_url = reverse("model-preannotation", args=[version.pk])
    return {"jobs": [{"kind": "preannotation", "title": _("Pre-annotation"), "poll_url": poll_url, "links": []}]}
