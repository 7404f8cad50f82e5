#!/usr/bin/env python3
"""Checks a SmartBlur release folder against its own seal. Needs Python 3.9 or newer, and nothing else.

    python3 tools/verify.py [FOLDER] [--quick | --full] [--json]

--quick   the seal, the list of files, the sizes of images, every metadata record, the counts and the content_id
--full    the same, and the SHA-256 of every file and every pixel of every level map (the default)

Exit status: 0 sound, 1 faults found (the first 20 are printed), 2 not a release folder or wrong arguments.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
import stat
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from heapq import merge
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

inflating: Any = zlib
with suppress(ImportError):
    inflating = import_module("zlib_ng.zlib_ng")  # where it is there, maps are read in a tenth of the time

FORMAT, FORMAT_VERSION = "smartblur-release", "1.1"
LAYOUTS = FOLDER, SHARDS = ("folder", "shards")
SPLITS = ("train", "validation", "test")
DESIRABILITIES = ("none", "good", "ok", "bad")
DECIDED_BY = ("posterior", "adjudicated", "gold", "single")
IGNORE = 255
PPM = 1_000_000
MAX_PIXELS = 52_000_000
MAX_PATH_BYTES = 255
SHOWN_FAULTS = 20
INDEX = "index.jsonl"
TAR_BLOCK = 512
TAR_END = bytes(2 * TAR_BLOCK)

HEX64 = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}", re.ASCII)
MEDIA = re.compile(r"(train|val|validation|test)/(images|levels)/")
PSEUDONYM = re.compile(r"[a-z]+-[0-9a-f]{12}")

# A line of metadata.jsonl. int: whole and not negative; list: of such ints; a tuple lists the values allowed.
COLUMNS: dict[str, Any] = {
    "file_name": re.compile(r"images/[0-9a-p][0-9a-f]{23}\.(jpg|png|webp)"),
    "level_file_name": re.compile(r"levels/[0-9a-p][0-9a-f]{23}\.png"),
    "key": re.compile(r"[0-9a-p][0-9a-f]{23}"),
    "sha256": HEX64,
    "source_sha256": HEX64,
    "level_px_sha256": HEX64,
    "split": SPLITS,
    "group": str,
    "width": int,
    "height": int,
    "bytes": int,
    "desirability": DESIRABILITIES,
    "desirability_code": (0, 1, 2, 3),
    "posterior_ppm": list,
    "votes": list,
    "decided_by": DECIDED_BY,
    "level_px": list,
    "ignore_px": int,
    "has_blur": (0, 1),
    "level_agreement_ppm": int,
    "level_annotators": int,
    "pre_model": str,
    "pre_kept_ppm": int,
    "license": re.compile(r"[A-Za-z0-9.+-]{1,60}"),
    "attribution": re.compile(r"(?!\d{4}-\d\d-\d\d([ T].*)?\Z)(?s:.*)"),  # no date alone: readers make times of those
    "source_url": str,
    "photographer": str,
    "added_in": VERSION,
}


class Edition(NamedTuple):
    """What differs between the versions of the format."""

    splits: tuple[str, ...]  # also the folders' names
    columns: dict[str, Any]  # of metadata.jsonl, in the order of images.csv
    folders_by_key: bool  # images/ab/KEY.jpg rather than images/KEY.jpg


def _edition_1_0() -> Edition:
    """Photos lay in folders of two digits, as they were uploaded, and their records told how to turn them."""
    splits = ("train", "val", "test")
    columns: dict[str, Any] = {}
    for name, rule in COLUMNS.items():
        if name == "bytes":
            columns.update(orientation=(1, 2, 3, 4, 5, 6, 7, 8), colour=str)
        columns[name] = rule
    columns.update(
        file_name=re.compile(r"images/[0-9a-f]{2}/[0-9a-f]{24}\.(jpg|png|webp)"),
        level_file_name=re.compile(r"levels/[0-9a-f]{2}/[0-9a-f]{24}\.png"),
        key=re.compile(r"[0-9a-f]{24}"),
        split=splits,
        attribution=str,
    )
    return Edition(splits, columns, folders_by_key=True)


NOW = Edition(SPLITS, COLUMNS, folders_by_key=False)
EDITIONS = {"1.0": _edition_1_0(), FORMAT_VERSION: NOW}

# History and pseudonyms: they differ between two projects that hold the same dataset, so content_id leaves them out.
NOT_CONTENT = ("added_in", "photographer")

Record = dict[str, Any]
Check = Callable[[], "Iterator[Fault]"]


class Fault(NamedTuple):
    """One thing that is wrong: where, a stable code, and a sentence."""

    path: str
    code: str
    detail: str


class NotARelease(Exception):
    """The folder cannot be checked at all."""


# What the writer and the verifier share -------------------------------------------------------------------------------


def canonical_json(value: object) -> str:
    """The one way a value is written as JSON in a release: sorted keys, no spaces, UTF-8 characters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def key_of(sha256: str) -> str:
    """The name of a photo with this SHA-256: its first 24 digits, and a letter first where they would read as a number.

    A table's reader would make 12 of 0012 and infinity of 1e99999; g stands for 0, h for 1, up to p for 9.
    """
    key = sha256[:24]
    return "ghijklmnop"[int(key[0])] + key[1:] if re.fullmatch(r"[0-9]+(e[0-9]+)?", key) else key


