"""Samples of a release: photo, map and record of each image, appended to the shards of its split, unit by unit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from annotate.core.release.records import Record
from annotate.core.release.shards import Position, ShardWriter, index_line
from annotate.core.release.tables import json_line, parse_json
from annotate.core.release.verify_standalone import INDEX, SPLITS, sample_members

POSITIONS = "positions"  # of a unit: how far the shards are written when it is complete


class SampleShards:
    """The shards of a release under way. What lies behind the last complete unit is written over by another attempt."""

    def __init__(self, tree: Path, **limits: int) -> None:
        """Begin with empty shards in `tree`; `limits` as for `ShardWriter`."""
        self.tree = tree
        self._writers = {split: ShardWriter(tree / split / "shards", split, **limits) for split in SPLITS}

    def append(self, record: Record, image: bytes, levels: bytes) -> Iterator[tuple[str, bytes]]:
        """Write an image's sample, in order of the keys: (table, line) of each member."""
        line = json_line(record.as_json(), record.key)
        kinds = (name.partition(".")[2] for name in sample_members(record.key, record.file_name))
        members = list(zip(kinds, (image, levels, line), strict=True))
        for place in self._writers[record.split].add(record.key, members):
            yield f"{record.split}/shards/{INDEX}", index_line(place)

    def end_unit(self, unit: Path) -> None:
        """Make all of it survive a loss of power, and note in the unit's folder how to go on.

        No file stays open: the next unit must not go into one that another attempt has thrown away meanwhile.
        """
        self.close()
        positions = {split: list(writer.position) for split, writer in self._writers.items()}
        (unit / POSITIONS).write_bytes(json_line(positions, POSITIONS))

    def skip_unit(self, unit: Path) -> None:
        """Go on behind a unit that is complete."""
        for split, position in parse_json((unit / POSITIONS).read_bytes(), POSITIONS).items():
            self._writers[split].position = Position(*position)

    def end(self) -> Iterator[tuple[str, str]]:
        """Finish after the last unit: (path, SHA-256) of each shard."""
        for writer in self._writers.values():
            writer.end()
        for path in sorted(self.tree.glob("*/shards/*.tar")):
            yield path.relative_to(self.tree).as_posix(), _digest(path)

    def close(self) -> None:
        """Let go of the files."""
        for writer in self._writers.values():
            writer.close()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
