"""The start page and a project's queue: what to do next, and what one has done."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count, OuterRef, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotate.models import Annotation, Image, Project, Release, Vote
from annotate.pages.access import project_page

RECENT = 12


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The queue of the only project, a choice of several, or what to do without any."""
    memberships = list(request.user.memberships.select_related("project").order_by("project__name", "project"))
    if len(memberships) == 1:
        return queue(request, project=memberships[0].project_id)
    open_images = Image.objects.visible_to(request.user).open_to(request.user)
    waiting = dict(open_images.order_by().values_list("project").annotate(Count("id")))
    return render(request, "annotate/home.html", {"memberships": memberships, "waiting": waiting})


@project_page("image.label")
def queue(request: HttpRequest, project: Project) -> HttpResponse:
    """What waits for the person in a project, what they have done and, for curators, how far the project is."""
    mine = project_work(request, project)
    submitted = mine.filter(state=Annotation.State.SUBMITTED)
    page = {
        "project": project,
        "waiting": project.images.open_to(request.user).count(),
        "drafts": mine.filter(state=Annotation.State.DRAFT, revision__gt=0).order_by("-updated_at")[:3],
        "done": submitted.aggregate(count=Count("id"), active_ms=Sum("active_ms")),
        "recent": recent_work(submitted),
        "image_count": project.images.count(),
        "funnel": "image.add" in project.can and funnel(project),
    }
    return render(request, "annotate/queue.html", page)


def project_work(request: HttpRequest, project: Project) -> QuerySet[Annotation]:
    """The person's own annotations in the project, with their images."""
    own = Annotation.objects.filter(image__project=project, author=request.user, layer=Annotation.Layer.PERSON)
    return own.select_related("image").defer("document", "image__icc")


def recent_work(submitted: QuerySet[Annotation]) -> list[Annotation]:
    """The last submitted annotations, each with its author's `vote`."""
    vote = Vote.objects.filter(image=OuterRef("image"), author=OuterRef("author")).values("desirability")
    return list(submitted.annotate(vote=Subquery(vote)).order_by("-submitted_at", "-id")[:RECENT])


def funnel(project: Project) -> list[tuple[str, str, int]]:
    """How far the project's photos have come: (state, word, photos)."""
    counts = dict(project.images.order_by().values_list("state").annotate(Count("id")))
    released = project.images.filter(release_items__release__state=Release.State.DONE).distinct().count()
    states = [(state.value, state.label, counts.get(state.value, 0)) for state in Image.State]
    return [*states, ("released", "Released", released)]