def record_line(record: Record) -> bytes:
    """A record as its line of metadata.jsonl, which is also the third member of a sample in a shard."""
    return canonical_json(record).encode() + b"\n"


def content_line(record: Record) -> bytes:
    """What a record adds to the SHA-256 that is the release's content_id."""
    content = {name: value for name, value in record.items() if name not in NOT_CONTENT}
    digest = hashlib.sha256(canonical_json(content).encode()).hexdigest()
    return f"{record['key']} {record['sha256']} {record['level_px_sha256']} {digest}\n".encode()


def tally(record: Record) -> Iterator[tuple[str, str, str, int]]:
    """What a record adds to statistics.json: (split, table, name, number)."""
    levels = record["level_px"]
    numbers = {
        "totals": {
            "images": 1,
            "blurred": record["has_blur"],
            "pre_annotated": int(record["pre_model"] != ""),
            "votes": sum(record["votes"]),
            "pixels": record["width"] * record["height"],
            "image_bytes": record["bytes"],
        },
        "desirability": {record["desirability"]: 1},
        "decided_by": {record["decided_by"]: 1},
        "license": {record["license"]: 1},
        "dominant_level": {str(levels.index(max(levels))) if any(levels) else "ignore": 1},
        "level_px": {**{str(level): n for level, n in enumerate(levels)}, "ignore": record["ignore_px"]},
        "votes": {name: record["votes"][code] for code, name in enumerate(DESIRABILITIES)},
    }
    for table, row in numbers.items():
        for name, number in row.items():
            yield record["split"], table, name, number


def misfit(record: Record, level_count: int, edition: Edition = NOW) -> tuple[str, str] | None:
    """The first column of a metadata record that is not as the format says, with the reason; None if all are."""
    for name, rule in edition.columns.items():
        if name not in record:
            return name, "is missing"
        if not _fits(record[name], rule):
            return name, f"cannot be {str(record[name])[:60]!r}"
    if len(record) != len(edition.columns):
        return min(str(name) for name in record if name not in edition.columns), "is not a column of this format"
    key, kind = record["key"], record["file_name"].rpartition(".")[2]
    place = f"{key[:2]}/{key}" if edition.folders_by_key else key
    claims = {
        "key": key == (record["sha256"][:24] if edition.folders_by_key else key_of(record["sha256"])),
        "file_name": record["file_name"] == f"images/{place}.{kind}",
        "level_file_name": record["level_file_name"] == f"levels/{place}.png",
        "desirability_code": DESIRABILITIES[record["desirability_code"]] == record["desirability"],
        "posterior_ppm": len(record["posterior_ppm"]) == 4 and sum(record["posterior_ppm"]) == PPM,
        "votes": len(record["votes"]) == 4,
        "width": 0 < record["width"] * record["height"] <= MAX_PIXELS,
        "level_px": len(record["level_px"]) == level_count
        and sum(record["level_px"]) + record["ignore_px"] == record["width"] * record["height"],
        "has_blur": record["has_blur"] == int(any(record["level_px"][1:])),
        "level_agreement_ppm": record["level_agreement_ppm"] <= PPM,
        "pre_kept_ppm": record["pre_kept_ppm"] <= PPM,
    }
    return next(((name, "contradicts the other columns") for name, holds in claims.items() if not holds), None)


