"""Rows of modelsvc for tests."""

from typing import Any

from annotate.models import Project, Release
from modelsvc import services
from modelsvc.models import ModelVersion, TrainingRun
from tests.factories import owner_of


def make_ready_release(project: Project, version: str = "1.0.0") -> Release:
    """A release row that says it is built; there is no folder behind it."""
    return Release.objects.create(
        project=project,
        name="test",
        version=version,
        licenses=["CC0-1.0"],
        manifest={},
        cut_by=owner_of(project),
        item_count=1,
        content_id=f"{version:0>64}",
        state=Release.State.DONE,
    )


def make_run(project: Project, release: Release | None = None, **parameters: Any) -> TrainingRun:
    """A queued run with the smoke preset."""
    release = release or make_ready_release(project)
    return services.start_run(release, preset="smoke", parameters=parameters, by=owner_of(project))


def make_version(project: Project, name: str = "abc-tiny run 1") -> ModelVersion:
    """A candidate that no run made."""
    return services.register_version(
        project,
        name=name,
        architecture="abc-tiny",
        checkpoint="nowhere",
        weights_sha256="0" * 64,
        metrics={},
        by=owner_of(project),
    )
