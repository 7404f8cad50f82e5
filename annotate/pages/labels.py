"""Labels of other tools on their way into a project: sending a file, what is in it, and what came of it."""

import csv
import io
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie

from annotate import tasks
from annotate.core.errors import SmartBlurError
from annotate.core.regions import KINDS
from annotate.forms import add_refusal
from annotate.forms.labels import LabelFileForm
from annotate.models import Desirability, LabelImport, LabelImportQuerySet, Project
from annotate.pages.access import project_page
from annotate.serializers.labels import LabelImportProgress
from annotate.services.importing import label_imports
from annotate.services.importing.label_problems import told
from annotate.services.importing.label_rows import importable

MAX_MEMBERS = 500


@ensure_csrf_cookie
@project_page("labels.view")
def imports(request: HttpRequest, project: Project) -> HttpResponse:
    """The files of labels that came in, and the way to send another."""
    form = LabelFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and "labels.import" in project.can and form.is_valid():
        given = form.cleaned_data
        try:
            work = label_imports.start_import(
                project, given["file"], by=request.user, file_name=given["file"].name, format=given["format"]
            )
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
        else:
            tasks.import_labels.delay_on_commit()
            return redirect("pages:label-import", project.pk, work.pk)
    page = {
        "project": project,
        "imports": listed(project).select_related("started_by").order_by("-pk"),
        "titles": importable(),
        "form": form,
        "has_photos": project.images.exists(),
        "upload": {
            "project": {"id": project.pk},
            "imports_url": reverse("pages:label-imports", args=[project.pk]),
            "formats": [{"name": name, "title": title} for name, title in importable().items()],
        },
    }
    return render(request, "annotate/label_imports.html", page)


def listed(project: Project) -> LabelImportQuerySet:
    """The project's imports without what is heavy."""
    return project.label_imports.annotate(rows_read=F("report__rows")).defer("report", "mapping")


@ensure_csrf_cookie
@project_page("labels.view")
def label_import(request: HttpRequest, project: Project, labels: int) -> HttpResponse:
    """One file of labels: how far it is, what is in it, what its words are to mean, what came of it."""
    work = get_object_or_404(listed(project).select_related("started_by"), pk=labels)
    page = {"project": project, "work": work, "props": props_of(work, project)}
    return render(request, "annotate/label_import.html", page)


def props_of(work: LabelImport, project: Project) -> dict[str, Any]:
    """What the page of an import starts with."""
    members = project.memberships.order_by("user__username").values_list("user__username", flat=True)
    return {
        "start": LabelImportProgress(work).data,
        "levels": [{"level": level["level"], "name": level["name"]} for level in project.named_levels],
        "kinds": [kind for kind in KINDS if kind != "unknown"],
        "votes": dict(Desirability.choices),
        "members": list(members[:MAX_MEMBERS]),
        "formats": [{"name": name, "title": title} for name, title in importable().items()],
        "can_import": "labels.import" in project.can,
        "imports_url": reverse("pages:label-imports", args=[project.pk]),
        "photos_url": reverse("pages:photos", args=[project.pk]),
        "problems_url": reverse("pages:label-problems", args=[project.pk, work.pk]),
    }


@project_page("labels.view")
def problems_csv(request: HttpRequest, project: Project, labels: int) -> HttpResponse:
    """What of a file was not taken, for spreadsheets: each row's place, code and reason."""
    work = get_object_or_404(project.label_imports, pk=labels)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["where", "code", "reason"])
    for problem in told(work.result.get("problems") or work.report.get("problems")):
        writer.writerow([as_text(problem["where"]), problem["code"], as_text(problem["detail"])])
    headers = {"Content-Disposition": f'attachment; filename="problems-{work.pk}.csv"'}
    return HttpResponse(table.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def as_text(words: str) -> str:
    """The words, marked as text where a spreadsheet would take them for a formula."""
    return f"'{words}" if words[:1] in ("+", "-", "@", "=") else words
