"""The atlas: photos laid out in the plane, those near each other that show alike things."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie

from annotate.models import Project
from annotate.pages.access import project_page
from annotate.pages.finding import chosen_set, label_of, word_of
from annotate.pages.photos import read_address
from annotate.services.finding.atlas import COLOURS
from annotate.services.finding.filters import FILTERS, Filter, Kind
from annotate.services.finding.search import LEVELS, Search

BY = "by"
WAYS = {  # what a set of photos is taken to: name of its page, and what a member must be allowed to
    "photos": ("photos", "image.view"),
    "batch": ("batch-new", "batch.give"),
    "release": ("release-new", "release.cut"),
    "save": ("set-save", "image.curate"),
}


@ensure_csrf_cookie
@project_page("consensus.view")
def atlas(request: HttpRequest, project: Project) -> HttpResponse:
    """The atlas with the photos that the address asks for standing out, coloured by what it names."""
    search = read_address(request, project)
    by = request.GET.get(BY, "")
    kept = [(BY, by)] if by in COLOURS else []
    page = {
        "project": project,
        "is_drawn": project.atlases.shown().exists(),
        "atlas": atlas_props(search, kept),
        **chosen_set(search, kept),
    }
    return render(request, "annotate/atlas.html", page)


def atlas_props(search: Search, kept: list[tuple[str, str]]) -> dict[str, Any]:
    """What the atlas starts with."""
    project = search.project
    ways = {
        way: reverse(f"pages:{name}", args=[project.pk]) if needs in project.can else ""
        for way, (name, needs) in WAYS.items()
    }
    return {
        "project": {"id": project.pk},
        "query": urlencode([*kept, *search.asked.items()]),
        "colours": [colour_of(project, FILTERS[name]) for name in COLOURS if FILTERS[name].needs in project.can],
        "photos_url": ways["photos"],
        "ways": ways,
    }


def colour_of(project: Project, filter: Filter) -> dict[str, Any]:
    """A filter as the legend shows it."""
    is_level = filter.name in LEVELS
    values = [str(level["level"]) for level in project.levels] if is_level else [value for value, _ in filter.choices]
    return {
        "name": filter.name,
        "label": label_of(project, filter, with_unit=False),
        "unit": str(filter.unit),
        "is_ordered": is_level or filter.kind != Kind.CHOICE,
        "words": {value: word_of(project, filter, value) for value in values},
    }
