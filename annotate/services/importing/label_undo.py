"""An import taken back: exactly what it brought goes, but for what somebody has built on since, which is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet
from django.utils.translation import gettext_noop

from annotate.core.errors import Conflict
from annotate.models import Annotation, Assignment, Image, LabelImport, Rework, Vote
from annotate.services import audit
from annotate.services.agreement import consensus
from annotate.services.importing.label_entries import refuse_archived
from annotate.services.importing.label_problems import Problems
from annotate.services.leases import Lease

BATCH_PHOTOS = 50
STAYS = {
    "map": gettext_noop("The map of %(author)s was changed, sent back or copied since, so it stays."),
    "vote": gettext_noop("The vote of %(author)s was changed since, so it stays."),
    "photo": gettext_noop("This photo was labelled or released since, so it stays."),
}


def undo_import(work: LabelImport, lease: Lease) -> dict[str, Any]:
    """Take back what the import brought and nobody built on, a few photos at a time; the fields that say what went.

    Raises:
        Archived: the project was put away.
        LeaseLost: another attempt owns the import.
        Cancelled: a person asked to stop; what is gone by then stays gone.
    """
    refuse_archived(work.project)
    undo = Undo(work)
    labelled = set(work.annotations.values_list("image", flat=True)) | set(work.votes.values_list("image", flat=True))
    brought = list(work.images.order_by("pk").values_list("pk", flat=True))
    steps = [(undo.take_labels, sorted(labelled)), (undo.take_photos, brought)]
    done, total = 0, max(len(labelled) + len(brought), 1)
    for take, images in steps:
        for at in range(0, len(images), BATCH_PHOTOS):
            batch = images[at : at + BATCH_PHOTOS]
            done += len(batch)
            with transaction.atomic():
                take(batch)
                lease.extend(progress_ppm=min(999_999, 1_000_000 * done // total), undone=undo.as_json())
    audit.record("labels.undone", work, by=work.started_by, project=work.project, details=dict(undo.counts))
    return {"undone": undo.as_json()}


class Undo:
    """What was taken back so far, and what stays."""

    def __init__(self, work: LabelImport) -> None:
        """Going on with what was counted before."""
        self.work = work
        self.counts = Counter(work.undone.get("counts", {}))
        self.stays = Problems(**work.undone.get("stays", {}))

    def as_json(self) -> dict[str, Any]:
        """What is kept of it."""
        return {"counts": dict(self.counts), "stays": self.stays.as_json()}

    def take_labels(self, images: Sequence[int]) -> None:
        """Remove the maps and votes on these images, and merge anew what is left."""
        maps = list(_changed_maps(self.work.annotations.filter(image__in=images)))
        list(Image.objects.filter(pk__in=images).select_for_update(no_key=True).order_by("pk").only("pk"))
        votes = list(
            self.work.votes.filter(image__in=images).select_related("author", "image").select_for_update(of=("self",))
        )
        kept = {(each.image_id, each.author_id): "map" for each in maps if each.is_built_on}
        kept |= {
            key: "vote"
            for each in votes
            if (key := (each.image_id, each.author_id)) not in kept and each.updated_at != each.created_at
        }
        for each in {(row.image_id, row.author_id): row for row in (*maps, *votes)}.values():
            if why := kept.get((each.image_id, each.author_id)):
                self._stay(each, why)
        gone_maps = [each for each in maps if (each.image_id, each.author_id) not in kept]
        gone_votes = [each for each in votes if (each.image_id, each.author_id) not in kept]
        self._remove(gone_maps, gone_votes)
        for image in sorted({each.image_id for each in (*gone_maps, *gone_votes)}):
            consensus.update_consensus(image)

    def _remove(self, maps: Sequence[Annotation], votes: Sequence[Vote]) -> None:
        about = {"by": self.work.started_by, "project": self.work.project_id, "details": {"label_import": self.work.pk}}
        audit.record_all(
            [
                *(audit.entry("annotation.taken_back", each, **about) for each in maps),
                *(audit.entry("vote.taken_back", each, **about) for each in votes),
            ]
        )
        Annotation.objects.filter(pk__in=[each.pk for each in maps]).delete()
        Vote.objects.filter(pk__in=[each.pk for each in votes]).delete()
        given = Q(pk__in=())
        for each in maps:
            given |= Q(image=each.image_id, user=each.author_id)
        Assignment.objects.filter(given).delete()
        self.counts.update(maps=len(maps), votes=len(votes))

    def take_photos(self, images: Sequence[int]) -> None:
        """Remove the photos that the import brought, unless there is more to them by now than it brought."""
        rows = Image.objects.filter(pk__in=images).select_for_update(no_key=True, of=("self",)).order_by("pk")
        for image in rows.select_related("derivative"):
            if not (_is_used(image) or not self._removed(image)):
                self.counts["photos"] += 1
                continue
            self._stay(image, "photo")

    def _removed(self, image: Image) -> bool:
        """Whether the photo could be removed, its files with it once that is certain."""
        derivative = getattr(image, "derivative", None)
        files = [image.file, *((derivative.preview, derivative.sharpness) if derivative else ())]
        names = [file.name for file in files if file]
        details = {"sha256": image.sha256, "label_import": self.work.pk}
        try:
            with transaction.atomic():
                audit.record(
                    "image.taken_back", image, by=self.work.started_by, project=self.work.project, details=details
                )
                image.delete()
        except ProtectedError:
            return False
        transaction.on_commit(lambda: [default_storage.delete(name) for name in names])
        return True

    def _stay(self, row: Annotation | Vote | Image, why: str) -> None:
        image = row if isinstance(row, Image) else row.image
        values = {} if isinstance(row, Image) else {"author": row.author.username}
        self.stays.add(Conflict(STAYS[why], where=image.file_name, code=f"{why}_stays", **values))


def _changed_maps(maps: QuerySet[Annotation]) -> Iterator[Annotation]:
    """The maps, locked, each with whether somebody built on it: `is_built_on`."""
    copies = Annotation.objects.filter(copied_from=OuterRef("pk"))
    asked = Rework.objects.filter(annotation=OuterRef("pk"))
    is_changed = ~Q(revision=1) | ~Q(state=Annotation.State.SUBMITTED)
    rows = maps.annotate(is_built_on=Q(is_changed) | Exists(copies) | Exists(asked))
    rows = rows.select_related("author", "image").order_by("pk").select_for_update(of=("self",))
    return rows.iterator()


def _is_used(image: Image) -> bool:
    """Whether somebody labelled the photo, gave it to somebody or released it."""
    found = (image.annotations, image.votes, image.assignments, image.release_items, image.batches, image.remarks)
    return any(rows.exists() for rows in found)
