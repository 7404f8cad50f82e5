"""A release as COCO: compressed masks straight from the level maps."""

from __future__ import annotations

import json
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO, cast

import numpy as np

from annotate.core.blurmap import IGNORE, LevelMap, decode_levels
from annotate.core.formats.format import Options
from annotate.core.formats.parts import connected_parts
from annotate.core.formats.photos import lay_photo, photo_name
from annotate.core.formats.rle import texts_of_parts
from annotate.core.formats.words import UNLABELLED, level_names
from annotate.core.release import Manifest, Record, ReleaseFolder


def write(release: ReleaseFolder, out: Path, options: Options) -> None:
    """``annotations/instances_SPLIT.json`` for each split that has photos, and the photos in ``images/``.

    Every connected part of a level is one annotation. Ids are unique in all files together.
    """
    (out / "annotations").mkdir()
    licences = {name: number for number, name in enumerate(release.manifest.licenses, 1)}
    annotation_id, has_unlabelled = 1, False
    with ExitStack() as stack:
        files: dict[str, _File] = {}
        for image_id, record in enumerate(release.records(), 1):
            bodies = _bodies(_level_map(release, record), len(release.manifest.levels))
            if record.split not in files:
                path = out / "annotations" / f"instances_{record.split}.json"
                file = stack.enter_context(path.open("w", encoding="utf-8"))
                aside = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
                files[record.split] = _File(file, cast(TextIO, aside), _info(release.manifest))
            licence = licences.setdefault(record.license, len(licences) + 1)
            files[record.split].add(_image(record, image_id, licence), annotation_id, image_id, bodies)
            annotation_id += len(bodies)
            if options.with_photos:
                lay_photo(release, record, out / "images")
            has_unlabelled |= record.ignore_px > 0
        for each in files.values():
            each.finish(categories=_categories(release.manifest, has_unlabelled), licenses=_licences(licences))


class _File:
    """A file under way: images are written at once, annotations aside until all images are known."""

    def __init__(self, file: TextIO, aside: TextIO, info: dict[str, Any]) -> None:
        self.file, self.aside = file, aside
        self.file.write(f'{{"info":{_json(info)},\n"images":[')
        self.image_count = self.annotation_count = 0

    def add(self, image: dict[str, Any], first_id: int, image_id: int, bodies: list[str]) -> None:
        self.file.write(f"{',' if self.image_count else ''}\n{_json(image)}")
        self.image_count += 1
        for number, body in enumerate(bodies, first_id):
            comma = "," if self.annotation_count else ""
            self.aside.write(f'{comma}\n{{"id":{number},"image_id":{image_id},{body}}}')
            self.annotation_count += 1

    def finish(self, **lists: list[dict[str, Any]]) -> None:
        self.file.write('],\n"annotations":[')
        self.aside.seek(0)
        shutil.copyfileobj(self.aside, self.file, 1 << 20)
        self.file.write("]")
        for name, items in lists.items():
            self.file.write(f',\n"{name}":{_json(items)}')
        self.file.write("}\n")


def _level_map(release: ReleaseFolder, record: Record) -> LevelMap:
    """The photo's map, where what nobody labelled is one level more."""
    level_map = decode_levels(release.load_levels(record))
    if record.ignore_px:
        level_map = np.where(level_map == IGNORE, np.uint8(len(release.manifest.levels)), level_map)
    return level_map


def _bodies(level_map: LevelMap, unlabelled: int) -> list[str]:
    height, width = level_map.shape
    parts = connected_parts(level_map)
    facts = zip(
        parts.level.tolist(),
        parts.area.tolist(),
        parts.box.tolist(),
        texts_of_parts(parts, (width, height)),
        strict=True,
    )
    return [
        f'"category_id":{level},"iscrowd":{int(level == unlabelled)},"area":{area},"bbox":[{x},{y},{across},{down}],'
        f'"segmentation":{{"size":[{height},{width}],"counts":{_json(text)}}}'
        for level, area, (x, y, across, down), text in facts
    ]


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
