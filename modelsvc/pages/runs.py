"""A training, live; and several trainings over each other."""

from collections.abc import Container, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import localize
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import conditional_page

from annotate.models import Project
from annotate.pages.access import project_page
from modelsvc.fusenet.config import SCHEMA, preset_value
from modelsvc.models import ModelVersion, TrainingRun
from modelsvc.services.live import curves_of_runs

MOST = 8  # as many colours as the token sheet has for lines
CHOICE = 50
LABELS = {setting.name: setting.label for setting in SCHEMA}


@project_page("run.view")
def run(request: HttpRequest, project: Project, run: int) -> HttpResponse:
    """A training, live."""
    row = get_object_or_404(TrainingRun.objects.select_related("release", "base_version"), pk=run, project=project)
    act_urls = {act: reverse(f"run-{act}", args=[row.pk]) for act in ("stop", "cancel", "resume", "retry")}
    live = {
        "live_url": reverse("run-live", args=[row.pk]),
        "sample_url": reverse("run-sample", args=[row.pk, 0]),
        "act_urls": act_urls if "run.start" in project.can else {},
        "version_urls": version_urls(project, project.can),
    }
    page = {"project": project, "run": row, "live": live, "changed": changed_parameters(row)}
    return render(request, "modelsvc/run.html", page)


def version_urls(project: Project, can: Container[str]) -> dict[str, str]:
    """What can be done with the version that a run makes, for who may do so much; its number stands as 0."""
    before = ModelVersion.objects.in_production().filter(project=project).first()
    urls = {"try": reverse("model-pages:try", args=[project.pk, 0])} if "model.try" in can else {}
    if before and "run.view" in can:
        urls["compare"] = f"{reverse('model-pages:compare', args=[project.pk])}?v={before.pk}&v=0"
    if "model.promote" in can:
        urls["promote"] = reverse("model-pages:promote", args=[project.pk, 0])
    return urls


def changed_parameters(run: TrainingRun) -> list[tuple[str, str]]:
    """The parameters that differ from the run's preset, in words."""
    changed = [(name, value) for name, value in run.config.items() if value != preset_value(run.preset, name)]
    return [(name_of(name), in_words(value)) for name, value in changed]


def name_of(parameter: str) -> str:
    """What the start form calls a parameter; one of another version of the code by its own name."""
    return gettext(LABELS[parameter]) if parameter in LABELS else parameter


def in_words(value: Any) -> str:
    """A parameter's value as people read it."""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    return "—" if value in (None, "") else str(localize(value))


@project_page("run.view")
def overlay(request: HttpRequest, project: Project) -> HttpResponse:
    """Trainings over each other: their curves, and in what they differ."""
    runs = chosen_runs(request, project)
    if not runs:
        messages.warning(request, _("Tick the trainings to lay over each other."))
        return redirect("model-pages:models", project.pk)
    if len(set(request.GET.getlist("r"))) > MOST:
        messages.info(
            request, _("At most %(most)s trainings lie over each other; these are the first.") % {"most": MOST}
        )
    query = urlencode([("r", each.pk) for each in runs])
    page = {
        "project": project,
        "runs": runs,
        "differences": differences(runs),
        "choice": TrainingRun.objects.filter(project=project).select_related("release").defer("log_tail")[:CHOICE],
        "curves": {"curves_url": f"{reverse('model-pages:run-curves', args=[project.pk])}?{query}"},
    }
    return render(request, "modelsvc/runs.html", page)


@project_page("run.view")
@conditional_page
def curves(request: HttpRequest, project: Project) -> JsonResponse:
    """The curves of the chosen trainings; 304 when nothing changed since the ETag the client has."""
    runs = chosen_runs(request, project)
    told = curves_of_runs(runs)
    return JsonResponse({"runs": [{"id": run.pk, "state": run.phase, "curves": told[run.pk]} for run in runs]})


def chosen_runs(request: HttpRequest, project: Project) -> list[TrainingRun]:
    """The project's runs that the address names, in its order."""
    asked = list(dict.fromkeys(int(each) for each in request.GET.getlist("r") if each.isdecimal()))[:MOST]
    rows = TrainingRun.objects.filter(project=project).select_related("release", "base_version", "version")
    found = rows.defer("log_tail").in_bulk(asked)
    return [found[pk] for pk in asked if pk in found]


def differences(runs: Sequence[TrainingRun]) -> list[tuple[str, list[str]]]:
    """What the runs were started with where it is not the same: a name in words, and each run's value."""
    started = [
        {_("Release"): run.release, _("Preset"): run.preset, _("Base version"): run.base_version or ""} for run in runs
    ]
    facts = [(name, [each[name] for each in started]) for name in started[0]]
    names = dict.fromkeys(name for run in runs for name in run.config if name != "preset")
    facts += [(name_of(name), [run.config.get(name) for run in runs]) for name in names]
    return [
        (name, [in_words(each) for each in values])
        for name, values in facts
        if any(each != values[0] for each in values)
    ]
