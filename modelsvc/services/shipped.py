"""The checkpoint that comes with the code, so that a project's first photo is already pre-annotated."""

from __future__ import annotations

import json
import shutil

from annotate import localcopy
from annotate.core.errors import SmartBlurError
from annotate.models import Project, User
from modelsvc.fusenet.config import SHIPPED
from modelsvc.models import ModelVersion
from modelsvc.services import checkpoints, promotion


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
        metrics=described["metrics"],
        by=by,
    )
    if not project.model_versions.in_production().exists():
        version = promotion.promote_version(version, by=by)
    return version
