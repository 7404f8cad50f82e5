"""From the words of another tool to levels, kinds and votes: what is mapped is taken, what is not is listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from annotate.core.blurmap import rasterize
from annotate.core.errors import InvalidDocument
from annotate.core.formats.labels import InvalidLabels, PhotoLabels, Ring, Shape
from annotate.core.regions import SUBPIXEL, Document, Region, parse_document

MAX_STRETCH = 0.01  # stated and true size may differ so much in shape; a copy of another size is rounded

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the words of a file mean in a project; a word in none of the three maps means nothing and is listed.

    Attributes:
        levels: name -> level, 0 sharp .. L-1.
        kinds: name -> kind of blur, one of `regions.KINDS`.
        votes: name -> desirability.
        rest: the level where no shape is; None leaves it unlabelled.
        takes_higher: a shape whose names mean several levels gets the highest; else it is left out and listed.
        empty_is_labelled: a photo without shapes is all `rest`; else nobody has labelled it.
    """

    levels: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    votes: Mapping[str, str] = field(default_factory=dict)
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
    scale = _scale(labels, size)
    regions, conflicts, unmapped = [], [], []
    for shape in labels.shapes:
        levels = sorted({meaning.levels[name] for name in shape.names if name in meaning.levels})
        unmapped += [name for name in shape.names if name not in meaning.levels and name not in meaning.kinds]
        if len(levels) > 1:
            conflicts.append(shape.where)
        if levels and (len(levels) == 1 or meaning.takes_higher):
            regions.append((levels[-1], _kind(shape, meaning, levels[-1]), _scaled(shape.rings, scale)))
    if not labels.is_ordered:
        regions.sort(key=lambda region: region[0])
    votes = {meaning.votes[name] for name in labels.names if name in meaning.votes}
    unmapped += [name for name in labels.names if name not in meaning.votes]
    if len(votes) > 1:
        conflicts.append(labels.where)
    is_empty = labels.says_where and not labels.shapes and meaning.rest is not None and meaning.empty_is_labelled
    return Understood(
        document=_document(regions, meaning.rest, labels, level_count) if regions or is_empty else None,
        vote=votes.pop() if len(votes) == 1 else None,
        unmapped=tuple(unmapped),
        conflicts=tuple(conflicts),
    )


def counted_area(shape: Shape, size: tuple[int, int]) -> int:
    """How many pixels of a photo of (width, height) the shape covers, by our rule: those whose centre is inside."""
    points = [np.array(ring).reshape(-1, 2) for ring in shape.rings]
    if not points:
        return 0
    low = np.maximum(np.min([ring.min(0) for ring in points], 0) // SUBPIXEL, 0)
    high = np.minimum(-(-np.max([ring.max(0) for ring in points], 0) // SUBPIXEL), size)
    if (high <= low).any():
        return 0
    rings = tuple(tuple((ring - SUBPIXEL * low).reshape(-1).tolist()) for ring in points)
    box = rasterize(Document(0, (Region("area", 1, "unknown", rings, 0),)), tuple((high - low).tolist()))
    return int(np.count_nonzero(box))


def _scale(labels: PhotoLabels, size: tuple[int, int]) -> tuple[float, float]:
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
