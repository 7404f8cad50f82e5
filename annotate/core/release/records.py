"""An image of a release: what is known of it, its line of metadata.jsonl, and the work its labels come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from annotate.core.errors import InvalidRelease
from annotate.core.release.plain import Json, Plain, as_json
from annotate.core.release.verify_standalone import DESIRABILITIES, HEX64, PSEUDONYM, key_of, misfit

EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp"}
PSEUDONYM_OR_NOBODY = re.compile(f"({PSEUDONYM.pattern})?")
MAY_BE_EMPTY = ("pre_model", "attribution", "source_url", "photographer")
ROLES = ("annotator", "adjudicator", "consensus", "model")


def undated(attribution: str) -> str:
    """The attribution as a release may hold it: one that is a date alone gets a full stop, so that it stays a text."""
    return f"{attribution}." if re.match(r"\d{4}-\d\d-\d\d([ T].*)?\Z", attribution, re.ASCII) else attribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(Plain):
    """What is known about an image before its bytes are read: columns of metadata.jsonl, and the file's format.

    `format` is jpeg, png or webp; the photo is upright, 8-bit grey or RGB, its colour profile in the file, and has no
    other metadata. Tuples of four follow none, good, ok, bad. `group` is the leakage group; it and
    `split` must be the same text in every release that the image is in. `level_agreement_ppm` is 1,000,000 where the
    map is one person's. `pre_model` is "" for a map that was not made from a model's. `photographer` is a pseudonym
    or "".
    """

    sha256: str
    source_sha256: str
    format: str
    width: int
    height: int
    split: str
    group: str
    desirability: str
    posterior_ppm: tuple[int, int, int, int]
    votes: tuple[int, int, int, int]
    decided_by: str
    level_agreement_ppm: int
    level_annotators: int
    pre_model: str = ""
    pre_kept_ppm: int = 0
    license: str
    attribution: str = ""
    source_url: str = ""
    photographer: str = ""
    added_in: str

    @property
    def key(self) -> str:
        """The image's name in every release, by the SHA-256 of its stored bytes: see `key_of`."""
        return key_of(self.sha256)

    def __post_init__(self) -> None:
        self.require(sha256=HEX64, format=tuple(EXTENSIONS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record(Plain):
    """A line of metadata.jsonl: `Facts` and what the bytes say. The columns are explained in docs/release-format.md."""

    file_name: str
    level_file_name: str
    key: str
    sha256: str
    source_sha256: str
    level_px_sha256: str
    split: str
    group: str
    width: int
    height: int
    bytes: int
    desirability: str
    desirability_code: int
    posterior_ppm: tuple[int, ...]
    votes: tuple[int, ...]
    decided_by: str
    level_px: tuple[int, ...]
    ignore_px: int
    has_blur: int
    level_agreement_ppm: int
    level_annotators: int
    pre_model: str
    pre_kept_ppm: int
    license: str
    attribution: str
    source_url: str
    photographer: str
    added_in: str

    @classmethod
    def of(
        cls, facts: Facts, *, byte_count: int, level_px: tuple[int, ...], ignore_px: int, level_px_sha256: str
    ) -> Record:
        """The record of an image whose bytes and level map were read.

        Raises:
            InvalidRelease: a column breaks the format; `where` is ``KEY.column``.
        """
        given = {name: getattr(facts, name) for name in Facts.names() if name in cls.names()}
        if facts.desirability not in DESIRABILITIES:
            raise InvalidRelease("Desirability is none, good, ok or bad.", where=f"{facts.key}.desirability")
        record = cls(
            **given,
            key=facts.key,
            file_name=f"images/{facts.key}.{EXTENSIONS[facts.format]}",
            level_file_name=f"levels/{facts.key}.png",
            bytes=byte_count,
            desirability_code=DESIRABILITIES.index(facts.desirability),
            level_px=level_px,
            ignore_px=ignore_px,
            has_blur=int(any(level_px[1:])),
            level_px_sha256=level_px_sha256,
        )
        return record.checked(len(level_px), facts.key)

    def checked(self, level_count: int, where: str) -> Record:
        """Itself, if every column is as the format says; else raises InvalidRelease at ``where.column``."""
        if wrong := misfit(self.as_json(), level_count):
            raise InvalidRelease(f"The column {wrong[0]} {wrong[1]}.", where=f"{where}.{wrong[0]}")
        return self

    @classmethod
    def index_columns(cls) -> tuple[str, ...]:
        """The columns that images.csv has too: all but texts that may be empty, which would read as unknown there."""
        return tuple(name for name in cls.names() if name not in MAY_BE_EMPTY)

    def as_written(self) -> dict[str, Json]:
        """The record as it stands in its release."""
        return self.as_json()

    def facts(self) -> Facts:
        """What the record was made of."""
        by_extension = {extension: name for name, extension in EXTENSIONS.items()}
        given = {name: getattr(self, name) for name in Facts.names() if name != "format"}
        return Facts(**given, format=by_extension[self.file_name.rpartition(".")[2]])


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionsLine(Plain):
    """One annotation: a line of extras/regions.jsonl, less its key.

    Attributes:
        annotation: its id, unique among the image's annotations.
        annotator: pseudonym; "" for the consensus and for a model.
        role: one of `ROLES`.
        based_on: what it started from, such as the name of a model version; "" for an empty canvas.
        started, saved: times of the first stroke and the last save.
        base, regions: the region document as saved.
    """

    annotation: str
    annotator: str = ""
    role: str
    based_on: str = ""
    started: str = ""
    saved: str = ""
    tool_version: str = ""
    base: int | None
    regions: tuple[Mapping[str, Json], ...]

    @property
    def document(self) -> dict[str, Json]:
        """The region document, ready for `parse_document`."""
        return {"base": self.base, "regions": list(self.regions)}

    def __post_init__(self) -> None:
        self.require(role=ROLES, annotator=PSEUDONYM_OR_NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteLine(Plain):
    """One person's vote: a line of extras/votes.csv, less its key."""

    annotator: str
    vote: str
    is_gold: int = 0
    elapsed_ms: int = 0
    saved: str = ""

    def __post_init__(self) -> None:
        self.require(annotator=PSEUDONYM, vote=DESIRABILITIES, is_gold=(0, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An image of a release with all that is known about it, and how to get its bytes when they are needed.

    Attributes:
        facts: the columns known beforehand.
        annotations: everybody's regions, and the consensus'; any order.
        votes: raw votes; any order.
        lineage: the steps from upload to consensus, in order; each an object with `step` and further fields. A step
            ``{"step": "consensus", "levels_method": "single" or one of `mapconsensus.RULES`, "levels_from": [...]}``
            with the ids of annotations, in the order they were merged, lets `verify_release(..., "deep")` make the
            level map again.
        load_image: the stored bytes, whose SHA-256 is `facts.sha256`; called once, from any thread.
        load_levels: the level PNG as `blurmap.encode_levels` makes it; called once, from any thread.
    """

    facts: Facts
    annotations: tuple[RegionsLine, ...] = ()
    votes: tuple[VoteLine, ...] = ()
    lineage: tuple[Mapping[str, Json], ...] = ()
    load_image: Callable[[], bytes]
    load_levels: Callable[[], bytes]

    def as_json(self) -> dict[str, Json]:
        """All but the bytes, to be frozen in a row."""
        return {name: as_json(getattr(self, name)) for name in ("facts", "annotations", "votes", "lineage")}

    @classmethod
    def from_json(
        cls, raw: Mapping[str, Json], *, load_image: Callable[[], bytes], load_levels: Callable[[], bytes]
    ) -> Item:
        """The item that `as_json` froze; raises InvalidRelease."""
        return cls(
            facts=Facts.from_json(raw["facts"]),
            annotations=tuple(RegionsLine.from_json(line) for line in raw["annotations"]),
            votes=tuple(VoteLine.from_json(line) for line in raw["votes"]),
            lineage=tuple(raw["lineage"]),
            load_image=load_image,
            load_levels=load_levels,
        )