def _fits(value: object, rule: Any) -> bool:
    if rule is int:
        return type(value) is int and value >= 0
    if rule is list:
        return type(value) is list and all(_fits(number, int) for number in value)
    if rule is str:
        return type(value) is str
    if isinstance(rule, tuple):
        return type(value) is type(rule[0]) and value in rule
    return type(value) is str and rule.fullmatch(value) is not None


def level_pixels(png: bytes, width: int, height: int) -> bytes:
    """The H*W level bytes of a level PNG, row by row; ValueError where it is not one of exactly this size."""
    names, bodies = [], []
    at = 8
    while at < len(png):
        length, name = struct.unpack_from(">I4s", png, at) if at + 8 <= len(png) else (len(png), b"")
        body = png[at + 8 : at + 8 + length]
        if len(body) < length or png[at + 8 + length : at + 12 + length] != struct.pack(">I", zlib.crc32(name + body)):
            raise ValueError("a chunk is cut short or its checksum is wrong")
        names.append(name)
        bodies.append(body)
        at += 12 + length
    if png[:8] != b"\x89PNG\r\n\x1a\n" or names != [b"IHDR", b"IDAT", b"IEND"]:
        raise ValueError("it must be a PNG of exactly the chunks IHDR, IDAT, IEND")
    if bodies[0] != struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0) or bodies[2]:
        raise ValueError(f"it must be 8-bit grey, not interlaced, {width} x {height}")
    stride, inflater = width + 1, inflating.decompressobj()
    try:
        rows = inflater.decompress(bodies[1], stride * height + 1)
    except inflating.error as error:
        raise ValueError(f"its pixels do not inflate ({error})") from error
    if len(rows) != stride * height or not inflater.eof or inflater.unused_data:
        raise ValueError("its pixels are more or fewer than its size")
    if rows[::stride].strip(b"\0"):
        raise ValueError("every row must use filter 0")
    pixels = bytearray(rows)
    del pixels[::stride]
    return bytes(pixels)


def count_levels(pixels: bytes, levels: Sequence[int]) -> list[int]:
    """How many of the pixels have each level; what is counted is left out of what the next one is looked for in."""
    counts = []
    for level in levels:
        others = pixels.translate(None, bytes([level]))
        counts.append(len(pixels) - len(others))
        pixels = others
    return counts


def tar_header(name: str, size: int) -> bytes:
    """What stands before a member of a shard: USTAR, mode 0644, owner, group and time 0."""
    start = (
        name.encode("ascii").ljust(100, b"\0") + b"0000644\0" + 2 * b"0000000\0" + b"%011o\0" % size + b"0" * 11 + b"\0"
    )
    end = b"0" + bytes(100) + b"ustar\00000".ljust(243, b"\0")
    checksum = sum(start) + 8 * ord(" ") + sum(end)
    return start + b"%06o\0 " % checksum + end + bytes(12)


def sample_members(key: str, file_name: str) -> tuple[str, str, str]:
    """The names that photo, map and record have in a shard; readers cut them at the first dot."""
    return f"{key}.{file_name.rpartition('.')[2]}", f"{key}.level.png", f"{key}.json"


def tar_length(size: int) -> int:
    """Bytes that a member of this size takes in a shard: its header, itself, and zeros up to a whole block."""
    return TAR_BLOCK + size + -size % TAR_BLOCK


def is_safe(path: str) -> bool:
    """Whether a path stays inside the folder it is relative to, and is no trouble on any system."""
    parts, size = path.split("/"), len(path.encode("utf-8", "replace"))
    return (
        size <= MAX_PATH_BYTES
        and not any(part in ("", ".", "..") for part in parts)
        and not re.search(r'[\\:*?"<>|\x00-\x1f]', path)
    )


