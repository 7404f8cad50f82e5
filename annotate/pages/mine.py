"""A person's own photos in a project: what they did, what it came to, what was sent back."""

from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from annotate.models import Annotation, Assignment, GoldAnswer, Project, Rework, Vote
from annotate.pages.access import project_page
from annotate.pages.home import project_work

PAGE_SIZE = 48
LISTS = {  # of the tabs
    "": (_("All"), Q()),
    "back": (_("Came back"), Q(asked__state=Rework.State.OPEN)),
    "draft": (_("Drafts"), Q(state=Annotation.State.DRAFT, skipped=None)),
    "submitted": (_("Submitted"), Q(state=Annotation.State.SUBMITTED)),
    "skipped": (_("Skipped"), Q(skipped__gt="")),
}


@project_page("annotation.view")
def mine(request: HttpRequest, project: Project) -> HttpResponse:
    """The person's own photos, newest first, each with its state, their word and what a curator said."""
    chosen = request.GET.get("list", "")
    chosen = chosen if chosen in LISTS else ""
    work = own_photos(request, project).filter(LISTS[chosen][1])
    if chosen == "back":
        work = work.filter(asked__of=request.user.pk)  # not what went to somebody else
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        work = work.filter(pk__lt=int(before))
    rows = list(work.order_by("-pk")[: PAGE_SIZE + 1])
    for each in rows:
        if each.layer == Annotation.Layer.GOLD and each.state == Annotation.State.DRAFT:
            each.image.disguise()
    page = {
        "project": project,
        "lists": [(name, words) for name, (words, _condition) in LISTS.items()],
        "chosen": chosen,
        "before": before,
        "work": rows[:PAGE_SIZE],
        "older": rows[PAGE_SIZE - 1].pk if len(rows) > PAGE_SIZE else None,
    }
    return render(request, "annotate/mine.html", page)


def own_photos(request: HttpRequest, project: Project) -> QuerySet[Annotation]:
    """The person's annotations that hold anything, each with `vote`, `skipped` and what was `asked` of it last.

    Of a test photo what was `known` comes with it, for once they have answered.
    """
    own = project_work(request, project).select_related("image__consensus").defer("image__consensus__levels_png")
    here = {"image": OuterRef("image"), "user": OuterRef("author")}
    skips = Assignment.objects.filter(**here).exclude(skip_reason="").values("skip_reason")
    vote = Vote.objects.filter(image=OuterRef("image"), author=OuterRef("author")).values("desirability")
    about = Q(asked_of=OuterRef("author")) | Q(annotation=OuterRef("pk"))
    last = Rework.objects.filter(about, image=OuterRef("image")).exclude(state=Rework.State.WITHDRAWN).order_by("-pk")
    told: dict[str, Any] = {"state": "state", "reason": "reason", "answer": "answer", "of": F("asked_of")}
    asked = last.values(told=JSONObject(**told))[:1]
    answers = GoldAnswer.objects.filter(image=OuterRef("image"), author=OuterRef("author")).order_by("-pk")
    known = answers.values(told=JSONObject(word="expert_desirability", is_right="is_right"))[:1]
    found = own.annotate(vote=Subquery(vote), skipped=Subquery(skips), asked=Subquery(asked), known=Subquery(known))
    return found.filter(Q(revision__gt=0) | Q(skipped__gt=""))
