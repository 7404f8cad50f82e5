"""Photos that look alike, one group at a time, or those of one burst: which of them is kept."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotate.models import Project
from annotate.pages.access import project_page, refusals_told
from annotate.pages.notices import Undo, tell
from annotate.pages.settling import form_act
from annotate.services.finding.bursts import members_of
from annotate.services.photos import curation
from annotate.services.photos.keeping import MOST_COMPARED, candidates_of, propose
from annotate.services.photos.twins import undecided_groups


@project_page("image.curate")
def twins(request: HttpRequest, project: Project) -> HttpResponse:
    """The next group that nobody has decided on, with the photo that is proposed to be kept."""
    if "burst" in request.GET:
        return show_burst(request, project, number(request.GET["burst"]))
    groups = undecided_groups(project)
    after = number(request.GET.get("after", ""))
    group = next((ids for ids in groups if ids[0] > after), None)
    page = {"project": project, "group_count": len(groups), "after": after}
    if group:
        page |= {"act": uuid4(), "skip": group[0], **shown(request, project, group[:MOST_COMPARED])}
    return render(request, "annotate/twins.html", page)


def show_burst(request: HttpRequest, project: Project, burst: int) -> HttpResponse:
    """The photos of a burst; back to the photos where fewer than two are left."""
    back = request.GET.get("back", "")
    ids = list(members_of(project, burst))
    if len(ids) < 2:
        return redirect(photos_of(project, back))
    page = {"project": project, "burst_count": len(ids), "back": back, "photos_url": photos_of(project, back)}
    page |= {"act": uuid4(), **shown(request, project, ids[:MOST_COMPARED])}
    return render(request, "annotate/twins.html", page)


def shown(request: HttpRequest, project: Project, ids: Sequence[int]) -> dict[str, object]:
    """The photos of a group, which of them is proposed and why, and their splits."""
    candidates = candidates_of(project, ids, seen_by=request.user)
    proposed, why = propose(candidates)
    splits = sorted({each.image.get_split_display() for each in candidates if each.image.split})
    return {"candidates": candidates, "proposed": proposed, "why": why, "splits": splits}


def number(text: str) -> int:
    """The id that an address or a form names, or 0."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


@require_POST
@project_page("image.curate")
def decide(request: HttpRequest, project: Project) -> HttpResponse:
    """Keep what is ticked, or all, and leave the others out."""
    images = {number(each) for each in request.POST.getlist("images")}
    keep = images if "all" in request.POST else images & {number(each) for each in request.POST.getlist("keep")}
    leave_out = images - keep
    act = form_act(request)
    with refusals_told(request):
        curation.decide_twins(project, keep=sorted(keep), leave_out=sorted(leave_out), by=request.user, act_id=act)
        place = {name: request.POST[name] for name in ("after", "back") if name in request.POST}
        undo = Undo.by(reverse("pages:twins-undo", args=[project.pk]), act=act, **place)
        tell(request, sentence_of(len(keep), len(leave_out), is_burst="back" in place), undo=undo)
    return back_to(request, project)


def sentence_of(kept: int, left_out: int, *, is_burst: bool) -> str:
    """What a decision came to."""
    if not left_out:
        if is_burst:
            return _("All of them stay.")
        return _("All of them stay, as one leakage group: releases put them into one split.")
    withdrawn = ngettext("%(count)s photo is withdrawn", "%(count)s photos are withdrawn", left_out)
    stays = ngettext("%(count)s stays.", "%(count)s stay.", kept)
    return f"{withdrawn % {'count': left_out}}, {stays % {'count': kept}}"


@require_POST
@project_page("image.curate")
def undo(request: HttpRequest, project: Project) -> HttpResponse:
    """Take a decision back: its group waits again."""
    with refusals_told(request):
        count = curation.undo_act(project, form_act(request), by=request.user, undo_id=uuid4())
        if "back" in request.POST:
            said = ngettext("%(count)s photo is as before.", "%(count)s photos are as before.", count)
            tell(request, said % {"count": count})
        else:
            tell(request, _("Taken back: these photos wait for your decision again."))
    return back_to(request, project)


def back_to(request: HttpRequest, project: Project) -> HttpResponse:
    """The photos that a burst was opened from; else the page after the last group that was skipped."""
    if "back" in request.POST:
        return redirect(photos_of(project, request.POST["back"]))
    after = number(request.POST.get("after", ""))
    return redirect(reverse("pages:twins", args=[project.pk]) + (f"?{urlencode({'after': after})}" if after else ""))


def photos_of(project: Project, query: str) -> str:
    """The address of the photos that a query asks for."""
    return reverse("pages:photos", args=[project.pk]) + (f"?{query}" if query else "")
