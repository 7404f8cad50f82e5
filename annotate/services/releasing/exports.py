"""Releases in the formats of other tools: asked for once, built by a worker, kept while somebody downloads them."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.core.files.storage import storages
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext

from annotate import localcopy
from annotate.core.errors import Conflict, SmartBlurError
from annotate.core.formats import FORMATS, Format, Options, export, export_name
from annotate.core.release import read_release
from annotate.models import Export, Release, Role, User
from annotate.services import audit, leases
from annotate.services.finding.search import as_it_is_now, read_query
from annotate.services.leases import Lease
from annotate.services.releasing.releases import release_folder, require_ready

KEPT_FOR = timedelta(days=7)  # since somebody wanted it last; it can be made again at any time
TELL_EVERY_S = 1.0
OVER = (Export.State.FAILED, Export.State.CANCELLED)


def written_formats() -> list[Format]:
    """The formats that a release can be written in."""
    return [format for format in FORMATS.values() if format.write]


def start_export(release: Release, *, format: str, by: User, photos: str = "", **options: Any) -> Export:
    """The release's export in this format, which is built already or waits; the caller wakes a worker.

    Args:
        photos: which of the release's, as in the address of the photos; "" is all of them.
        options: of `formats.Options`; those left out are as they are there.

    Raises:
        SmartBlurError: no such format or level, or as `search.read` says of the photos.
        PermissionDenied: the member's role is too low for what the photos are asked by.
        Conflict: the release is not ready, or holds none of the photos.
    """
    require_ready(release)
    if format not in {each.name for each in written_formats()}:
        raise SmartBlurError(gettext("A release cannot be written in this format."), where="format", code="no_format")
    most = len(release.project.levels) - 1
    if not 1 <= options.get("from_level", 1) <= most:
        sentence = gettext("Choose a level from 1 to %(most)s.")
        raise SmartBlurError(sentence, most=most, where="from_level", code="no_level")
    chosen = {name: value for name, value in options.items() if value != getattr(Options(), name)}
    if photos:
        chosen |= _choose(release, photos, by)
    row, _ = Export.objects.get_or_create(
        release=release, format=format, options=chosen, defaults={"asked_by": by, "used_at": Now()}
    )
    rows = Export.objects.filter(pk=row.pk)
    rows.update(used_at=Now())
    leases.allow_more_attempts(rows)
    if row.state == Export.State.DONE and not localcopy.is_stored("exports", row.folder):
        leases.queue_again(rows)
    row.refresh_from_db()
    return row


def _choose(release: Release, photos: str, by: User) -> dict[str, str]:
    """The question and what it is answered with now: whoever asks later gets no export of other photos."""
    query = as_it_is_now(release.project, photos)
    role = release.project.memberships.values_list("role", flat=True).get(user=by)
    keys = _keys_of(release, query, role)
    if not keys:
        detail = gettext("None of the chosen photos is in this release.")
        raise Conflict(detail, where="photos", code="nothing_chosen")
    return {"photos": query, "photos_sha256": _digest(keys)}


def _keys_of(release: Release, query: str, role: str) -> list[str]:
    answer = read_query(release.project, query, role=role).facts().ids()
    return list(release.items.filter(image__in=answer).order_by("key").values_list("key", flat=True))


def _digest(keys: list[str]) -> str:
    return hashlib.sha256("\n".join(keys).encode()).hexdigest()


def cancel_export(row: Export) -> None:
    """Stop an export that waits or is being built.

    Raises:
        Conflict: it is over already.
    """
    leases.request_cancel(row)


def build_export(row: Export, lease: Lease) -> dict[str, Any]:
    """Write the export; the fields that make it ready.

    Raises:
        SmartBlurError: what the format needs is not there, the release is damaged, or the disk is full.
        Conflict: the chosen photos are others by now.
        LeaseLost: another attempt owns the export.
        Cancelled: a person asked to stop.
    """
    options = dict(row.options)
    query, digest = options.pop("photos", ""), options.pop("photos_sha256", "")
    keys = _keys_of(row.release, query, Role.OWNER) if query else None
    if keys is not None and _digest(keys) != digest:
        detail = gettext("What was chosen of the photos is something else by now. Ask for it again.")
        raise Conflict(detail, where="photos", code="photos_changed")
    release, format = read_release(release_folder(row.release)), FORMATS[row.format]
    home = localcopy.place("exports", str(row.pk))
    shutil.rmtree(home, ignore_errors=True)
    name = f"{row.pk}/{lease.attempt}/{export_name(release, format)}"
    folder = localcopy.place("exports", name)
    folder.parent.mkdir(parents=True)
    tell = _teller(lease, sum(release.image_counts.values()) if keys is None else len(keys))
    chosen = None if keys is None else set(keys)
    with localcopy.written_whole(home):
        export(release, format, folder, Options(**options), keys=chosen, may_link=True, on_photo=tell)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    localcopy.send("exports", name)
    if not localcopy.lies_here("exports"):
        shutil.rmtree(home)
    return {"folder": name, "bytes": size}


def _teller(lease: Lease, count: int) -> Callable[[], None]:
    """Tells of progress now and then, when called for each photo."""
    done, told_at = 0, time.monotonic()

    def tell() -> None:
        nonlocal done, told_at
        done += 1
        if time.monotonic() - told_at > TELL_EVERY_S:
            lease.extend(progress_ppm=min(990_000, 990_000 * done // max(count, 1)))
            told_at = time.monotonic()

    return tell


def pack_export(row: Export, *, by: User) -> Iterator[bytes]:
    """A built export as a zip file, piece by piece; who took it is written down.

    Raises:
        Conflict: it is not ready, or its files are gone.
    """
    if row.state != Export.State.DONE:
        raise Conflict(gettext("This export is not ready. Wait until it is built."), code="export_not_ready")
    try:
        pieces = localcopy.stream("exports", row.folder)
    except FileNotFoundError:
        raise Conflict(gettext("The files of this export are gone. Ask for it again."), code="files_missing") from None
    Export.objects.filter(pk=row.pk).update(used_at=Now())
    details = {"release": row.release_id, "format": row.format}
    project = Release.objects.values_list("project", flat=True).get(pk=row.release_id)
    audit.record("export.downloaded", row, by=by, project=project, details=details)
    return pieces


def sweep_exports() -> int:
    """Remove the exports that nobody has wanted for a week, and files that belong to none; how many exports went."""
    wanted_at = Coalesce(F("used_at"), F("queued_at"))
    old = Export.objects.alias(wanted_at=wanted_at).filter(wanted_at__lt=Now() - KEPT_FOR)
    count, _ = old.filter(state__in=(Export.State.DONE, *OVER)).delete()
    here = {path.name for path in localcopy.place("exports", "").glob("*")}
    there = set() if localcopy.lies_here("exports") else set(storages["exports"].listdir("")[0])
    folders = {int(name) for name in here | there if name.isdecimal()}
    kept = Export.objects.filter(pk__in=folders).exclude(state__in=OVER).values_list("pk", flat=True)
    for pk in folders - set(kept):
        localcopy.delete("exports", str(pk))
    return count
