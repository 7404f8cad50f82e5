"""A network for a project that has none: the one that comes with the code, or one of another project."""

from __future__ import annotations

import json
import shutil

from django.db import models
from django.utils.translation import gettext as _

from annotate import localcopy
from annotate.core.errors import SmartBlurError
from annotate.models import Project, Role, User
from annotate.permissions import allows, with_role
from modelsvc.fusenet.config import SHIPPED
from modelsvc.models import ModelVersion
from modelsvc.services import checkpoints, promotion

NOTHING, SHIPPED_ONE = "none", "shipped"  # what may stand for a version's id


def versions_of(user: User) -> models.QuerySet[ModelVersion]:
    """The versions that the user may give to another project: those of projects where they may promote."""
    rows = with_role(ModelVersion.objects.visible_to(user).select_related("project"), user)
    roles = [role for role in Role.values if allows(role, "model.promote")]
    return rows.filter(my_role__in=roles).order_by("project__name", "-pk")


def adopt(choice: str, project: Project, *, by: User) -> ModelVersion | None:
    """The chosen network as a version of the project, in production unless another is; None where none was chosen.

    Args:
        choice: NOTHING, SHIPPED_ONE, or the id of one of `versions_of(by)`.

    Raises:
        SmartBlurError: no checkpoint came with this code, or the version is none of the person's.
        Conflict: the version's weights are not what they were.
    """
    if choice == NOTHING:
        return None
    if choice == SHIPPED_ONE:
        return adopt_shipped(project, by=by)
    source = versions_of(by).filter(pk=choice).first() if choice.isdecimal() else None
    if source is None:
        raise SmartBlurError(_("There is no such version of yours."), code="unknown_version", where="network")
    checkpoints.require_weights(source)
    version = promotion.register_version(
        project,
        name=f"{source.name} of {source.project.name}"[:120],
        architecture=source.architecture,
        checkpoint=source.checkpoint,
        weights_sha256=source.weights_sha256,
        level_count=source.level_count,
        metrics=source.metrics,
        by=by,
    )
    return put_in_production(version, by=by)


def put_in_production(version: ModelVersion, *, by: User) -> ModelVersion:
    """Promote the version unless the project has one in production."""
    if version.project.model_versions.in_production().exists():
        return version
    return promotion.promote_version(version, by=by)


def adopt_shipped(project: Project, *, by: User) -> ModelVersion:
    """The shipped checkpoint as a version of the project, in production unless another version is.

    It is copied to the models folder, so that an upgrade of the code changes no version.

    Raises:
        SmartBlurError: no checkpoint came with this code.
    """
    try:
        described = json.loads((SHIPPED / "checkpoint.json").read_text())
    except FileNotFoundError:
        detail = "No checkpoint came with this code. Train one: docs/retraining.md says how."
        raise SmartBlurError(detail, where=str(SHIPPED.name), code="nothing_shipped") from None
    digest = described["weights_sha256"]
    folder = localcopy.place(checkpoints.SHELF, f"shipped-{digest[:12]}")
    if not folder.exists():
        partial = folder.with_name(f"{folder.name}.partial")
        shutil.copytree(SHIPPED, partial, dirs_exist_ok=True)
        partial.rename(folder)
    if not localcopy.is_stored(checkpoints.SHELF, folder.name):
        localcopy.send(checkpoints.SHELF, folder.name)
    version = promotion.register_version(
        project,
        name=f"{described['model']['name']} shipped {digest[:6]}",
        architecture=described["model"]["name"],
        checkpoint=folder.name,
        weights_sha256=digest,
        level_count=described["model"]["levels"],
        metrics=described["metrics"],
        by=by,
    )
    return put_in_production(version, by=by)
