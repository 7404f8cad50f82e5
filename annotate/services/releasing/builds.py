"""A worker turns what it has frozen into the folder that people take home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.core.files.storage import default_storage, storages

from annotate import localcopy
from annotate.core.errors import InvalidRelease
from annotate.core.release import (
    Annotator,
    Item,
    Manifest,
    Withdrawn,
    read_release,
    verify_release,
    write_release,
)
from annotate.models import Release
from annotate.services.leases import Lease
from annotate.services.releasing.changes import list_file
from annotate.services.releasing.freezing import FROZEN_PPM, freeze_release
from annotate.services.releasing.releases import OVER, STATISTICS, release_folder

PAGE = 64


def build_release(release: Release, lease: Lease) -> dict[str, Any]:
    """Freeze the release unless that is done, write its folder and verify it; the fields that make it ready.

    A second attempt goes on with the first unit that is not on disk. Whoever writes it, the bytes are the same.

    Raises:
        Conflict: no photo is agreed any more.
        InvalidRelease: what was frozen does not make a sound release.
        DiskFull: it does not fit on the disk.
        LeaseLost: another attempt owns the release.
        Cancelled: a person asked to stop.
    """
    if not release.is_frozen:
        freeze_release(release, lease)
    manifest = Manifest.from_json(release.manifest["manifest"])
    name = f"{release.pk}/{manifest.folder_name}"
    folder = localcopy.place("releases", name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    share_done = (990_000 - FROZEN_PPM) // max(release.item_count, 1)
    with localcopy.written_whole(folder.parent):
        written = write_release(
            folder,
            manifest,
            _items(release),
            annotators=[Annotator.from_json(person) for person in release.manifest["annotators"]],
            agreement=release.manifest["agreement"],
            withdrawn=[Withdrawn.from_json(image) for image in release.manifest.get("withdrawn", [])],
            layout=release.layout,
            previous=release.previous and read_release(release_folder(release.previous)),
            on_progress=lambda count: lease.tell(progress_ppm=FROZEN_PPM + count * share_done),
        )
    if faults := verify_release(folder, "sealed"):
        shutil.rmtree(folder)
        raise InvalidRelease(f"{faults[0].path}: {faults[0].detail}")
    beside = [STATISTICS, *([list_file(release.previous)] if release.previous else [])]
    localcopy.send("releases", name, beside=beside)
    return {"content_id": written.content_id, "seal": written.seal, "folder": name}


def _items(release: Release) -> Iterator[Item]:
    last = ""
    rows = release.items.select_related("image").only("release", "key", "record", "levels_png", "image__file")
    while page := list(rows.filter(key__gt=last).order_by("key")[:PAGE]):
        for row in page:
            load_image = partial(_read_photo, row.image.file.name)
            yield Item.from_json(row.record, load_image=load_image, load_levels=partial(bytes, row.levels_png))
        last = page[-1].key


def _read_photo(name: str) -> bytes:
    with default_storage.open(name) as file:
        return file.read()


def _stored_folders() -> list[str]:
    return [] if localcopy.lies_here("releases") else storages["releases"].listdir("")[0]


def sweep_folders() -> int:
    """Remove the files that releases left that failed, were cancelled or replaced, and count the releases."""
    here = {path.name for path in localcopy.place("releases", "").glob("*")}
    folders = {int(name) for name in here.union(_stored_folders()) if name.isdecimal()}
    wanted = Release.objects.filter(pk__in=folders).exclude(state__in=OVER).values_list("pk", flat=True)
    unwanted = folders - set(wanted)
    for pk in unwanted:
        localcopy.delete("releases", str(pk))
    return len(unwanted)
