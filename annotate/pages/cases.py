"""The guide's teaching cases: sample photos with what is blurred outlined, in the project's own levels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

import annotate
from annotate.models import Project
from annotate.pages.ramp import ramp_stop

SAMPLE = Path(annotate.__file__).with_name("sample")
CASES: list[dict[str, Any]] = json.loads((SAMPLE / "cases.json").read_text())
PHOTOS: dict[str, dict[str, str]] = {photo["file"]: photo for photo in json.loads((SAMPLE / "photos.json").read_text())}

WORDS = {  # what the photo shows, why it is voted so, and what was done to it
    "none": (
        _("A pagoda above a lake, all of it sharp"),
        _("Everything is sharp. There is nothing to paint: give the whole photo level 0."),
        "",
    ),
    "good": (
        _("A sharp dahlia before leaves that are soft"),
        _("The blur serves the photo. The flower is sharp and the soft leaves let it stand out."),
        "",
    ),
    "ok": (
        _("An astronaut with a sharp face; the helmet in front of her is blurred"),
        _("A lesser part of the subject is blurred: the helmet, nearer to the lens. What matters, the face, is sharp."),
        _("The blur was added."),
    ),
    "bad": (
        _("The same astronaut, all of her blurred; flag and shuttle behind her are sharp"),
        _("The subject itself is blurred: the focus is on what is behind her. Movement and camera shake do the same."),
        _("The blur was added."),
    ),
}
LICENSES = {"CC0-1.0": "CC0", "CC-BY-2.0": "CC BY 2.0", "LicenseRef-PublicDomain": _("public domain")}


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the photo with one level; `path` is empty for the whole photo, which lies below."""

    level: int
    stop: int
    badge: tuple[int, int]
    path: str


@dataclass(frozen=True, slots=True)
class Case:
    """A photo, its blur map and the vote, with the reason in a sentence."""

    vote: str
    alt: str | Promise
    reason: str | Promise
    change: str | Promise
    size: tuple[int, int]
    areas: tuple[Area, ...]
    photo: dict[str, str]

    @property
    def picture(self) -> str:
        """The photo's file among the site's static ones."""
        return f"guide/{self.vote}.webp"

    @property
    def levels(self) -> list[int]:
        """The levels on the photo, the sharpest first."""
        return sorted({area.level for area in self.areas})

    @property
    def license(self) -> str | Promise:
        """The licence as people call it."""
        return LICENSES[self.photo["license"]]


def teaching_cases(project: Project) -> list[Case]:
    """The four votes, each with a photo whose blur is given in the project's levels."""
    return [
        Case(
            case["vote"],
            *WORDS[case["vote"]],
            size=case["size"],
            areas=tuple(
                area_of(project, region)
                for region in ({"sigma": case["base"], "badge": case["badge"]}, *case["regions"])
            ),
            photo=PHOTOS[case["file"]],
        )
        for case in CASES
    ]


def area_of(project: Project, region: dict[str, Any]) -> Area:
    """A region, whose blur is known in pixels, in the level that the project calls it."""
    level = level_of(project, region["sigma"])
    ring = region.get("ring", [])
    path = "M" + "L".join(f"{x} {y}" for x, y in zip(ring[::2], ring[1::2], strict=True)) + "Z" if ring else ""
    return Area(level, ramp_stop(level, project.level_count), region["badge"], path)


def level_of(project: Project, sigma: float) -> int:
    """The project's level for a blur of `sigma` pixels at a long side of 1024 px."""
    ends = [level["sigma_to"] for level in project.levels]
    return next(number for number, end in enumerate(ends) if end is None or sigma < end)
