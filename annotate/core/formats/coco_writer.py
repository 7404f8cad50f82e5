"""A release as COCO: compressed masks straight from the level maps."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from annotate.core.blurmap import LevelMap, decode_levels
from annotate.core.formats.format import Options
from annotate.core.formats.parts import Borders, connected_parts, find_borders
from annotate.core.formats.photos import lay_photo, photo_name
from annotate.core.formats.rle import texts_of_parts
from annotate.core.formats.words import UNLABELLED, level_names
from annotate.core.release import Manifest, Record, ReleaseFolder

_AT_ONCE = 4  # photos: more need more memory than a processor has beside it


def write(release: ReleaseFolder, out: Path, options: Options) -> None:
    """``annotations/instances_SPLIT.json`` for each split that has photos, and the photos in ``images/``.

    Every connected part of a level is one annotation. Ids are unique in all files together.
    """
    (out / "annotations").mkdir()
    licences = {name: number for number, name in enumerate(release.manifest.licenses, 1)}
    image_id = annotation_id = 1
    has_unlabelled = False
    with ExitStack() as stack:
        files: dict[str, _File] = {}
        for record, bodies in _with_bodies(release):
            if record.split not in files:
                file = stack.enter_context((out / "annotations" / f"instances_{record.split}.json").open("wb"))
                aside = stack.enter_context(tempfile.TemporaryFile())
                files[record.split] = _File(file, aside, _info(release.manifest))
            licence = licences.setdefault(record.license, len(licences) + 1)
            files[record.split].add(_image(record, image_id, licence), annotation_id, image_id, bodies)
            image_id += 1
            annotation_id += len(bodies)
            if options.with_photos:
                lay_photo(release, record, out / "images")
            has_unlabelled |= record.ignore_px > 0
        for each in files.values():
            each.finish(categories=_categories(release.manifest, has_unlabelled), licenses=_licences(licences))


class _File:
    """A file under way: images are written at once, annotations aside until all images are known."""

    def __init__(self, file: BinaryIO, aside: BinaryIO, info: dict[str, Any]) -> None:
        self.file, self.aside = file, aside
        self.file.write(f'{{"info":{_json(info)},\n"images":['.encode())
        self.image_count = self.annotation_count = 0

    def add(self, image: dict[str, Any], first_id: int, image_id: int, bodies: list[str]) -> None:
        self.file.write(f"{',' if self.image_count else ''}\n{_json(image)}".encode())
        self.image_count += 1
        lines = [f'\n{{"id":{number},"image_id":{image_id},{body}}}' for number, body in enumerate(bodies, first_id)]
        if lines:
            self.aside.write(f"{',' if self.annotation_count else ''}{','.join(lines)}".encode())
            self.annotation_count += len(lines)

    def finish(self, **lists: list[dict[str, Any]]) -> None:
        self.file.write(b'],\n"annotations":[')
        self.aside.seek(0)
        shutil.copyfileobj(self.aside, self.file, 1 << 20)
        self.file.write(b"]")
        for name, items in lists.items():
            self.file.write(f',\n"{name}":{_json(items)}'.encode())
        self.file.write(b"}\n")


def _with_bodies(release: ReleaseFolder) -> Iterator[tuple[Record, list[str]]]:
    """Each record with its annotations, as far as they need no ids."""
    records = release.records()
    while batch := list(islice(records, _AT_ONCE)):
        maps = [find_borders(_level_map(release, record)) for record in batch]
        yield from zip(batch, _bodies(maps, len(release.manifest.levels)), strict=True)


def _level_map(release: ReleaseFolder, record: Record) -> LevelMap:
    """The photo's map, where what nobody labelled is one level more."""
    level_map = decode_levels(release.load_levels(record))
    return np.minimum(level_map, np.uint8(len(release.manifest.levels))) if record.ignore_px else level_map


def _bodies(maps: Sequence[Borders], unlabelled: int) -> list[list[str]]:
    parts = connected_parts(maps)
    texts = texts_of_parts(parts, np.array([prod(borders.size) for borders in maps]))
    bodies: list[list[str]] = [[] for _ in maps]
    for number, level, area, (x, y, across, down), text in zip(
        parts.map.tolist(), parts.level.tolist(), parts.area.tolist(), parts.box.tolist(), texts, strict=True
    ):
        width, height = maps[number].size
        escaped = text.replace("\\", "\\\\")
        segmentation = f'{{"size":[{height},{width}],"counts":"{escaped}"}}'
        bodies[number].append(
            f'"category_id":{level},"iscrowd":{int(level == unlabelled)},"area":{area},'
            f'"bbox":[{x},{y},{across},{down}],"segmentation":{segmentation}'
        )
    return bodies


def _info(manifest: Manifest) -> dict[str, Any]:
    return {
        "description": f"{manifest.title} {manifest.version}",
        "version": manifest.version,
        "year": int(manifest.created[:4]),
        "date_created": manifest.created,
        "contributor": ", ".join(manifest.authors),
        "license": manifest.license,
    }


def _image(record: Record, image_id: int, licence: int) -> dict[str, Any]:
    origin = {"attribution": record.attribution, "source_url": record.source_url}
    return {
        "id": image_id,
        "file_name": photo_name(record),
        "width": record.width,
        "height": record.height,
        "license": licence,
        "split": record.split,
        "attributes": {"desirability": record.desirability},
        **{name: text for name, text in origin.items() if text},
    }


def _categories(manifest: Manifest, has_unlabelled: bool) -> list[dict[str, Any]]:
    names = level_names(manifest.levels)
    levels = [{"id": number, "name": names[number], "supercategory": "blur"} for number in range(1, len(names))]
    ignored = {"id": len(names), "name": UNLABELLED, "supercategory": "ignore"}
    return [*levels, ignored] if has_unlabelled else levels


def _licences(numbers: dict[str, int]) -> list[dict[str, Any]]:
    return [{"id": number, "name": name, "url": _licence_url(name)} for name, number in numbers.items()]


def _licence_url(name: str) -> str:
    return "" if name.startswith("LicenseRef-") else f"https://spdx.org/licenses/{name}.html"


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
