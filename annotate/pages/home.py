"""The start page and a project's queue: what to do next, and what one has done."""

from collections import Counter

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import JSONObject
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from annotate.models import (
    Annotation,
    Assignment,
    Image,
    PhotoCount,
    Project,
    Release,
    ReleaseItem,
    Remark,
    Rework,
    Vote,
)
from annotate.pages.access import project_page
from annotate.permissions import allows
from annotate.services.queueing import gold
from annotate.services.queueing.batches import open_batches
from annotate.services.queueing.workload import Waiting, count_waiting

RECENT = 12
DRAFTS = 3
REPLIES = 10
BEGUN = 100  # at most; more than that came back at once is told as that many


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The queue of the only project, a choice of several, or what to do without any; archived ones stand apart."""
    rows = list(request.user.memberships.select_related("project").order_by("project__name", "project"))
    memberships = [each for each in rows if each.project.archived_at is None]
    if len(rows) == len(memberships) == 1:
        return queue(request, project=memberships[0].project_id)
    waiting = count_waiting([each.project_id for each in rows], request.user)
    settled_here = [each.project_id for each in memberships if allows(each.role, "consensus.settle")]
    page = {
        "memberships": memberships,
        "waiting": waiting,
        "disputes": count_disputes(settled_here),
        "archived": [each for each in rows if each.project.archived_at],
    }
    return render(request, "annotate/home.html", page)


def count_disputes(projects: list[int]) -> dict[int, int]:
    """How many photos wait for a curator, by project."""
    return dict(PhotoCount.objects.disputed().filter(project__in=projects).by("project"))


@project_page("image.label")
def queue(request: HttpRequest, project: Project) -> HttpResponse:
    """What waits for the person in a project, what they have done and, for curators, how far the project is."""
    mine = project_work(request, project)
    begun = begun_work(mine)
    recent = recent_work(mine.filter(state=Annotation.State.SUBMITTED))
    counts = count_photos(project)
    waiting = count_waiting([project.pk], request.user).get(project.pk, Waiting())
    paused = gold.paused_people(project)
    page = {
        "is_paused": request.user.pk in paused,
        "paused": list(paused.values()) if "people.view" in project.can else [],
        "project": project,
        "waiting": waiting.to_label,
        "unvoted": waiting.to_vote,
        "dispute_count": counts["to_settle"],
        "replies": Remark.objects.of_project(project).unseen_by(request.user)[:REPLIES],
        "came_back": [each for each in begun if each.is_back],
        "drafts": [each for each in begun if not each.is_back][:DRAFTS],
        "done": recent[0].of_all if recent else {"count": 0},
        "recent": recent,
        "batches": open_batches(project, request.user),
        "image_count": sum(counts[state.value] for state in Image.State),
        "funnel": "image.add" in project.can and funnel(counts),
    }
    return render(request, "annotate/queue.html", page)


def count_photos(project: Project) -> Counter[str]:
    """How many photos of each state there are and, for curators, wait for one or are released."""
    found, counts = project.photo_counts.by("state", "is_withdrawn"), Counter[str]()
    is_curator = "consensus.settle" in project.can
    if is_curator:
        released = ReleaseItem.objects.filter(release__project=project, release__state=Release.State.DONE)
        of_releases = released.order_by().values_list(Value("released"), Value(False))
        found = found.union(of_releases.annotate(photos=Count("image", distinct=True)), all=True)
    for state, is_withdrawn, photos in found:
        counts[state] += photos
        if is_curator and state == Image.State.DISPUTED and not is_withdrawn:
            counts["to_settle"] += photos
    return counts


def project_work(request: HttpRequest, project: Project) -> QuerySet[Annotation]:
    """The person's own annotations in the project, with their images."""
    here = project.photo_facts.values("image")  # an index holds all of it; photos would be read
    own = Annotation.objects.filter(image__in=here, author=request.user, layer__in=Annotation.OWN)
    return own.select_related("image").defer("document")


def begun_work(mine: QuerySet[Annotation]) -> list[Annotation]:
    """What is begun and not submitted, what a curator sent back (`is_back`) before the rest, last saved first."""
    asked = Rework.objects.filter(image=OuterRef("image"), asked_of=OuterRef("author"), state=Rework.State.OPEN)
    elsewhere = Assignment.objects.filter(image=OuterRef("image"), user=OuterRef("author"), is_passed_on=True)
    drafts = mine.filter(~Exists(elsewhere), state=Annotation.State.DRAFT, revision__gt=0, image__is_withdrawn=False)
    with_reason = drafts.annotate(is_back=Exists(asked), reason=Subquery(asked.values("reason")))
    return list(with_reason.order_by("-is_back", "-updated_at")[:BEGUN])


def recent_work(submitted: QuerySet[Annotation]) -> list[Annotation]:
    """The last submitted annotations, each with its author's `vote` and `of_all`: their `count` and `active_ms`."""
    vote = Vote.objects.filter(image=OuterRef("image"), author=OuterRef("author")).values("desirability")
    sums = JSONObject(count=Count("pk"), active_ms=Sum("active_ms"))  # both in one reading
    of_all = submitted.order_by().values("author").annotate(of_all=sums).values("of_all")
    rows = submitted.annotate(vote=Subquery(vote), of_all=Subquery(of_all))
    return list(rows.order_by("-submitted_at", "-id")[:RECENT])


def funnel(counts: Counter[str]) -> list[tuple[str, str, int]]:
    """How far the project's photos have come: (state, word, photos)."""
    by_state = [(state.value, state.label, counts[state.value]) for state in Image.State]
    return [*by_state, ("released", _("Released"), counts["released"])]
