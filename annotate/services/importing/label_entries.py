"""Labels of a file come into a project: a few photos at a time, each batch whole or not at all.

A person's work is never replaced and a photo that somebody works on now is left alone. What is in already is not
brought in twice, so that an import that was stopped goes on where it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_noop

from annotate.core.blurmap import shows_blur
from annotate.core.errors import Archived, SmartBlurError
from annotate.core.formats import InvalidLabels, Meaning, Understood
from annotate.models import Annotation, Assignment, Image, LabelImport, Project, User, Vote
from annotate.services import audit
from annotate.services.agreement import consensus
from annotate.services.importing.imports import bring_photo, take_facts, time_of
from annotate.services.importing.label_authors import Authors
from annotate.services.importing.label_photos import Photo, Photos
from annotate.services.importing.label_problems import Problems
from annotate.services.importing.label_rows import Row, Rows, open_rows
from annotate.services.leases import Lease

BATCH_PHOTOS = 50
BATCH_PIXELS = 60_000_000  # their maps are merged while the batch's photos are locked
PART_OF_WORK = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row comes to, ready to be stored."""

    photo: Photo
    author: User
    row: Row
    document: dict[str, Any] | None
    vote: str | None

    @property
    def key(self) -> tuple[int, int]:
        """The photo and the author."""
        return self.photo.pk, self.author.pk


class Batch:
    """The import of some rows, in one transaction."""

    def __init__(self, work: LabelImport, photos: Photos, authors: Authors, meaning: Meaning) -> None:
        """An empty one, going on with what was counted so far."""
        self.work, self.photos, self.authors, self.meaning = work, photos, authors, meaning
        self.counts = Counter(work.result.get("counts", {}))
        self.unmapped = Counter(work.result.get("unmapped", {}))
        self.problems = Problems(**work.result.get("problems", {}))

    def as_json(self) -> dict[str, Any]:
        """The result so far, as it is kept."""
        return {"counts": dict(self.counts), "unmapped": dict(self.unmapped), "problems": self.problems.as_json()}

    def bring(self, rows: Sequence[Row | InvalidLabels]) -> None:
        """Store what the rows come to and merge it with what is there."""
        entries = [entry for row in rows if (entry := self._entry(row))]
        images = self._locked({entry.photo.pk for entry in entries})
        entries = self._welcome(entries, images)
        self._store(entries)
        labelled = {entry.photo.pk for entry in entries}
        for image in images:
            if image.pk in labelled:
                consensus.merge_submitted(image)

    def _entry(self, row: Row | InvalidLabels) -> Entry | None:
        """What the row comes to; None where that is nothing, which is counted."""
        try:
            if isinstance(row, InvalidLabels):
                raise row
            photo = row.photo or self._photo_of(row)
            if photo.is_withdrawn:
                self.counts["withdrawn"] += 1
                return None
            understood = row.understand(self.meaning, photo.size, level_count=self.work.project.level_count)
            return self._checked(row, photo, understood)
        except SmartBlurError as refusal:
            if not refusal.where and isinstance(row, Row):
                refusal.where = row.labels.where
            self.problems.add(refusal)
            return None

    def _photo_of(self, row: Row) -> Photo:
        """The photo that comes with a release, brought in once."""
        item = row.released.item
        known = self.photos.find_released(item.facts)
        if known:
            return known
        image, is_new = bring_photo(item, self.work.project, by=self.work.started_by)
        if is_new:
            take_facts(image, item, label_import=self.work)
            self.counts["new_photos"] += 1
        image.refresh_from_db(fields=["width", "height", "sha256", "source_sha256", "file_name", "is_withdrawn"])
        return self.photos.add(image)

    def _checked(self, row: Row, photo: Photo, understood: Understood) -> Entry | None:
        """The entry, if it says something that is possible; raises SmartBlurError."""
        self.unmapped.update(understood.unmapped)
        for where in understood.conflicts:
            sentence = gettext_noop("These names mean several levels or votes.")
            self.problems.add(InvalidLabels(sentence, where=where, code="names_conflict"))
        vote = understood.vote
        if understood.document is not None:
            is_blurred = shows_blur(understood.document, photo.size)
            if vote is None and (default := self.work.mapping.get("vote_of_maps")):
                vote = default if is_blurred else "none"
            consensus.check_labels(vote or ("bad" if is_blurred else "none"), is_blurred)
        elif vote is None:
            self.counts["nothing"] += 1
            return None
        document = understood.document.as_json() if understood.document else None
        return Entry(photo, self.authors.of(row.labels.author), row, document, vote)

    def _locked(self, images: set[int]) -> list[Image]:
        """The images, nobody else's until the transaction ends, in the order in which all lock many."""
        rows = Image.objects.filter(pk__in=images).select_for_update(of=("self",), no_key=True).order_by("pk")
        return list(rows.select_related("project"))

    def _welcome(self, entries: list[Entry], images: list[Image]) -> list[Entry]:
        """The entries that come in: nobody has said anything in the author's name, and nobody is at the photo now."""
        pks = [image.pk for image in images]
        withdrawn = {image.pk for image in images if image.is_withdrawn}
        said = {"annotations": Annotation.objects.filter(image__in=pks), "votes": Vote.objects.filter(image__in=pks)}
        there: dict[tuple[int, int], int | None] = {}
        for rows in said.values():
            for image, author, of in rows.values_list("image", "author", "label_import"):
                there[image, author] = of if there.get((image, author), of) == of else None
        now = Assignment.objects.filter(image__in=pks, finished_at=None, lease_until__gt=Now())
        asked = Image.objects.filter(pk__in=pks, reworks__state="open")
        held = set(now.values_list("image", flat=True)) | set(asked.values_list("pk", flat=True))
        welcome: dict[tuple[int, int], Entry] = {}
        for entry in entries:
            if entry.photo.pk in withdrawn:
                self.counts["withdrawn"] += 1
            elif entry.key in welcome:
                sentence = gettext_noop("This was said before by the same author: only the first is taken.")
                self.problems.add(InvalidLabels(sentence, where=entry.row.labels.where, code="said_twice"))
            elif entry.key in there:
                self.counts["here_already" if there[entry.key] == self.work.pk else "kept"] += 1
            elif entry.photo.pk in held:
                self.counts["claimed"] += 1
            else:
                welcome[entry.key] = entry
        return list(welcome.values())

    def _store(self, entries: list[Entry]) -> None:
        """Write the rows: a map as if its author had submitted it, a vote without a map as one that stands alone."""
        now = timezone.now()
        drawn = [entry for entry in entries if entry.document is not None]
        voted = [entry for entry in entries if entry.vote]
        annotations = Annotation.objects.bulk_create(_annotation(entry, self.work, now) for entry in drawn)
        votes = Vote.objects.bulk_create(_vote(entry, self.work, now) for entry in voted)
        Assignment.objects.bulk_create(
            (Assignment(image_id=e.photo.pk, user=e.author, lease_until=now, finished_at=now) for e in drawn),
            ignore_conflicts=True,
        )
        about = {"by": self.work.started_by, "project": self.work.project_id, "details": {"label_import": self.work.pk}}
        audit.record_all(
            [
                *(audit.entry("annotation.imported", row, **about) for row in annotations),
                *(audit.entry("vote.imported", row, **about) for row in votes),
            ]
        )
        self.counts.update(maps=len(drawn), votes=len(voted))


