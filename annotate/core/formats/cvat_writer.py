"""A release as CVAT for images 1.1: what was drawn, where the release says so; else outlines of the level map."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TextIO
from xml.sax.saxutils import escape, quoteattr

import numpy as np

from annotate.core.blurmap import IGNORE, LevelMap, decode_levels, outline, rasterize
from annotate.core.formats.format import Options
from annotate.core.formats.labels import Mask
from annotate.core.formats.meaning import painted_box
from annotate.core.formats.photos import lay_photo, photo_name
from annotate.core.formats.rle import counts_of_rows
from annotate.core.formats.words import UNLABELLED, level_names
from annotate.core.regions import DESIRABILITIES, KINDS, SUBPIXEL, Document, parse_document
from annotate.core.release import Item, Manifest, ReleaseFolder


def write(release: ReleaseFolder, out: Path, options: Options) -> None:
    """``annotations.xml``, and the photos in ``images/``.

    Regions are polygons in 1/100 px in the order in which they are painted; those with holes, and those that reach
    beyond the photo, are masks.
    """
    names = level_names(release.manifest.levels)
    with (out / "annotations.xml").open("w", encoding="utf-8") as file:
        file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n')
        _write_head(file, release.manifest, sum(release.image_counts.values()))
        for number, (record, item) in enumerate(zip(release.records(), release.items(), strict=True)):
            level_map = decode_levels(release.load_levels(record))
            file.write(
                f"<image id={quoteattr(str(number))} name={quoteattr(photo_name(record))}"
                f' width="{record.width}" height="{record.height}">\n'
            )
            for z, shape in enumerate(_shapes(item, level_map, names)):
                file.write(shape.element(z))
            file.write(f'<tag label="{record.desirability}" source="manual"></tag>\n</image>\n')
            if options.with_photos:
                lay_photo(release, record, out / "images")
        file.write("</annotations>\n")


def _write_head(file: TextIO, manifest: Manifest, photo_count: int) -> None:
    """What CVAT calls meta: the labels and the values of their attribute."""
    kinds = "\n".join(("unknown", *(kind for kind in KINDS if kind != "unknown")))
    kind = (
        "<attribute><name>kind</name><mutable>False</mutable><input_type>select</input_type>"
        f"<default_value>unknown</default_value><values>{kinds}</values></attribute>"
    )
    labels = [
        *((name, "any", kind) for name in level_names(manifest.levels)),
        (UNLABELLED, "mask", ""),
        *((name, "tag", "") for name in DESIRABILITIES),
    ]
    title = " ".join(f"{manifest.title} {manifest.version}".split())
    file.write(f"<meta><task><name>{escape(title)}</name><size>{photo_count}</size><mode>annotation</mode><labels>\n")
    for name, shape, attributes in labels:
        file.write(
            f"<label><name>{escape(name)}</name><type>{shape}</type><attributes>{attributes}</attributes></label>\n"
        )
    file.write(f"</labels></task><dumped>{manifest.created}</dumped></meta>\n")


class _Shape(NamedTuple):
    """A polygon or mask: its attributes of place, its label, and its kind of blur where it has one."""

    tag: str
    place: str
    name: str
    kind: str = ""

    def element(self, z: int) -> str:
        kind = f'<attribute name="kind">{self.kind}</attribute>' if self.kind else ""
        return (
            f'<{self.tag} label={quoteattr(self.name)} source="manual" occluded="0" {self.place} z_order="{z}">'
            f"{kind}</{self.tag}>\n"
        )


def _shapes(item: Item, level_map: LevelMap, names: tuple[str, ...]) -> Iterator[_Shape]:
    """From the first painted to the last."""
    document = _document(item, level_map, len(names))
    height, width = level_map.shape
    unlabelled = level_map == IGNORE
    if unlabelled.any():
        yield _Shape("mask", _mask(unlabelled), UNLABELLED)
    if document.base:
        yield _Shape("mask", _mask(np.ones((height, width), np.bool_)), names[document.base], "unknown")
    for region in document.painting_order():
        if len(region.rings) == 1 and _is_on_photo(region.rings[0], width, height):
            yield _Shape("polygon", _polygon(region.rings[0]), names[region.level], region.kind)
            continue
        mask, place = painted_box([region.rings], (width, height))
        if mask.any():
            yield _Shape("mask", _mask(mask, place), names[region.level], region.kind)


def _document(item: Item, level_map: LevelMap, level_count: int) -> Document:
    """The document of the one person whose map this is; outlines of the map where it was merged from several."""
    steps = [step for step in item.lineage if step.get("step") == "consensus"]
    sources = steps[-1].get("levels_from", []) if steps else []
    for line in item.annotations:
        if [line.annotation] == sources:
            document = parse_document(line.document, level_count=level_count)
            if np.array_equal(rasterize(document, level_map.shape[::-1]), level_map):
                return document
    return outline(level_map, level_count=level_count)


def _is_on_photo(ring: tuple[int, ...], width: int, height: int) -> bool:
    x, y = ring[::2], ring[1::2]
    return min(x) >= 0 and min(y) >= 0 and max(x) <= SUBPIXEL * width and max(y) <= SUBPIXEL * height


def _polygon(ring: tuple[int, ...]) -> str:
    corners = zip(ring[::2], ring[1::2], strict=True)
    return 'points="{}"'.format(";".join(f"{x / SUBPIXEL:.2f},{y / SUBPIXEL:.2f}" for x, y in corners))


def _mask(mask: Mask, place: tuple[int, int] = (0, 0)) -> str:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    counts = ", ".join(map(str, counts_of_rows(mask[top:bottom, left:right])))
    x, y = place
    return f'rle="{counts}" left="{x + left}" top="{y + top}" width="{right - left}" height="{bottom - top}"'
