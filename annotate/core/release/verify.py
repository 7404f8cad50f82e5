"""Verifying a release: quick and full are the very program inside it, deep makes its labels again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import numpy as np

from annotate.core.blurmap import LevelMap, decode_levels, rasterize
from annotate.core.errors import InvalidDocument, InvalidImage, InvalidRelease
from annotate.core.imagefile import probe
from annotate.core.mapconsensus import RULES, merge_level_maps
from annotate.core.regions import parse_document
from annotate.core.release.changes import list_changes
from annotate.core.release.older import OlderRecord
from annotate.core.release.read import ReleaseFolder, read_release
from annotate.core.release.records import Item, Record
from annotate.core.release.tables import (
    SOURCE_COLUMNS,
    Cell,
    csv_line,
    image_cells,
    image_columns,
    read_json_lines,
    source_cells,
)
from annotate.core.release.verify_standalone import DESIRABILITIES, Fault, NotARelease, find_faults
from annotate.core.splits import find_twins_apart

Depth = Literal["quick", "sealed", "full", "deep"]


def verify_release(folder: Path, level: Depth = "full", against: Path | None = None) -> list[Fault]:
    """Everything that is wrong with the release; empty when it is sound.

    Args:
        level: "quick" trusts the media; "sealed" reads every byte of what was just written; "full" every byte and
            every level; "deep" also decodes the photos, paints the regions, merges the maps and counts the votes
            again, and looks for near-duplicates across splits.
        against: the previous release, to check that this one follows it.

    Raises:
        InvalidRelease: there is no release of this format in the folder.
    """
    try:
        faults = list(find_faults(folder, "full" if level == "deep" else level))
    except NotARelease as refusal:
        raise InvalidRelease(str(refusal), where="release.json") from refusal
    if level == "deep" and not faults:  # what is deeper relies on what is sound so far
        faults += _collect(_find_deep_faults(read_release(folder)))
    if against is not None and not faults:
        faults += _collect(_find_breaks(read_release(folder), read_release(against)))
    return faults


def _collect(found: Iterator[Fault]) -> list[Fault]:
    """The faults; a release that cannot be read to its end is one more."""
    faults: list[Fault] = []
    try:
        faults.extend(found)
    except InvalidRelease as refusal:
        faults.append(Fault(refusal.where or "", "unreadable", refusal.detail))
    return faults


def _find_deep_faults(release: ReleaseFolder) -> Iterator[Fault]:
    people = {annotator.annotator for annotator in release.annotators()}
    level_count = len(release.manifest.levels)
    tells_of_each_map = "tolerance_px" in release.manifest.rules.get("levels", {})  # since that is among the rules
    hashes: list[tuple[int, Record]] = []
    for item, record in zip(release.items(), release.records(), strict=True):
        where = f"{record.split}/{record.level_file_name}"
        try:
            photo = probe(item.load_image())
        except InvalidImage as refusal:
            yield Fault(f"{record.split}/{record.file_name}", "image", refusal.detail)
            continue
        hashes.append((photo.dhash, record))
        if (photo.width, photo.height) != (record.width, record.height):
            detail = f"It is not {record.width} x {record.height}."
            yield Fault(f"{record.split}/{record.file_name}", "image", detail)
        yield from _check_people(item, people)
        yield from _check_votes(item, record)
        if tells_of_each_map:
            yield from _check_provenance(item, record)
        try:
            made = _make_levels(item, level_count)
        except InvalidDocument as refusal:
            yield Fault("extras/regions.jsonl", "regions", f"{record.key}: {refusal.where}: {refusal.detail}")
            continue
        if made is not None and not np.array_equal(made, decode_levels(item.load_levels())):
            yield Fault(where, "made_again", "The regions and the rule that lineage names give another level map.")
    yield from _find_near_duplicates(hashes)
    yield from _check_table(
        release, "images.csv", image_columns(level_count, OlderRecord if release.is_1_0 else Record), image_cells
    )
    yield from _check_table(release, "extras/sources.csv", SOURCE_COLUMNS, source_cells)


def _check_people(item: Item, people: set[str]) -> Iterator[Fault]:
    named = {line.annotator for line in item.annotations} | {vote.annotator for vote in item.votes}
    for stranger in sorted(named - people - {""}):
        yield Fault("extras/annotators.csv", "annotator", f"{stranger} labelled {item.facts.key} and is not listed.")


def _check_votes(item: Item, record: Record) -> Iterator[Fault]:
    counted = Counter(vote.vote for vote in item.votes if not vote.is_gold)
    if [counted[name] for name in DESIRABILITIES] != list(record.votes):
        yield Fault("extras/votes.csv", "votes", f"The votes on {record.key} are not the ones its record counts.")
    best = max(record.posterior_ppm)
    likeliest = {name for name, share in zip(DESIRABILITIES, record.posterior_ppm, strict=True) if share == best}
    if record.decided_by == "posterior" and record.desirability not in likeliest:
        where = f"{record.split}/metadata.jsonl"
        yield Fault(where, "posterior", f"{record.key} is called {record.desirability}, which is not the likeliest.")


def _check_provenance(item: Item, record: Record) -> Iterator[Fault]:
    """Who and what made the map must be the same in its record and in lineage's consensus step."""
    step = _consensus_step(item)
    made = (len(step.get("levels_from", ())), step.get("based_on", ""), step.get("kept_ppm", 0))
    if made != (record.level_annotators, record.pre_model, record.pre_kept_ppm):
        where = f"{record.split}/metadata.jsonl"
        yield Fault(where, "provenance", f"Lineage tells otherwise who and which model made the map of {record.key}.")


