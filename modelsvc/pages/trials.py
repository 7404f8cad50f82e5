"""Trying a version on photos of one's own: dropping them, the sheet sorted by verdict, each photo beside its maps."""

from mimetypes import guess_type
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from annotate.core.errors import SmartBlurError
from annotate.forms import add_refusal
from annotate.forms.photos import PHOTOS, ManyFilesField, ManyFilesInput
from annotate.models import Desirability, Project
from annotate.pages.access import project_page
from annotate.pages.notices import tell
from modelsvc import tasks
from modelsvc.models import ModelVersion, Trial, TrialPhoto
from modelsvc.services import trials

SIDE_BY_SIDE = 6  # up to so many photos the maps stand beside each; above, the sheet leads to them
RECENT = 10
PICTURES = ("thumbnail", "figure", "file")


class TrialForm(forms.Form):
    """Photos to try, single ones or a whole folder."""

    files = ManyFilesField(
        label=_("Photos"),
        required=False,
        allow_empty_file=True,
        widget=ManyFilesInput(attrs={"accept": PHOTOS}),
    )
    folder = ManyFilesField(
        label=_("Or a folder"),
        required=False,
        allow_empty_file=True,
        widget=ManyFilesInput(attrs={"webkitdirectory": True}),
    )


@project_page("model.try")
def try_version(request: HttpRequest, project: Project, version: int) -> HttpResponse:
    """Drop photos to see what the version says of them."""
    row = get_object_or_404(ModelVersion, pk=version, project=project)
    form = TrialForm(request.POST, request.FILES) if request.method == "POST" else TrialForm()
    if form.is_valid():
        files = [file for name in ("files", "folder") for file in form.cleaned_data[name] if file]
        try:
            trial = trials.start_trial(row, files, by=request.user)
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
        else:
            tasks.look_at_trials.delay_on_commit()
            return redirect("model-pages:trial", project.pk, trial.pk)
    mine = Trial.objects.filter(by=request.user, version__project=project).select_related("version").order_by("-pk")
    counted = mine.annotate(photo_count=Count("photos"))
    page = {
        "project": project,
        "version": row,
        "form": form,
        "trials": counted[:RECENT],
        "most": trials.MAX_PHOTOS,
    }
    return render(request, "modelsvc/try.html", page)


@project_page("model.try")
def trial(request: HttpRequest, project: Project, trial: int) -> HttpResponse:
    """What the version says of the photos, sorted by verdict."""
    row = own_trial(request, project, trial)
    photos = list(row.photos.defer("look"))
    groups = trials.sorted_by_verdict(photos)
    page = {
        "project": project,
        "trial": row,
        "groups": [(value, Desirability(value).label, members) for value, members in groups],
        "seen_count": sum(len(members) for _, members in groups),
        "photo_count": len(photos),
        "refused": [photo for photo in photos if photo.error],
        "is_side_by_side": len(photos) <= SIDE_BY_SIDE,
        "jobs": None if row.is_over else trial_job(row),
    }
    return render(request, "modelsvc/trial.html", page)


def trial_job(trial: Trial) -> dict[str, Any]:
    """The card that follows the trial."""
    address = reverse("model-pages:trial", args=[trial.version.project_id, trial.pk])
    links = [{"label": _("See the sheet"), "url": address}]
    poll_url = reverse("trial-progress", args=[trial.pk])
    return {"jobs": [{"kind": "trial", "title": _("Looking at the photos"), "poll_url": poll_url, "links": links}]}


def own_trial(request: HttpRequest, project: Project, trial: int) -> Trial:
    """The person's own trial in the project, or 404."""
    mine = Trial.objects.filter(by=request.user, version__project=project).select_related("version")
    return get_object_or_404(mine, pk=trial)


@project_page("model.try")
def picture(request: HttpRequest, project: Project, trial: int, number: int, picture: str) -> FileResponse:
    """A photo's thumbnail, the photo beside its maps, or the photo itself."""
    if picture not in PICTURES:
        raise Http404
    row = get_object_or_404(TrialPhoto, trial=own_trial(request, project, trial), number=number)
    file = getattr(row, picture)
    if not file:
        raise Http404
    headers = {"Cache-Control": "private, max-age=600", "X-Content-Type-Options": "nosniff"}
    return FileResponse(file.open("rb"), content_type=guess_type(file.name)[0], headers=headers)


@project_page("model.try")
def sheet(request: HttpRequest, project: Project, trial: int) -> HttpResponse:
    """The trial as a CSV file."""
    row = own_trial(request, project, trial)
    headers = {"Content-Disposition": f'attachment; filename="trial-{row.pk}.csv"'}
    return HttpResponse(trials.as_csv(row), content_type="text/csv; charset=utf-8", headers=headers)


@require_POST
@project_page("model.try")
def delete(request: HttpRequest, project: Project, trial: int) -> HttpResponse:
    """Delete the trial now, not at the end of the day."""
    row = own_trial(request, project, trial)
    if not row.is_over:
        waits = _("The model is still looking at these photos. Delete them when it is done.")
        tell(request, waits, level=messages.WARNING)
        return redirect("model-pages:trial", project.pk, row.pk)
    version = row.version_id
    trials.delete_trial(row)
    tell(request, _("The photos and what was said of them are deleted."))
    return redirect("model-pages:try", project.pk, version)
