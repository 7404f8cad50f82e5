"""Units of work: some images checked and written, and what they add to the release's tables.

A unit is a folder of fragments, one for each table and three that are no table: `content` (for the content_id),
`checksums` (sorted) and `statistics`. It is made aside and has its final name only when it is complete.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain, zip_longest
from pathlib import Path
from typing import BinaryIO

import numpy as np

from annotate.core.errors import Conflict, InvalidRelease
from annotate.core.release.disk import sync_path, write_unsynced
from annotate.core.release.records import Item, Record
from annotate.core.release.samples import SampleShards
from annotate.core.release.tables import cells_of, csv_line, image_cells, json_line, source_cells
from annotate.core.release.verify_standalone import IGNORE, content_line, level_pixels, tally

SYNCED_AT_ONCE = 32

Row = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Rendered:
    """What one image adds: lines of tables, lines of checksums, and its record for the statistics.

    `media` are the photo and the map, where they are still to be written.
    """

    record: Record
    rows: list[Row]
    sums: list[bytes]
    media: tuple[bytes, bytes] | None = None


def write_unit(
    work: Path,
    number: int,
    page: Iterable[Item],
    *,
    level_count: int,
    pool: Executor,
    ahead: int,
    shards: SampleShards | None = None,
) -> Iterator[str]:
    """Write a page's images into ``work/tree``, its fragments into ``work/units/NUMBER``; the key of each, once done.

    The images go into `shards` where there are some, else into files of their own.

    A unit that is there already is only compared, by its keys.

    Raises:
        InvalidRelease: see `write_release`.
        Conflict: the unit that is there has other keys.
    """
    unit = work / "units" / f"{number:05d}"
    if unit.is_dir():
        yield from _compare_keys(unit, page)
        if shards:
            shards.skip_unit(unit)
        return
    aside = work / "tmp" / uuid.uuid4().hex
    aside.mkdir()
    sums: list[bytes] = []
    statistics: Counter[tuple[str, str, str]] = Counter()
    render = partial(render_item, level_count=level_count, work=None if shards else work)
    with ExitStack() as files:
        fragments: dict[str, BinaryIO] = {}
        for rendered in _map_ahead(pool, render, page, ahead):
            samples = shards.append(rendered.record, *rendered.media) if shards and rendered.media else ()
            for name, line in chain(rendered.rows, samples):
                if name not in fragments:
                    fragments[name] = files.enter_context(_create(aside, name))
                fragments[name].write(line)
            sums += rendered.sums
            for split, table, name, number_of in tally(rendered.record.as_json()):
                statistics[split, table, name] += number_of
            yield rendered.record.key
    nested = [[*place, number_of] for place, number_of in sorted(statistics.items())]
    (aside / "statistics").write_bytes(json_line(nested, "statistics"))
    sums.sort(key=path_of)
    (aside / "checksums").write_bytes(b"".join(sums))
    if shards:
        shards.end_unit(aside)
    media = [work / "tree" / path_of(line).decode().strip() for line in sums]
    _sync([*media, *{path.parent for path in media}, aside, *aside.rglob("*")])
    try:
        aside.rename(unit)
    except OSError:
        if not unit.is_dir():  # another attempt may have made it, to the same bytes
            raise
    sync_path(unit.parent)


def _sync(paths: list[Path]) -> None:
    """Make these survive a loss of power, many at once: a file system lets them share what each would wait for."""
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as pool:
        for _ in pool.map(sync_path, paths):
            pass


def path_of(checksum_line: bytes) -> bytes:
    """The path in a line of checksums.sha256, by which the lines are sorted."""
    return checksum_line[66:]


def render_item(item: Item, *, level_count: int, work: Path | None) -> Rendered:
    """Load an image and its level map, check them, write them into ``work/tree`` if it is given; what they add.

    Raises:
        InvalidRelease: the bytes are not those that the item names, or break the format; `where` starts with the key.
    """
    key, facts = item.facts.key, item.facts
    image = item.load_image()
    if hashlib.sha256(image).hexdigest() != facts.sha256:
        raise InvalidRelease("The stored bytes are not the ones with this SHA-256: the file was damaged.", where=key)
    png = item.load_levels()
    try:
        pixels = level_pixels(png, facts.width, facts.height)
    except ValueError as error:
        raise InvalidRelease(f"Not a level map of this image: {error}.", where=key) from error
    level_map = np.frombuffer(pixels, np.uint8)
    record = Record.of(
        facts,
        byte_count=len(image),
        level_px=tuple(int(np.count_nonzero(level_map == level)) for level in range(level_count)),
        ignore_px=int(np.count_nonzero(level_map == IGNORE)),
        level_px_sha256=hashlib.sha256(pixels).hexdigest(),
    )
    rows = list(_rows(item, record))
    if work is None:
        return Rendered(record, rows, [], (image, png))
    return Rendered(record, rows, list(_write_files(record, image, png, work)))


def _write_files(record: Record, image: bytes, png: bytes, work: Path) -> Iterator[bytes]:
    """Write both; their lines of checksums.sha256."""
    of_map = hashlib.sha256(png).hexdigest()
    for name, content, digest in ((record.file_name, image, record.sha256), (record.level_file_name, png, of_map)):
        path = f"{record.split}/{name}"
        write_unsynced(work / "tree" / path, content, work / "tmp")
        yield f"{digest}  {path}\n".encode()


def _rows(item: Item, record: Record) -> Iterator[Row]:
    key = record.key
    yield f"{record.split}/metadata.jsonl", json_line(record.as_json(), key)
    yield "images.csv", csv_line(image_cells(record))
    yield "content", content_line(record.as_json())
    for annotation in sorted(item.annotations, key=lambda line: (line.role, line.annotation)):
        yield "extras/regions.jsonl", json_line({"key": key, **annotation.as_json()}, f"{key}.regions")
    for vote in sorted(item.votes, key=lambda line: (line.annotator, line.saved)):
        yield "extras/votes.csv", csv_line([key, *cells_of(vote)])
    yield "extras/lineage.jsonl", json_line({"key": key, "steps": item.lineage}, f"{key}.lineage")
    yield "extras/sources.csv", csv_line(source_cells(record))


def _compare_keys(unit: Path, page: Iterable[Item]) -> Iterator[str]:
    keys = [line[:24].decode() for line in (unit / "content").read_bytes().splitlines()]
    for item, key in zip_longest(page, keys):
        if item is None or item.facts.key != key:
            raise Conflict(
                "What is half written there holds other images. Discard it and write again.",
                where=str(key),
                code="snapshot_changed",
            )
        yield key


def _map_ahead(
    pool: Executor, render: Callable[[Item], Rendered], page: Iterable[Item], ahead: int
) -> Iterator[Rendered]:
    """`render` of every item in order, with a few of them under way in the pool."""
    under_way: deque[Future[Rendered]] = deque()
    for item in page:
        under_way.append(pool.submit(render, item))
        if len(under_way) > ahead:
            yield under_way.popleft().result()
    while under_way:
        yield under_way.popleft().result()


def _create(aside: Path, name: str) -> BinaryIO:
    """A new file of the unit; never a new unit, where another attempt has thrown this one away."""
    for folder in reversed(Path(name).parents[:-1]):
        (aside / folder).mkdir(exist_ok=True)
    return (aside / name).open("wb")
