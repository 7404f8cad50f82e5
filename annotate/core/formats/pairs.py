"""Which photo a mask or a level map is of: the one of the same name in the folder of photos beside."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import NamedTuple, TypeVar

from annotate.core.errors import InvalidImage
from annotate.core.formats.files import Files, InvalidFile
from annotate.core.formats.labels import InvalidLabels

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")

Pixels = TypeVar("Pixels")

_MASKS = re.compile(r"(.*?)[-_ ]?(masks?|gts?|labels?|levels?|maps?|annotations?|ground[-_ ]?truths?)", re.I)
_PHOTOS = re.compile(r"(.*?)[-_ ]?(images?|imgs?|photos?|sources?|src|inputs?)", re.I)
_ENDING = re.compile(r"[-_](mask|gt|labels?|levels?)$", re.I)


class Pair(NamedTuple):
    """A mask and its photo.

    Attributes:
        mask: its name among the files.
        photo: the photo's name among the files; where none is there, the mask's own place and name without an ending.
    """

    mask: str
    photo: str


def find_pairs(files: Files) -> list[Pair]:
    """Every mask among the files, with its photo.

    Masks lie in a folder such as masks, gt, labels or dut500-gt, photos in one such as images or dut500-source; both
    may lie in one folder if the masks' names end in _mask or _gt. Where nothing is called a mask, every image that
    does not lie in a folder of photos is one.

    Raises:
        InvalidFile: there are no masks.
    """
    images = files.ending(*SUFFIXES)
    masks = [name for name in images if _is_called(name, _MASKS)]
    masks = masks or [name for name in images if not _is_called(name, _PHOTOS)]
    if not masks:
        raise InvalidFile("There are no masks here: put them into a folder called masks or gt.")
    by_place: dict[str, str] = {}
    by_stem: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(images) - set(masks)):
        by_place.setdefault(_place(name), name)
        by_stem[PurePosixPath(name).stem].append(name)
    pairs = []
    for mask in masks:
        place = _place(mask)
        namesakes = by_stem[PurePosixPath(place).name]
        photo = namesakes[0] if len(namesakes) == 1 else place
        pairs.append(Pair(mask, by_place.get(place, photo)))
    return pairs


def _is_called(name: str, kind: re.Pattern[str]) -> bool:
    if kind is _MASKS and _ENDING.search(PurePosixPath(name).stem):
        return True
    found = _telling_folder(name)
    return found is not None and found.re is kind


def _place(name: str) -> str:
    """The name without its ending and without what tells masks from photos, so that both have the same."""
    path, found = PurePosixPath(name), _telling_folder(name)
    folders = [found[1] if found and folder == found[0] else folder for folder in path.parts[:-1]]
    return "/".join([*filter(None, folders), _ENDING.sub("", path.stem)])


def _telling_folder(name: str) -> re.Match[str] | None:
    """What the innermost folder that tells masks from photos is called."""
    for folder in reversed(PurePosixPath(name).parts[:-1]):
        if found := _MASKS.fullmatch(folder) or _PHOTOS.fullmatch(folder):
            return found
    return None


def read_pixels(files: Files, name: str, read: Callable[[bytes], Pixels]) -> tuple[Pixels, bytes]:
    """What `read` makes of the image of this name, and its bytes.

    Raises:
        InvalidLabels: it cannot be read; `where` is the name.
    """
    try:
        content = files.read(name)
        return read(content), content
    except (InvalidImage, InvalidFile) as refusal:
        raise InvalidLabels.at(name, refusal) from None
