"""A project itself: its settings, its guide and the workbench."""

from typing import Any

from django.db.models import F
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST

from annotate import tasks
from annotate.core.errors import SmartBlurError
from annotate.core.preferences import parse_preferences
from annotate.forms import add_refusal
from annotate.forms.projects import ProjectForm
from annotate.forms.publication import PublicationForm
from annotate.models import Annotation, Project, Vote
from annotate.pages.access import project_page
from annotate.pages.cases import teaching_cases
from annotate.pages.home import project_work
from annotate.pages.notices import Undo, tell
from annotate.services.queueing.workload import Waiting, count_waiting
from annotate.services.teams import projects
from annotate.services.teams.archive import archive_project
from annotate.services.teams.copies import copy_project
from annotate.workforms import CopyForm

AT_HAND = 8  # photos that the bench shows of those handed in last


@project_page("project.change")
def settings(request: HttpRequest, project: Project) -> HttpResponse:
    """Change a project's name, rules and number of people per photo."""
    form = ProjectForm(request.POST or None, initial=ProjectForm.of(project))
    if is_saved(request, project, form):
        return redirect("pages:settings", project.pk)
    return render(request, "annotate/settings.html", {"project": project, "form": form})


@project_page("project.change")
def publication(request: HttpRequest, project: Project) -> HttpResponse:
    """The labels' licence, the authors and the words of the project's releases; `?then=cut` goes on to cut one."""
    form = PublicationForm(request.POST or None, initial=PublicationForm.of(project))
    if is_saved(request, project, form):
        return redirect("pages:release-new" if "then" in request.GET else "pages:publication", project.pk)
    return render(request, "annotate/publication.html", {"project": project, "form": form})


def is_saved(request: HttpRequest, project: Project, form: Form) -> bool:
    """Whether the form came filled in and the project is now as it says; what stands against it is told in the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        projects.change_project(project, by=request.user, **form.cleaned_data)
    except SmartBlurError as refusal:
        add_refusal(form, refusal)
        return False
    tell(request, _("Saved."), undo=Undo.of_form(request.path, form))
    return True


@require_POST
@project_page("project.archive")
def archive(request: HttpRequest, project: Project) -> HttpResponse:
    """Put the project away, or take it out again."""
    is_archived = "restore" not in request.POST
    archive_project(project, by=request.user, is_archived=is_archived)
    if is_archived:
        said = _("%(name)s is archived: it can be looked at, and nothing in it changes.")
        undo = Undo.by(request.path, restore=1)
    else:
        said, undo = _("%(name)s is no longer archived."), Undo(request.path)
    tell(request, said % {"name": project.name}, undo=undo)
    return redirect("pages:photos" if is_archived else "pages:queue", project.pk)


@project_page("project.copy")
def copy(request: HttpRequest, project: Project) -> HttpResponse:
    """Make a project that begins as this one."""
    form = CopyForm(request.POST or None, initial={"name": _("Copy of %(name)s") % {"name": project.name}})
    if request.method == "POST" and form.is_valid():
        made = copy_project(project, by=request.user, **form.cleaned_data)
        tasks.render_derivatives.delay_on_commit()
        tell(request, _("%(name)s is made; you own it.") % {"name": made.name})
        return redirect("pages:photos", made.pk)
    page = {"project": project, "form": form, "photo_count": project.photo_counts.filter(is_withdrawn=False).total()}
    return render(request, "annotate/project_copy.html", page)


@project_page("project.view")
def guide(request: HttpRequest, project: Project) -> HttpResponse:
    """How to label in this project: the rules, the levels with samples, the teaching cases, the keys."""
    return render(request, "annotate/guide.html", {"project": project, "cases": teaching_cases(project)})


@ensure_csrf_cookie
@project_page("image.label")
def workbench(request: HttpRequest, project: Project) -> HttpResponse:
    """The page that photos are labelled on; `?image=` opens one."""
    image = request.GET.get("image")
    if image is not None and not (image.isdecimal() and project.images.filter(pk=image).exists()):
        raise Http404
    return render(
        request, "annotate/workbench.html", {"project": project, "props": workbench_props(request, project, image)}
    )


@ensure_csrf_cookie
@project_page("image.label")
def vote(request: HttpRequest, project: Project) -> HttpResponse:
    """The page for votes without maps: on a phone, and where there is no time to paint."""
    props = {
        "project": {"id": project.pk, "name": project.name},
        "voted": Vote.objects.filter(image__project=project, author=request.user).count(),
        "keys": parse_preferences(request.user.preferences).keys,
        "guide_url": reverse("pages:guide", args=[project.pk]),
        "home_url": reverse("pages:queue", args=[project.pk]),
    }
    return render(request, "annotate/vote.html", {"project": project, "props": props})


def workbench_props(request: HttpRequest, project: Project, image: str | None) -> dict[str, Any]:
    """What the workbench starts with."""
    submitted = project_work(request, project).filter(state=Annotation.State.SUBMITTED)
    done = submitted.count()
    again = submitted.filter(layer=Annotation.Layer.PERSON, image__is_withdrawn=False)  # what may be changed
    past = again.order_by("-submitted_at").values("image", file_name=F("image__file_name"))[:AT_HAND]
    waiting = count_waiting([project.pk], request.user).get(project.pk, Waiting())
    preferences = parse_preferences(request.user.preferences)
    shown = {"levels": project.named_levels} | {name: getattr(project, name) for name in ("id", "name", "votes_wanted")}
    return {
        "project": shown | {"role": project.my_role},
        "user": {"id": request.user.pk, "name": request.user.username},
        "image": image and int(image),
        "progress": {"done": done, "total": done + waiting.to_label},
        "past": list(past)[::-1],
        "keys": preferences.keys,
        "pen": preferences.pen,
        "warm_up": preferences.warm_up,
        "guide_url": reverse("pages:guide", args=[project.pk]),
        "home_url": reverse("pages:queue", args=[project.pk]),
        "settings_url": reverse("pages:preferences"),
        "vote_url": reverse("pages:vote", args=[project.pk]),
        "sign_in_url": reverse("pages:sign-in"),
    }
