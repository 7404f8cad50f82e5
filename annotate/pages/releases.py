"""The releases of a project: the list, cutting one, and one with how to take it home."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate import tasks
from annotate.core.errors import SmartBlurError
from annotate.core.release import SPLIT_1_0
from annotate.forms import add_refusal
from annotate.forms.releases import ReleaseForm
from annotate.models import Desirability, Image, Project, Release
from annotate.pages.access import project_page
from annotate.pages.changes import change_page
from annotate.pages.exports import describe_exports
from annotate.pages.finding import chosen_set
from annotate.pages.photos import read_address
from annotate.services.finding.search import read_query
from annotate.services.releasing.publication import missing_of
from annotate.services.releasing.releases import (
    FILES_OF_HUB_FOLDER,
    cut_release,
    read_statistics,
    suggest_layout,
    suggest_name_and_version,
)
from annotate.services.releasing.splits import find_large_group, foretell_splits

FEW_TESTED = 30
TWINS_SHOWN = 10
MOST_FORETOLD = 10_000  # without being asked


@project_page("release.view")
def releases(request: HttpRequest, project: Project) -> HttpResponse:
    """The project's releases, newest first."""
    rows = project.releases.select_related("cut_by").defer("manifest").order_by("-id")
    page = {"project": project, "releases": rows, "large_group": find_large_group(project)}
    return render(request, "annotate/releases.html", page)


@project_page("release.cut")
def new_release(request: HttpRequest, project: Project) -> HttpResponse:
    """Choose what goes into a release, and cut it."""
    search = read_address(request, project)
    licenses, judged, open_count = count_photos(project, search.query)
    name, version = suggest_name_and_version(project)
    initial = {
        "name": name,
        "version": version,
        "licenses": list(licenses),
        "layout": suggest_layout(sum(licenses.values())),
    }
    form = ReleaseForm(request.POST or None, initial=initial, counts=licenses)
    unsaid = missing_of(project, list(licenses))
    foretold = foretell(project, form, licenses, search.query) if not unsaid else None
    wants_it = request.method == "POST" and form.is_valid() and "foretell" not in request.POST
    is_doubtful = bool(foretold and foretold["empty"]) and "anyway" not in request.POST
    if wants_it and not is_doubtful:
        try:
            release = cut_release(project, by=request.user, photos=search.query, **form.cleaned_data)
        except SmartBlurError as refusal:
            add_refusal(form, refusal)
        else:
            tasks.build_releases.delay_on_commit()
            return redirect("pages:release", project.pk, release.pk)
    page = {
        "project": project,
        "form": form,
        "unsaid": unsaid,
        "foretold": foretold,
        "must_confirm": wants_it and is_doubtful,
        "agreed": sum(licenses.values()),
        "judged": [(value, judged[value]) for value in Desirability.values],
        "large_group": find_large_group(project),
        "most_files": FILES_OF_HUB_FOLDER,
        "open_count": open_count,
        **chosen_set(search),
    }
    return render(request, "annotate/release_new.html", page)


def count_photos(project: Project, photos: str) -> tuple[dict[str, int], Counter[str], int]:
    """Of the agreed photos that the query `photos` asks for licences and desirabilities, and how many are not agreed.

    The commonest licence comes first.
    """
    agreed = project.images.filter(is_withdrawn=False, state=Image.State.AGREED).order_by()
    if photos:
        agreed = agreed.filter(pk__in=read_query(project, photos).facts().ids())
    licenses: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for license, word, count in agreed.values_list("license", "consensus__desirability").annotate(Count("id")):
        licenses[license] += count
        judged[word] += count
    open_count = project.photo_counts.filter(is_withdrawn=False).exclude(state=Image.State.AGREED).total()
    return dict(sorted(licenses.items(), key=lambda each: (-each[1], each[0]))), judged, open_count


