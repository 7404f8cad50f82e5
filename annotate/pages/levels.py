"""The page where curators calibrate a project's levels of blur."""

import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils.translation import gettext as _

from annotate.core.errors import SmartBlurError
from annotate.core.levels import FEWEST, MOST, resized
from annotate.forms.projects import LevelForms
from annotate.models import Project
from annotate.pages.access import project_page
from annotate.pages.notices import Undo, as_opened, tell
from annotate.services.labelling.levels import calibrate_levels, count_labels

PHOTOS_OFFERED = 30  # to look at samples of


@project_page("levels.change")
def levels(request: HttpRequest, project: Project) -> HttpResponse:
    """See and change names, bounds, samples and amounts; `?count=` starts a scale of another length."""
    labels = count_labels(project)
    before = Undo(request.path, tuple(sent_fields(LevelForms(initial=LevelForms.of(project.levels)), labels)))
    forms, trouble = _fresh_forms(request, project, labels), ""
    if request.method == "POST":
        sent = LevelForms(request.POST)
        if sent.is_valid():
            try:
                calibrate_levels(project, sent.levels, by=request.user, labels_known=_known_labels(request))
            except SmartBlurError as refusal:
                trouble = "" if sent.refuse(refusal) else refusal.detail
            else:
                tell(request, _("Saved. The workbench and the guide show these levels from now on."), undo=before)
                return redirect("pages:levels", project.pk)
        if sent.non_form_errors():
            trouble = _("A project has 2 to 8 levels. Nothing was changed.")
        else:
            forms = sent
    page = {
        "project": project,
        "forms": forms,
        "trouble": trouble,
        "labels": labels,
        "counts": range(FEWEST, MOST + 1),
        "props": samples_props(project),
    }
    return render(request, "annotate/levels.html", page)


def _fresh_forms(request: HttpRequest, project: Project, labels: int) -> LevelForms:
    asked = request.GET.get("count", "")
    is_free = labels == 0 and asked in map(str, range(FEWEST, MOST + 1))
    return LevelForms(initial=LevelForms.of(resized(project.levels, int(asked) if is_free else project.level_count)))


def sent_fields(forms: LevelForms, labels: int) -> Iterator[tuple[str, str]]:
    """A scale as the page sends it, by somebody who knows of so many labels."""
    yield "labels_known", str(labels)
    for form in [forms.management_form, *forms.forms]:
        yield from as_opened(form)


def _known_labels(request: HttpRequest) -> int:
    known = request.POST.get("labels_known", "")
    return int(known) if re.fullmatch(r"[0-9]{1,9}", known) else 0


def samples_props(project: Project) -> dict[str, Any]:
    """What the live samples start with: the stock picture and some of the project's photos."""
    shown = ("id", "file_name", "width", "height")
    photos = project.images.filter(is_withdrawn=False).order_by("-pk").values(*shown)[:PHOTOS_OFFERED]
    return {"picture_url": static("guide/sample.jpg"), "photos": list(photos)}
