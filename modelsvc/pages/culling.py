"""Keeping and rejecting the photos of a shoot: bursts with the best first, and the sorted sheet to take away."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from annotate.core.sidecars import NAMINGS
from annotate.models import Project
from annotate.pages.access import project_page
from modelsvc.models import Trial, TrialPhoto
from modelsvc.pages.trials import own_trial
from modelsvc.services import culling


@project_page("model.try")
def cull(request: HttpRequest, project: Project, trial: int) -> HttpResponse:
    """The bursts of a trial, to go through by keys."""
    row = own_trial(request, project, trial)
    bursts = culling.bursts_of(row)
    props = {
        "decisions_url": reverse("trial-decisions", args=[row.pk]),
        "bursts": [[describe(project, row, photo) for photo in burst] for burst in bursts],
    }
    page = {"project": project, "trial": row, "bursts": bursts, "props": props}
    return render(request, "modelsvc/cull.html", page)


def describe(project: Project, trial: Trial, photo: TrialPhoto) -> dict[str, object]:
    """A photo as the page's script takes it."""

    def url(picture: str) -> str:
        return reverse("model-pages:trial-picture", args=[project.pk, trial.pk, photo.number, picture])

    return {
        "number": photo.number,
        "file_name": photo.file_name,
        "thumbnail_url": url("thumbnail"),
        "photo_url": url("file"),
        "stars": photo.ranked.stars,
        "reason": photo.reason,
        "decision": photo.decision,
    }


@project_page("model.try")
def table(request: HttpRequest, project: Project, trial: int) -> HttpResponse:
    """The sorted shoot as a CSV file."""
    row = own_trial(request, project, trial)
    headers = {"Content-Disposition": f'attachment; filename="shoot-{row.pk}.csv"'}
    return HttpResponse(culling.as_csv(culling.bursts_of(row)), content_type="text/csv; charset=utf-8", headers=headers)


@project_page("model.try")
def sidecars(request: HttpRequest, project: Project, trial: int) -> HttpResponse:
    """The stars as a zip of XMP sidecars, named as `naming` says."""
    row = own_trial(request, project, trial)
    headers = {"Content-Disposition": f'attachment; filename="stars-{row.pk}.zip"'}
    naming = next((each for each in NAMINGS if each == request.GET.get("naming")), NAMINGS[0])
    content = culling.as_sidecars(culling.bursts_of(row), naming)
    return HttpResponse(content, content_type="application/zip", headers=headers)