def foretell(project: Project, form: ReleaseForm, licenses: dict[str, int], photos: str) -> dict[str, Any] | None:
    """The splits of the release that the form describes, and what is small in it; None where the form is wrong.

    Of very many photos it is told where somebody asks: it takes a second for 10,000.
    """
    is_long = sum(licenses.values()) > MOST_FORETOLD
    if not form.is_valid() if form.is_bound else is_long:
        return None
    said = form.cleaned_data if form.is_bound else {}
    held_out = {name: said.get(f"{name}_percent", 10) / 100 for name in ("validation", "test")}
    shares = {"train": 1 - sum(held_out.values())} | held_out
    counts, twins = foretell_splits(project, said.get("licenses", list(licenses)), shares, photos)
    empty = [split for split, count in counts.items() if not count]
    return {"splits": list(counts.items()), "small": [*_small(counts), *_twins(twins)], "empty": empty}


def _small(counts: dict[str, int]) -> Iterator[str]:
    for split, count in counts.items():
        if not count:
            yield _("No photo would be in %(split)s: label more of different scenes, or choose another share.") % {
                "split": split
            }
    if 0 < counts["test"] < FEW_TESTED:
        words = _("Fewer than %(few)s test photos say little: figures measured on them have no intervals.")
        yield words % {"few": FEW_TESTED}


def _twins(count: int) -> list[str]:
    if not count:
        return []
    words = ngettext(
        "%(count)s pair of photos that look alike would lie in different splits.",
        "%(count)s pairs of photos that look alike would lie in different splits.",
        count,
    )
    return [words % {"count": count} + " " + _("What is measured on them is better than it should be.")]


def show_twins(release: Release) -> list[list[Image]]:
    """The first pairs of its photos that look alike in different splits."""
    pairs = release.near_duplicates["pairs"][:TWINS_SHOWN]
    found = release.project.images.in_bulk(chain.from_iterable(pairs)) if pairs else {}
    return [[found[image] for image in pair] for pair in pairs if set(pair) <= found.keys()]


@project_page("release.view")
def release(request: HttpRequest, project: Project, release: int) -> HttpResponse:
    """One release: its progress, then what is in it, how to check and how to read it."""
    rows = project.releases.select_related("cut_by", "previous", "project").defer("manifest")
    row = get_object_or_404(rows, pk=release)
    page = {
        "project": project,
        "release": row,
        "counts": (counts := describe_content(row)),
        "files_gone": row.state == Release.State.DONE and counts is None,
        "twins": show_twins(row),
        "folder_name": f"smartblur-{row.name}-{row.version}",
        "jobs": None if row.is_over else release_job(row, may_stop="release.cut" in project.can),
        "exports": describe_exports(row, read_address(request, project)) if counts else None,
        "changes": change_page(request, row) if row.state == Release.State.DONE else None,
    }
    return render(request, "annotate/release.html", page)


def describe_content(release: Release) -> dict[str, Any] | None:
    """What is in a ready release, by its own statistics.json; None before it is built, or where no folder is."""
    by_split = read_statistics(release) if release.state == Release.State.DONE else None
    if by_split is None:
        return None
    judged, areas = Counter(), Counter()
    for split in by_split.values():
        judged.update(split["desirability"])
        areas.update(split["level_px"])
    pixels = sum(areas.values()) or 1
    return {
        "splits": [(split, _images_of(by_split, split)) for split in Image.Split.values],
        "judged": [(value, judged[value]) for value in Desirability.values],
        "levels": [(level, areas[str(level["level"])] * 1_000_000 // pixels) for level in release.project.named_levels],
    }


def _images_of(by_split: dict[str, Any], split: str) -> int:
    """Photos of a split in statistics.json, also of a release 1.0."""
    tables = by_split.get(split) or by_split.get(SPLIT_1_0.get(split, split), {})
    return tables.get("totals", {}).get("images", 0)


def release_job(release: Release, *, may_stop: bool) -> dict[str, Any]:
    """What the progress card starts with."""
    poll_url = f"/api/releases/{release.pk}/"
    job = {"kind": "release", "title": str(release), "poll_url": poll_url, "links": [], "reloads": True}
    stop = {"cancel_url": f"{poll_url}cancel/"} if may_stop else {}
    return {"jobs": [job | stop]}
