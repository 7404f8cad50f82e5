"""Reading a release folder, image by image. Nothing in it is trusted: every value is checked, no path leads out."""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from heapq import merge
from pathlib import Path
from typing import Generic, TypeVar

from annotate.core.errors import InvalidRelease
from annotate.core.release.manifest import Annotator, Manifest, Withdrawn
from annotate.core.release.older import SPLIT_1_0, normal_form, parse_record_1_0
from annotate.core.release.places import Place, ShardIndex
from annotate.core.release.plain import Json
from annotate.core.release.records import Item, Record, RegionsLine, VoteLine
from annotate.core.release.shards import shard_name
from annotate.core.release.tables import located, parse_json, read_csv, read_json_lines
from annotate.core.release.verify_standalone import FOLDER, INDEX, SPLITS, NotARelease, read_manifest

MAX_LEVELS_BYTES = 1 << 26

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReleaseFolder:
    """A release on disk.

    Attributes:
        root: the folder that holds release.json.
        manifest: what its maker stated.
        content_id: SHA-256 over what the dataset says, whatever the software that wrote it.
        image_counts: split -> number of images, as release.json states them.
        is_1_0: it was written before format 1.1: see `older`.
        layout: "folder", each photo and each map a file; or "shards", tar files that hold some thousand of them.
    """

    root: Path
    manifest: Manifest
    content_id: str
    image_counts: Mapping[str, int]
    is_1_0: bool = False
    layout: str = FOLDER
    _indexes: dict[str, ShardIndex] = field(default_factory=dict, compare=False, repr=False)

    def records(self, split: str | None = None) -> Iterator[Record]:
        """The records of a split, or of all of them, ordered by key.

        Raises:
            InvalidRelease: a line breaks the format; `where` is such as ``train/metadata.jsonl:12.votes``.
        """
        splits = SPLITS if split is None else (split,)
        return merge(*map(self._records_of, splits), key=lambda record: record.key)

    def _records_of(self, split: str) -> Iterator[Record]:
        for where, raw in read_json_lines(self._inside(f"{self._folder(split)}/metadata.jsonl")):
            record = self._parse_record(raw, where)
            if record.split != split:
                raise InvalidRelease(f"The record says split {record.split}.", where=f"{where}.split")
            yield record

    def _parse_record(self, raw: Json, where: str) -> Record:
        with located(where):
            if self.is_1_0:
                return parse_record_1_0(raw, len(self.manifest.levels))
            record = Record.from_json(raw)
        return record.checked(len(self.manifest.levels), where)

    def _folder(self, split: str) -> str:
        return SPLIT_1_0.get(split, split) if self.is_1_0 else split

    def load_photo(self, record: Record) -> bytes:
        """The photo's file; one of a release 1.0 that lay on its side comes with its orientation in the file.

        Raises:
            InvalidRelease: it cannot be read, or would lie outside of the release.
        """
        return normal_form(record, self.image_place(record).read(record.bytes))

    def load_levels(self, record: Record) -> bytes:
        """The level PNG.

        Raises:
            InvalidRelease: it cannot be read, or would lie outside of the release.
        """
        return self.levels_place(record).read(MAX_LEVELS_BYTES)

    def image_place(self, record: Record) -> Place:
        """Where the image lies; raises InvalidRelease where that is outside of the release or not known."""
        return self._place(record, record.file_name, 0)

    def levels_place(self, record: Record) -> Place:
        """Where the level PNG lies; raises InvalidRelease where that is outside of the release or not known."""
        return self._place(record, record.level_file_name, 1)

    def _place(self, record: Record, name: str, member: int) -> Place:
        folder = self._folder(record.split)
        if self.layout == FOLDER:
            return Place(self._inside(f"{folder}/{name}"))
        self.load_index(record.split)
        shard, offset, size = self._indexes[record.split].find(record.key, member)
        return Place(self._inside(f"{folder}/shards/{shard_name(folder, shard)}"), offset, size)

    def load_index(self, split: str) -> None:
        """Learn where everything lies in the split's shards: done once, best before processes part that share it.

        Raises:
            InvalidRelease: the index is damaged.
        """
        if self.layout != FOLDER and split not in self._indexes:
            index = self._inside(f"{self._folder(split)}/shards/{INDEX}")
            self._indexes[split] = ShardIndex(read_json_lines(index))

    def _inside(self, path: str) -> Path:
        """A path below the root. Names come from checked records; a link could still lead out."""
        full = self.root / path
        if not os.path.realpath(full).startswith(_real_prefix(self.root.absolute())):
            raise InvalidRelease("A link in the release leads out of it.", where=path)
        return full

    def items(self, after: str = "") -> Iterator[Item]:
        """Everything known about each image, ordered by key: what `write_release` was given, to be given to it again.

        Args:
            after: only images with a greater key, so that an import can go on where it stopped.

        Raises:
            InvalidRelease: a line breaks the format, or tells of an image that is not there.
        """
        extras = self.root / "extras"
        regions = _Following(_keyed(read_json_lines(self._inside("extras/regions.jsonl")), RegionsLine.from_json))
        lineage = _Following(_keyed(read_json_lines(self._inside("extras/lineage.jsonl")), _steps))
        votes = _Following(
            (row.get("key", ""), where, vote) for where, row, vote in read_csv(extras / "votes.csv", VoteLine)
        )
        for record in self.records():
            item = Item(
                facts=record.facts(),
                annotations=tuple(regions.of(record.key)),
                votes=tuple(votes.of(record.key)),
                lineage=tuple(step for steps in lineage.of(record.key) for step in steps),
                load_image=partial(self.load_photo, record),
                load_levels=partial(self.load_levels, record),
            )
            if record.key > after:
                yield item
        for following in (regions, votes, lineage):
            following.require_end()

    def annotators(self) -> list[Annotator]:
        """The people behind the labels, by pseudonym."""
        return [value for _, _, value in read_csv(self._inside("extras/annotators.csv"), Annotator)]

    def withdrawn(self) -> list[Withdrawn]:
        """The images that must not be used any more."""
        return [value for _, _, value in read_csv(self._inside("extras/withdrawn.csv"), Withdrawn)]

    def agreement(self) -> dict[str, Json]:
        """The figures of extras/agreement.json."""
        figures = self._parse("extras/agreement.json")
        return figures if isinstance(figures, dict) else {}

    def changelog(self) -> str:
        """The text of CHANGELOG.md."""
        return self._inside("CHANGELOG.md").read_text("utf-8", errors="replace")

    def _parse(self, path: str) -> Json:
        try:
            return parse_json(self._inside(path).read_bytes(), path)
        except OSError as error:
            raise InvalidRelease(f"The file cannot be read ({error.strerror}).", where=path) from error