# Where photos and maps lie --------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """A file of the release, or a member of one that is a shard."""

    path: str
    offset: int = 0
    size: int = -1
    member: str = ""

    @property
    def name(self) -> str:
        """What a fault calls it."""
        return f"{self.path}:{self.member}" if self.member else self.path


Found = tuple[dict[str, Place], list[Fault]]  # what is to be looked into, and what is wrong with it at first sight


class _Files:
    """The folder layout: every photo and every map is a file."""

    def __init__(self, root: Path, sums: dict[str, bytes]) -> None:
        self.root, self.sums, self.count = root, sums, 0

    def find(self, where: str, record: Record) -> Found:
        """The map of this image; the photo's SHA-256 is on the list already."""
        image, levels = (f"{record['split']}/{record[name]}" for name in ("file_name", "level_file_name"))
        self.count += 2
        if levels not in self.sums or self.sums.get(image, b"").hex() != record["sha256"]:
            detail = "checksums.sha256 does not list the image and the level map of this record."
            return {}, [Fault(where, "unlisted", detail)]
        if (self.root / image).is_file() and (self.root / image).stat().st_size != record["bytes"]:
            return {"levels": Place(levels)}, [Fault(image, "size", f"It should have {record['bytes']} bytes.")]
        return {"levels": Place(levels)}, []

    def find_rest(self) -> Iterator[Fault]:
        """What there is beside the images that were asked for."""
        listed = sum(1 for path in self.sums if MEDIA.match(path))
        if listed != self.count:
            detail = f"It lists {listed} images and level maps, not two for each record."
            yield Fault("checksums.sha256", "count", detail)


class _Shards:
    """The shards layout: samples lie in tar files in order of their keys, each member where index.jsonl says."""

    def __init__(self, root: Path, sums: dict[str, bytes]) -> None:
        self.root, self.sums = root, sums
        self.indexes: dict[str, Iterator[tuple[str, Record]]] = {}  # split -> lines that are left
        self.last: dict[str, int] = {}  # split -> number of its last shard so far
        self.ends: dict[str, int] = {}  # path of a shard -> where its last member so far ends
        self.lost: set[str] = set()  # splits whose index is of no use from some line on

    def find(self, where: str, record: Record) -> Found:
        """The members of the next sample, which must be this image's."""
        split, places = record["split"], {}
        image, levels, json_name = sample_members(record["key"], record["file_name"])
        for kind, name, size in (
            ("image", image, record["bytes"]),
            ("levels", levels, None),
            ("record", json_name, len(record_line(record))),
        ):
            if split in self.lost:
                return {}, []
            at, line = next(self._lines(split), (f"{split}/shards/{INDEX}", {}))
            place = self._place(split, line, is_first=kind == "image")
            if place is None or (line["key"], place.member) != (record["key"], name) or size not in (None, place.size):
                self.lost.add(split)
                return {}, [Fault(at, "index", f"It does not say that {name} lies right behind what is before it.")]
            places[kind] = place
        return places, []

    def _lines(self, split: str) -> Iterator[tuple[str, Record]]:
        return self.indexes.setdefault(split, _read_split(self.root / split / "shards" / INDEX, f"{split}/shards"))

    def _place(self, split: str, line: Record, is_first: bool) -> Place | None:
        """Where a line says its member lies, if that can be: behind the last one, or first in the next shard."""
        kinds = {name: type(value) for name, value in line.items()}
        if kinds != {"key": str, "shard": str, "member": str, "offset": int, "size": int} or line["size"] < 0:
            return None
        number, path = self.last.get(split, -1), f"{split}/shards/{line['shard']}"
        if is_first and line["shard"] == f"{split}-{number + 1:05d}.tar":
            self.last[split] = number = number + 1
        start = self.ends.get(path, 0)
        if line["shard"] != f"{split}-{number:05d}.tar" or line["offset"] != start + TAR_BLOCK or path not in self.sums:
            return None
        self.ends[path] = start + tar_length(line["size"])
        return Place(path, line["offset"], line["size"], line["member"])

    def find_rest(self) -> Iterator[Fault]:
        """What there is beside the images that were asked for."""
        for split, lines in self.indexes.items():
            for at, _ in islice(lines, 0 if split in self.lost else 1):
                yield Fault(at, "index", "The line is about an image that has no record.")
        for path in sorted(path for path in self.sums if path.endswith(".tar") and path not in self.ends):
            yield Fault(path, "index", "No line of the index is about this shard.")
        for path, end in self.ends.items():
            size, is_known = end + len(TAR_END), path.partition("/")[0] not in self.lost
            if is_known and (self.root / path).is_file() and (self.root / path).stat().st_size != size:
                yield Fault(path, "size", f"It should have {size} bytes.")


