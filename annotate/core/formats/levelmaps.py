"""Folders of level maps: images whose pixels are numbers, each number a name until somebody says what it means."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annotate.core.blurmap import IGNORE
from annotate.core.errors import Phrase
from annotate.core.formats.files import Files, InvalidFile
from annotate.core.formats.format import Format, Options, Rows, Sizes
from annotate.core.formats.labels import InvalidLabels, PhotoLabels, Shape, rings_of_mask
from annotate.core.formats.pairs import Pair, find_pairs, read_pixels
from annotate.core.formats.photos import lay_photo
from annotate.core.masks import read_levels
from annotate.core.release import ReleaseFolder

TOLD_BY = 10  # so many maps; the first may be all sharp or unlabelled
MOST_NUMBERS = 64  # a photo that lies among the maps has more


def recognises(files: Files) -> bool:
    """Do the first maps hold few numbers, and others than the 0 and 255 of masks?"""
    try:
        maps = [read_pixels(files, pair.mask, read_levels)[0] for pair in find_pairs(files)[:TOLD_BY]]
    except (InvalidLabels, InvalidFile):
        return False
    numbers = [np.unique(levels) for levels in maps]
    return max(map(len, numbers)) <= MOST_NUMBERS and not set(np.concatenate(numbers).tolist()) <= {0, IGNORE}


def read(files: Files, sizes: Sizes, options: Options) -> Rows:
    """The area of each number, which is its name: "0" to "254"; 255 is not labelled."""
    for pair in find_pairs(files):
        try:
            yield _labels(files, pair)
        except InvalidLabels as refusal:
            yield refusal


def _labels(files: Files, pair: Pair) -> PhotoLabels:
    levels, _ = read_pixels(files, pair.mask, read_levels)
    counts = np.bincount(levels.reshape(-1), minlength=256)
    numbers = np.flatnonzero(counts)
    if len(numbers) > MOST_NUMBERS:
        raise InvalidLabels(
            "This has %(count)s different numbers, as a photo has; a map of levels has a few.",
            count=len(numbers),
            where=pair.mask,
            code="no_levels",
        )
    height, width = levels.shape
    return PhotoLabels(
        pair.photo,
        pair.mask,
        tuple(
            Shape((str(number),), rings_of_mask(levels == number), pair.mask, float(counts[number]))
            for number in numbers.tolist()
            if number != IGNORE
        ),
        size=(width, height),
    )


def write(release: ReleaseFolder, out: Path, options: Options) -> None:
    """``levels/KEY.png`` for each photo as the release holds it, and the photos in ``images/``."""
    for record in release.records():
        release.levels_place(record).lay(out / "levels" / f"{record.key}.png")
        if options.with_photos:
            lay_photo(release, record, out / "images")


FORMAT = Format(
    "levels",
    Phrase("Level maps (PNG)"),
    recognises=recognises,
    read=read,
    write=write,
    reading="""
Each photo of `images/` has a map of the same size and name in `levels/`, 8-bit grey: the level of each pixel, 255 where
nobody labelled. Leave pixels of 255 out of every loss and every figure.
""",
    loses=(
        Phrase("Desirability, votes and who labelled."),
        Phrase("The kind of blur, and the regions that people drew."),
        Phrase("The split into train, validation and test."),
    ),
)
