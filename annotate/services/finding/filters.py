"""All that photos can be found and sorted by: one table, which pages, API, statistics and saved sets read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from django.db.models import Q
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from annotate.core.blurmap import MAX_LEVELS
from annotate.models import (
    Annotation,
    BatchPart,
    Desirability,
    Image,
    PhotoFacts,
    Project,
    ReleaseItem,
    Remark,
    Rework,
    User,
)
from annotate.services.finding import areas

PERCENT, THOUSANDTHS, MILLIONS = 10_000, 1_000, 1_000_000
SUBJECTS = (("sharp", _("Subject sharp")), ("partly", _("Subject partly blurred")), ("blurred", _("Subject blurred")))
SCENES = [
    (f"{word}-{level}", format_lazy(_("{subject}, background {level}"), subject=subject, level=level))
    for word, subject in SUBJECTS
    for level in range(MAX_LEVELS)
]


class Kind(StrEnum):
    """How a filter is asked: `low..high`, days likewise, one of some values, yes, words, or a polygon of an atlas."""

    RANGE = "range"
    DAYS = "days"
    CHOICE = "choice"
    FLAG = "flag"
    WORDS = "words"
    AREA = "area"


class Group(StrEnum):
    """Where a page shows it."""

    BLUR = "blur"
    JUDGEMENT = "judgement"
    PHOTO = "photo"
    WORK = "work"


@dataclass(frozen=True, slots=True)
class Filter:
    """One thing that photos are found by.

    Attributes:
        name: in the address.
        column: of `PhotoFacts`, which it compares; those that compare none say `where`.
        needs: what a member must be allowed to.
        index: the one that answers it, where there is one; else the project's facts are read.
        choices: its values with their words; empty where they are as the photos have them.
        scale: how many of the column's units are one of the address's.
        unit: of the address.
        longest: characters that a value may have.
    """

    name: str
    label: Any
    kind: Kind
    group: Group
    column: str = ""
    needs: str = "consensus.view"
    index: str = ""
    choices: Iterable[tuple[Any, Any]] = ()
    scale: int = 1
    unit: Any = ""
    longest: int = 300
    where: Callable[[Project, str], Q] | None = None

    @property
    def is_sort(self) -> bool:
        """Whether photos can be sorted by it."""
        return self.kind in (Kind.RANGE, Kind.DAYS)


def of_images(rows: Any) -> Q:
    """Facts of the images that these rows are of."""
    return Q(image__in=rows.values("image"))


def _named(project: Project, words: str) -> Q:
    return Q(image__in=Image.objects.filter(project=project, file_name__icontains=words).values("pk"))


def _remarked(kind: str) -> Callable[[Project, str], Q]:
    return lambda project, _: of_images(Remark.objects.filter(image__project=project, kind=kind, outcome=""))


def _in_batch(project: Project, batch: str) -> Q:
    return of_images(BatchPart.objects.filter(batch=batch, batch__project=project))


def _in_release(project: Project, release: str) -> Q:
    return of_images(ReleaseItem.objects.filter(release=release, release__project=project))


def _handed_in_by(project: Project, name: str) -> Q:
    done = {"layer": Annotation.Layer.PERSON, "state": Annotation.State.SUBMITTED}
    return of_images(Annotation.objects.filter(image__project=project, author__username=name, **done))


def _brought_in_by(project: Project, name: str) -> Q:
    person = list(User.objects.filter(username=name))  # known to the planner, whether they brought much or nothing
    return Q(image__in=Image.objects.filter(project=project, uploaded_by__in=person).values("pk"))


def _returned(project: Project, _: str) -> Q:
    return of_images(Rework.objects.filter(image__project=project))


def _shares() -> list[Filter]:
    return [
        Filter(
            f"level{level}",
            format_lazy(_("Share at level {level}"), level=level),
            Kind.RANGE,
            Group.BLUR,
            f"shares_ppm__{level}",
            index=f"facts_level{level}",
            scale=PERCENT,
            unit="%",
        )
        for level in range(MAX_LEVELS)
    ]


def _percent(name: str, label: Any, group: Group, column: str) -> Filter:
    return Filter(name, label, Kind.RANGE, group, column, index=f"facts_{column}", scale=PERCENT, unit="%")


_TABLE = (
    Filter("scene", _("Subject and background"), Kind.CHOICE, Group.BLUR, "scene", index="facts_scene", choices=SCENES),
    _percent("subject", _("Subject blurred"), Group.BLUR, "subject_ppm"),
    Filter("background", _("Background level"), Kind.CHOICE, Group.BLUR, "background"),
    Filter("largest", _("Largest level"), Kind.CHOICE, Group.BLUR, "largest"),
    *_shares(),
    Filter("kind", _("Kind of blur"), Kind.CHOICE, Group.BLUR, "kind", choices=PhotoFacts.Kind.choices),
    Filter(
        "sharpest",
        _("Blur at the sharpest place"),
        Kind.RANGE,
        Group.BLUR,
        "sharpest_mpx",
        needs="image.view",
        index="facts_sharpest_mpx",
        scale=THOUSANDTHS,
        unit="px",
    ),
    Filter("map", _("Map by"), Kind.CHOICE, Group.BLUR, "source", choices=PhotoFacts.Source.choices),
    Filter("verdict", _("Verdict"), Kind.CHOICE, Group.JUDGEMENT, "verdict", choices=Desirability.choices),
    _percent("sure", _("Probability of the verdict"), Group.JUDGEMENT, "verdict_ppm"),
    _percent("entropy", _("Openness of the verdict"), Group.JUDGEMENT, "entropy_ppm"),
    _percent("agreement", _("Agreement on the map"), Group.JUDGEMENT, "agreement_ppm"),
    _percent("map_apart", _("Model's map apart from people's"), Group.JUDGEMENT, "map_apart_ppm"),
    _percent("vote_apart", _("Model's verdict apart from people's"), Group.JUDGEMENT, "vote_apart_ppm"),
    Filter(
        "differing",
        _("People differ"),
        Kind.FLAG,
        Group.JUDGEMENT,
        index="facts_differing",
        where=lambda project, _: Q(is_differing=True, state__in=("labelled", "disputed", "agreed")),
    ),
    Filter(
        "desirability",
        _("Agreed as"),
        Kind.CHOICE,
        Group.JUDGEMENT,
        needs="image.view",
        choices=Desirability.choices,
        where=lambda project, word: Q(state=Image.State.AGREED, verdict=word),
    ),
    Filter("q", _("File name"), Kind.WORDS, Group.PHOTO, needs="image.view", where=_named),
    Filter(
        "sha256",
        "SHA-256",
        Kind.WORDS,
        Group.PHOTO,
        needs="image.view",
        index="image_once_per_project",
        where=lambda project, digest: Q(image__in=project.images.filter(sha256=digest).values("pk")),
    ),
    Filter(
        "size",
        _("Size"),
        Kind.RANGE,
        Group.PHOTO,
        "pixels",
        needs="image.view",
        index="facts_size",
        scale=MILLIONS,
        unit=_("megapixels"),
    ),
    Filter("camera", _("Camera"), Kind.CHOICE, Group.PHOTO, "camera", needs="image.view", index="facts_camera"),
    Filter(
        "taken", _("Date taken"), Kind.DAYS, Group.PHOTO, "captured_at", needs="image.view", index="facts_captured_at"
    ),
    Filter("added", _("Added"), Kind.DAYS, Group.PHOTO, "added_at", needs="image.view"),
    Filter("license", _("Licence"), Kind.CHOICE, Group.PHOTO, "license", needs="image.view"),
    Filter("album", _("Album"), Kind.CHOICE, Group.PHOTO, "album", needs="image.view"),
    Filter(
        "lasso",
        _("Lasso in the atlas"),
        Kind.AREA,
        Group.PHOTO,
        index="atlas_place_within",
        longest=areas.LONGEST,
        where=areas.inside,
    ),
    Filter("twins", _("Near-duplicates"), Kind.FLAG, Group.PHOTO, "has_twin", needs="image.view", index="facts_twins"),
    Filter("burst", _("Burst"), Kind.CHOICE, Group.PHOTO, "burst", needs="image.view", index="facts_burst"),
    Filter("state", _("State"), Kind.CHOICE, Group.WORK, "state", needs="image.view", choices=Image.State.choices),
    Filter("split", _("Split"), Kind.CHOICE, Group.WORK, "split", needs="image.view", choices=Image.Split.choices),
    Filter("release", _("In the release"), Kind.CHOICE, Group.WORK, needs="release.view", where=_in_release),
    Filter("batch", _("Batch"), Kind.CHOICE, Group.WORK, needs="image.view", where=_in_batch),
    Filter("annotator", _("Labelled by"), Kind.CHOICE, Group.WORK, needs="people.view", where=_handed_in_by),
    Filter("uploader", _("Brought in by"), Kind.CHOICE, Group.WORK, needs="people.name", where=_brought_in_by),
    Filter("gold", _("Test photos"), Kind.FLAG, Group.WORK, "is_gold", needs="image.curate", index="facts_gold"),
    Filter("returned", _("Sent back"), Kind.FLAG, Group.WORK, needs="image.curate", where=_returned),
    Filter("skipped", _("Skipped"), Kind.FLAG, Group.WORK, needs="image.curate", where=_remarked("skip")),
    Filter("noted", _("With notes"), Kind.FLAG, Group.WORK, needs="image.curate", where=_remarked("note")),
    Filter(
        "withdrawn",
        _("Withdrawn"),
        Kind.FLAG,
        Group.WORK,
        needs="image.view",
        index="image_withdrawn",
        where=lambda project, _: Q(is_withdrawn=True),
    ),
)
FILTERS: Mapping[str, Filter] = MappingProxyType({each.name: each for each in _TABLE})
SORTS: Mapping[str, Filter] = MappingProxyType({each.name: each for each in _TABLE if each.is_sort})
NUMBERED = ("release", "batch", "burst")  # their values are ids
