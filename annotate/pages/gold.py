"""Test photos: which there are, how people answer them, and whose feed is paused."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotate.core import goldscore
from annotate.models import Desirability, Project
from annotate.pages.access import project_page, refusals_told
from annotate.pages.notices import Undo, tell
from annotate.services.queueing import gold

SHOWN = 100


@project_page("consensus.settle")
def gold_photos(request: HttpRequest, project: Project) -> HttpResponse:
    """The project's test photos, how often each was answered and how often right, and the same of its people."""
    right = Count("gold_answers", filter=Q(gold_answers__is_right=True))
    marked = gold.candidates(project).filter(is_gold=True).select_related("consensus")
    rows = marked.defer("consensus__levels_png").annotate(answers=Count("gold_answers"), right=right)
    counts = dict(marked.order_by().values_list("consensus__desirability").annotate(Count("pk")))
    page = {
        "project": project,
        "images": rows.order_by("-id")[:SHOWN],
        "image_count": sum(counts.values()),
        "words": [(word, counts.get(word, 0)) for word in Desirability.values],
        "candidate_count": gold.candidates(project).filter(is_gold=False).count(),
        "people": gold.scores_of(project),
        "share": round(100 * goldscore.SHARE),
        "last": goldscore.LAST_ANSWERS,
        "rest_days": goldscore.REST_DAYS,
    }
    return render(request, "annotate/gold.html", page)


@require_POST
@project_page("consensus.settle")
def choose(request: HttpRequest, project: Project) -> HttpResponse:
    """Make test photos of those that were settled last, as many of each word as there are, or take that back."""
    if "withdraw" in request.POST:
        ids = [int(each) for each in request.POST.getlist("withdraw") if each.isdecimal() and len(each) < 19]
        count = gold.unmark_many(project, ids, by=request.user)
        words = ngettext(
            "%(count)s photo is no test photo any more.", "%(count)s photos are no test photos any more.", count
        )
        tell(request, words % {"count": count})
        return redirect("pages:gold", project.pk)
    chosen = gold.choose_gold(project, by=request.user)
    count = len(chosen)
    words = ngettext("%(count)s photo is a test photo now.", "%(count)s photos are test photos now.", count)
    if chosen:
        undo = Undo(request.path, tuple(("withdraw", str(pk)) for pk in chosen))
        tell(request, words % {"count": count}, undo=undo)
    else:
        tell(request, _("No other settled photo is wanted."))
    return redirect("pages:gold", project.pk)


@require_POST
@project_page("consensus.settle")
def mark(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """Make a photo a test photo, or no longer one; back to where one came from."""
    row = get_object_or_404(project.images, pk=image)
    with refusals_told(request, at=f"gold-{image}"):
        if "withdraw" in request.POST:
            gold.unmark_gold(row, by=request.user)
            said, undo = _("%(file)s is no test photo any more."), {}
        else:
            gold.mark_gold(row, by=request.user)
            said, undo = _("%(file)s is a test photo now."), {"withdraw": 1}
        back = {"list": 1} if "list" in request.POST else {}
        tell(request, said % {"file": row.file_name}, undo=Undo.by(request.path, **undo, **back))
    if "list" in request.POST:
        return redirect("pages:gold", project.pk)
    return redirect("pages:photo", project.pk, image)


@require_POST
@project_page("consensus.settle")
def let_go_on(request: HttpRequest, project: Project, member: int) -> HttpResponse:
    """Give a member photos again, or take that back."""
    row = get_object_or_404(project.memberships.select_related("user"), pk=member)
    with refusals_told(request):
        if "pause" in request.POST:
            gold.pause_again(row, by=request.user)
            said, undo = _("%(name)s gets no photos for now, as before."), Undo(request.path)
        else:
            gold.let_go_on(row, by=request.user)
            said, undo = _("%(name)s gets photos again."), Undo.by(request.path, pause=1)
        tell(request, said % {"name": row.user.username}, undo=undo)
    return redirect("pages:gold", project.pk)
