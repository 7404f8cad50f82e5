"""Starting a training, and giving a project its first network."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotate.core.errors import SmartBlurError
from annotate.forms import add_refusal
from annotate.models import Project
from annotate.pages.access import project_page, refusals_told
from modelsvc import tasks
from modelsvc.forms import PARAMETERS, FirstNetworkForm, RunForm
from modelsvc.pages.promotion import tell_promoted
from modelsvc.services import runs
from modelsvc.services.plans import describe_plan
from modelsvc.services.shipped import adopt


@project_page("run.start")
def start(request: HttpRequest, project: Project) -> HttpResponse:
    """The form that starts a training on a release; on to the live page."""
    form = RunForm(request.POST or None, project=project, initial={"release": project.releases.ready().last()})
    if request.method == "POST" and form.is_valid():
        try:
            run = runs.start_run(**asked_of(form), by=request.user)
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
        else:
            tasks.train.delay_on_commit()
            return redirect("model-pages:run", project.pk, run.pk)
    plan = {
        "plan_url": reverse("model-pages:plan", args=[project.pk]),
        "run_url": reverse("model-pages:run", args=[project.pk, 0]),
    }
    page = {"project": project, "form": form, "plan": plan, "parameters": [form[each.name] for each in PARAMETERS]}
    return render(request, "modelsvc/start.html", page)


@project_page("run.start")
def plan(request: HttpRequest, project: Project) -> JsonResponse:
    """What the training that the form describes would be: its photos, its time, the run that is the same."""
    form = RunForm(request.GET, project=project)
    return answer_plan(form)


def answer_plan(form: RunForm) -> JsonResponse:
    """The plan of a form's training, or the first thing that is wrong with the form."""
    if not form.is_valid():
        field, said = next(iter(form.errors.items()))
        return JsonResponse({"code": "invalid", "detail": said[0], "where": field}, status=400)
    return JsonResponse(describe_plan(**asked_of(form)))


def asked_of(form: RunForm) -> dict[str, Any]:
    """What a valid form asks for, as `start_run` and `describe_plan` take it."""
    values = {name: form.cleaned_data[name] for name in ("release", "preset", "base_version")}
    return values | {"parameters": form.parameters()}


@require_POST
@project_page("model.promote")
def first_network(request: HttpRequest, project: Project) -> HttpResponse:
    """Give a project its first network."""
    form = FirstNetworkForm(request.POST, user=request.user)
    with refusals_told(request, at="first-network"):
        if form.is_valid():
            version = adopt(form.cleaned_data["network"], project, by=request.user)
            tasks.sweep.delay_on_commit()
            tell_promoted(request, version)
    return redirect("model-pages:models", project.pk)
