"""Releases: what is in one is frozen when it is cut; a worker builds the folder from the frozen rows alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.files.storage import storages
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils.text import slugify
from django.utils.translation import gettext

from annotate import __version__, localcopy
from annotate.core.errors import Conflict, InvalidRelease, SmartBlurError
from annotate.core.release import (
    Level,
    Manifest,
    Previous,
    read_release,
    verify_release,
)
from annotate.models import Image, Project, Release, ReleaseItem, User
from annotate.services import audit, consensus, leases, splits
from annotate.services.snapshots import Snapshot, agreed_images, first_releases, time_text, with_labels, withdrawn_since
from annotate.services.tallies import Tally, skills_of

PAGE = 64
VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})", re.ASCII)
STATISTICS = "statistics.json"
OVER = (Release.State.FAILED, Release.State.CANCELLED)


def suggest_version(project: Project) -> str:
    """The version after the newest one: photos were added, so the second number rises."""
    last = _newest(project)
    if last is None:
        return "1.0.0"
    major, minor, _ = last.version.split(".")
    return f"{major}.{int(minor) + 1}.0"


def suggest_name(project: Project) -> str:
    """The name of the release before, else one made of the project's."""
    last = _newest(project)
    return last.name if last else slugify(project.name).replace("_", "-")[:60].strip("-") or "release"


def suggest_licenses(project: Project) -> list[str]:
    """The licences that agreed photos have."""
    agreed = project.images.filter(state=Image.State.AGREED).order_by("license")
    return list(agreed.values_list("license", flat=True).distinct())


def _newest(project: Project) -> Release | None:
    return project.releases.exclude(state__in=OVER).order_by("-pk").first()


def cut_release(
    project: Project,
    *,
    by: User,
    name: str | None = None,
    version: str | None = None,
    licenses: Sequence[str] | None = None,
    notes: str = "",
) -> Release:
    """Freeze the agreed photos under these licences as a release; the caller wakes a worker to build it.

    A failed release of the same version is replaced.

    Raises:
        Conflict: nothing is agreed, or the version is taken or older than the one before.
    """
    name = name or suggest_name(project)
    version = version or suggest_version(project)
    licenses = sorted(licenses or suggest_licenses(project))
    _check_version(project, version)
    _check_content(project, licenses)
    splits.assign_splits(project, licenses)
    try:
        with transaction.atomic():
            _take_snapshot()
            project.releases.filter(version=version, state__in=OVER).delete()
            release = _freeze(project, name, version, licenses, notes, by)
            details = {"version": version, "images": release.item_count}
            audit.record("release.cut", release, by=by, project=project, details=details)
    except IntegrityError as error:
        raise _taken(version) from error
    return release


def cancel_release(release: Release, *, by: User) -> None:
    """Stop a release that waits or is being built; nothing of it stays but the row.

    Raises:
        Conflict: it is over already.
    """
    with transaction.atomic():
        leases.request_cancel(release)
        audit.record("release.cancelled", release, by=by, project=release.project_id)


def _check_version(project: Project, version: str) -> None:
    if not VERSION.fullmatch(version):
        detail = gettext("Write the version as three numbers with dots between, such as 1.2.0.")
        raise SmartBlurError(detail, where="version", code="invalid_version")
    others = project.releases.exclude(state__in=OVER).values_list("version", flat=True)
    if version in others:
        raise _taken(version)
    newest = max(others, key=_parts, default="0.0.0")
    if _parts(version) < _parts(newest):
        detail = gettext("There is a newer release, %(newest)s. Choose a version above it.") % {"newest": newest}
        raise Conflict(detail, where="version", code="version_not_newer")


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _taken(version: str) -> Conflict:
    return Conflict(
        gettext("There is a release %(version)s already. Choose another version.") % {"version": version},
        where="version",
        code="version_taken",
    )


def _check_content(project: Project, licenses: Sequence[str]) -> None:
    if agreed_images(project.pk, licenses).exists():
        return
    if project.images.filter(state=Image.State.AGREED).exists():
        detail = gettext("No agreed photo has one of these licences. Allow another licence.")
        raise Conflict(detail, where="licenses", code="nothing_licensed")
    detail = gettext(
        "No photo is agreed yet: %(count)s people must label a photo and agree, or a curator settles it."
    ) % {"count": project.votes_wanted}
    raise Conflict(detail, code="nothing_agreed")


