"""Releases: one is asked for, and when a worker has built it, it is read. `freezing` and `builds` are the worker's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext

from annotate import localcopy
from annotate.core.errors import Conflict, InvalidRelease, SmartBlurError
from annotate.core.release import FOLDER, SHARDS, read_release, verify_release
from annotate.models import Image, Project, Release, User
from annotate.services import audit, leases
from annotate.services.finding.search import as_it_is_now
from annotate.services.releasing import publication
from annotate.services.releasing.snapshots import agreed_images

VERSION = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})", re.ASCII)
STATISTICS = "statistics.json"
FILES_OF_HUB = 100_000  # that the Hugging Face hub takes in one dataset
FILES_OF_HUB_FOLDER = 10_000  # and in one folder of it, such as train/images; it refuses a push with more
FOLDER_IMAGES = FILES_OF_HUB // 2
OVER = (Release.State.FAILED, Release.State.CANCELLED)


def suggest_name_and_version(project: Project) -> tuple[str, str]:
    """The name of the release before, else one made of the project's, and the next version: photos were added."""
    last = _newest(project)
    if last is None:
        return slugify(project.name).replace("_", "-")[:60].strip("-") or "release", "1.0.0"
    major, minor, _ = last.version.split(".")
    return last.name, f"{major}.{int(minor) + 1}.0"


def suggest_licenses(project: Project) -> list[str]:
    """The licences that agreed photos have."""
    agreed = project.images.filter(state=Image.State.AGREED, is_withdrawn=False).order_by("license")
    return list(agreed.values_list("license", flat=True).distinct())


def suggest_layout(count: int) -> str:
    """Files for as many photos as go onto the Hugging Face hub so, however they are split; shards for more."""
    return SHARDS if count > FILES_OF_HUB_FOLDER else FOLDER


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
    layout: str | None = None,
    validation_percent: int = 10,
    test_percent: int = 10,
    photos: str = "",
) -> Release:
    """A release of the agreed photos under these licences; the caller wakes a worker, which freezes and builds it.

    `photos` says which of them, as in the address of the photos; a saved set in it is taken as it is now.

    A failed release of the same version is replaced. The shares, 1 to 40, are of photos that have no split yet.

    Raises:
        Conflict: nothing is agreed, there are too many photos for the layout, the version is taken or older than the
            one before, or the project does not say what a release must (`publication.require_publishable`).
    """
    usual_name, usual_version = suggest_name_and_version(project)
    name, version = name or usual_name, version or usual_version
    licenses = sorted(licenses or suggest_licenses(project))
    _check_version(project, version)
    publication.require_publishable(project, licenses)
    photos = as_it_is_now(project, photos)
    _check_content(project, licenses, photos)
    count = agreed_images(project, licenses, photos).count()
    layout = layout or suggest_layout(count)
    _check_layout(layout, count)
    try:
        with transaction.atomic():
            project.releases.filter(version=version, state__in=OVER).delete()
            release = Release.objects.create(
                project=project,
                name=name,
                version=version,
                licenses=licenses,
                notes=notes,
                photos=photos,
                cut_by=by,
                item_count=count,
                layout=layout,
                validation_percent=validation_percent,
                test_percent=test_percent,
            )
            details = {"version": version, "images": count, "layout": layout, "photos": photos}
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
        sentence = gettext("There is a newer release, %(newest)s. Choose a version above it.")
        raise Conflict(sentence, newest=newest, where="version", code="version_not_newer")


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def _taken(version: str) -> Conflict:
    return Conflict(
        gettext("There is a release %(version)s already. Choose another version."),
        version=version,
        where="version",
        code="version_taken",
    )


def _check_content(project: Project, licenses: Sequence[str], photos: str) -> None:
    if agreed_images(project, licenses, photos).exists():
        return
    if photos and agreed_images(project, licenses).exists():
        raise Conflict(gettext("None of the chosen photos is agreed."), where="photos", code="nothing_agreed")
    if project.images.filter(state=Image.State.AGREED).exists():
        detail = gettext("No agreed photo has one of these licences. Allow another licence.")
        raise Conflict(detail, where="licenses", code="nothing_licensed")
    sentence = gettext(
        "No photo is agreed yet: %(count)s people must label a photo and agree, or a curator settles it."
    )
    raise Conflict(sentence, count=project.votes_wanted, code="nothing_agreed")


def _check_layout(layout: str, count: int) -> None:
    if layout == FOLDER and count > FOLDER_IMAGES:
        sentence = gettext(
            "%(count)s photos and their maps are more than the %(limit)s files that the Hugging Face hub takes. "
            "Choose shards."
        )
        raise Conflict(sentence, count=count, limit=FILES_OF_HUB, where="layout", code="too_many_files")


def require_ready(release: Release) -> None:
    """Let a ready release pass.

    Raises:
        Conflict: it is not ready.
    """
    if release.state != Release.State.DONE:
        sentence = gettext("%(release)s is not ready. Wait until it is built.")
        raise Conflict(sentence, release=str(release), code="release_not_ready")


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
            sentence = gettext("The stored release is damaged: %(fault)s")
            raise InvalidRelease(sentence, fault=faults[0].detail, where=faults[0].path)
        if not is_current(folder):
            sentence = gettext("What is stored as %(release)s is another release.")
            raise InvalidRelease(sentence, release=str(release), where="release.json")

    require_ready(release)
    return localcopy.copy_of("releases", release.folder, is_current=is_current, check=check)


def pack(release: Release, *, by: User) -> Iterator[bytes]:
    """A ready release as a zip file, piece by piece, the same bytes each time; who took it is written down.

    Raises:
        Conflict: it is not ready, or its files are gone.
    """
    require_ready(release)
    try:
        pieces = localcopy.stream("releases", release.folder)
    except FileNotFoundError:
        sentence = gettext("The files of %(release)s are gone. Tell the site's operator.")
        raise Conflict(sentence, release=str(release), code="files_missing") from None
    audit.record("release.downloaded", release, by=by, project=release.project_id)
    return pieces


def read_statistics(release: Release) -> dict[str, Any] | None:
    """What a ready release counts by split, by its own statistics.json; None where its files are gone."""
    if not release.folder:
        return None
    try:
        with storages["releases"].open(f"{release.folder}/{STATISTICS}") as file:
            return json.load(file)
    except FileNotFoundError:
        return None
