"""The statistics of a project's photos: bars that are filters, of one set or of two side by side."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from annotate.models import Project
from annotate.pages.access import project_page
from annotate.pages.finding import Names, chosen_set, label_of, level_name, word_of, words_of
from annotate.pages.photos import read_address
from annotate.services.finding.facts import uncounted
from annotate.services.finding.filters import FILTERS, SUBJECTS, Kind
from annotate.services.finding.search import Search, read_query
from annotate.services.finding.statistics import Distribution, distributions

BESIDE = "beside"
SHOWN = ("verdict", "kind", "largest", "agreement", "subject", "sure", "map_apart", "split", "size")
LAST = ("camera", "taken", "added", "annotator")


@project_page("consensus.view")
def statistics(request: HttpRequest, project: Project) -> HttpResponse:
    """How the photos that the address asks for are distributed, and beside them those that `beside` asks for."""
    search = read_address(request, project)
    beside = request.GET.get(BESIDE, "")
    searches = [search, *([read_query(project, beside, is_strict=False)] if BESIDE in request.GET else [])]
    sides = [(each, sum((found := distributions(each))["added"].values()), found) for each in searches]
    names = Names.of(project)
    shown = [name for name in (*SHOWN, *LAST) if FILTERS[name].needs in project.can]
    page = {
        "project": project,
        "sides": [{"words": words_of(each), "count": count, "query": each.query} for each, count, _found in sides],
        "charts": [chart for name in shown if (chart := chart_of(project, name, sides))["rows"]],
        "scenes": [scene_table(each, found["scene"]) for each, _count, found in sides],
        "pairs": pairs(search, names),
        "uncounted": uncounted(project),
        **chosen_set(search, sets=names.sets),
    }
    return render(request, "annotate/statistics.html", page)


def chart_of(project: Project, name: str, sides: list[tuple[Search, int, dict[str, Distribution]]]) -> dict[str, Any]:
    """A distribution: a row for each value, with a bar for each set that leads to its photos."""
    values = list(dict.fromkeys(value for _search, _count, found in sides for value in found[name]))
    if FILTERS[name].kind in (Kind.RANGE, Kind.DAYS):
        values.sort(key=lambda value: (len(value.split("..")[0]), value))
    elif FILTERS[name].choices:
        order = [key for key, _word in FILTERS[name].choices]
        values.sort(key=order.index)
    elif name == "largest":
        values.sort()
    rows = []
    for value in values:
        bars = [_bar(search, name, value, found[name].get(value, 0), count) for search, count, found in sides]
        rows.append({"word": _value_words(project, name, value), "bars": bars})
    return {"title": label_of(project, FILTERS[name]), "rows": rows}


def _bar(search: Search, name: str, value: str, count: int, total: int) -> dict[str, Any]:
    return {
        "count": count,
        "share_ppm": count * 1_000_000 // total if total else 0,
        "total": total,
        "query": urlencode({**search.asked, name: value}),
    }


def _value_words(project: Project, name: str, value: str) -> str:
    if FILTERS[name].kind == Kind.RANGE:
        low, high = value.split("..")
        return f"{low}–{high}" if high else _("from %(low)s") % {"low": low}
    if FILTERS[name].kind == Kind.DAYS:
        return value[:7]
    return word_of(project, FILTERS[name], value)


def scene_table(search: Search, counted: Distribution) -> dict[str, Any]:
    """Photos by subject and background, each cell the deeper the more there are, and a filter."""
    most = max(counted.values(), default=0)
    levels = [level["level"] for level in search.project.levels]
    rows = []
    for subject, word in SUBJECTS:
        cells = []
        for level in levels:
            scene = f"{subject}-{level}"
            count = counted.get(scene, 0)
            query = urlencode({**search.asked, "scene": scene})
            cells.append({"count": count, "heat": 9 * count // most if most else 0, "query": query})
        rows.append({"word": word, "cells": cells})
    names = [level_name(search.project, level) for level in levels]
    return {"levels": names, "rows": rows, "words": words_of(search)} if most else {}


def pairs(search: Search, names: Names) -> list[dict[str, str]]:
    """Two sets that are often held against each other, as addresses of this page."""
    found = [
        {"word": _("Train against test"), "query": urlencode({"split": "train", BESIDE: "split=test"})},
        {"word": _("People's maps against the model's"), "query": urlencode({"map": "people", BESIDE: "map=model"})},
    ]
    if names.releases:
        newest, word = max(names.releases, key=lambda release: int(release[0]))
        words = _("%(release)s against the project") % {"release": word}
        found.append({"word": words, "query": urlencode({"release": newest, BESIDE: ""})})
    if search.query:
        found.append({"word": _("This set against all"), "query": f"{search.query}&{BESIDE}="})
    return found
