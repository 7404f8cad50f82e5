"""A worker fixes what is in a release: its photos, their labels and what is known of both, as of one moment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from annotate import __version__
from annotate.core.errors import Conflict
from annotate.core.mapagreement import TOLERANCE_PX
from annotate.core.mapconsensus import WEIGHED_FROM, rule_for
from annotate.core.release import Level, Manifest, Previous, key_of
from annotate.core.splits import find_twins_apart
from annotate.models import Image, Project, Release
from annotate.services import audit
from annotate.services.agreement import consensus
from annotate.services.leases import Lease
from annotate.services.releasing import publication, splits
from annotate.services.releasing.snapshots import (
    Snapshot,
    agreed_images,
    first_releases,
    time_text,
    with_labels,
    withdrawn_since,
)
from annotate.services.releasing.tallies import Tally, skills_of

PAGE = 64
TWINS_TOLD = 200
FREEZE = """
INSERT INTO annotate_releaseitem (release_id, image_id, key, record, levels_png)
SELECT %s, image_id, key, record, levels_png
FROM unnest(%s::bigint[], %s::text[], %s::jsonb[]) AS item (image_id, key, record)
JOIN annotate_consensus USING (image_id)"""
FROZEN_PPM = 200_000  # of a release's progress: 2.5 s for 1,000 photos, which then take 10 s to be written


def freeze_release(release: Release, lease: Lease) -> None:
    """Fix the release's photos and labels as they are now: all of them, or none where the worker dies on the way.

    Items are written in a transaction that touches no other row, so that the heartbeat goes on. With the manifest they
    are fixed. An attempt that went on beside a later one writes none: either it sees that it is no longer its turn, or
    its items meet the other's, and each photo is in a release once.

    Raises:
        Conflict: no photo is agreed any more.
        LeaseLost: another attempt owns the release.
        Cancelled: a person asked to stop.
    """
    splits.assign_splits(release.project, release.licenses, release.shares, release.photos)
    with transaction.atomic():
        _take_snapshot()
        lease.check()
        release.items.all().delete()  # of an attempt that died before it could fix them
        fields = _freeze(release, lease)
    with transaction.atomic():
        lease.hold()
        Release.objects.filter(pk=release.pk).update(**fields)
        details = {"version": release.version, "images": fields["item_count"]}
        audit.record("release.frozen", release, by=release.cut_by, project=release.project_id, details=details)
    for name, value in fields.items():
        setattr(release, name, value)
    lease.extend(progress_ppm=FROZEN_PPM)


def _take_snapshot() -> None:
    """See the database as it is now until the transaction ends, whatever others write meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _freeze(release: Release, lease: Lease) -> dict[str, Any]:
    """Write the release's items; the columns of its row that fix them."""
    project = Project.objects.get(pk=release.project_id)
    images = agreed_images(project, release.licenses, release.photos).exclude(split="")
    count = images.count()
    if not count:
        raise Conflict("None of its photos is agreed any more.", code="nothing_agreed")
    snapshot = Snapshot(project.salt, release.name, release.version, __version__)
    tally, done = Tally(), 0
    for page in _pages(with_labels(images)):
        _freeze_items(release, snapshot, page, tally)
        done += len(page)
        lease.tell(progress_ppm=done * FROZEN_PPM // count)
    previous = project.releases.ready().filter(pk__lt=release.pk).order_by("-pk").first()
    manifest = {
        "manifest": _manifest(release, project, previous).as_json(),
        "annotators": [each.as_json() for each in tally.annotators(skills_of(project.pk, snapshot.person))],
        "agreement": tally.agreement(),
        "withdrawn": [image.as_json() for image in withdrawn_since(project.pk)],
    }
    apart = list(find_twins_apart(images.order_by("pk").values_list("dhash", "split", "pk").iterator()))
    near_duplicates = {"count": len(apart), "pairs": apart[:TWINS_TOLD]}
    return {"manifest": manifest, "item_count": done, "previous": previous, "near_duplicates": near_duplicates}


def _freeze_items(release: Release, snapshot: Snapshot, images: list[Image], tally: Tally) -> None:
    """Write an item for each image, and count what its people said; maps do not leave the database."""
    versions, records = first_releases(images), []
    for image in images:
        record = snapshot.item(image, added_in=versions.get(image.pk, release.version))
        tally.add(image.pk, record)
        records.append(json.dumps(record))
    pks, keys = [image.pk for image in images], [key_of(image.sha256) for image in images]
    with connection.cursor() as cursor:
        cursor.execute(FREEZE, [release.pk, pks, keys, records])


def _pages(images: QuerySet[Image]) -> Iterator[list[Image]]:
    """The images, a page at a time: memory stays the same whatever the size."""
    last = 0
    while page := list(images.filter(pk__gt=last).order_by("pk")[:PAGE]):
        yield page
        last = page[-1].pk


def _manifest(release: Release, project: Project, previous: Release | None) -> Manifest:
    (created,) = Release.objects.values_list(Now()).get(pk=release.pk)
    return Manifest(
        name=release.name,
        version=release.version,
        title=project.name,
        created=time_text(created),
        description=project.description,
        authors=tuple(publication.authors_of(project)),
        license=project.label_license,
        license_texts=project.license_texts,
        licenses=tuple(release.licenses),
        levels=tuple(Level.from_project(level) for level in project.levels),
        guidelines=project.guidelines,
        rules={
            "votes": {
                "method": "dawid-skene",
                "sure_ppm": consensus.SURE_PPM,
                "votes_wanted": project.votes_wanted,
                "votes_most": project.votes_most,
            },
            "levels": {
                "method": f"{rule_for(2)}, {rule_for(WEIGHED_FROM)} for an odd number from {WEIGHED_FROM} people on",
                "alike_ppm": project.alike_percent * consensus.PPM_OF_PERCENT,
                "tolerance_px": TOLERANCE_PX,
                "unsettled_ppm": consensus.UNSETTLED_PPM,
            },
            "splits": splits.rule_of(project, release.shares),
            **({"photos": {"query": release.photos}} if release.photos else {}),
        },
        notes=release.notes,
        tool_version=__version__,
        previous=previous and Previous(version=previous.version, content_id=previous.content_id),
    )
