"""A release as a file of labels: what each of its people said of each of its photos."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotate.core.errors import InvalidDocument, InvalidRelease
from annotate.core.formats import InvalidLabels, Meaning, PhotoLabels, Shape, Understood, level_names
from annotate.core.regions import SUBPIXEL, Document, parse_document
from annotate.core.release import (
    Facts,
    Item,
    RegionsLine,
    ReleaseFolder,
    VoteLine,
    read_release,
    unpack_release,
    verify_release,
)

RELEASE = "smartblur"  # as formats are named; unlike the others it brings photos, too
ROLES = ("annotator", "adjudicator")


@dataclass(frozen=True, slots=True)
class Released:
    """How our own release says what one of its people said: nothing is drawn anew.

    Attributes:
        item: the photo, and what everybody said of it.
        level_names: of the release, from level 0 up.
        scale: its levels as projects keep them, with these names.
        line: what the person drew.
        vote: their word.
    """

    item: Item
    level_names: tuple[str, ...]
    scale: list[dict[str, Any]]
    line: RegionsLine | None
    vote: VoteLine | None

    def understand(self, labels: PhotoLabels, meaning: Meaning, *, level_count: int) -> Understood:
        """The document with its levels as the project has them, and the vote; raises InvalidLabels."""
        names = [name for shape in labels.shapes for name in shape.names]
        unmapped = [name for name in names if name not in meaning.levels and name not in meaning.kinds]
        unmapped += [name for name in labels.names if name not in meaning.votes]
        votes = [meaning.votes[name] for name in labels.names if name in meaning.votes]
        document = self._document(meaning, level_count, labels.where)
        return Understood(document, votes[0] if votes else None, tuple(unmapped), ())

    def _document(self, meaning: Meaning, level_count: int, where: str) -> Document | None:
        if self.line is None:
            return None
        regions = [
            {**region, "level": level, "kind": meaning.kinds.get(kind_name(region["kind"]), "unknown")}
            for region in self.line.regions
            if (level := meaning.levels.get(self.level_names[region["level"]])) is not None
        ]
        base = None if self.line.base is None else meaning.levels.get(self.level_names[self.line.base])
        if base is None and not regions:
            return None
        try:
            return parse_document({"base": base, "regions": regions}, level_count=level_count)
        except InvalidDocument as error:
            raise InvalidLabels(error.sentence, where=where, code=error.code, **error.values) from None


def kind_name(kind: str) -> str:
    """What a kind of blur is called among the words of a file."""
    return f"kind={kind}"


@contextmanager
def open_release(path: Path) -> Iterator[ReleaseFolder]:
    """The verified release in a folder or its zip file, for as long as it is needed.

    Raises:
        InvalidRelease: it is damaged or none at all.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = path
        if path.is_file():
            folder = Path(temporary, "release")
            unpack_release(path, folder)
        if faults := verify_release(folder, "full"):
            raise InvalidRelease(f"The release is damaged: {faults[0].detail}", where=faults[0].path)
        yield read_release(folder)


def read_released(release: ReleaseFolder) -> Iterator[tuple[PhotoLabels, Facts, Released]]:
    """What each person said of each photo, by key and pseudonym.

    A curator's decision is what that person said. Answers to test photos are left out: they tell of their author and
    nothing of the photo.
    """
    names = level_names(release.manifest.levels)
    scale = [level.as_project() | {"name": name} for level, name in zip(release.manifest.levels, names, strict=True)]
    for item in release.items():
        for author, line, vote in _people(item):
            yield _labels(item.facts, names, author, line, vote), item.facts, Released(item, names, scale, line, vote)


def _people(item: Item) -> Iterator[tuple[str, RegionsLine | None, VoteLine | None]]:
    drawn = {line.annotator: line for role in ROLES for line in item.annotations if line.role == role}
    voted = {vote.annotator: vote for vote in item.votes if not vote.is_gold}
    settled = {line.annotator for line in item.annotations if line.role == "adjudicator"}
    for author in sorted(drawn.keys() | voted.keys()):
        vote = voted.get(author)
        if author in settled:
            vote = VoteLine(annotator=author, vote=item.facts.desirability, saved=drawn[author].saved)
        yield author, drawn.get(author), vote


def _labels(
    facts: Facts, names: Sequence[str], author: str, line: RegionsLine | None, vote: VoteLine | None
) -> PhotoLabels:
    where = f"{facts.key} {author}"
    return PhotoLabels(
        file_name=facts.key,
        where=where,
        shapes=tuple(_shapes(facts, names, line, where)) if line else (),
        names=(vote.vote,) if vote else (),
        size=(facts.width, facts.height),
        author=author,
        says_where=line is not None,
    )


def _shapes(facts: Facts, names: Sequence[str], line: RegionsLine, where: str) -> Iterator[Shape]:
    try:
        document = parse_document(line.document, level_count=len(names))
    except InvalidDocument as error:
        raise InvalidRelease(error.detail, where=where) from None
    if document.base is not None:
        right, bottom = SUBPIXEL * facts.width, SUBPIXEL * facts.height
        yield Shape((names[document.base],), ((0, 0, right, 0, right, bottom, 0, bottom),), where)
    for region in document.painting_order():
        kinds = (kind_name(region.kind),) if region.kind != "unknown" else ()
        yield Shape((names[region.level], *kinds), region.rings, where)
