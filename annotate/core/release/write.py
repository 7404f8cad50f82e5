"""Writing a release: units of images that survive a kill, then the whole folder sealed and published by one rename.

While it is made, a release lies in ``FOLDER.partial``:

    plan.json        what is being made; whatever was begun with another plan is thrown away
    tree/            the release to be; images and level maps land here at once, in files or shards
    units/00042/     what unit 42 adds to the tables, complete since the folder has this name
    tmp/             files being written; what a killed writer left there goes with the folder

Every file is written aside, synced and renamed, and says the same whoever writes it: a second attempt after kill -9
goes on with the first unit that is not there, and an attempt that was given up but still runs can do no harm.
"""

from __future__ import annotations

import glob
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from functools import partial
from itertools import chain, islice
from pathlib import Path

from annotate.core.errors import Conflict, InvalidRelease
from annotate.core.release.assemble import Written, assemble
from annotate.core.release.disk import sync_folders, sync_path, write_file
from annotate.core.release.manifest import Annotator, Manifest, Withdrawn
from annotate.core.release.plain import Json
from annotate.core.release.read import ReleaseFolder, read_release
from annotate.core.release.records import Item
from annotate.core.release.samples import SampleShards
from annotate.core.release.tables import json_line
from annotate.core.release.units import write_unit
from annotate.core.release.verify_standalone import FOLDER, FORMAT_VERSION

UNIT = 512
PROGRESS_EVERY = 16


def write_release(
    folder: Path,
    manifest: Manifest,
    items: Iterable[Item],
    *,
    annotators: Sequence[Annotator] = (),
    withdrawn: Sequence[Withdrawn] = (),
    agreement: Mapping[str, Json] | None = None,
    previous: ReleaseFolder | None = None,
    on_progress: Callable[[int], None] | None = None,
    unit: int = UNIT,
    workers: int = 2,
    layout: str = FOLDER,
) -> Written:
    """Write the release into `folder`, which appears complete and sealed or not at all.

    Args:
        folder: where it is to be; ``FOLDER.partial`` beside it is used meanwhile, and found again by a retry.
        items: ordered by key; read once, a few at a time.
        annotators, withdrawn: rows of the tables of these names; any order.
        agreement: figures of the whole release for extras/agreement.json; whole numbers only.
        previous: the release that `manifest.previous` names, for the list of changes.
        on_progress: called with the number of images done, every few images. What it raises ends the writing; the
            next call goes on from the last complete unit.
        unit: images of which the work is lost at most when the process is killed.
        workers: threads that load and write images; the bytes do not depend on it, nor on `unit`.
        layout: one of `LAYOUTS`: each image and each map a file, or samples in shards. The content is the same.

    Raises:
        InvalidRelease: an item breaks the format, or its bytes are not the ones its record names; `where` says which.
        Conflict: another release lies in `folder`, or the items are not those that ``FOLDER.partial`` was begun with.
    """
    if folder.exists():
        return _written_before(folder, manifest, layout)
    _require_previous(manifest, previous)
    plan = {"format": FORMAT_VERSION, "layout": layout, "manifest": manifest.as_json(), "unit": unit}
    work = _open_work(folder, json_line(plan, "manifest"))
    done = 0
    with ThreadPoolExecutor(workers) as pool, closing(SampleShards(work / "tree")) as samples:
        shards = None if layout == FOLDER else samples
        level_count = len(manifest.levels)
        write = partial(write_unit, work, level_count=level_count, pool=pool, ahead=2 * workers, shards=shards)
        for number, page in enumerate(_pages(_in_order(items), unit)):
            for _ in write(number, page):
                done += 1
                if on_progress is not None and done % PROGRESS_EVERY == 0:
                    on_progress(done)
        if not done:
            raise InvalidRelease("A release holds at least one image; settle some labels first.", where="items")
        written = assemble(work, manifest, annotators, withdrawn, agreement or {}, previous, shards)
    sync_folders(work / "tree")
    if on_progress is not None:
        on_progress(done)
    try:
        (work / "tree").rename(folder)
    except OSError:
        return _written_before(folder, manifest, layout)  # by another attempt, in this very moment
    sync_path(folder.parent)
    discard_partial(folder)
    return written


def discard_partial(folder: Path) -> None:
    """Forget a release that was begun and not finished; nothing happens where there is none."""
    work = _work_of(folder)
    with suppress(FileNotFoundError):
        # Away in one step: a writer that still runs must not find half of its files and take them for all.
        work.rename(work.with_name(f"{work.name}.{uuid.uuid4().hex}"))
    for path in folder.parent.glob(f"{glob.escape(work.name)}.*"):
        shutil.rmtree(path, ignore_errors=True)


def _work_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.partial")


def _written_before(folder: Path, manifest: Manifest, layout: str) -> Written:
    try:
        release = read_release(folder)
    except InvalidRelease:
        release = None
    if release is None or (release.manifest, release.layout) != (manifest, layout):
        raise Conflict(f"Something else lies in {folder.name} already. Choose another version.", code="folder_taken")
    discard_partial(folder)  # of an attempt that was killed between its last two steps
    seal = (folder / "SEAL").read_text("ascii").strip()
    return Written(release.content_id, seal, sum(release.image_counts.values()))


def _require_previous(manifest: Manifest, previous: ReleaseFolder | None) -> None:
    named = manifest.previous
    if previous and (
        named is None or (named.version, named.content_id) != (previous.manifest.version, previous.content_id)
    ):
        raise InvalidRelease("This is not the release that the manifest names as the previous one.", where="previous")


def _open_work(folder: Path, plan: bytes) -> Path:
    """The folder of work under way, emptied unless it was begun with this plan and its tree is still there."""
    work = _work_of(folder)
    plan_file = work / "plan.json"
    if not plan_file.is_file() or plan_file.read_bytes() != plan or not (work / "tree").is_dir():
        discard_partial(folder)
    for name in ("tree", "units", "tmp"):
        (work / name).mkdir(parents=True, exist_ok=True)
    write_file(plan_file, [plan], work / "tmp")
    return work


def _in_order(items: Iterable[Item]) -> Iterator[Item]:
    previous = ""
    for item in items:
        key = item.facts.key
        if key <= previous:
            raise InvalidRelease("Images come ordered by key, each once.", where=key)
        previous = key
        yield item


def _pages(items: Iterator[Item], size: int) -> Iterator[Iterator[Item]]:
    for first in items:
        yield chain([first], islice(items, size - 1))
