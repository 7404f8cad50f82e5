"""Which version pre-annotates: what would change is shown, asked once, and can be taken back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from annotate.models import Image, Project
from annotate.pages.access import project_page, refusals_told
from annotate.pages.notices import Undo, tell
from modelsvc import tasks
from modelsvc.models import ModelVersion
from modelsvc.pages.compare import side_by_side
from modelsvc.services import evaluations, promotion


@project_page("model.promote")
def promote(request: HttpRequest, project: Project, version: int) -> HttpResponse:
    """What promoting a version would change, beside the one in production; by POST, promote it."""
    row = get_object_or_404(ModelVersion, pk=version, project=project)
    if row.stage == ModelVersion.Stage.PRODUCTION:
        return redirect("model-pages:models", project.pk)
    if request.method != "POST":
        return render(request, "modelsvc/promote.html", describe_change(request, project, row))
    with refusals_told(request, at="promote"):
        promotion.promote_version(row, by=request.user)
        tasks.sweep.delay_on_commit()
        tell_promoted(request, row)
        return redirect("model-pages:models", project.pk)
    return redirect("model-pages:promote", project.pk, row.pk)


def tell_promoted(request: HttpRequest, version: ModelVersion) -> None:
    """Say that the version is in production, and offer to take that back."""
    said = _("%(name)s pre-annotates the photos that nobody has touched, from now on.") % {"name": version.name}
    undo = reverse("model-pages:undo-promotion", args=[version.project_id, version.pk])
    tell(request, said, undo=Undo(undo))


@require_POST
@project_page("model.promote")
def undo(request: HttpRequest, project: Project, version: int) -> HttpResponse:
    """Take a promotion back."""
    row = get_object_or_404(ModelVersion, pk=version, project=project)
    with refusals_told(request, at="undo-promotion"):
        before = promotion.undo_promotion(row, by=request.user)
        tasks.sweep.delay_on_commit()
        if before:
            said = _("%(name)s is in production again.") % {"name": before.name}
        else:
            said = _("No model is in production now. The maps that it has painted stay.")
        tell(request, said, undo=Undo(reverse("model-pages:promote", args=[project.pk, row.pk])))
    return redirect("model-pages:models", project.pk)


def describe_change(request: HttpRequest, project: Project, version: ModelVersion) -> dict[str, Any]:
    """What stands on the page before a person says yes."""
    before = ModelVersion.objects.in_production().filter(project=project).first()
    page: dict[str, Any] = {
        "project": project,
        "version": version,
        "before": before,
        "waiting": Image.objects.untouched().filter(project=project).count(),
    }
    if before is None:
        return page
    pair = [before, version]
    shared = evaluations.shared_evaluations(pair)
    if shared:
        rows = max(shared.values(), key=lambda rows: rows[before.pk].release_id)
        return page | side_by_side(request, [rows[each.pk] for each in pair])
    return page | {"versions": pair, "release": evaluations.releases_with_test_photos(project.pk).first()}
