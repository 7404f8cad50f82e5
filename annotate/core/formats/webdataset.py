"""Shards for WebDataset: tar files that a training reads in a stream, from a disk or over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from annotate.core.errors import Phrase
from annotate.core.formats.format import Format, Options
from annotate.core.formats.photos import photo_bytes, photo_name
from annotate.core.release import SPLITS, ReleaseFolder
from annotate.core.release.shards import Members, write_shards
from annotate.core.release.tables import json_line


def write(release: ReleaseFolder, out: Path, options: Options) -> None:
    """``SPLIT/SPLIT-00000.tar`` of samples KEY.jpg, KEY.level.png and KEY.json, and where each lies in index.jsonl."""
    for split in SPLITS:
        if release.image_counts.get(split):
            write_shards(out / split, split, _samples(release, split, options))


def _samples(release: ReleaseFolder, split: str, options: Options) -> Iterator[tuple[str, Members]]:
    for record in release.records(split):
        facts = {name: value for name, value in record.as_json().items() if not name.endswith("file_name")}
        members = [("level.png", release.load_levels(record)), ("json", json_line(facts, record.key))]
        if options.with_photos:
            ending = photo_name(record).rpartition(".")[2]
            members.insert(0, (ending, photo_bytes(release, record)))
        yield record.key, members


FORMAT = Format(
    "webdataset",
    Phrase("Shards (WebDataset)"),
    write=write,
    reading="""
A sample is a photo (`jpg`, `png` or `webp`), its map `level.png` of the same size and `json`. The map is 8-bit grey:
the level of each pixel, 255 where nobody labelled; leave those out of every loss. Decoders make RGB of every image, so
name the map's own first:

```python
import io
import numpy, PIL.Image, webdataset

level = webdataset.handle_extension("level.png", lambda png: numpy.array(PIL.Image.open(io.BytesIO(png))))
photos = webdataset.WebDataset("train/train-00000.tar", shardshuffle=False).decode(level, "pil")
for photo, levels, facts in photos.to_tuple("jpg;png;webp", "level.png", "json"):
    ...
```
""",
    loses=(
        Phrase("Who voted what: only how many people voted what is kept."),
        Phrase("The kind of blur, and the regions that people drew."),
    ),
)
