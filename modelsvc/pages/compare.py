"""Versions side by side on the same test photos, and what follows: measure, put in shadow, look at the worst again."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from annotate.models import Desirability, Project
from annotate.pages.access import project_page, refusals_told
from annotate.pages.finding import chosen_set
from annotate.pages.heat import heat
from annotate.pages.notices import Link, Undo, tell
from annotate.pages.photos import read_address
from annotate.services.finding.search import Search
from annotate.services.queueing import queue
from annotate.templatetags.studio import within
from modelsvc import tasks
from modelsvc.models import Evaluation, ModelVersion
from modelsvc.services import comparison, evaluations, promotion

FEWEST, MOST = 2, 4
PHOTOS_SHOWN, WORST = 12, 50
MEASURES = {
    "level_accuracy": (
        _("Level right"),
        _("Share of pixels whose level is right; higher is better"),
    ),
    "level_miou": (
        _("Level overlap"),
        _("Intersection over union, mean over levels; higher is better"),
    ),
    "amount_mae": (_("Amount off by"), _("Mean error of the blur amount; lower is better")),
    "desirability_accuracy": (
        _("Verdict right"),
        _("Share of photos whose desirability is right; higher is better"),
    ),
}


@project_page("run.view")
def compare(request: HttpRequest, project: Project) -> HttpResponse:
    """Two to four versions: measures with intervals, confusions, the photos that changed most, two maps in one."""
    chosen = [int(each) for each in request.GET.getlist("v") if each.isdecimal()][:MOST]
    found = ModelVersion.objects.filter(project=project).in_bulk(chosen)
    versions = [found[pk] for pk in dict.fromkeys(chosen) if pk in found]
    page: dict[str, Any] = {"project": project, "versions": versions}
    if len(versions) < FEWEST:
        tell(request, _("Tick two to four versions to compare."), level=messages.WARNING, at="compare")
        return redirect("model-pages:models", project.pk)
    shared = evaluations.shared_evaluations(versions)
    if shared:
        rows = max(shared.values(), key=lambda rows: rows[versions[0].pk].release_id)
        search = read_address(request, project)
        measured = [rows[version.pk] for version in versions]
        page["is_narrowed"] = bool(search.asked) and keep_photos(measured, search)
        page |= side_by_side(request, measured)
        page |= chosen_set(search, kept=[("v", version.pk) for version in versions])
    else:
        page["release"] = evaluations.releases_with_test_photos(project.pk).first()
        rows = Evaluation.objects.filter(version__in=versions, release=page["release"]).defer("photos")
        page |= describe_measuring(list(rows.select_related("version")), request.get_full_path(), project)
    return render(request, "modelsvc/compare.html", page)


def keep_photos(rows: list[Evaluation], search: Search) -> bool:
    """Leave only photos that answer the search in evaluations of one release; False, and all stay, where none does."""
    items = rows[0].release.items.filter(image__in=search.facts().ids())
    keys = set(items.values_list("key", flat=True))
    if not any(photo["key"] in keys for photo in rows[0].photos):
        return False
    for row in rows:
        row.photos = [photo for photo in row.photos if photo["key"] in keys]
    return True


def describe_measuring(rows: list[Evaluation], address: str, project: Project) -> dict[str, Any]:
    """The cards of what is being measured for the page at the address, and what could not be."""
    if all(row.is_over for row in rows):
        return {"failed": [row for row in rows if row.error]}
    links = [{"label": _("See the comparison"), "url": address}]
    again = {
        "url": reverse("model-pages:measure", args=[project.pk]),
        "fields": [("v", row.version_id) for row in rows],
    }
    jobs = [
        {
            "kind": "evaluation",
            "title": str(row.version),
            "poll_url": reverse("evaluation", args=[row.pk]),
            "links": links,
            "again": again,
        }
        | ({"cancel_url": reverse("evaluation-cancel", args=[row.pk])} if "run.start" in project.can else {})
        for row in rows
    ]
    return {"jobs": {"jobs": jobs}}


def side_by_side(request: HttpRequest, rows: list[Evaluation]) -> dict[str, Any]:
    """What the page shows of evaluations on the same photos; the first is what the others are held against."""
    told = [comparison.with_intervals(row.photos) for row in rows]
    photos = changed_photos(rows)
    wanted = request.GET.get("photo", "")
    chosen = next((each for each in photos if str(each["image"]) == wanted), photos[0] if photos else None)
    return {
        "rows": rows,
        "release": rows[0].release,
        "measures": [measure_row(name, rows, told) for name in MEASURES],
        "is_thin": len(rows[0].photos) < comparison.FEWEST_VERDICTS,
        "fewest": comparison.FEWEST_MAPS,
        "fewest_verdicts": comparison.FEWEST_VERDICTS,
        "levels": [level_heat(comparison.level_confusion(row.photos)) for row in rows],
        "verdicts": [heat(comparison.verdict_confusion(row.photos), Desirability.labels) for row in rows],
        "photos": photos,
        "photo": chosen,
        "split": chosen and split_of(rows, chosen),
        "worst": WORST,
    }


def measure_row(name: str, rows: list[Evaluation], told: list[dict[str, Any]]) -> dict[str, Any]:
    """One measure of each version with its interval, which is best, and the difference to the first.

    None is best where there are too few photos to tell.
    """
    values = [each[name] for each in told]
    pick = min if name in comparison.LOWER_IS_BETTER else max
    best = pick(value["value"] for value in values)
    is_told = len(rows[0].photos) >= comparison.fewest(name)
    differences = [comparison.difference(rows[0].photos, row.photos).get(name) for row in rows[1:]]
    cells = [
        value | {"is_best": is_told and value["value"] == best, "difference": difference}
        for value, difference in zip(values, [None, *differences], strict=True)
    ]
    word, meaning = MEASURES[name]
    return {"name": word, "meaning": meaning, "cells": cells}


def level_heat(matrix: list[list[int]]) -> list[dict[str, Any]]:
    """The rows of a confusion of levels."""
    return heat(matrix, [_("level %(level)s") % {"level": level} for level in range(len(matrix))])


def changed_photos(rows: list[Evaluation]) -> list[dict[str, Any]]:
    """The photos whose error differs most between the first version and the last."""
    errors = [{photo["key"]: comparison.error_of(photo) for photo in row.photos} for row in rows]
    both = errors[0].keys() & errors[-1].keys()
    keys = sorted(both, key=lambda key: (-abs(errors[0][key] - errors[-1][key]), key))[:PHOTOS_SHOWN]
    items = rows[0].release.items.filter(key__in=keys).values_list("key", "image", "image__file_name")
    images = {key: (image, name) for key, image, name in items}
    return [
        {
            "key": key,
            "image": images[key][0],
            "name": images[key][1],
            "errors": [each.get(key) for each in errors],
            "change": errors[-1][key] - errors[0][key],
        }
        for key in keys
        if key in images
    ]


def split_of(rows: list[Evaluation], photo: dict[str, Any]) -> dict[str, Any]:
    """The maps of the first and the last version over a photo, for the split view."""
    sides = [
        {"name": row.version.name, "url": reverse("evaluation-picture", args=[row.pk, photo["image"]])}
        for row in (rows[0], rows[-1])
    ]
    return {"sides": sides, "photo_url": reverse("image-preview", args=[photo["image"]])}


@require_POST
@project_page("run.start")
def measure(request: HttpRequest, project: Project) -> HttpResponse:
    """Have the chosen versions measured on the newest release that has test photos."""
    versions = ModelVersion.objects.filter(project=project, pk__in=request.POST.getlist("v"))
    release = evaluations.releases_with_test_photos(project.pk).first()
    with refusals_told(request, at="measure"):
        for version in versions if release else ():
            evaluations.queue_evaluation(version, release, by=request.user)
        said = _("%(count)s versions are being measured on %(release)s. Below you see how far it is.")
        tell(request, said % {"count": len(versions), "release": release})
    tasks.evaluate.delay_on_commit()
    query = urlencode([("v", version.pk) for version in versions])
    return redirect(f"{reverse('model-pages:compare', args=[project.pk])}?{query}")


@require_POST
@project_page("model.promote")
def stage(request: HttpRequest, project: Project, version: int) -> HttpResponse:
    """Put a version in shadow, put it away, or make it a candidate again."""
    row = get_object_or_404(ModelVersion, pk=version, project=project)
    wanted = request.POST.get("stage", "")
    with refusals_told(request, at=f"stage-{version}"):
        if wanted in ("candidate", "shadow", "archived"):
            before = row.stage
            row = promotion.set_stage(row, wanted, by=request.user)
            tasks.sweep.delay_on_commit()
            said = {"name": row.name, "stage": within(row.get_stage_display())}
            tell(request, _("%(name)s is %(stage)s now.") % said, undo=Undo.by(request.path, stage=before))
    return redirect("model-pages:models", project.pk)


@require_POST
@project_page("image.add")
def send_worst(request: HttpRequest, project: Project, evaluation: int) -> HttpResponse:
    """Put the photos on which a version errs most first in the queue, so that one person more looks at them."""
    row = get_object_or_404(Evaluation, pk=evaluation, version__project=project)
    worst = sorted(row.photos, key=comparison.error_of, reverse=True)[:WORST]
    images = dict(row.release.items.filter(key__in=[each["key"] for each in worst]).values_list("key", "image"))
    act = uuid4()
    raised = queue.raise_images([images[each["key"]] for each in worst], project=project, by=request.user, act_id=act)
    said = _("%(count)s photos come first in the queue now, for somebody who has not labelled them.")
    look = Link(_("See the queue"), reverse("pages:why-next", args=[project.pk]))
    undo = Undo(reverse("model-pages:lower-worst", args=[project.pk, act]))
    tell(request, said % {"count": raised}, look=look, undo=undo)
    return redirect(request.META.get("HTTP_REFERER") or reverse("model-pages:models", args=[project.pk]))


@require_POST
@project_page("image.add")
def lower_worst(request: HttpRequest, project: Project, act: UUID) -> HttpResponse:
    """Put those photos back where they were in the queue."""
    count = queue.lower_images(project, act, by=request.user)
    tell(request, _("%(count)s photos are where they were in the queue.") % {"count": count})
    return redirect(request.META.get("HTTP_REFERER") or reverse("model-pages:models", args=[project.pk]))
