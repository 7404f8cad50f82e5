"""What a release says of itself: its manifest, the people behind it, and the images it no longer has."""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from annotate.core.errors import InvalidRelease
from annotate.core.release.plain import Json, Plain
from annotate.core.release.verify_standalone import COLUMNS, HEX64, PSEUDONYM, VERSION

REFERENCE_LONG_SIDE_PX = 1024

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(Plain):
    """A level of blur: an interval of equivalent Gaussian sigma, in thousandths of a pixel at 1024 px long side."""

    level: int
    name: str
    amount_ppm: int
    sigma_from_milli: int
    sigma_to_milli: int | None
    sample_sigma_milli: int

    @classmethod
    def from_project(cls, raw: Mapping[str, Json]) -> Self:
        """A level as projects keep it: `sigma_from`, `sigma_to` and `sample_sigma` in pixels, as decimal numbers."""
        milli: dict[str, Json] = {
            f"{name}_milli": None if raw[name] is None else round(raw[name] * 1000)
            for name in ("sigma_from", "sigma_to", "sample_sigma")
        }
        return cls(level=raw["level"], name=raw["name"], amount_ppm=raw["amount_ppm"], **milli)

    def as_project(self) -> dict[str, Json]:
        """The inverse of `from_project`."""
        pixels = {
            name: None if (milli := getattr(self, f"{name}_milli")) is None else milli / 1000
            for name in ("sigma_from", "sigma_to", "sample_sigma")
        }
        return {"level": self.level, "name": self.name, "amount_ppm": self.amount_ppm, **pixels}

    def __post_init__(self) -> None:
        self.require(level=tuple(range(8)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous(Plain):
    """The release that this one follows."""

    version: str
    content_id: str

    def __post_init__(self) -> None:
        self.require(version=VERSION, content_id=HEX64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Plain):
    """What a release is, as its maker states it; the counts and the content_id are found while writing.

    Attributes:
        name: lower-case slug; the folder is ``smartblur-NAME-VERSION``.
        version: ``major.minor.patch``.
        title: what people call it.
        description: one paragraph of plain text for the card.
        created: time of the snapshot, ``2026-11-22T11:00:00Z``; never the time of writing.
        license: SPDX identifier of the labels and the collection; each photo has its own.
        licenses: SPDX identifiers that a photo may have.
        license_texts: the words of all LicenseRef- among these, each below its identifier.
        authors: who is to be cited: ``Family, Given``, or the one name of an organisation.
        levels: from level 0 up.
        guidelines: what annotators were told, Markdown.
        rules: how votes and maps were merged and splits drawn: names and integers, written to release.json as given.
        notes: what changed since the previous release, Markdown; goes to CHANGELOG.md.
        tool_version: of this software.
        previous: the release before, if any.
    """

    name: str
    version: str
    title: str
    description: str = ""
    created: str
    license: str
    licenses: tuple[str, ...]
    license_texts: str = ""
    authors: tuple[str, ...] = ()
    levels: tuple[Level, ...]
    guidelines: str = ""
    rules: Mapping[str, Json] = dataclasses.field(default_factory=dict)
    notes: str = ""
    tool_version: str = ""
    previous: Previous | None = None

    @property
    def folder_name(self) -> str:
        """The folder a release is handed out as."""
        return f"smartblur-{self.name}-{self.version}"

    @classmethod
    def from_json(cls, raw: object) -> Self:
        """The manifest that `as_json` came from, also before there were license_texts; raises InvalidRelease."""
        if not isinstance(raw, Mapping) or not isinstance(raw.get("levels"), list):
            raise InvalidRelease("A manifest is an object with a list of levels.", where="levels")
        levels = [Level.from_json(level) for level in raw["levels"]]
        previous = None if raw.get("previous") is None else Previous.from_json(raw["previous"])
        return super(Manifest, cls).from_json({"license_texts": "", **raw, "levels": levels, "previous": previous})

    def __post_init__(self) -> None:
        self.require(name=_SLUG, version=VERSION, created=_TIME, license=COLUMNS["license"])
        if not 2 <= len(self.levels) <= 8 or [level.level for level in self.levels] != list(range(len(self.levels))):
            raise InvalidRelease("List 2 to 8 levels, numbered from 0 up.", where="levels")
        for name in ("licenses", "authors"):
            if not all(type(value) is str for value in getattr(self, name)):
                raise InvalidRelease("List strings only.", where=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotator(Plain):
    """A person, as far as a release tells: a line of extras/annotators.csv. None where nothing is known yet."""

    annotator: str
    votes: int
    regions: int
    skill_ppm: int | None = None
    gold_ppm: int | None = None
    leniency_ppm: int | None = None

    def __post_init__(self) -> None:
        self.require(annotator=PSEUDONYM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(Plain):
    """An image that earlier releases held and that must not be used any more: a line of extras/withdrawn.csv."""

    key: str
    release: str
    reason: str = ""

    def __post_init__(self) -> None:
        self.require(key=COLUMNS["key"], release=VERSION)


def pseudonym(salt: str, prefix: str, *parts: object) -> str:
    """A name such as ``a-3f9c01d2b7aa`` that cannot be traced back without the salt.

    Use ("a", release name, version, user id) for annotators and ("p", photographer) for photographers.
    """
    text = "\x1f".join(str(part) for part in (prefix, *parts))
    return f"{prefix}-{hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest()[:12]}"