def _annotation(entry: Entry, work: LabelImport, now: datetime) -> Annotation:
    line = entry.row.released.line if entry.row.released else None
    return Annotation(
        image_id=entry.photo.pk,
        author=entry.author,
        layer=Annotation.Layer.PERSON,
        state=Annotation.State.SUBMITTED,
        document=entry.document,
        revision=1,
        label_import=work,
        based_on_model=line.based_on if line else "",
        created_at=time_of(line.started) if line else now,
        updated_at=time_of(line.saved) if line else now,
        submitted_at=time_of(line.saved) if line else now,
    )


def _vote(entry: Entry, work: LabelImport, now: datetime) -> Vote:
    line = entry.row.released.vote if entry.row.released else None
    cast_at = time_of(line.saved) if line else now
    return Vote(
        image_id=entry.photo.pk,
        author=entry.author,
        desirability=entry.vote,
        elapsed_ms=line.elapsed_ms if line else 0,
        stands_alone=entry.document is None,
        label_import=work,
        created_at=cast_at,
        updated_at=cast_at,
    )


def apply_import(
    work: LabelImport, lease: Lease, on_rows: Callable[[int], object] = lambda count: None
) -> dict[str, Any]:
    """Bring in all that the mapping says, from the row on where the last attempt stopped; the fields of the result.

    Raises:
        Archived: the project was put away.
        SmartBlurError: the file cannot be read any more.
        LeaseLost: another attempt owns the import.
        Cancelled: a person asked to stop; what came in until then stays.
    """
    refuse_archived(work.project)
    photos = Photos(work.project)
    batch = Batch(work, photos, Authors(work), meaning_of(work))
    position, total = work.position, max(work.report.get("rows", 0), 1)
    on_rows(position)
    with open_rows(work, photos) as rows:
        for chunk in _chunks(islice(rows, position, None)):
            position += len(chunk)
            with transaction.atomic():
                batch.bring(chunk)
                done = min(PART_OF_WORK * position // total, PART_OF_WORK - 1)
                lease.extend(progress_ppm=done, position=position, result=batch.as_json())
            on_rows(len(chunk))
    of_maps, of_votes = (set(rows.values_list("image", flat=True)) for rows in (work.annotations, work.votes))
    batch.counts["photos"] = len(of_maps | of_votes)
    details = {"file_name": work.file_name, "format": work.format, **batch.counts}
    audit.record("labels.imported", work, by=work.started_by, project=work.project, details=details)
    return {"result": batch.as_json()}


def refuse_archived(project: Project) -> None:
    """Raise Archived where the project was put away, as the database knows it."""
    if Project.objects.filter(pk=project.pk, archived_at__isnull=False).exists():
        raise Archived


def meaning_of(work: LabelImport) -> Meaning:
    """What the file's names mean, as the curator chose."""
    chosen = work.mapping
    names = ("levels", "kinds", "votes", "rest", "takes_higher", "empty_is_labelled")
    return Meaning(unlabelled=frozenset(chosen["unlabelled"]), **{name: chosen[name] for name in names})


def _chunks(rows: Rows) -> Iterator[list[Row | InvalidLabels]]:
    """The rows, as many at once as are brought in together."""
    chunk: list[Row | InvalidLabels] = []
    pixels = 0
    for row in rows:
        chunk.append(row)
        if isinstance(row, Row):
            width, height = row.photo.size if row.photo else row.labels.size or (0, 0)
            pixels += width * height
        if len(chunk) >= BATCH_PHOTOS or pixels >= BATCH_PIXELS:
            yield chunk
            chunk, pixels = [], 0
    if chunk:
        yield chunk
