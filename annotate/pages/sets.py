"""Saved sets of photos: saved from the filters of the photos, listed, forgotten."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.models import Project
from annotate.pages.access import project_page, refusals_told
from annotate.pages.finding import chips
from annotate.pages.notices import Link, Undo, tell
from annotate.services.finding import saved
from annotate.services.finding.search import SET, read_query


@project_page("image.view")
def sets(request: HttpRequest, project: Project) -> HttpResponse:
    """The project's saved sets, each with what it asks for."""
    rows = project.saved_sets.by_name().select_related("saved_by")
    shown = [(row, urlencode({SET: row.name}), chips(read_query(project, row.query, is_strict=False))) for row in rows]
    return render(request, "annotate/sets.html", {"project": project, "sets": shown})


@require_POST
@project_page("image.curate")
def save(request: HttpRequest, project: Project) -> HttpResponse:
    """Keep the query that was posted under a name."""
    name, query = request.POST.get("name", "").strip()[:80], request.POST.get("query", "")
    photos = reverse("pages:photos", args=[project.pk])
    if not name:
        return redirect(f"{photos}?{query}")
    with refusals_told(request):
        row = saved.save_set(project, name=name, query=query, by=request.user)
        look = Link(_("All sets"), reverse("pages:sets", args=[project.pk]))
        tell(request, _("Saved as %(name)s.") % {"name": row.name}, look=look)
        query = urlencode({SET: row.name})
    return redirect(f"{photos}?{query}")


@require_POST
@project_page("image.curate")
def forget(request: HttpRequest, project: Project, saved_set: int) -> HttpResponse:
    """Forget a set's name; its photos stay as they are."""
    row = get_object_or_404(project.saved_sets, pk=saved_set)
    saved.forget_set(row, by=request.user)
    undo = Undo.by(reverse("pages:set-save", args=[project.pk]), name=row.name, query=row.query)
    tell(request, _("%(name)s is forgotten. Its photos stay.") % {"name": row.name}, undo=undo)
    return redirect("pages:sets", project.pk)
