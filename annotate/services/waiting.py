"""Why work of the default queue waits, in a sentence: nobody should wonder whether anything happens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Value
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotate.models import Export, LabelImport, LeasedWork, Release
from annotate.services.leases import RUNNING

USUAL_WAIT = timedelta(minutes=1)


def why_it_waits(work: Release | Export | LabelImport) -> str:
    """What a queued release, export or import waits for; empty for one that does not wait."""
    if work.state != LeasedWork.State.QUEUED:
        return ""
    if running := _under_way():
        name, version, project, progress_ppm, _started_at = running
        own = work.release.project_id if isinstance(work, Export) else work.project_id
        done = {"work": _named(name, version) if project == own else _("another project's work")}
        done["percent"] = progress_ppm // 10_000
        return _("It waits for a worker; now it is the turn of %(work)s, of which %(percent)s %% are done.") % done
    waited = timezone.now() - work.queued_at
    if waited < USUAL_WAIT:
        return _("A worker takes it up within seconds.")
    minutes = int(waited.total_seconds() // 60)
    sentence = ngettext(
        "No worker has taken it up for %(count)s minute: it waits until whoever runs this site starts one.",
        "No worker has taken it up for %(count)s minutes: it waits until whoever runs this site starts one.",
        minutes,
    )
    return sentence % {"count": minutes}


def _under_way() -> Any:
    """What a worker is at, by name, version ("" of an import), project, progress and start; None where nothing is."""
    columns = ("progress_ppm", "started_at")
    releases, exports, imports = (
        kind.objects.filter(state__in=RUNNING).order_by() for kind in (Release, Export, LabelImport)
    )
    rows = releases.values_list("name", "version", "project", *columns).union(
        exports.values_list("release__name", "release__version", "release__project", *columns),
        imports.values_list("file_name", Value(""), "project", *columns),
    )
    return rows.order_by("started_at").first()


def _named(name: str, version: str) -> str:
    if version:
        return _("the release %(release)s") % {"release": f"{name} {version}"}
    return _("the import of %(file)s") % {"file": name}
