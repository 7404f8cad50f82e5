"""The dry run: all of a file is read and nothing is changed, so that a curator knows what it would bring."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from annotate.core.formats import InvalidLabels, PhotoLabels, Shape, counted_area, meaning_of_exports
from annotate.core.levels import is_same_scale
from annotate.core.regions import SUBPIXEL
from annotate.core.release import Level
from annotate.models import LabelImport, Project
from annotate.services.importing.label_photos import Photos
from annotate.services.importing.label_problems import Problems
from annotate.services.importing.label_rows import Row, open_rows, recognised
from annotate.services.leases import Lease

SAMPLES = 10
SAMPLE_NUMBERS = 40_000  # of all outlines of one photo that is shown
NAMES = 300
PATTERNS = 2_000
AREAS = 20_000  # shapes whose pixels are counted
TOLD_EVERY_S = 1.0
SHAPES, EMPTY, NOTHING = "shapes", "empty", "nothing"
NOT_PLACED = {"photo_missing": "missing", "photo_ambiguous": "ambiguous"}

Pattern = tuple[frozenset[str], frozenset[str], str]  # names of shapes, names of the photo, what is drawn


def check_import(work: LabelImport, lease: Lease, on_row: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """Read the whole file, and the fields that say what is in it.

    Raises:
        SmartBlurError: the file cannot be read at all, or looks like no format and none was chosen.
        LeaseLost: another attempt owns the import.
        Cancelled: a person asked to stop.
    """
    work.format = work.format or recognised(work)
    photos, findings, told_at = Photos(work.project), Findings(), time.monotonic()
    with open_rows(work, photos) as rows:
        for row in rows:
            findings.add(row)
            on_row()
            if time.monotonic() - told_at > TOLD_EVERY_S:
                lease.extend(report={"rows": findings.rows})
                told_at = time.monotonic()
    report = findings.as_json() | {"photos_here": work.project.images.filter(is_withdrawn=False).count()}
    proposed = propose(work.project, report, findings.scale)
    return {"format": work.format, "report": report | {"proposed": proposed}}


class Findings:
    """What is in a file, gathered row by row."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.rows = 0
        self.problems = Problems()
        self.scale: list[dict[str, Any]] | None = None
        self._found: set[int] = set()
        self._new: set[str] = set()
        self._withdrawn: set[int] = set()
        self._shapes: Counter[str] = Counter()
        self._photos: Counter[str] = Counter()
        self._authors: dict[str, Counter[str]] = {}
        self._patterns: Counter[Pattern] = Counter()
        self._areas = Areas()
        self._samples: list[Row] = []
        self._drawn = 0
        self._random = np.random.default_rng(0)  # the same pictures each time

    def add(self, row: Row | InvalidLabels) -> None:
        """Count the row."""
        self.rows += 1
        if isinstance(row, InvalidLabels):
            self.problems.add(row)
            return
        labels = row.labels
        names = [name for shape in labels.shapes for name in shape.names]
        self._shapes.update(names)
        self._photos.update(labels.names)
        author = self._authors.setdefault(labels.author, Counter())
        author.update(maps=_drawing(labels) != NOTHING, votes=bool(labels.names), rows=1)
        if row.photo is None:
            self._new.add(labels.file_name)
        else:
            (self._withdrawn if row.photo.is_withdrawn else self._found).add(row.photo.pk)
        if row.photo is None or not row.photo.is_withdrawn:
            self._patterns[frozenset(names), frozenset(labels.names), _drawing(labels)] += 1
        if row.released:
            self.scale = row.released.scale
        elif row.photo:
            self._areas.add(labels.shapes, labels.size or row.photo.size)
        if row.photo and labels.shapes:
            self._draw_sample(row)

    def _draw_sample(self, row: Row) -> None:
        """Keep some rows, each as likely as any other."""
        self._drawn += 1
        place = len(self._samples) if self._drawn <= SAMPLES else int(self._random.integers(self._drawn))
        if place < SAMPLES:
            self._samples[place : place + 1] = [row]

    def as_json(self) -> dict[str, Any]:
        """The report, as it is kept."""
        counts = self.problems.counts
        placed = {name: counts[code] for code, name in NOT_PLACED.items()}
        return {
            "rows": self.rows,
            "photos": len(self._found),
            "new_photos": len(self._new),
            "withdrawn": len(self._withdrawn),
            **placed,
            "broken": counts.total() - sum(placed.values()),
            "shape_names": [{"name": name, "count": count} for name, count in self._shapes.most_common(NAMES)],
            "photo_names": [{"name": name, "count": count} for name, count in self._photos.most_common(NAMES)],
            "names_left_out": max(0, len(self._shapes) - NAMES) + max(0, len(self._photos) - NAMES),
            "authors": [{"name": name} | counts for name, counts in sorted(self._authors.items())],
            "patterns": self._patterns_kept(),
            "areas": self._areas.as_json(),
            "samples": [_as_sample(row) for row in self._samples],
            "problems": self.problems.as_json(),
        }

    def _patterns_kept(self) -> list[dict[str, Any]]:
        """Which names come together in how many rows: enough to count what a mapping would bring."""
        shapes = {name for name, _ in self._shapes.most_common(NAMES)}
        photos = {name for name, _ in self._photos.most_common(NAMES)}
        kept: Counter[Pattern] = Counter()
        for (on_shapes, on_photo, drawing), count in self._patterns.items():
            kept[on_shapes & shapes, on_photo & photos, drawing] += count
        return [
            {"shapes": sorted(on_shapes), "photo": sorted(on_photo), "drawing": drawing, "rows": count}
            for (on_shapes, on_photo, drawing), count in kept.most_common(PATTERNS)
        ]