def _take_snapshot() -> None:
    """See the database as it is now until the transaction ends, whatever others write meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _freeze(project: Project, name: str, version: str, licenses: Sequence[str], notes: str, by: User) -> Release:
    images = agreed_images(project.pk, licenses).exclude(split="")
    release = Release.objects.create(
        project=project,
        name=name,
        version=version,
        previous=project.releases.ready().order_by("-pk").first(),
        licenses=list(licenses),
        manifest={},
        cut_by=by,
        item_count=images.count(),
    )
    snapshot = Snapshot(project.salt, name, version, __version__)
    tally = _freeze_items(release, snapshot, images)
    people = tally.annotators(skills_of(project.pk, snapshot.person))
    release.manifest = {
        "manifest": _manifest(release, notes).as_json(),
        "annotators": [person.as_json() for person in people],
        "agreement": tally.agreement(),
        "withdrawn": [image.as_json() for image in withdrawn_since(project.pk)],
    }
    release.save(update_fields=["manifest"])
    return release


def _freeze_items(release: Release, snapshot: Snapshot, images: QuerySet[Image]) -> Tally:
    """Write the release's items, and count what its people said."""
    tally = Tally()
    for page in _pages(with_labels(images)):
        versions, items = first_releases(page), []
        for image in page:
            record = snapshot.item(image, added_in=versions.get(image.pk, release.version))
            tally.add(image.pk, record)
            frozen = {"key": image.sha256[:24], "record": record, "levels_png": image.consensus.levels_png}
            items.append(ReleaseItem(release=release, image=image, **frozen))
        ReleaseItem.objects.bulk_create(items)
    return tally


def _pages(images: QuerySet[Image]) -> Iterator[list[Image]]:
    """The images, a page at a time: memory stays the same whatever the size."""
    last = 0
    while page := list(images.filter(pk__gt=last).order_by("pk")[:PAGE]):
        yield page
        last = page[-1].pk


def _manifest(release: Release, notes: str) -> Manifest:
    project, previous = release.project, release.previous
    (created,) = Release.objects.values_list(Now()).get(pk=release.pk)
    licenses = list(release.items.values_list("record__facts__license", flat=True).distinct())
    return Manifest(
        name=release.name,
        version=release.version,
        title=project.name,
        created=time_text(created),
        license=licenses[0] if len(licenses) == 1 else "LicenseRef-Mixed",
        licenses=tuple(release.licenses),
        levels=tuple(Level.from_project(level) for level in project.levels),
        guidelines=project.guidelines,
        rules={
            "votes": {"method": "dawid-skene", "sure_ppm": consensus.SURE_PPM, "votes_wanted": project.votes_wanted},
            "levels": {"method": "ordered-median, pattern-em from four people on", "alike_ppm": consensus.ALIKE_PPM},
            "splits": splits.rule_of(project),
        },
        notes=notes,
        tool_version=__version__,
        previous=previous and Previous(version=previous.version, content_id=previous.content_id),
    )


def require_ready(release: Release) -> None:
    """Let a ready release pass.

    Raises:
        Conflict: it is not ready.
    """
    if release.state != Release.State.DONE:
        raise Conflict(f"{release} is not ready. Wait until it is built.", code="release_not_ready")


def release_folder(release: Release) -> Path:
    """Where a ready release lies on this computer; fetched and verified where it was not there yet.

    Raises:
        Conflict: it is not ready, or its files are gone.
        InvalidRelease: its stored files are not what was built.
    """

    def is_current(folder: Path) -> bool:
        try:
            return read_release(folder).content_id == release.content_id
        except InvalidRelease:
            return False

    def check(folder: Path) -> None:
        if faults := verify_release(folder, "full"):
            raise InvalidRelease(f"The stored release is damaged: {faults[0].detail}", where=faults[0].path)
        if not is_current(folder):
            raise InvalidRelease(f"What is stored as {release} is another release.", where="release.json")

    require_ready(release)
    return localcopy.copy_of("releases", release.folder, is_current=is_current, check=check)


def pack(release: Release) -> Iterator[bytes]:
    """A ready release as a zip file, piece by piece, the same bytes each time.

    Raises:
        Conflict: it is not ready, or its files are gone.
    """
    require_ready(release)
    try:
        return localcopy.stream("releases", release.folder)
    except FileNotFoundError:
        detail = f"The files of {release} are gone. Tell the site's operator."
        raise Conflict(detail, code="files_missing") from None


def read_statistics(release: Release) -> dict[str, Any] | None:
    """What a ready release counts by split, by its own statistics.json; None where its files are gone."""
    try:
        with storages["releases"].open(f"{release.folder}/{STATISTICS}") as file:
            return json.load(file)
    except FileNotFoundError:
        return None
