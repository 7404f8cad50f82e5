"""Folders of masks, black and white, as CUHK and DUT come; which of the two is blurred differs from copy to copy."""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotate.core.blurmap import IGNORE, MAX_LEVELS, decode_levels, encode_levels
from annotate.core.errors import Phrase, SmartBlurError
from annotate.core.formats.files import Files, InvalidFile
from annotate.core.formats.format import Format, Options, Rows, Sizes
from annotate.core.formats.labels import InvalidLabels, Mask, PhotoLabels, Shape, rings_of_mask
from annotate.core.formats.pairs import Pair, find_pairs, read_pixels
from annotate.core.formats.photos import lay_photo
from annotate.core.masks import Ends, read_grey, tone
from annotate.core.release import ReleaseFolder

KIND_WORDS = ("out_of_focus", "defocus", "motion", "shake")
BETWEEN = 128  # between black and white; read with a band of 1, such a pixel is neither

_NOTHING_TOLD: frozenset[Ends] = frozenset()
_OF_LEVELS = {*range(MAX_LEVELS), IGNORE}


def recognises(files: Files) -> bool:
    """Does the first mask hold black and white, and not the numbers of levels?"""
    try:
        values = set(_read(files, find_pairs(files)[0].mask, Options()).values)
    except (InvalidLabels, InvalidFile):
        return False
    return not values <= _OF_LEVELS or values <= {0, 1} or values <= {0, 255}


def read(files: Files, sizes: Sizes, options: Options) -> Rows:
    """The areas called "white" and "black" of each mask; a word of `KIND_WORDS` in its name stands as ``name=motion``.

    A mask of two values is read by these, another by the threshold. Masks of one value that may be either come last:
    the others tell what it is.
    """
    ends: set[Ends] = set()
    single: set[int] = set()
    waiting: list[Pair] = []
    for pair in find_pairs(files):
        try:
            toned = _read(files, pair.mask, options)
            _refuse_levels(toned, pair.mask)
        except InvalidLabels as refusal:
            yield refusal
            continue
        if len(toned.values) == 1:
            single.add(toned.values[0])
        elif toned.values:
            ends.add((toned.values[0], toned.values[-1]))
        white = _white(toned, options, _NOTHING_TOLD)
        if white is None:
            waiting.append(pair)
        else:
            yield _labels(pair, toned, white)
    if not ends and len(single) == 2:
        ends.add((min(single), max(single)))
    if not ends and len(single) == 1 and not waiting:
        yield _one_value(single.pop(), None)
    yield from _told_by_others(files, waiting, options, ends)


class _Toned(NamedTuple):
    """A mask of 8 bits.

    Attributes:
        grey: (H, W).
        is_neither: (H, W) so near to the threshold that it is neither black nor white.
        values: of the other pixels, ascending.
        is_exact: are its values as somebody wrote them? Those of a JPEG are not.
    """

    grey: npt.NDArray[np.uint8]
    is_neither: Mask
    values: tuple[int, ...]
    is_exact: bool


def _read(files: Files, name: str, options: Options) -> _Toned:
    stored, content = read_pixels(files, name, read_grey)
    is_deep = stored.max() > 255
    grey = ((stored.astype(np.uint32) * 255 + 32_767) // 65_535 if is_deep else stored).astype(np.uint8)
    shades = np.arange(256)
    is_between = np.abs(shades - options.threshold) < options.band
    is_neither = is_between[grey]
    values = tuple(np.flatnonzero((np.bincount(grey.reshape(-1), minlength=256) > 0) & ~is_between).tolist())
    return _Toned(grey, is_neither, values, not content.startswith(b"\xff\xd8"))


def _white(toned: _Toned, options: Options, ends: Set[Ends]) -> Mask | None:
    """(H, W) what is white; None where nothing tells what the only value is."""
    values = toned.values
    if len(values) == 1 and toned.is_exact:
        told = tone(values[0], ends)
        return None if told is None else np.full(toned.grey.shape, told)
    if len(values) == 2 and toned.is_exact:
        return np.asarray(toned.grey == values[1])
    return np.asarray(toned.grey >= options.threshold)


def _labels(pair: Pair, toned: _Toned, white: Mask) -> PhotoLabels:
    words = tuple(f"name={word}" for word in KIND_WORDS if word in pair.mask.lower())
    areas = (("black", ~white & ~toned.is_neither), ("white", white & ~toned.is_neither))
    height, width = white.shape
    return PhotoLabels(
        pair.photo,
        pair.mask,
        tuple(
            Shape((name, *words), rings_of_mask(area), pair.mask, float(np.count_nonzero(area)))
            for name, area in areas
            if area.any()
        ),
        size=(width, height),
    )


def _told_by_others(files: Files, waiting: list[Pair], options: Options, ends: Set[Ends]) -> Rows:
    for pair in waiting:
        try:
            toned = _read(files, pair.mask, options)
        except InvalidLabels as refusal:
            yield refusal
            continue
        white = _white(toned, options, ends)
        yield _one_value(toned.values[0], pair.mask) if white is None else _labels(pair, toned, white)


def _one_value(value: int, mask: str | None) -> InvalidLabels:
    if mask is None:
        return InvalidLabels(
            "All masks hold one value, %(value)s: nothing tells what is blurred from what is sharp.",
            value=value,
            code="one_value",
        )
    return InvalidLabels(
        "The mask has one value, %(value)s, and no other mask tells whether that is black or white.",
        value=value,
        where=mask,
        code="one_value",
    )


def _refuse_levels(toned: _Toned, name: str) -> None:
    if len(toned.values) > 2 and set(toned.values) <= _OF_LEVELS:
        raise InvalidLabels(
            "This is a map of levels, not black and white: its values are %(values)s.",
            values=", ".join(map(str, toned.values)),
            where=name,
            code="is_levels",
        )


def write(release: ReleaseFolder, out: Path, options: Options) -> None:
    """``masks/KEY.png`` for each photo, black and white, and the photos in ``images/``."""
    level_count = len(release.manifest.levels)
    if not 0 < options.from_level < level_count:
        raise SmartBlurError(
            "Choose a level from 1 to %(most)s.", most=level_count - 1, where="from_level", code="no_level"
        )
    blurred, sharp = (255, 0) if options.is_blur_white else (0, 255)
    tones = np.full(256, BETWEEN, np.uint8)
    tones[:level_count] = sharp
    tones[options.from_level : level_count] = blurred
    (out / "masks").mkdir()
    for record in release.records():
        levels = decode_levels(release.load_levels(record))
        (out / "masks" / f"{record.key}.png").write_bytes(encode_levels(tones[levels]))
        if options.with_photos:
            lay_photo(release, record, out / "images")


FORMAT = Format(
    "masks",
    Phrase("Mask folders (CUHK, DUT)"),
    recognises=recognises,
    read=read,
    write=write,
    reading="""
Each photo of `images/` has a mask of the same name in `masks/`, 8-bit grey: 255 and 0, and 128 where nobody labelled.
Leave pixels of 128 out of every loss and every figure.
""",
    loses=(
        Phrase("How strong the blur is: a mask only tells blurred from sharp."),
        Phrase("Desirability, votes and who labelled."),
        Phrase("The kind of blur, and the regions that people drew."),
        Phrase("The split into train, validation and test."),
    ),
)
