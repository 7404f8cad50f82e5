"""From the words of another tool to levels, kinds and votes: what is mapped is taken, what is not is listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from annotate.core.blurmap import rasterize
from annotate.core.errors import InvalidDocument
from annotate.core.formats.labels import InvalidLabels, Mask, PhotoLabels, Ring, Shape, ring_of, rings_of_mask
from annotate.core.regions import SUBPIXEL, Document, Region, parse_document

MAX_STRETCH = 0.01  # stated and true size may differ so much in shape; a copy of another size is rounded

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the words of a file mean in a project; a word that is in none of them means nothing and is listed.

    Attributes:
        levels: name -> level, 0 sharp .. L-1.
        kinds: name -> kind of blur, one of `regions.KINDS`.
        votes: name -> desirability.
        unlabelled: names of areas that nobody has labelled, such as "ignore"; they lie below all other shapes.
        rest: the level where no shape is; None leaves it unlabelled.
        takes_higher: a shape whose names mean several levels gets the highest; else it is left out and listed.
        empty_is_labelled: a photo without shapes is all `rest`; else nobody has labelled it.
    """

    levels: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    votes: Mapping[str, str] = field(default_factory=dict)
    unlabelled: frozenset[str] = frozenset()
    rest: int | None = None
    takes_higher: bool = True
    empty_is_labelled: bool = True


@dataclass(frozen=True, slots=True)
class Understood:
    """What a photo's labels come to.

    Attributes:
        document: None if nothing in the file says how blurred the photo is.
        vote: one of `DESIRABILITIES`; None without one.
        unmapped: the names that mean nothing, each as often as it was said.
        conflicts: the places of shapes or photos whose names mean several things.
    """

    document: Document | None
    vote: str | None
    unmapped: tuple[str, ...]
    conflicts: tuple[str, ...]


def understand(labels: PhotoLabels, meaning: Meaning, size: tuple[int, int], *, level_count: int) -> Understood:
    """The region document and the vote that the labels mean.

    Args:
        size: (width, height) of the upright photo; labels of a copy in another size are scaled to it.
        level_count: levels of the project.

    Raises:
        InvalidLabels: the labels are of a photo of another shape, or more than a document may hold.
    """
    scale = scale_to(labels, size)
    regions, conflicts, unmapped = [], [], []
    unlabelled: list[tuple[Ring, ...]] = []
    known = {*meaning.levels, *meaning.kinds, *meaning.unlabelled}
    for shape in labels.shapes:
        parts = [_scaled(rings, scale) for rings in shape.parts]
        levels = sorted({meaning.levels[name] for name in shape.names if name in meaning.levels})
        unmapped += [name for name in shape.names if name not in known]
        is_unlabelled = not meaning.unlabelled.isdisjoint(shape.names)
        if len(levels) + is_unlabelled > 1:
            conflicts.append(shape.where)
        if is_unlabelled:
            unlabelled += parts
        elif levels and (len(levels) == 1 or meaning.takes_higher):
            regions += [(levels[-1], _kind(shape, meaning, levels[-1]), rings) for rings in parts]
    if not labels.is_ordered:
        regions.sort(key=lambda region: region[0])
    rest = meaning.rest
    if unlabelled and rest is not None:
        regions.insert(0, (rest, "unknown", _all_but(unlabelled, size)))
        rest = None
    votes = {meaning.votes[name] for name in labels.names if name in meaning.votes}
    unmapped += [name for name in labels.names if name not in meaning.votes]
    if len(votes) > 1:
        conflicts.append(labels.where)
    is_empty = labels.says_where and not labels.shapes and meaning.rest is not None and meaning.empty_is_labelled
    return Understood(
        document=_document(regions, rest, labels, level_count) if regions or is_empty else None,
        vote=votes.pop() if len(votes) == 1 else None,
        unmapped=tuple(unmapped),
        conflicts=tuple(conflicts),
    )


def counted_area(shape: Shape, size: tuple[int, int]) -> int:
    """How many pixels of a photo of (width, height) the shape covers, by our rule: those whose centre is inside."""
    return int(np.count_nonzero(painted_box(shape.parts, size)[0]))


def painted_box(parts: Sequence[tuple[Ring, ...]], size: tuple[int, int]) -> tuple[Mask, tuple[int, int]]:
    """(h, w) the pixels of any of the parts, in a box around them on the photo, and its upper left pixel (x, y)."""
    points = [np.array(ring).reshape(-1, 2) for rings in parts for ring in rings]
    if not points:
        return np.zeros((0, 0), np.bool_), (0, 0)
    low = np.maximum(np.min([ring.min(0) for ring in points], 0) // SUBPIXEL, 0)
    high = np.minimum(-(-np.max([ring.max(0) for ring in points], 0) // SUBPIXEL), size)
    if (high <= low).any():
        return np.zeros((0, 0), np.bool_), (0, 0)
    x, y = low.tolist()
    moved = [
        [tuple((np.array(ring).reshape(-1, 2) - SUBPIXEL * low).reshape(-1).tolist()) for ring in rings]
        for rings in parts
    ]
    return _painted(map(tuple, moved), tuple((high - low).tolist())), (x, y)


def _painted(parts: Iterable[tuple[Ring, ...]], size: tuple[int, int]) -> Mask:
    """(H, W) the pixels of any of the parts."""
    regions = tuple(Region("part", 1, "unknown", rings, z) for z, rings in enumerate(parts))
    return np.asarray(rasterize(Document(0, regions), size) == 1)


def _all_but(parts: Iterable[tuple[Ring, ...]], size: tuple[int, int]) -> tuple[Ring, ...]:
    """Rings around the photo and around what of the parts lies on it."""
    width, height = size
    return ring_of([(0, 0), (width, 0), (width, height), (0, height)]), *rings_of_mask(_painted(parts, size))


def scale_to(labels: PhotoLabels, size: tuple[int, int]) -> tuple[float, float]:
    """How much wider and higher a photo of (width, height) is than the one the labels were made on.

    Raises:
        InvalidLabels: that one had another shape.
    """
    if labels.size is None or labels.size == size:
        return 1, 1
    across, down = (true / max(stated, 1) for true, stated in zip(size, labels.size, strict=True))
    pixel = max(1 / side for side in (*size, *labels.size) if side)
    if not across or abs(down / across - 1) > MAX_STRETCH + pixel:
        raise InvalidLabels(
            "These labels are of a photo of %(width)s x %(height)s; the one here has another shape.",
            width=labels.size[0],
            height=labels.size[1],
            where=labels.where,
            code="other_size",
        )
    return across, down


def _scaled(rings: Iterable[Ring], scale: tuple[float, float]) -> tuple[Ring, ...]:
    if scale == (1, 1):
        return tuple(rings)
    return tuple(tuple(round(value * scale[i % 2]) for i, value in enumerate(ring)) for ring in rings)


def _kind(shape: Shape, meaning: Meaning, level: int) -> str:
    kinds = [meaning.kinds[name] for name in shape.names if name in meaning.kinds]
    return kinds[0] if kinds and level else "unknown"


def _document(
    regions: list[tuple[int, str, tuple[Ring, ...]]], rest: int | None, labels: PhotoLabels, level_count: int
) -> Document:
    """The document, checked as one that a person sends."""
    painted = [Region(f"i{z}", level, kind, rings, z) for z, (level, kind, rings) in enumerate(regions) if rings]
    try:
        return parse_document(Document(rest, tuple(painted)).as_json(), level_count=level_count)
    except InvalidDocument as error:
        raise InvalidLabels(error.sentence, where=labels.where, code=error.code, **error.values) from None