def _drawing(labels: PhotoLabels) -> str:
    """Whether areas are drawn, or it is said that there are none, or nothing is said of them."""
    return SHAPES if labels.shapes else EMPTY if labels.says_where else NOTHING


class Areas:
    """How the areas that a file states compare with the pixels inside its outlines.

    cv2 and its like also fill the pixels that an outline runs through: about half its length and one more than ours.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self._count = self._differing = 0
        self._stated = self._counted = self._border = 0.0
        self._example: dict[str, Any] | None = None

    def add(self, shapes: tuple[Shape, ...], size: tuple[int, int]) -> None:
        """Count the shapes' pixels on a photo of (width, height), where they state how many they are."""
        for shape in shapes:
            if shape.stated_area is None or self._count >= AREAS:
                continue
            counted = counted_area(shape, size)
            self._count += 1
            self._stated += shape.stated_area
            self._counted += counted
            self._border += _length(shape) / 2 + 1
            if abs(shape.stated_area - counted) > max(1, counted / 100):
                self._differing += 1
                self._example = self._example or {
                    "where": shape.where,
                    "stated": round(shape.stated_area),
                    "counted": counted,
                }

    def as_json(self) -> dict[str, Any] | None:
        """None where the file states no areas."""
        if not self._count:
            return None
        excess = self._stated - self._counted
        return {
            "shapes": self._count,
            "differing": self._differing,
            "excess_ppm": round(1_000_000 * excess / max(self._counted, 1)),
            "like_cv2": bool(self._differing and 0.6 < excess / self._border < 1.4),
            "example": self._example,
        }


def _length(shape: Shape) -> float:
    """The outline's length in pixels."""
    rings = (np.array(ring, float).reshape(-1, 2) / SUBPIXEL for ring in shape.rings)
    return sum(float(np.hypot(*(ring - np.roll(ring, 1, 0)).T).sum()) for ring in rings)


def _as_sample(row: Row) -> dict[str, Any]:
    """A row that is shown: the photo, and its outlines in pixels of it, as many as can be drawn quickly."""
    if row.photo is None:
        raise ValueError("a photo that is not here cannot be shown")
    scale = [here / there for here, there in zip(row.photo.size, row.labels.size or row.photo.size, strict=True)]
    return {
        "image": row.photo.pk,
        "file_name": row.labels.file_name,
        "author": row.labels.author,
        "width": row.photo.size[0],
        "height": row.photo.size[1],
        "names": list(row.labels.names),
        "shapes": list(_as_drawn(row.labels.shapes, scale)),
        "is_cut_off": sum(len(ring) for shape in row.labels.shapes for ring in shape.rings) > SAMPLE_NUMBERS,
    }


def _as_drawn(shapes: tuple[Shape, ...], scale: list[float]) -> Iterator[dict[str, Any]]:
    left = SAMPLE_NUMBERS
    for shape in shapes:
        left -= sum(map(len, shape.rings))
        if left < 0:
            return
        rings = [[round(value * scale[i % 2] / SUBPIXEL, 2) for i, value in enumerate(ring)] for ring in shape.rings]
        yield {"names": list(shape.names), "rings": rings}


def propose(project: Project, report: dict[str, Any], scale: list[dict[str, Any]] | None) -> dict[str, Any]:
    """What the names mean that are the project's own words, or those of our exports; nothing else is guessed.

    Args:
        scale: the levels of a release, each with its `name` in it: those of the same scale are proposed by number, and
            of another scale none.
    """
    usual = meaning_of_exports([Level.from_project(level) for level in project.levels])
    levels = dict(usual.levels)
    if scale is not None:
        levels = {level["name"]: level["level"] for level in scale} if is_same_scale(scale, project.levels) else {}
    words = [each["name"] for each in report["shape_names"]]
    return {
        "levels": _known(words, levels),
        "kinds": _known(words, usual.kinds),
        "votes": _known([each["name"] for each in report["photo_names"]], usual.votes),
        "unlabelled": sorted(_known(words, dict.fromkeys(usual.unlabelled, True))),
    }


def _known(words: list[str], meanings: Mapping[str, Any]) -> dict[str, Any]:
    """The words that have a meaning, in any case."""
    folded = {name.casefold(): value for name, value in meanings.items()}
    return {word: folded[word.casefold()] for word in words if word.casefold() in folded}