# Checks ---------------------------------------------------------------------------------------------------------------


def find_faults(root: Path, level: str = "full") -> Iterator[Fault]:
    """Everything wrong with the release folder, as far as `level` ("quick", "sealed" or "full") looks.

    "sealed" is for who has just written the folder: the SHA-256 of every file, and no map's pixels are counted again.
    One that is a file of its own is not even unpacked, since they were counted from the very bytes of that sum.

    Raises:
        NotARelease: there is no folder, or no readable release.json of this format in it.
    """
    manifest = read_manifest(root)
    sums: dict[str, bytes] = {}
    yield from _read_checksums(root, sums)
    yield from _check_tree(root, sums)
    layout = _Shards if manifest["layout"] == SHARDS else _Files
    yield from _check_records(root, manifest, sums, layout(root, sums))
    if level != "quick":
        is_sealed = level == "sealed"
        members = _members(root, manifest, layout(root, sums), is_counted=is_sealed)
        yield from _check_bytes(root, sums, () if is_sealed and layout is _Files else members)


def read_manifest(root: Path) -> dict[str, Any]:
    """release.json as it stands, once it is sure that this program understands it."""
    try:
        manifest = json.loads((root / "release.json").read_bytes())
        known = manifest["format"] == FORMAT and manifest["format_version"] in EDITIONS
        if not known or manifest["layout"] not in LAYOUTS:
            raise NotARelease(f"{root}/release.json is not of the format {FORMAT} {FORMAT_VERSION}.")
        types = {"levels": list, "licenses": list, "counts": dict, "content_id": str, "version": str}
        wrong = [name for name, kind in types.items() if type(manifest[name]) is not kind]
        if wrong or type(manifest["counts"]["images"]) is not dict or type(manifest["counts"]["files"]) is not int:
            raise NotARelease(f"{root}/release.json is malformed: {wrong or 'counts'}.")
    except OSError as error:
        raise NotARelease(f"{root} holds no release.json that can be read ({error.strerror}).") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise NotARelease(f"{root}/release.json is not a release manifest ({error!r}).") from error
    return dict(manifest)


def read_records(root: Path, manifest: dict[str, Any]) -> Iterator[tuple[str, Record, str]]:
    """("split/metadata.jsonl:line", record, what is wrong with it or "") of every image, in order of their keys."""
    edition, level_count = EDITIONS[manifest["format_version"]], len(manifest["levels"])
    splits = [_read_split(root / split / "metadata.jsonl", split) for split in edition.splits]
    for where, record in merge(*splits, key=lambda pair: str(pair[1].get("key"))):
        wrong = misfit(record, level_count, edition)
        yield where, record, f"{wrong[0]} {wrong[1]}." if wrong else ""


def _read_split(path: Path, split: str) -> Iterator[tuple[str, Record]]:
    if not path.is_file():
        return
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            yield f"{split}/{path.name}:{number}", record if isinstance(record, dict) else {}


