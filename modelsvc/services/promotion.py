"""Services of versions: registering one, promoting it and taking that back, putting it in shadow or away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.core.errors import Conflict
from annotate.models import Project, User
from annotate.services import audit
from modelsvc.models import ModelVersion
from modelsvc.services import checkpoints, evaluations, preannotation


def register_version(
    project: Project,
    *,
    name: str,
    architecture: str,
    checkpoint: str,
    weights_sha256: str,
    metrics: Mapping[str, Any],
    by: User,
    level_count: int = 4,
) -> ModelVersion:
    """The candidate for a checkpoint that no run of this project made, such as the one that ships."""
    version, is_new = ModelVersion.objects.get_or_create(
        project=project,
        name=name,
        defaults={
            "architecture": architecture,
            "checkpoint": checkpoint,
            "weights_sha256": weights_sha256,
            "level_count": level_count,
            "metrics": dict(metrics),
        },
    )
    if is_new:
        audit.record("version.register", version, by=by, project=project, details={"name": name})
    return version


def promote_version(version: ModelVersion, *, by: User) -> ModelVersion:
    """Make `version` the one that pre-annotates its project; the one before is archived. The caller wakes the sweep.

    A version that was in production before needs no comparison, and one that knows another number of levels has none.

    Raises:
        Conflict: its weights are not what they were, or nobody has compared it with the version it would replace.
    """
    stage = ModelVersion.Stage
    checkpoints.require_weights(version)
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=version.project_id)
        version.refresh_from_db()
        if version.stage == stage.PRODUCTION:
            return version
        before = ModelVersion.objects.in_production().filter(project=version.project_id).first()
        is_comparable = before and before.level_count == version.level_count and not version.promoted_at
        deltas = require_comparison(before, version) if before and is_comparable else None
        if before:
            ModelVersion.objects.filter(pk=before.pk).update(stage=stage.ARCHIVED)
        ModelVersion.objects.filter(pk=version.pk).update(stage=stage.PRODUCTION, promoted_at=Now(), replaced=before)
        for each in (before, version):
            if each:
                each.refresh_from_db()
                preannotation.follow_stage(each)
        details = {"replaced": [before.pk] if before else [], "differences": deltas}
        audit.record("version.promote", version, by=by, project=version.project_id, details=details)
    return version


def undo_promotion(version: ModelVersion, *, by: User) -> ModelVersion | None:
    """Put back what `version` took the place of, and return it, or None where that was nothing; wake the sweep after.

    Raises:
        Conflict: it is not in production any more, or the weights of the one before are not what they were.
    """
    stage = ModelVersion.Stage
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=version.project_id)
        version.refresh_from_db()
        if version.stage != stage.PRODUCTION:
            detail = _("It is not in production any more, so there is nothing to undo.")
            raise Conflict(detail, code="not_in_production")
        before = version.replaced
        if before:
            checkpoints.require_weights(before)
        ModelVersion.objects.filter(pk=version.pk).update(stage=stage.CANDIDATE)
        if before:
            ModelVersion.objects.filter(pk=before.pk).update(stage=stage.PRODUCTION, promoted_at=Now(), replaced=None)
        for each in (version, before):
            if each:
                each.refresh_from_db()
                preannotation.follow_stage(each)
        details = {"back_to": before and before.pk}
        audit.record("version.promote.undo", version, by=by, project=version.project_id, details=details)
    return before


def require_comparison(before: ModelVersion, version: ModelVersion) -> dict[str, dict[str, Any]] | None:
    """By how much `version` differs from the one in production on the same test photos; None where no release has any.

    Raises:
        Conflict: there are test photos, and not both versions were measured on the same ones.
    """
    found = evaluations.compare(before, version)
    if found is None and (release := evaluations.releases_with_test_photos(version.project_id).first()):
        sentence = _(
            "%(version)s and %(before)s, which is in production, were not measured on the same test photos. "
            "Measure both on %(release)s first; then promote."
        )
        said = {"version": str(version), "before": str(before), "release": str(release)}
        raise Conflict(sentence, code="not_compared", **said)
    return found


def set_stage(version: ModelVersion, stage: str, *, by: User) -> ModelVersion:
    """Let a version predict unseen (shadow), put it away (archived), or make it a candidate again.

    Raises:
        Conflict: it is in production: only another version takes its place.
    """
    with transaction.atomic():
        row = ModelVersion.objects.select_for_update().get(pk=version.pk)
        if row.stage == row.Stage.PRODUCTION:
            detail = _("It is in production. Promote another version, which takes its place.")
            raise Conflict(detail, code="in_production")
        if row.stage != stage:
            ModelVersion.objects.filter(pk=row.pk).update(stage=stage)
            details = {"from": row.stage, "to": stage}
            audit.record("version.stage", version, by=by, project=version.project_id, details=details)
            row.stage = stage
            preannotation.follow_stage(row)
    version.refresh_from_db()
    return version
