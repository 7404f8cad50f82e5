"""Where the bytes of a release's photos and maps lie: each in a file of its own, or in the middle of a shard.

A place is opened anew each time it is read, so that processes and threads that share a release share no open file.
"""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from annotate.core.errors import InvalidRelease
from annotate.core.release.plain import Json
from annotate.core.release.verify_standalone import COLUMNS

MEMBERS = 3  # of a sample: the photo, its map, its record

_LINE = {"key": str, "shard": str, "member": str, "offset": int, "size": int}
_SHARD = re.compile(r"[a-z]+-(\d{5})\.tar", re.ASCII)


class Place(NamedTuple):
    """A file, or a part of one."""

    path: Path
    offset: int = 0
    size: int | None = None

    def read(self, limit: int) -> bytes:
        """The bytes that lie here; one more than `limit` where there are more, which then fails its checksum.

        Raises:
            InvalidRelease: the file cannot be read.
        """
        try:
            with self.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size if self.size is None else self.size
                file.seek(self.offset)
                return file.read(min(size, limit + 1))  # read makes room for as much as it is asked for
        except OSError as error:
            raise InvalidRelease(f"The file cannot be read ({error.strerror}).", where=self.path.name) from error

    def lay(self, target: Path) -> None:
        """Make `target` a file of these bytes: the same file where they are one and it can be linked, else a copy.

        Raises:
            InvalidRelease: the file cannot be read.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        if self.size is None:
            with suppress(OSError):
                os.link(self.path, target)
                return
        target.write_bytes(self.read(self.path.stat().st_size))


class ShardIndex:
    """Where in a split's shards each photo and its map lie; some 70 bytes of memory a photo."""

    def __init__(self, lines: Iterable[tuple[str, Json]]) -> None:
        """Take ("file:line", value) of each line of an index.jsonl.

        Raises:
            InvalidRelease: the lines are not three for each key, the photo's first and the map's second, by key.
        """
        keys, numbers = bytearray(), array("q")
        last, member = "", 0
        for where, raw in lines:
            if not _is_line(raw) or (raw["key"] <= last if member == 0 else raw["key"] != last):
                raise InvalidRelease("This is not a line of an index of shards, or not in order.", where=where)
            last = raw["key"]
            if member == 0:
                keys += last.encode()
                numbers.append(int(raw["shard"][-len("00000.tar") : -len(".tar")]))
            if member < MEMBERS - 1:
                numbers.extend((raw["offset"], raw["size"]))
            member = (member + 1) % MEMBERS
        if member:
            raise InvalidRelease("The index of shards is cut short.", where=where)
        self._keys = np.frombuffer(bytes(keys), "S24")
        self._numbers = np.frombuffer(numbers.tobytes(), np.int64).reshape(-1, 5)

    def find(self, key: str, member: int) -> tuple[int, int, int]:
        """(number of the shard, offset, size) of a photo (member 0) or its map (1).

        Raises:
            InvalidRelease: the index does not hold it.
        """
        at = int(np.searchsorted(self._keys, key.encode()))
        if at == len(self._keys) or self._keys[at] != key.encode():
            raise InvalidRelease(f"The index of shards does not hold image {key}.", where="index.jsonl")
        shard, *places = map(int, self._numbers[at])
        return shard, places[2 * member], places[2 * member + 1]


def _is_line(raw: Json) -> bool:
    return (
        isinstance(raw, dict)
        and {name: type(value) for name, value in raw.items()} == _LINE
        and COLUMNS["key"].fullmatch(raw["key"]) is not None
        and _SHARD.fullmatch(raw["shard"]) is not None
        and 0 <= raw["offset"] < 1 << 62
        and 0 <= raw["size"] < 1 << 62
    )