def _read_checksums(root: Path, sums: dict[str, bytes]) -> Iterator[Fault]:
    """Fill `sums` with path -> SHA-256, and say what is wrong with the list or its seal."""
    try:
        listing, seal = (root / "checksums.sha256").read_bytes(), (root / "SEAL").read_bytes()
    except OSError:
        return  # the tree has no file of that name, or no file at all: said there
    if seal != hashlib.sha256(listing).hexdigest().encode() + b"\n":
        yield Fault("SEAL", "seal", "It is not the SHA-256 of checksums.sha256: one of the two was changed.")
    previous = b""
    for number, line in enumerate(listing.splitlines(), 1):
        digest, path = line[:64].decode("ascii", "replace"), line[66:]
        name = path.decode("utf-8", "replace")
        if not HEX64.fullmatch(digest) or line[64:66] != b"  " or path <= previous or not is_safe(name):
            yield Fault(
                f"checksums.sha256:{number}", "checksums", "Not a line of a sorted list of files in this folder."
            )
            continue
        previous, sums[name] = path, bytes.fromhex(digest)


def _check_tree(root: Path, sums: dict[str, bytes]) -> Iterator[Fault]:
    expected = {*sums, "checksums.sha256", "SEAL"}
    found = set()
    for folder, folders, names in os.walk(root):
        for name in (*folders, *names):
            path = (Path(folder) / name).relative_to(root).as_posix()
            mode = (root / path).lstat().st_mode
            found.add(path)
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                yield Fault(path, "link", "A release holds plain files only; this is a link or a device.")
            elif not stat.S_ISDIR(mode) and path not in expected:
                yield Fault(path, "extra", "This file is not in checksums.sha256.")
    for path in sorted(expected - found):
        yield Fault(path, "missing", "This file belongs to the release, but it is not there.")


def _check_records(
    root: Path, manifest: dict[str, Any], sums: dict[str, bytes], media: _Files | _Shards
) -> Iterator[Fault]:
    """Look at every record by itself, beside the others, and beside what is said of all of them."""
    withdrawn = _column(root / "extras/withdrawn.csv", "key")
    split_of: dict[str, str] = {}  # leakage group -> split
    counts: Counter[tuple[str, str, str]] = Counter()
    content_id = hashlib.sha256()
    previous = ""
    for where, record, wrong in read_records(root, manifest):
        split = where.partition("/")[0]
        if wrong or record["split"] != split:
            yield Fault(where, "record", wrong or f"split is {record['split']} in the folder {split}.")
            continue
        key = record["key"]
        if key <= previous:
            yield Fault(where, "order", f"Key {key} is out of order or here twice.")
        if split_of.setdefault(record["group"], split) != split:
            yield Fault(where, "leakage", f"Group {record['group']!r} is in {split_of[record['group']]} too.")
        if record["license"] not in manifest["licenses"]:
            yield Fault(where, "licence", f"{record['license']} is not on the list of allowed licences.")
        if key in withdrawn:
            yield Fault(where, "withdrawn", "This image was withdrawn and must not be here.")
        yield from media.find(where, record)[1]
        previous = key
        content_id.update(content_line(record))
        for table_split, table, name, number in tally(record):
            counts[table_split, table, name] += number
    yield from media.find_rest()
    yield from _check_totals(root, manifest, sums, counts)
    if manifest["content_id"] != content_id.hexdigest():
        yield Fault("release.json", "content_id", "The metadata records give another content_id.")