def read_release(folder: Path) -> ReleaseFolder:
    """The release in a folder; its images are read when asked for.

    Raises:
        InvalidRelease: the folder holds no release.json of this format. `verify_release` looks deeper.
    """
    try:
        raw = read_manifest(folder)
    except NotARelease as refusal:
        raise InvalidRelease(str(refusal), where="release.json") from refusal
    stated = {name: raw[name] for name in Manifest.names() if name in raw}
    is_1_0 = raw["format_version"] == "1.0"
    counts = {split: raw["counts"]["images"].get(SPLIT_1_0.get(split, split) if is_1_0 else split) for split in SPLITS}
    return ReleaseFolder(folder, Manifest.from_json(stated), raw["content_id"], counts, is_1_0, raw["layout"])


@lru_cache(maxsize=16)
def _real_prefix(folder: Path) -> str:
    """How the real paths of what lies in the folder begin."""
    return f"{os.path.realpath(folder).rstrip('/')}/"


class _Following(Generic[T]):
    """Lines of a table that is ordered by key, taken image by image in step with the records."""

    def __init__(self, lines: Iterator[tuple[str, str, T]]) -> None:
        self._lines = lines
        self._next = next(lines, None)

    def of(self, key: str) -> Iterator[T]:
        """The lines of this key, which must be the next ones."""
        while self._next and self._next[0] <= key:
            found, where, value = self._next
            if found != key:
                raise InvalidRelease(
                    f"The line is about image {found[:24]!r}, which is not here or not in order.", where=where
                )
            yield value
            self._next = next(self._lines, None)

    def require_end(self) -> None:
        """Refuse lines that are left over."""
        if self._next:
            raise InvalidRelease("The line is about an image that is not in the release.", where=self._next[1])


def _keyed(lines: Iterator[tuple[str, Json]], parse: Callable[[Json], T]) -> Iterator[tuple[str, str, T]]:
    for where, raw in lines:
        if not isinstance(raw, dict) or not isinstance(raw.get("key"), str):
            raise InvalidRelease("The line names no key.", where=where)
        with located(where):
            value = parse({name: field for name, field in raw.items() if name != "key"})
        yield raw["key"], where, value


def _steps(raw: Json) -> list[dict[str, Json]]:
    steps = raw.get("steps")
    if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
        raise InvalidRelease("Lineage is a list of steps, each an object.")
    return steps
