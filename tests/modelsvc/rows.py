"""Rows of modelsvc for tests."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from annotate.core.culling import SKETCH
from annotate.models import Image, Project, Release, ReleaseItem, User
from modelsvc.models import Evaluation, ModelVersion, TrainingRun, Trial
from modelsvc.services import evaluations, promotion, runs
from tests.factories import make_image, owner_of


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
    return runs.start_run(release, preset="smoke", parameters=parameters, by=owner_of(project))


def make_version(project: Project, name: str = "abc-tiny run 1") -> ModelVersion:
    """A candidate that no run made; its weights are a few bytes in the models folder."""
    weights = f"weights of {name}".encode()
    checkpoint = f"project-{project.pk}-{name.replace(' ', '-')}"
    folder = Path(settings.MODELS_ROOT) / checkpoint
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "weights.safetensors").write_bytes(weights)
    return promotion.register_version(
        project,
        name=name,
        architecture="abc-tiny",
        checkpoint=checkpoint,
        weights_sha256=sha256(weights).hexdigest(),
        metrics={},
        by=owner_of(project),
    )


def add_test_photos(release: Release, count: int = 4) -> list[Image]:
    """Photos of the release's test split."""
    images = [make_image(release.project, file_name=f"test-{number}.jpg") for number in range(count)]
    record = {"facts": {"split": "test", "desirability": "good"}}
    ReleaseItem.objects.bulk_create(
        ReleaseItem(release=release, image=image, key=image.sha256[:24], record=record, levels_png=b"")
        for image in images
    )
    return images


def make_evaluation(version: ModelVersion, release: Release, right: float) -> Evaluation:
    """A finished evaluation in which that share of each photo's pixels has the right level."""
    hits = round(100 * right)
    photos = [
        {
            "key": item.key,
            "confusion": [[hits, 100 - hits], [0, 100]],
            "error": float(100 - hits + number),
            "truth": 1,
            "probabilities": [0.0, right, 1 - right, 0.0],
        }
        for number, item in enumerate(evaluations.test_items(release).order_by("key"))
    ]
    row = evaluations.queue_evaluation(version, release, by=owner_of(version.project))
    Evaluation.objects.filter(pk=row.pk).update(state="done", **evaluations.results_of(photos))
    row.refresh_from_db()
    return row


def make_trial(project: Project, *, by: User) -> Trial:
    """A queued trial of a new version, of one photo without a file."""
    trial = Trial.objects.create(version=make_version(project, f"tried {Trial.objects.count()}"), by=by)
    trial.photos.create(number=0, file_name="photo.jpg")
    return trial


def make_shoot(version: ModelVersion, photos: Sequence[tuple[str, float, float]]) -> Trial:
    """A trial that is over, of one scene.

    Args:
        version: what looked.
        photos: name, seconds after the first, and blur of the subject in [0, 1] of each.
    """
    trial = Trial.objects.create(version=version, by=owner_of(version.project), state="done")
    cells = SKETCH * SKETCH
    for number, (name, after_s, blur) in enumerate(photos):
        maps = {"amount": bytes([round(255 * blur)]) * cells, "gaze": b"\xff" * cells, "content": b"\0\x3c" * 4}
        trial.photos.create(
            number=number,
            file_name=name,
            desirability="good",
            probabilities_ppm=[0, 1_000_000, 0, 0],
            blurred_ppm=600_000,
            subject_ppm=round(blur * 1_000_000),
            look={"background_blurred_ppm": 900_000} | {of: b64encode(map_).decode() for of, map_ in maps.items()},
            dhash=0x0F0F_3333_5555_00FF,
            camera="Canon EOS R6",
            captured_at=datetime(2026, 5, 1, 12, tzinfo=UTC) + timedelta(seconds=after_s),
        )
    return trial