def _check_totals(
    root: Path, manifest: dict[str, Any], sums: dict[str, bytes], counts: Counter[tuple[str, str, str]]
) -> Iterator[Fault]:
    images = {split: counts[split, "totals", "images"] for split in EDITIONS[manifest["format_version"]].splits}
    if manifest["counts"] != {"files": len(sums), "images": images}:
        yield Fault(
            "release.json", "count", f"It counts {manifest['counts']}; there are {images} in {len(sums)} files."
        )
    try:
        tables = json.loads((root / "statistics.json").read_bytes())
        stated = {(s, t, n): number for s in tables for t in tables[s] for n, number in tables[s][t].items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        stated = {}
    if stated != counts:
        yield Fault("statistics.json", "count", "The metadata records give other statistics.")


def _members(root: Path, manifest: dict[str, Any], media: _Files | _Shards, *, is_counted: bool) -> Iterator[Check]:
    """The checks of every image's members."""
    for where, record, wrong in read_records(root, manifest):
        for kind, place in () if wrong else media.find(where, record)[0].items():
            yield partial(_check_member, root, record, kind, place, is_counted=is_counted)


def _check_bytes(root: Path, sums: dict[str, bytes], members: Iterable[Check]) -> Iterator[Fault]:
    """Look into members, then at the sum of every listed file, a page at a time."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        checks = chain(members, (partial(_check_file, root, sums, path) for path in sums))
        while page := list(islice(checks, 512)):
            for faults in pool.map(lambda check: list(check()), page):
                yield from faults


def _check_file(root: Path, sums: dict[str, bytes], path: str) -> Iterator[Fault]:
    if not _is_file(root / path):
        return  # said already
    digest = hashlib.sha256()
    with (root / path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.digest() != sums[path]:
        yield Fault(path, "sha256", "Its bytes are not the ones that were sealed.")


def _check_member(root: Path, record: Record, kind: str, place: Place, *, is_counted: bool) -> Iterator[Fault]:
    """What is wrong with the bytes of a photo, a map or a sample's record, wherever they lie.

    `is_counted` says that the record's counts are those of the pixels whose SHA-256 it names.
    """
    if not _is_file(root / place.path):
        return  # said already
    with (root / place.path).open("rb") as file:
        file.seek(max(0, place.offset - TAR_BLOCK))
        header = file.read(TAR_BLOCK) if place.member else b""
        content = file.read(place.size)
    if place.member and header != tar_header(place.member, place.size):
        yield Fault(place.name, "header", "What stands before it in the shard is not its header.")
    if kind == "image" and hashlib.sha256(content).hexdigest() != record["sha256"]:
        yield Fault(place.name, "sha256", "Its bytes are not the ones that its record names.")
    if kind == "record" and content != record_line(record):
        yield Fault(place.name, "record", "It is not the line of metadata.jsonl.")
    if kind == "levels":
        yield from _check_levels(content, record, place.name, is_counted=is_counted)


def _check_levels(png: bytes, record: Record, name: str, *, is_counted: bool) -> Iterator[Fault]:
    try:
        pixels = level_pixels(png, record["width"], record["height"])
    except ValueError as error:
        yield Fault(name, "png", f"Not a level map of its image: {error}.")
        return
    levels = (*range(len(record["level_px"])), IGNORE)
    if not is_counted and count_levels(pixels, levels) != [*record["level_px"], record["ignore_px"]]:
        yield Fault(name, "levels", "Its pixels hold other levels than its record counts.")
    if hashlib.sha256(pixels).hexdigest() != record["level_px_sha256"]:
        yield Fault(name, "level_px_sha256", "Its pixels are not the ones that its record names.")


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _column(path: Path, name: str) -> set[str]:
    """One column of a CSV file; nothing where the file is missing, which is said elsewhere."""
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return {row[name] for row in csv.DictReader(lines)}
    except (OSError, ValueError, KeyError, csv.Error):
        return set()


# Command line ---------------------------------------------------------------------------------------------------------


def report(faults: list[Fault], level: str, *, as_json: bool) -> str:
    """What is told of the faults: the first 20, and how many there are."""
    if as_json:
        shown = [fault._asdict() for fault in faults[:SHOWN_FAULTS]]
        summary = {"ok": not faults, "level": level, "fault_count": len(faults), "faults": shown}
        return json.dumps(summary, sort_keys=True)
    lines = [f"{fault.path}: {fault.code}: {fault.detail}" for fault in faults[:SHOWN_FAULTS]]
    lines.append(f"{len(faults)} fault{'s' * (len(faults) != 1)}" if faults else f"sound ({level})")
    return "\n".join("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line) for line in lines)


def main() -> int:
    """Check the folder named on the command line and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument("--quick", dest="level", action="store_const", const="quick", default="full")
    depth.add_argument("--full", dest="level", action="store_const", const="full")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    options = parser.parse_args()
    try:
        faults = list(find_faults(options.folder, options.level))
    except NotARelease as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 2
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.stdout.write(report(faults, options.level, as_json=options.json) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
