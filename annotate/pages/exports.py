"""A release in the formats of other tools: what can be had, what is there, and asking for one."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate import tasks
from annotate.core.formats import FORMATS
from annotate.forms.exports import ExportForm
from annotate.models import Export, Project, Release, Role
from annotate.pages.access import project_page, refusals_told
from annotate.pages.finding import asked_words, words_of
from annotate.pages.notices import tell
from annotate.services.finding.search import SET, Search, read_query
from annotate.services.releasing.exports import start_export, written_formats


@require_POST
@project_page("release.view")
def start(request: HttpRequest, project: Project, release: int) -> HttpResponse:
    """Ask for the release in a format, and go where it is shown being built."""
    row = get_object_or_404(project.releases.select_related("project").defer("manifest"), pk=release)
    form = ExportForm(request.POST, release=row)
    if form.is_valid():
        with refusals_told(request, at="formats"):
            export = start_export(row, by=request.user, **form.chosen())
            tasks.build_exports.delay_on_commit()
            if export.state == Export.State.DONE:
                tell(request, _("%(format)s is here already: download it below.") % {"format": title_of(export)})
    return redirect(reverse("pages:release", args=[project.pk, row.pk]) + "#formats")


def describe_exports(release: Release, search: Search) -> dict[str, Any]:
    """What the release's page shows of formats: those to choose from, exports under way, and those that are over.

    Args:
        search: what the address asks for, which may be exported like a saved set.
    """
    names = release.project.saved_sets.by_name().values_list("name", flat=True)
    asked = [(urlencode({SET: name}), asked_words(release.project, SET, name)) for name in names]
    here = [(search.query, words_of(search))] if search.query and search.query not in dict(asked) else []
    rows = list(release.exports.order_by("-used_at", "-pk"))
    under_way = [row for row in rows if not row.is_over]
    return {
        "form": ExportForm(release=release, asked=[*here, *asked], initial={"photos": search.query}),
        "formats": written_formats(),
        "jobs": {"jobs": [_job(row) for row in under_way]} if under_way else None,
        "over": [
            {"row": row, "title": title_of(row), "fields": {"format": row.format} | _as_typed(row)}
            for row in rows
            if row.state in (Export.State.DONE, Export.State.FAILED)
        ],
    }


def title_of(row: Export) -> str:
    """The format as people know it, and what was chosen."""
    chosen = row.options
    told = {
        "with_photos": _("labels alone"),
        "is_blur_white": _("blurred is black"),
        "from_level": _("blurred from level %(level)s") % {"level": chosen.get("from_level")},
    }
    words = [_(FORMATS[row.format].title), *(told[name] for name in told if name in chosen)]
    if "photos" in chosen:
        words.append(words_of(read_query(row.release.project, chosen["photos"], role=Role.OWNER, is_strict=False)))
    return ", ".join(words)


def _as_typed(row: Export) -> dict[str, Any]:
    """The form's fields that ask for the same again."""
    chosen = row.options
    return {
        **({"with_photos": "on"} if chosen.get("with_photos", True) else {}),
        "is_blur_white": "yes" if chosen.get("is_blur_white", True) else "no",
        "from_level": chosen.get("from_level", 1),
        "photos": chosen.get("photos", ""),
    }


def _job(row: Export) -> dict[str, Any]:
    return {
        "kind": "export",
        "title": title_of(row),
        "poll_url": f"/api/exports/{row.pk}/",
        "cancel_url": f"/api/exports/{row.pk}/cancel/",
        "links": [{"label": _("Download"), "url": f"/api/exports/{row.pk}/download/", "icon": "download"}],
        "again": {
            "url": reverse("pages:export-start", args=[row.release.project_id, row.release_id]),
            "fields": list(({"format": row.format} | _as_typed(row)).items()),
        },
    }
