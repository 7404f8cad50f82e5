#!/usr/bin/env python3
"""Checks a SmartBlur release folder against its own seal. Needs Python 3.9 or newer, and nothing else.

    python3 tools/verify.py [FOLDER] [--quick | --full] [--against PREVIOUS_FOLDER] [--json]

--quick   the seal, the list of files, their sizes, every metadata record, the counts and the content_id
--full    the same, and the SHA-256 of every file and every pixel of every level map (the default)
--against the same, and that PREVIOUS_FOLDER is the release this one says it follows, with its changes listed

Exit status: 0 sound, 1 faults found (the first 20 are printed), 2 not a release folder or wrong arguments.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import re
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

FORMAT, FORMAT_VERSION = "smartblur-release", "1.0"
SPLITS = ("train", "val", "test")
DESIRABILITIES = ("none", "good", "ok", "bad")
DECIDED_BY = ("posterior", "adjudicated", "gold", "single")
IGNORE = 255
PPM = 1_000_000
MAX_PIXELS = 50_000_000
SHOWN_FAULTS = 20

HEX64 = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"(0|[1-9]\d{0,8})(\.(0|[1-9]\d{0,8})){2}", re.ASCII)
PSEUDONYM = re.compile(r"[a-z]+-[0-9a-f]{12}")

# A line of metadata.jsonl. int: whole and not negative; list: of such ints; a tuple lists the values allowed.
COLUMNS: dict[str, Any] = {
    "file_name": re.compile(r"images/[0-9a-f]{2}/[0-9a-f]{24}\.(jpg|png|webp)"),
    "level_file_name": re.compile(r"levels/[0-9a-f]{2}/[0-9a-f]{24}\.png"),
    "key": re.compile(r"[0-9a-f]{24}"),
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
    "attribution": str,
    "source_url": str,
    "photographer": str,
    "added_in": VERSION,
}
# History and pseudonyms: they differ between two projects that hold the same dataset, so content_id leaves them out.
NOT_CONTENT = ("added_in", "photographer")

Record = dict[str, Any]


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
        "votes": dict(zip(DESIRABILITIES, record["votes"])),
    }
    for table, row in numbers.items():
        for name, number in row.items():
            yield record["split"], table, name, number


def misfit(record: Record, level_count: int) -> tuple[str, str] | None:
    """The first column of a metadata record that is not as the format says, with the reason; None if all are."""
    for name, rule in COLUMNS.items():
        if name not in record:
            return name, "is missing"
        if not _fits(record[name], rule):
            return name, f"cannot be {str(record[name])[:60]!r}"
    if len(record) != len(COLUMNS):
        return min(str(name) for name in record if name not in COLUMNS), "is not a column of this format"
    key, kind = record["key"], record["file_name"].rpartition(".")[2]
    claims = {
        "key": record["sha256"][:24] == key,
        "file_name": record["file_name"] == f"images/{key[:2]}/{key}.{kind}",
        "level_file_name": record["level_file_name"] == f"levels/{key[:2]}/{key}.png",
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
    stride, inflater = width + 1, zlib.decompressobj()
    try:
        rows = inflater.decompress(bodies[1], stride * height + 1)
    except zlib.error as error:
        raise ValueError(f"its pixels do not inflate ({error})") from error
    if len(rows) != stride * height or not inflater.eof or inflater.unused_data:
        raise ValueError("its pixels are more or fewer than its size")
    if rows[::stride].strip(b"\0"):
        raise ValueError("every row must use filter 0")
    return b"".join(rows[start : start + width] for start in range(1, len(rows), stride))


def is_safe(path: str) -> bool:
    """Whether a path stays inside the folder it is relative to, on every system."""
    parts = path.split("/")
    return not any(part in ("", ".", "..") for part in parts) and not re.search(r'[\\:*?"<>|\x00-\x1f]', path)


# Checks ---------------------------------------------------------------------------------------------------------------


def find_faults(root: Path, level: str = "full", against: Path | None = None) -> Iterator[Fault]:
    """Everything wrong with the release folder, as far as `level` ("quick" or "full") looks.

    Raises:
        NotARelease: there is no folder, or no readable release.json of this format in it.
    """
    manifest = read_manifest(root)
    sums: dict[str, bytes] = {}
    yield from _read_checksums(root, sums)
    yield from _check_tree(root, sums, manifest)
    yield from _check_records(root, manifest, sums)
    if level != "quick":
        yield from _check_bytes(root, manifest, sums)
    if against is not None:
        yield from _check_previous(root, manifest, against)


def read_manifest(root: Path) -> dict[str, Any]:
    """release.json as it stands, once it is sure that this program understands it."""
    try:
        manifest = json.loads((root / "release.json").read_bytes())
        known = (
            manifest["format"] == FORMAT and manifest["format_version"].split(".")[0] == FORMAT_VERSION.split(".")[0]
        )
        shape = (len(manifest["levels"]), manifest["counts"]["images"].items(), manifest["counts"]["files"])
        shape += (manifest["version"], HEX64.fullmatch(manifest["content_id"]), list(manifest["licenses"]))
    except OSError as error:
        raise NotARelease(f"{root} holds no release.json that can be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise NotARelease(f"{root}/release.json is not a release manifest ({error!r}).") from error
    if not known or not shape[-2]:
        raise NotARelease(f"{root}/release.json is not {FORMAT} {FORMAT_VERSION}.")
    return dict(manifest)


def read_records(root: Path, split: str) -> Iterator[tuple[str, Record]]:
    """("split/metadata.jsonl:line", record) of a split's every image; a line that is no JSON object is an empty record."""
    name = f"{split}/metadata.jsonl"
    if not (root / name).is_file():
        return
    with open(root / name, "rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                record = None
            yield f"{name}:{number}", record if isinstance(record, dict) else {}


def _read_checksums(root: Path, sums: dict[str, bytes]) -> Iterator[Fault]:
    """Fill `sums` with path -> SHA-256, and say what is wrong with the list or its seal."""
    try:
        listing, seal = (root / "checksums.sha256").read_bytes(), (root / "SEAL").read_bytes()
    except OSError as error:
        yield Fault(os.path.basename(error.filename), "missing", "The release is not sealed without it.")
        return
    if seal != hashlib.sha256(listing).hexdigest().encode() + b"\n":
        yield Fault("SEAL", "seal", "It is not the SHA-256 of checksums.sha256: one of the two was changed.")
    previous = b""
    for number, line in enumerate(listing.splitlines(), 1):
        match = re.fullmatch(rb"([0-9a-f]{64})  (.+)", line)
        path = match.group(2).decode("utf-8", "replace") if match else ""
        if not match or not is_safe(path) or match.group(2) <= previous:
            yield Fault(
                f"checksums.sha256:{number}", "checksums", "Not a line of a sorted list of files in this folder."
            )
            continue
        previous = match.group(2)
        sums[path] = bytes.fromhex(match.group(1).decode())


def _check_tree(root: Path, sums: dict[str, bytes], manifest: dict[str, Any]) -> Iterator[Fault]:
    missing = dict.fromkeys(sums)
    missing.update(dict.fromkeys(("checksums.sha256", "SEAL")))
    for folder, _, names in os.walk(root, onerror=None):
        for entry in os.scandir(folder):
            path = Path(entry.path).relative_to(root).as_posix()
            if entry.is_symlink() or not (entry.is_dir() or entry.is_file(follow_symlinks=False)):
                yield Fault(path, "link", "A release holds plain files only; this is a link or a device.")
                missing.pop(path, None)
            elif entry.is_file() and path not in missing:
                yield Fault(path, "extra", "This file is not in checksums.sha256.")
            else:
                missing.pop(path, None)
    for path in missing:
        yield Fault(path, "missing", "checksums.sha256 lists this file, but it is not there.")
    if manifest["counts"]["files"] != len(sums):
        yield Fault(
            "release.json", "count", f"It counts {manifest['counts']['files']} files; the list has {len(sums)}."
        )


def _check_records(root: Path, manifest: dict[str, Any], sums: dict[str, bytes]) -> Iterator[Fault]:
    groups: dict[str, str] = {}
    counts: Counter[tuple[str, str, str]] = Counter()
    lines: dict[str, bytes] = {}
    withdrawn = _column(root / "extras/withdrawn.csv", "key")
    for split in SPLITS:
        previous = ""
        for where, record in read_records(root, split):
            wrong = misfit(record, len(manifest["levels"]))
            if wrong:
                yield Fault(where, "record", f"{wrong[0]} {wrong[1]}.")
                continue
            key = record["key"]
            image, level = f"{split}/{record['file_name']}", f"{split}/{record['level_file_name']}"
            if record["split"] != split:
                yield Fault(where, "split", f"The record says split {record['split']}.")
            if key <= previous or key in lines:
                yield Fault(where, "order", f"Key {key} is out of order or here twice.")
            if groups.setdefault(record["group"], split) != split:
                yield Fault(where, "leakage", f"Group {record['group']!r} is in {groups[record['group']]} too.")
            if record["license"] not in manifest["licenses"]:
                yield Fault(where, "licence", f"{record['license']} is not on the list of allowed licences.")
            if key in withdrawn:
                yield Fault(where, "withdrawn", "This image was withdrawn and must not be here.")
            if level not in sums or sums.get(image, b"").hex() != record["sha256"]:
                yield Fault(
                    where, "checksums", "checksums.sha256 does not list the image and the level map of this record."
                )
            elif (root / image).is_file() and (root / image).stat().st_size != record["bytes"]:
                yield Fault(image, "size", f"It should have {record['bytes']} bytes.")
            previous, lines[key] = key, content_line(record)
            counts.update({(split, table, name): number for _, table, name, number in tally(record) if number})
    yield from _check_totals(root, manifest, counts, hashlib.sha256(b"".join(lines[key] for key in sorted(lines))))


def _check_totals(
    root: Path, manifest: dict[str, Any], counts: Counter[tuple[str, str, str]], digest: Any
) -> Iterator[Fault]:
    images = {split: counts[split, "totals", "images"] for split in SPLITS}
    if manifest["counts"]["images"] != images:
        yield Fault("release.json", "count", f"It counts {manifest['counts']['images']} images; there are {images}.")
    if manifest["content_id"] != digest.hexdigest():
        yield Fault("release.json", "content_id", "The metadata records give another content_id.")
    try:
        stated = json.loads((root / "statistics.json").read_bytes())
        flat = {
            (s, t, n): number for s, tables in stated.items() for t, row in tables.items() for n, number in row.items()
        }
    except (OSError, ValueError, AttributeError, RecursionError):
        flat = {}
    if {place: number for place, number in flat.items() if number} != dict(counts):
        yield Fault("statistics.json", "count", "The metadata records give other statistics.")


def _check_bytes(root: Path, manifest: dict[str, Any], sums: dict[str, bytes]) -> Iterator[Fault]:
    """Read every listed file once; look at the pixels of level maps on the way."""
    maps = {}
    for split in SPLITS:
        for _, record in read_records(root, split):
            if not misfit(record, len(manifest["levels"])):
                facts = (
                    record["width"],
                    record["height"],
                    record["level_px"],
                    record["ignore_px"],
                    record["level_px_sha256"],
                )
                maps[f"{split}/{record['level_file_name']}"] = facts
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        paths = iter(sums)
        while page := list(islice(paths, 512)):  # a page at a time, or every result would wait in memory
            for faults in pool.map(lambda path: list(_check_file(root, path, sums[path], maps.get(path))), page):
                yield from faults


def _check_file(root: Path, path: str, expected: bytes, facts: tuple[Any, ...] | None) -> Iterator[Fault]:
    if (root / path).is_symlink() or not (root / path).is_file():
        return  # said already
    digest, content = hashlib.sha256(), b""
    with open(root / path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            if facts:
                content += block
    if digest.digest() != expected:
        yield Fault(path, "sha256", "Its bytes are not the ones that were sealed.")
    if facts:
        width, height, level_px, ignore_px, pixels_sha256 = facts
        try:
            pixels = level_pixels(content, width, height)
        except ValueError as error:
            yield Fault(path, "png", f"Not a level map: {error}.")
            return
        if [pixels.count(level) for level in range(len(level_px))] != level_px or pixels.count(IGNORE) != ignore_px:
            yield Fault(path, "levels", "Its pixels hold other levels than its record counts.")
        if hashlib.sha256(pixels).hexdigest() != pixels_sha256:
            yield Fault(path, "level_px_sha256", "Its pixels are not the ones its record names.")


def _check_previous(root: Path, manifest: dict[str, Any], against: Path) -> Iterator[Fault]:
    before = read_manifest(against)
    follows = {"version": before["version"], "content_id": before["content_id"]}
    if manifest.get("previous") != follows:
        yield Fault("release.json", "previous", f"It does not say that it follows {before['version']} as it is here.")
    old = {r.get("key"): r.get("group") for split in SPLITS for _, r in read_records(against, split)}
    new = {r.get("key"): r.get("group") for split in SPLITS for _, r in read_records(root, split)}
    stated = {"added": set(new) - set(old), "removed": set(old) - set(new)}
    listed: dict[str, set[Any]] = {"added": set(), "removed": set()}
    changes = f"changes/from-{before['version']}.jsonl"
    for change in _json_lines(root / changes):
        listed.setdefault(str(change.get("change")), set()).add(change.get("key"))
    for name, keys in stated.items():
        if listed[name] != keys:
            yield Fault(changes, "changes", f"It does not list the images {name} since {before['version']}.")
    held_out = {r.get("group") for _, r in read_records(against, "test")}
    for where, record in (pair for split in ("train", "val") for pair in read_records(root, split)):
        if record.get("group") in held_out:
            yield Fault(where, "sticky", f"Its group was in the test split of {before['version']} and left it.")


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with open(path, "rb") as lines:
            yield from (value for value in map(json.loads, lines) if isinstance(value, dict))
    except (OSError, ValueError, RecursionError):
        return


def _column(path: Path, name: str) -> set[str]:
    """One column of a CSV file; nothing where the file is missing, which `_check_tree` says."""
    try:
        with open(path, encoding="utf-8", newline="") as lines:
            return {row[name] for row in csv.DictReader(lines)}
    except (OSError, ValueError, KeyError, csv.Error):
        return set()


# Command line ---------------------------------------------------------------------------------------------------------


def main(arguments: Iterable[str] | None = None) -> int:
    """Check the folder named on the command line and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", 1)[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent.parent)
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument("--quick", dest="level", action="store_const", const="quick", help="do not read the media")
    depth.add_argument("--full", dest="level", action="store_const", const="full", help="read everything (the default)")
    parser.add_argument("--against", type=Path, metavar="PREVIOUS_FOLDER")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of text")
    options = parser.parse_args(None if arguments is None else list(arguments))
    level = options.level or "full"
    try:
        faults = list(find_faults(options.folder, level, options.against))
    except NotARelease as refusal:
        print(canonical_json({"error": str(refusal)}) if options.json else str(refusal), file=sys.stderr)
        return 2
    if options.json:
        shown = [fault._asdict() for fault in faults[:SHOWN_FAULTS]]
        print(canonical_json({"ok": not faults, "level": level, "fault_count": len(faults), "faults": shown}))
    else:
        for fault in faults[:SHOWN_FAULTS]:
            print(f"{fault.path}: {fault.code}: {fault.detail}")
        print(f"{len(faults)} faults" if faults else f"sound ({level})")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
