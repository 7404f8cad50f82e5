"""What a file of another tool says, before anybody has decided what its words mean here."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from annotate.core import contours
from annotate.core.errors import SmartBlurError
from annotate.core.formats.outlines import Runs, runs_of_mask, trace_runs
from annotate.core.regions import MAX_COORDINATE, MAX_RING_VERTICES, SUBPIXEL

Ring = tuple[int, ...]
Mask = npt.NDArray[np.bool_]  # (H, W)


class InvalidLabels(SmartBlurError):
    """A row of a file of labels that cannot be read; `where` is the file and the place in it."""

    code = "invalid_labels"

    @classmethod
    def at(cls, where: str, refusal: SmartBlurError) -> InvalidLabels:
        """The refusal of something inside as one of the row at `where`."""
        return cls(refusal.sentence, where=where, code=refusal.code, **refusal.values)


@dataclass(frozen=True, slots=True)
class Shape:
    """An area that a tool has named.

    An area that could not be read stands here without names and rings, beside an `InvalidLabels` of the same place: a
    photo that has one is not a photo without areas.

    Attributes:
        names: what the tool calls it: its label or labels, and each attribute as ``name=value``.
        rings: flat ``(x0, y0, x1, y1, ...)`` in 1/16 px of the upright photo, corners on pixel edges, even-odd over
            all of them.
        where: the place in the file, such as ``instances.json: annotations[3]``.
        stated_area: pixels that the file says it covers; None where it does not say.
        is_union: the rings are parts, each even-odd by itself: where they overlap the area goes on.
    """

    names: tuple[str, ...]
    rings: tuple[Ring, ...]
    where: str
    stated_area: float | None = None
    is_union: bool = False

    @property
    def parts(self) -> tuple[tuple[Ring, ...], ...]:
        """The rings of each part that is painted by itself."""
        return tuple((ring,) for ring in self.rings) if self.is_union else (self.rings,)


@dataclass(frozen=True, slots=True)
class PhotoLabels:
    """What one author says of one photo.

    Attributes:
        file_name: the photo as the file calls it, folders included. A format that names no suffix (YOLO) gives none
            unless the photo lies beside the labels: then any photo of that name without its suffix is meant.
        where: the place in the file.
        shapes: from the first painted to the last, if `is_ordered`.
        names: said of the whole photo: tags, choices, votes.
        size: (width, height) of the upright photo as the file states it; None where it does not.
        author: as the tool calls them; "" where it does not say.
        is_ordered: does a later shape lie over an earlier one? Where the tool keeps no order, higher levels lie over
            lower ones.
        says_where: does the file say where the photo is blurred? Votes alone do not, and then a photo without shapes
            is not one that is sharp all over.
    """

    file_name: str
    where: str
    shapes: tuple[Shape, ...] = ()
    names: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    author: str = ""
    is_ordered: bool = True
    says_where: bool = True


def ring_of(points: object, *, scale: tuple[float, float] = (1, 1)) -> Ring:
    """The ring through points ``[(x, y), ...]`` in pixels, each coordinate rounded to 1/16 px.

    Args:
        points: anything that numpy reads as (N, 2) or as a flat list of 2 N finite numbers.
        scale: pixels of one unit of x and of y, such as (width / 100, height / 100) for percents.

    Raises:
        InvalidLabels: fewer than three points, or something else than finite numbers.
    """
    try:
        pairs = np.asarray(points, np.float64).reshape(-1, 2) * (SUBPIXEL * scale[0], SUBPIXEL * scale[1])
    except (TypeError, ValueError, OverflowError):
        raise InvalidLabels("An outline is x, y pairs of numbers.") from None
    if len(pairs) < 3 or not np.isfinite(pairs).all() or np.abs(pairs).max() > MAX_COORDINATE:
        raise InvalidLabels("An outline has at least three points, none of them far off the photo.")
    return tuple(np.rint(pairs).astype(np.int64).reshape(-1).tolist())


def ring_of_ellipse(centre: tuple[float, float], radii: tuple[float, float], degrees: float = 0) -> Ring:
    """The ring round an ellipse in pixels, nowhere further than 1/32 px from it before it is rounded.

    Args:
        centre: (x, y).
        radii: along x and along y before it is turned.
        degrees: clockwise on the screen, about the centre.

    Raises:
        InvalidLabels: as `ring_of`, or a radius that is not above 0.
    """
    longest = max(radii)
    if not (min(radii) > 0 and longest < MAX_COORDINATE / SUBPIXEL):
        raise InvalidLabels("An ellipse has radii above 0, none of them far longer than the photo.")
    steps = math.ceil(math.pi / math.acos(max(1 - 1 / 32 / longest, 0)))
    angles = np.linspace(0, 2 * math.pi, min(max(steps, 8), MAX_RING_VERTICES), endpoint=False)
    across, down = radii[0] * np.cos(angles), radii[1] * np.sin(angles)
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return ring_of(np.column_stack([across * cosine - down * sine, across * sine + down * cosine]) + centre)


def rings_of_mask(mask: Mask, offset: tuple[int, int] = (0, 0)) -> tuple[Ring, ...]:
    """Rings along the edges of pixels that paint exactly `mask`, whose upper left pixel lies at `offset` (x, y).

    A mask with an outline too long for one ring is cut in two.
    """
    return rings_of_runs(runs_of_mask(mask), offset)


def rings_of_runs(runs: Runs, offset: tuple[int, int] = (0, 0), *, are_columns: bool = False) -> tuple[Ring, ...]:
    """As `rings_of_mask`, of a mask that is given as runs of its rows, or of its columns."""
    along_x = -1 if are_columns else 1
    return tuple(tuple((SUBPIXEL * (ring[:, ::along_x] + offset)).reshape(-1).tolist()) for ring in trace_runs(runs))


def parts_of_mask(mask: Mask, offset: tuple[int, int] = (0, 0)) -> tuple[tuple[Ring, ...], ...]:
    """The rings of each part of a mask whose pixels share edges, along the edges of pixels as in `rings_of_mask`."""
    rings: dict[int, list[Ring]] = {}
    traced = contours.trace(mask) if mask.any() else []
    for part, (corner, direction) in zip(contours.parts_of(traced, mask), traced, strict=True):
        rings.setdefault(part, []).append(_corners(corner, direction, offset))
    return tuple(map(tuple, rings.values()))


def _corners(corner: contours.Integers, direction: contours.Integers, offset: tuple[int, int]) -> Ring:
    turns = corner[direction != np.roll(direction, 1)]
    return tuple((SUBPIXEL * (turns[:, ::-1] + offset)).reshape(-1).tolist())
