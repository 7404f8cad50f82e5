"""The end of writing: tables joined from the units, the documents, the checksums and the seal."""

from __future__ import annotations

import hashlib
import platform
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from pathlib import Path

import numpy as np

from annotate.core.release import verify_standalone
from annotate.core.release.changes import list_changes
from annotate.core.release.disk import write_file
from annotate.core.release.documents import DOCUMENTS
from annotate.core.release.manifest import REFERENCE_LONG_SIDE_PX, Annotator, Manifest, Withdrawn
from annotate.core.release.plain import Json
from annotate.core.release.read import ReleaseFolder
from annotate.core.release.records import ROLES
from annotate.core.release.samples import SampleShards
from annotate.core.release.summary import Summary
from annotate.core.release.tables import (
    ANNOTATOR_COLUMNS,
    SOURCE_COLUMNS,
    VOTE_COLUMNS,
    WITHDRAWN_COLUMNS,
    cells_of,
    csv_line,
    image_columns,
    json_line,
    parse_json,
)
from annotate.core.release.units import path_of
from annotate.core.release.verify_standalone import (
    DECIDED_BY,
    DESIRABILITIES,
    FOLDER,
    FORMAT,
    FORMAT_VERSION,
    IGNORE,
    INDEX,
    SHARDS,
    SPLITS,
)


@dataclass(frozen=True, slots=True)
class Written:
    """A release that lies on disk: what it holds, and the SHA-256 that stands for every byte of it."""

    content_id: str
    seal: str
    image_count: int


class _Tree:
    """The folder being filled, with the checksum of every file added to it."""

    def __init__(self, work: Path) -> None:
        self.root = work / "tree"
        self.aside = work / "tmp"
        self.sums: dict[str, str] = {}

    def add(self, path: str, chunks: Iterable[bytes]) -> None:
        self.sums[path] = write_file(self.root / path, chunks, self.aside)


def assemble(
    work: Path,
    manifest: Manifest,
    annotators: Sequence[Annotator],
    withdrawn: Sequence[Withdrawn],
    agreement: Mapping[str, Json],
    previous: ReleaseFolder | None,
    shards: SampleShards | None = None,
) -> Written:
    """Turn complete units into a complete tree. Everything is made again by a second call, to the same bytes."""
    units = sorted((work / "units").iterdir())
    tree = _Tree(work)
    for path, head in _tables(len(manifest.levels)).items():
        fragments = [unit / path for unit in units if (unit / path).is_file()]
        if fragments or path.partition("/")[0] not in SPLITS:
            tree.add(path, _join(head, fragments))
    tree.sums.update(shards.end() if shards else ())
    tree.add("extras/annotators.csv", _rows(ANNOTATOR_COLUMNS, annotators))
    tree.add("extras/withdrawn.csv", _rows(WITHDRAWN_COLUMNS, withdrawn))
    tree.add("extras/agreement.json", [json_line(agreement, "agreement")])
    tree.add("tools/verify.py", [Path(verify_standalone.__file__).read_bytes()])
    if previous:
        now = ReleaseFolder(tree.root, manifest, "", {})
        lines = (json_line(change, "changes") for change in list_changes(previous.records(), now.records()))
        tree.add(f"changes/from-{previous.manifest.version}.jsonl", lines)

    layout = SHARDS if shards else FOLDER
    changelog = previous.changelog() if previous else ""
    summary = Summary(_statistics(units), _content_id(units), tree.sums, changelog, layout)
    for path, compose in DOCUMENTS.items():
        tree.add(path, [compose(manifest, summary).encode()])
    image_counts = {split: summary.total(split, "images") for split in SPLITS}
    media_count = 0 if shards else 2 * sum(image_counts.values())
    counts = {"images": image_counts, "files": media_count + len(tree.sums) + 1}
    tree.add("release.json", [json_line(_release_json(manifest, summary, counts), "manifest")])
    return Written(summary.content_id, _seal(tree, units), sum(image_counts.values()))


def _tables(level_count: int) -> dict[str, bytes]:
    """Path of each table that units hold pieces of -> its first line."""
    of_splits = [f"{split}/{name}" for split in SPLITS for name in ("metadata.jsonl", f"shards/{INDEX}")]
    return dict.fromkeys(of_splits, b"") | {
        "images.csv": csv_line(image_columns(level_count)),
        "extras/regions.jsonl": b"",
        "extras/votes.csv": csv_line(VOTE_COLUMNS),
        "extras/lineage.jsonl": b"",
        "extras/sources.csv": csv_line(SOURCE_COLUMNS),
    }


def _join(head: bytes, fragments: Iterable[Path]) -> Iterator[bytes]:
    yield head
    for fragment in fragments:
        with fragment.open("rb") as file:
            while block := file.read(1 << 20):
                yield block


def _rows(columns: Iterable[str], values: Iterable[Annotator | Withdrawn]) -> list[bytes]:
    return [csv_line(columns), *sorted(csv_line(cells_of(value)) for value in values)]


def _statistics(units: Iterable[Path]) -> dict[str, dict[str, dict[str, int]]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for unit in units:
        for split, table, name, number in parse_json((unit / "statistics").read_bytes(), "statistics"):
            counts[split, table, name] += number
    nested: dict[str, dict[str, dict[str, int]]] = {}
    for (split, table, name), number in counts.items():
        nested.setdefault(split, {}).setdefault(table, {})[name] = number
    return nested


def _content_id(units: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for block in _join(b"", (unit / "content" for unit in units)):
        digest.update(block)
    return digest.hexdigest()


def _release_json(manifest: Manifest, summary: Summary, counts: Mapping[str, Json]) -> Json:
    return manifest.as_json() | {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "layout": summary.layout,
        "content_id": summary.content_id,
        "counts": counts,
        "reference_long_side_px": REFERENCE_LONG_SIDE_PX,
        "vocabulary": {
            "splits": SPLITS,
            "desirability": DESIRABILITIES,
            "decided_by": DECIDED_BY,
            "roles": ROLES,
            "ignore": IGNORE,
        },
        "toolchain": {
            "smartblur": manifest.tool_version,
            "python": platform.python_version(),
            "numpy": np.__version__,
            "zlib": zlib.ZLIB_RUNTIME_VERSION,
        },
    }


def _seal(tree: _Tree, units: Iterable[Path]) -> str:
    """Write checksums.sha256 from the units' sorted lists without holding them, then SEAL."""
    own = sorted((f"{digest}  {path}\n".encode() for path, digest in tree.sums.items()), key=path_of)
    streams = [_lines(unit / "checksums") for unit in units]
    seal = write_file(tree.root / "checksums.sha256", merge(own, *streams, key=path_of), tree.aside)
    write_file(tree.root / "SEAL", [f"{seal}\n".encode()], tree.aside)
    return seal


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file
