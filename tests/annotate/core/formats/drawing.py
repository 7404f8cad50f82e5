"""Labels that are read, painted as a person would see them."""

import io
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import PIL.Image

from annotate.core.blurmap import decode_levels, encode_levels, rasterize
from annotate.core.formats import FORMATS, InvalidLabels, Meaning, Options, PhotoLabels, open_files, understand
from annotate.core.release import read_release, write_release
from tests.annotate.core.release.sample import MANIFEST, make_item


def unknown(name):
    return None


def rows_of(path, format, **options):
    """Everything that the format reads at the path."""
    with open_files(Path(path)) as files:
        return list(FORMATS[format].read(files, unknown, Options(**options)))


def photos_of(rows):
    assert [row.detail for row in rows if isinstance(row, InvalidLabels)] == []
    return {row.file_name: row for row in rows}


def area(labels, name):
    """(H, W) bool: what the labels call so, painted by our rule."""
    assert isinstance(labels, PhotoLabels)
    understood = understand(labels, Meaning(levels={name: 1}, rest=0), labels.size, level_count=2)
    return rasterize(understood.document, labels.size) == 1


def release_of(folder, *level_maps):
    """A release of photos with these maps, in the order of their votes: none, good, ok, bad."""
    items = []
    for seed, level_map in enumerate(level_maps):
        item, png = make_item(seed), encode_levels(level_map)
        facts = replace(item.facts, width=level_map.shape[1], height=level_map.shape[0], split="train")
        items.append(replace(item, facts=facts, annotations=(), lineage=(), load_levels=partial(bytes, png)))
    write_release(folder, MANIFEST, sorted(items, key=lambda item: item.facts.key))
    return read_release(folder)


def levels_of(release):
    """Key of each photo -> its map."""
    return {record.key: decode_levels(release.load_levels(record)).tolist() for record in release.records()}


def bytes_of(image, kind="PNG", **options):
    file = io.BytesIO()
    image = image if isinstance(image, PIL.Image.Image) else PIL.Image.fromarray(np.asarray(image))
    image.save(file, kind, **options)
    return file.getvalue()


def lay(root, **files):
    """The folder, with a file of each of these contents at its path."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root
