"""What people told of photos, for curators to deal with: why they skipped, what they pinned; and replies to authors."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.models import Project, Remark
from annotate.pages.access import project_page, refusals_told
from annotate.pages.notices import Undo, tell
from annotate.services.labelling import answers
from annotate.services.queueing import remarks as service

MOST = 100
CLOSED = 20


class CloseForm(forms.Form):
    """What comes of a remark."""

    outcome = forms.ChoiceField(choices=Remark.Outcome.choices)
    reply = forms.CharField(max_length=400, required=False)


@project_page("image.curate")
def remarks(request: HttpRequest, project: Project) -> HttpResponse:
    """The open ones, skips first, and the last that were dealt with."""
    rows = Remark.objects.of_project(project)
    waiting = list(rows.open()[:MOST])
    page = {
        "project": project,
        "skips": [each for each in waiting if each.kind == Remark.Kind.SKIP],
        "notes": [each for each in waiting if each.kind == Remark.Kind.NOTE],
        "closed": rows.exclude(outcome="").order_by("-closed_at")[:CLOSED],
    }
    return render(request, "annotate/remarks.html", page)


@require_POST
@project_page("image.curate")
def close(request: HttpRequest, project: Project, remark: int) -> HttpResponse:
    """Answer the author, withdraw the photo, or give it to its author again."""
    form = CloseForm(request.POST)
    if form.is_valid():
        with refusals_told(request, at=f"remark-{remark}"):
            answers.close_remark(project, remark, by=request.user, **form.cleaned_data)
            undo = Undo(reverse("pages:remark-reopen", args=[project.pk, remark]))
            tell(request, _("Dealt with; it stands below."), undo=undo)
    else:
        tell(request, next(iter(form.errors.values()))[0], level=messages.ERROR, at=f"remark-{remark}")
    return redirect("pages:remarks", project.pk)


@require_POST
@project_page("image.curate")
def reopen(request: HttpRequest, project: Project, remark: int) -> HttpResponse:
    """Take back what was made of it."""
    with refusals_told(request, at=f"remark-{remark}"):
        before = answers.reopen_remark(project, remark, by=request.user)
        undo = Undo.by(reverse("pages:remark-close", args=[project.pk, remark]), **before)
        tell(request, _("It is open again, and the photo is as it was."), undo=undo)
    return redirect("pages:remarks", project.pk)


@require_POST
@project_page("image.label")
def seen(request: HttpRequest, project: Project) -> HttpResponse:
    """The replies to the person are read."""
    service.mark_seen(project, by=request.user)
    return redirect("pages:queue", project.pk)
