"""Giving work: the batches of a project, a new one, and one with how far it is and by whom."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotate.core.errors import SmartBlurError
from annotate.forms import add_refusal
from annotate.models import Batch, ImageQuerySet, Project
from annotate.pages.access import project_page
from annotate.pages.finding import chosen_set
from annotate.pages.notices import Link, Undo, tell
from annotate.pages.photos import read_address
from annotate.services.finding.search import Search
from annotate.services.queueing import batches as services
from annotate.workforms import BatchForm

SAMPLES = 8
IDS = services.MAX_IMAGES * 20  # characters at most


@project_page("batch.view")
def batches(request: HttpRequest, project: Project) -> HttpResponse:
    """What is given to the person or, for curators, to anybody: open first, then closed."""
    rows = project.batches.visible_to(request.user).soonest_first()
    shown = services.with_shares(services.with_progress(list(rows)))
    page = {
        "project": project,
        "open": [each for each in shown if each.closed_at is None],
        "closed": [each for each in shown if each.closed_at],
    }
    return render(request, "annotate/batches.html", page)


@project_page("batch.give")
def new_batch(request: HttpRequest, project: Project) -> HttpResponse:
    """Give the photos that were chosen, or all that the address asks for, to people until a day."""
    search = read_address(request, project)
    chosen = chosen_photos(request, search)
    is_sent = request.method == "POST" and "name" in request.POST
    form = BatchForm(request.POST if is_sent else None, project=project)
    if is_sent and form.is_valid():
        try:
            ids = list(chosen.values_list("pk", flat=True)[: services.MAX_IMAGES + 1])
            batch = services.give_batch(project, by=request.user, images=ids, **form.cleaned_data)
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
        else:
            words = ngettext("%(count)s photo is given.", "%(count)s photos are given.", len(ids))
            undo = Undo(reverse("pages:batch-close", args=[project.pk, batch.pk]))
            tell(request, words % {"count": len(ids)}, undo=undo)
            return redirect("pages:batch", project.pk, batch.pk)
    page = {
        "project": project,
        "form": form,
        "images": request.POST.get("images", ""),
        **chosen_set(search),
        **count_chosen(chosen),
        "samples": chosen.for_lists()[:SAMPLES],
    }
    return render(request, "annotate/batch_new.html", page)


def count_chosen(chosen: ImageQuerySet) -> dict[str, Any]:
    """How many photos these are, whether `too_many` at once, and how many are `full`; counted no further than that."""
    counted = chosen[: services.MAX_IMAGES + 1].aggregate(count=Count("pk"), full=Count("pk", filter=Q(open_slots=0)))
    return counted | {"too_many": counted["count"] > services.MAX_IMAGES, "most": services.MAX_IMAGES}


def chosen_photos(request: HttpRequest, search: Search) -> ImageQuerySet:
    """Those whose ids were posted, else those that the address asks for; the newest first."""
    ids = [each for each in request.POST.get("images", "")[:IDS].split(",") if each.isdecimal() and len(each) < 19]
    if ids:
        return search.project.images.filter(pk__in=ids, is_withdrawn=False).order_by("-id")
    return search.photos().order_by("-id")


@project_page("batch.view")
def batch(request: HttpRequest, project: Project, batch: int) -> HttpResponse:
    """How far a batch is, by whom and until when; curators change it here."""
    row = find_batch(request, project, batch)
    may_change = "batch.give" in project.can
    form = BatchForm(request.POST or None, initial=BatchForm.of(row), project=project) if may_change else None
    if form and request.method == "POST" and form.is_valid():
        try:
            services.change_batch(row, by=request.user, **form.cleaned_data)
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
        else:
            tell(request, _("Saved."), undo=Undo.of_form(request.path, form))
            return redirect("pages:batch", project.pk, row.pk)
    return render(request, "annotate/batch.html", {"project": project, "form": form, **shown_batch(request, row)})


def shown_batch(request: HttpRequest, row: Batch) -> dict[str, Any]:
    """The batch with what the person may see of who did how much."""
    (shown,) = services.with_shares(services.with_progress([row]))
    if "people.view" not in row.project.can:
        shown.shares = [each for each in shown.shares if each["user"] == request.user.pk]
    return {"batch": shown}


def find_batch(request: HttpRequest, project: Project, batch: int) -> Batch:
    """The project's batch, if the person may see it, else 404."""
    row = get_object_or_404(project.batches.visible_to(request.user).select_related("given_by"), pk=batch)
    row.project = project
    return row


@require_POST
@project_page("batch.give")
def close_batch(request: HttpRequest, project: Project, batch: int) -> HttpResponse:
    """Close a batch, or open it again."""
    row = find_batch(request, project, batch)
    is_closed = "reopen" not in request.POST
    services.close_batch(row, by=request.user, is_closed=is_closed)
    said = _("%(name)s is closed. Its photos wait among the others.") if is_closed else _("%(name)s is open again.")
    look = Link(_("See it"), reverse("pages:batch", args=[project.pk, row.pk]))
    undo = Undo.by(reverse("pages:batch-close", args=[project.pk, row.pk]), **{"reopen": 1} if is_closed else {})
    tell(request, said % {"name": row.name}, look=look, undo=undo)
    return redirect("pages:batches", project.pk)