def _consensus_step(item: Item) -> Mapping[str, Any]:
    return next((step for step in item.lineage if step.get("step") == "consensus"), {})


def _make_levels(item: Item, level_count: int) -> LevelMap | None:
    """The level map made again as lineage's consensus step says; None where that cannot be repeated."""
    step = _consensus_step(item)
    lines = {line.annotation: line for line in item.annotations}
    sources = [lines.get(name) for name in step.get("levels_from", ())]
    size = (item.facts.width, item.facts.height)
    maps = [rasterize(parse_document(line.document, level_count=level_count), size) for line in sources if line]
    for line in item.annotations:
        parse_document(line.document, level_count=level_count)
    method = step.get("levels_method")
    if not maps or len(maps) < len(sources) or method not in ("single", *RULES):
        return None
    return maps[0] if len(maps) == 1 else merge_level_maps(maps, level_count, rule=method).levels


def _find_near_duplicates(hashes: list[tuple[int, Record]]) -> Iterator[Fault]:
    """Images that look alike in different splits."""
    files = ((dhash, record.split, f"{record.split}/{record.file_name}") for dhash, record in hashes)
    for where, twin in find_twins_apart(files):
        yield Fault(where, "near_duplicate", f"It looks like {twin}, in another split.")


def _check_table(
    release: ReleaseFolder, path: str, columns: Iterable[Cell], cells: Callable[[Record], list[Cell]]
) -> Iterator[Fault]:
    """A table that is made of nothing but the records must be what they make of it."""
    lines = chain([csv_line(columns)], (csv_line(cells(record)) for record in release.records()))
    with (release.root / path).open("rb") as file:
        if not all(file.read(len(line)) == line for line in lines) or file.read(1):
            yield Fault(path, "index", "It is not what the metadata records make of it.")


def _find_breaks(release: ReleaseFolder, before: ReleaseFolder) -> Iterator[Fault]:
    """Where the release does not follow `before` as it claims to."""
    named, version = release.manifest.previous, before.manifest.version
    if named is None or (named.version, named.content_id) != (version, before.content_id):
        yield Fault("release.json", "previous", f"It does not say that it follows {version} as it is here.")
    listed = [change for _, change in read_json_lines(release.root / f"changes/from-{version}.jsonl")]
    if listed != list(list_changes(before.records(), release.records())):
        yield Fault(f"changes/from-{version}.jsonl", "changes", f"It is not what changed since {version}.")
    held_out = {record.group for record in before.records("test")}
    for record in release.records():
        if record.split != "test" and record.group in held_out:
            yield Fault(f"{record.split}/metadata.jsonl", "sticky", f"The group of {record.key} left the test split.")
