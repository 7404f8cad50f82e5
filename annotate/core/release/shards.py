"""Shards: tar files of samples, read in a stream by WebDataset, or out of the middle by an index.

A sample is the files that share a key: ``KEY.jpg``, ``KEY.level.png``, ``KEY.json``. A shard is full with
`SHARD_IMAGES` samples, or before it would pass `SHARD_BYTES`. Each byte and its place follow from the samples and their
order alone: whoever writes them again, after a crash or beside another, writes the same there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

from annotate.core.errors import Conflict
from annotate.core.release.plain import Json
from annotate.core.release.tables import json_line
from annotate.core.release.verify_standalone import INDEX, TAR_BLOCK, TAR_END, is_safe, tar_header, tar_length

SHARD_IMAGES = 4_096
SHARD_BYTES = 1 << 30
MAX_KEY = 80  # of the 100 bytes that a tar header has for a name

Members = Sequence[tuple[str, bytes]]


class Position(NamedTuple):
    """How far a split is written: the shard under way, the bytes and the samples in it."""

    shard: int = 0
    offset: int = 0
    images: int = 0


class ShardWriter:
    """Appends samples to ``FOLDER/PREFIX-00000.tar`` and the shards after it."""

    def __init__(
        self, folder: Path, prefix: str, *, shard_images: int = SHARD_IMAGES, shard_bytes: int = SHARD_BYTES
    ) -> None:
        """Begin with the first shard, or where `position` is set to; what lies there is written over."""
        self.folder, self.prefix = folder, prefix
        self.shard_images, self.shard_bytes = shard_images, shard_bytes
        self.position = Position()
        self._file: BinaryIO | None = None

    def add(self, key: str, members: Members) -> list[dict[str, Json]]:
        """Append a sample; a line of the index for each of its members.

        Args:
            key: name of the sample, without dots and slashes: readers take what follows the first dot for the kind.
            members: what follows the key's dot, such as ``level.png``, and the bytes.

        Raises:
            ValueError: the key or a member cannot be a file's name in a shard.
            Conflict: the shard is no longer there, or shorter than it was.
        """
        if not key.isascii() or not is_safe(key) or "." in key or "/" in key or len(key) > MAX_KEY:
            raise ValueError(f"A sample's key is short, plain ASCII and holds no dots and slashes: {key!r}.")
        length = sum(tar_length(len(content)) for _, content in members)
        _, at, images = self.position
        if images == self.shard_images or (images and at + length + len(TAR_END) > self.shard_bytes):
            self.end()
        file = self._file = self._file or self._open()
        shard, at, images = self.position
        lines = []
        for kind, content in members:
            name = f"{key}.{kind}"
            file.write(tar_header(name, len(content)) + content + bytes(-len(content) % TAR_BLOCK))
            place = {"offset": at + TAR_BLOCK, "size": len(content)}
            lines.append({"key": key, "shard": shard_name(self.prefix, shard), "member": name, **place})
            at += tar_length(len(content))
        self.position = Position(shard, at, images + 1)
        return lines

    def end(self) -> None:
        """Finish the shard under way, if it holds anything; the next sample begins another."""
        if self.position.images:
            file = self._file = self._file or self._open()
            file.write(TAR_END)
            file.truncate()
            self.close()
            self.position = Position(self.position.shard + 1)

    def close(self) -> None:
        """Make what was appended survive a loss of power, and let go of the file; the next sample opens it again."""
        file, self._file = self._file, None
        if file:
            with file:
                file.flush()
                os.fsync(file.fileno())

    def _open(self) -> BinaryIO:
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / shard_name(self.prefix, self.position.shard)
        # As it is, not emptied: another attempt may be writing the same bytes to the same places.
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644), "r+b")
        if file.seek(0, os.SEEK_END) < self.position.offset:
            file.close()
            raise Conflict(f"What was written of {path.name} is gone. Write it again.", code="shard_lost")
        file.seek(self.position.offset)
        return file


def shard_name(prefix: str, number: int) -> str:
    """The file name of a shard, counted from 0."""
    return f"{prefix}-{number:05d}.tar"


def write_shards(folder: Path, prefix: str, samples: Iterable[tuple[str, Members]], **limits: int) -> int:
    """Write samples into shards of `folder`, with ``index.jsonl`` beside them; how many samples there were.

    Args:
        samples: key and members of each, as `ShardWriter.add` takes them; read once, one at a time.
        limits: `shard_images` and `shard_bytes`, where they are not to be `SHARD_IMAGES` and `SHARD_BYTES`.

    Raises:
        ValueError: see `ShardWriter.add`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    writer = ShardWriter(folder, prefix, **limits)
    count = 0
    try:
        with (folder / INDEX).open("wb") as index:
            for key, members in samples:
                index.writelines(index_line(line) for line in writer.add(key, members))
                count += 1
        writer.end()
    finally:
        writer.close()
    return count


def index_line(line: Mapping[str, Json]) -> bytes:
    """A line of index.jsonl: key, shard, member, offset and size."""
    return json_line(line, str(line["member"]))
