"""The atlas of the version in production is drawn by a worker, outlives it, and follows photos and promotions."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from annotate.models import Atlas, Image, LeasedWork
from annotate.services import leases
from modelsvc.models import AtlasDrawing, ModelVersion, Prediction
from modelsvc.processes import cartographer
from modelsvc.services import atlases
from tests.factories import make_image, make_project
from tests.modelsvc.rows import make_version

pytestmark = pytest.mark.django_db
LONG_AGO = timezone.now() - timedelta(hours=2)


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> None:
    settings.MODELS_ROOT = tmp_path


@pytest.fixture
def version() -> ModelVersion:
    version = make_version(make_project())
    ModelVersion.objects.filter(pk=version.pk).update(stage="production")
    return version


def add(version: ModelVersion, groups: list[int]) -> list[int]:
    """Photos of what a group shows, seen by the version some hours ago; their ids."""
    first = make_image(version.project)
    fields = {each.attname: getattr(first, each.attname) for each in Image._meta.concrete_fields if each.name != "id"}
    rows = [Image(**fields | {"sha256": f"{first.pk:032}{n:032}"}) for n in range(len(groups) - 1)]
    images = [first, *Image.objects.bulk_create(rows)]
    random = np.random.default_rng(first.pk)
    Prediction.objects.bulk_create(
        Prediction(
            version=version,
            image=image,
            document={},
            probabilities_ppm=[1_000_000, 0, 0, 0],
            uncertainty_ppm=0,
            content=(np.eye(16)[group] + random.normal(0, 0.05, 16)).astype(np.float16).tobytes(),
            elapsed_ms=1,
        )
        for image, group in zip(images, groups, strict=True)
    )
    Prediction.objects.filter(version=version).update(created_at=LONG_AGO)
    return [image.pk for image in images]


def work_off() -> int:
    return leases.work_off(AtlasDrawing.objects.select_related("version__project"), cartographer.draw)


def rest() -> None:
    AtlasDrawing.objects.update(finished_at=LONG_AGO)


def places(atlas: Atlas) -> dict[int, np.ndarray]:
    return {image: np.array([x, y]) for image, x, y in atlas.places.values_list("image", "x", "y")}


def test_an_atlas_is_drawn_gone_on_with_and_drawn_anew(version):
    groups = [0, 1, 2] * 10
    assert atlases.look_around() == 0
    assert not AtlasDrawing.objects.exists()
    ids = add(version, groups)
    atlases.look_around()
    assert work_off() == 1
    drawn = Atlas.objects.get()
    first = places(drawn)
    assert (sorted(first), drawn.photo_count, drawn.model_version) == (ids, 30, version.pk)
    middles = [np.mean([first[pk] for pk, group in zip(ids, groups, strict=True) if group == g], 0) for g in range(3)]
    rest()
    assert atlases.look_around() == 0  # nothing is new

    late = add(version, [2] * 5)
    assert atlases.look_around() == 1
    assert work_off() == 1
    later = places(Atlas.objects.get())
    assert {pk: tuple(later[pk]) for pk in ids} == {pk: tuple(first[pk]) for pk in ids}
    nearest = [int(np.argmin([np.linalg.norm(later[pk] - middle) for middle in middles])) for pk in late]
    assert nearest == [2] * 5

    rest()
    add(version, groups)  # more than twice the photos that it was drawn of
    atlases.look_around()
    work_off()
    assert Atlas.objects.shown().get().photo_count == 65
    assert Atlas.objects.count() == 2


def test_a_worker_that_dies_leaves_nothing_half_done_and_another_takes_over(version, tmp_path):
    add(version, [0, 1] * 10)
    atlases.look_around()
    lost = leases.claim_next(AtlasDrawing.objects.all())
    sheet = atlases.read_sheet(lost.work, tmp_path / "sheet")
    AtlasDrawing.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert leases.sweep(AtlasDrawing.objects.all())
    assert work_off() == 1
    with pytest.raises(leases.LeaseLost):  # it was only slow, and comes too late
        atlases.keep_drawing(lost, sheet, np.zeros((20, 2)))
    assert Atlas.objects.get().photo_count == 20
    assert AtlasDrawing.objects.get().state == LeasedWork.State.DONE


def test_a_promotion_brings_another_atlas_and_its_undo_the_old_one(version):
    ids = add(version, [0, 1] * 10)
    atlases.look_around()
    work_off()
    other = make_version(version.project, "better")
    Prediction.objects.bulk_create(
        Prediction(
            version=other,
            image_id=pk,
            document={},
            probabilities_ppm=[1_000_000, 0, 0, 0],
            uncertainty_ppm=0,
            content=np.eye(16)[pk % 2].astype(np.float16).tobytes(),
            elapsed_ms=1,
            created_at=LONG_AGO,
        )
        for pk in ids
    )
    ModelVersion.objects.update(stage="candidate")
    ModelVersion.objects.filter(pk=other.pk).update(stage="production")
    atlases.look_around()
    assert Atlas.objects.shown().get().model_version == version.pk  # until the new one is there
    work_off()
    assert Atlas.objects.shown().get().model_version == other.pk
    ModelVersion.objects.update(stage="candidate")
    ModelVersion.objects.filter(pk=version.pk).update(stage="production")
    rest()
    assert atlases.look_around() == 0
    assert Atlas.objects.shown().get().model_version == version.pk
