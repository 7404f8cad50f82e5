"""Services of measuring: versions on the test photos of releases, and what two versions have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, IntegerField, OuterRef
from django.db.models.expressions import Func
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict
from annotate.models import Release, ReleaseItem, User
from annotate.services import audit, leases
from modelsvc.models import Evaluation, ModelVersion
from modelsvc.services import comparison


def queue_evaluation(version: ModelVersion, release: Release, *, by: User) -> Evaluation:
    """What `version` is worth on the test photos of `release`, queued unless it is there; the caller wakes a worker.

    Raises:
        Conflict: the release is not ready, holds no test photos, or belongs to another project.
    """
    if release.project_id != version.project_id:
        raise Conflict(_("The release belongs to another project."), where="release")
    if release.state != Release.State.DONE:
        sentence = _("%(release)s is not ready yet.")
        raise Conflict(sentence, release=str(release), where="release", code="release_not_ready")
    if not test_items(release).exists():
        sentence = _("%(release)s holds no test photos, so nothing can be measured on it.")
        raise Conflict(sentence, release=str(release), where="release", code="no_test_photos")
    with transaction.atomic():
        row, is_new = Evaluation.objects.get_or_create(version=version, release=release, defaults={"asked_by": by})
        again = 0 if is_new else leases.allow_more_attempts(Evaluation.objects.filter(pk=row.pk), asked_by=by)
        if is_new or again:
            details = {"release": release.pk}
            audit.record("version.evaluate", version, by=by, project=version.project_id, details=details)
    row.refresh_from_db()
    return row


@transaction.atomic
def cancel_evaluation(row: Evaluation, *, by: User) -> None:
    """Stop a measuring that waits or is under way; what it had is not kept.

    Raises:
        Conflict: it is over already.
    """
    leases.request_cancel(row)
    details = {"release": row.release_id}
    audit.record("version.evaluate.cancel", row.version, by=by, project=row.version.project_id, details=details)


def test_items(release: Release) -> Any:
    """The release's items of the test split."""
    return release.items.filter(record__facts__split="test")


def releases_with_test_photos(project_id: int) -> Any:
    """The project's ready releases that versions can be measured on, newest first."""
    tested = ReleaseItem.objects.filter(record__facts__split="test").values("release")
    return Release.objects.ready().filter(project=project_id, pk__in=tested).order_by("-pk")


def have_test_photos(project_id: int) -> list[bool]:
    """Of each of the project's ready releases, whether versions can be measured on it."""
    tested = ReleaseItem.objects.filter(release=OuterRef("pk"), record__facts__split="test")
    return list(Release.objects.ready().filter(project=project_id).values_list(Exists(tested), flat=True))


def results_of(photos: list[Mapping[str, Any]]) -> dict[str, Any]:
    """What an evaluation keeps of the photos it looked at."""
    return {
        "photos": sorted(photos, key=lambda photo: photo["key"]),
        "metrics": comparison.with_intervals(photos),
        "slices": comparison.slices(photos),
    }


def shared_evaluations(versions: list[ModelVersion]) -> dict[str, dict[int, Evaluation]]:
    """content_id -> version -> its finished evaluation, for test photos that all of the versions were measured on."""
    done = Evaluation.objects.filter(version__in=versions, state=Evaluation.State.DONE).select_related("release")
    found: dict[str, dict[int, Evaluation]] = {}
    for row in done.order_by("pk"):
        found.setdefault(row.release.content_id, {})[row.version_id] = row
    return {content: rows for content, rows in found.items() if len(rows) == len(versions)}


def on_one_set(versions: list[ModelVersion]) -> tuple[Release | None, dict[int, Evaluation]]:
    """The release whose test photos most of the versions were measured on, the newest of several, and what came of it.

    Figures of other photos are not comparable, so they are left out. Each evaluation has its `photo_count`.
    """
    size = Func(F("photos"), function="jsonb_array_length", output_field=IntegerField())
    done = Evaluation.objects.filter(version__in=versions, state=Evaluation.State.DONE).annotate(photo_count=size)
    found: dict[str, dict[int, Evaluation]] = {}
    for row in done.defer("photos").select_related("release").order_by("pk"):
        found.setdefault(row.release.content_id, {})[row.version_id] = row
    if not found:
        return None, {}
    rows = max(found.values(), key=lambda rows: (len(rows), max(row.release_id for row in rows.values())))
    return max((row.release for row in rows.values()), key=lambda release: release.pk), rows


def compare(before: ModelVersion, after: ModelVersion) -> dict[str, dict[str, Any]] | None:
    """By how much `after` differs from `before` on the newest test photos that both were measured on, else None."""
    shared = shared_evaluations([before, after])
    if not shared:
        return None
    rows = max(shared.values(), key=lambda rows: rows[after.pk].release_id)
    return comparison.difference(rows[before.pk].photos, rows[after.pk].photos)


def pictures_name(evaluation: Evaluation) -> str:
    """What the folder of the present attempt's blur maps, one a photo, is called on the models' shelf."""
    return f"evaluation-{evaluation.pk}/attempt-{evaluation.attempt}"
