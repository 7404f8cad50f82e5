"""A release as YOLO-seg: a line for each connected part of a level, with bridges into its holes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml

from annotate.core.blurmap import IGNORE, decode_levels
from annotate.core.errors import Phrase
from annotate.core.formats.format import Options
from annotate.core.formats.labels import Mask, Ring, parts_of_mask
from annotate.core.formats.photos import lay_photo, photo_name
from annotate.core.formats.words import UNLABELLED, level_names
from annotate.core.regions import MAX_RING_VERTICES, SUBPIXEL
from annotate.core.release import Record, ReleaseFolder

Points = npt.NDArray[np.int64]  # (N, 2) x, y in 1/16 px

READING = """
`yolo segment train data=data.yaml` reads this folder. A class is a level; level 0 is the background, so a photo that is
sharp all over has an empty file. A hole is an outline that runs over a bridge into the hole and back; filled even-odd,
it is the very map of the release. Painters that draw the outline too (cv2.fillPoly) mark about half a pixel more.
"""
LOSES = (
    Phrase("Desirability, votes and who labelled."),
    Phrase("The kind of blur, and the regions that people drew."),
)


def write(release: ReleaseFolder, out: Path, options: Options) -> None:
    """``labels/SPLIT/KEY.txt``, the photos in ``images/SPLIT/``, and ``data.yaml`` with the names of the levels."""
    names = [*level_names(release.manifest.levels)]
    splits: dict[str, str] = {}
    has_unlabelled = False
    for record in release.records():
        splits.setdefault(record.split, f"images/{record.split}")
        has_unlabelled |= record.ignore_px > 0
        path = out / "labels" / record.split / f"{Path(photo_name(record)).stem}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(_lines(release, record, len(names))), "ascii")
        if options.with_photos:
            lay_photo(release, record, out / "images" / record.split)
    folders = {"val" if split == "validation" else split: folder for split, folder in splits.items()}
    classes = dict(enumerate([*names, UNLABELLED] if has_unlabelled else names))
    (out / "data.yaml").write_text(yaml.safe_dump({**folders, "names": classes}, allow_unicode=True), "utf-8")


def _lines(release: ReleaseFolder, record: Record, level_count: int) -> Iterator[str]:
    levels = decode_levels(release.load_levels(record))
    for level, number in [(each, each) for each in range(1, level_count)] + [(IGNORE, level_count)]:
        for outline in _outlines(levels == level):
            shares = (outline / SUBPIXEL / (record.width, record.height)).reshape(-1)
            yield f"{number}{' %.6g' * len(shares)}\n" % tuple(shares.tolist())


def _outlines(mask: Mask, offset: tuple[int, int] = (0, 0)) -> list[Points]:
    """One ring for each part of a mask; a mask with a ring too long for a region is cut in two."""
    outlines = [_bridged(rings) for rings in parts_of_mask(mask, offset)]
    if all(len(outline) <= MAX_RING_VERTICES for outline in outlines):
        return outlines
    (height, width), (x, y) = mask.shape, offset
    if height >= width:
        half = height // 2
        return _outlines(mask[:half], offset) + _outlines(mask[half:], (x, y + half))
    half = width // 2
    return _outlines(mask[:, :half], offset) + _outlines(mask[:, half:], (x + half, y))


def _bridged(rings: Sequence[Ring]) -> Points:
    """The rings as one, which goes to the nearest point of each further ring's first, around it and back."""
    first, *others = (np.array(ring).reshape(-1, 2) for ring in rings)
    for other in others:
        near = int(np.abs(first - other[0]).sum(1).argmin())
        first = np.concatenate([first[: near + 1], other, other[:1], first[near:]])
    return first
