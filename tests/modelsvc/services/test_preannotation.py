"""Which photos a sweep finds for a version: few at a time, all in the end, and each once."""

from importlib import import_module

import pytest
from django.db import connection

from annotate.core.levels import resized
from annotate.models import Image, Preannotation
from annotate.services import leases
from annotate.services.labelling.levels import calibrate_levels
from modelsvc.models import ModelVersion, PreannotationBatch
from modelsvc.services import preannotation, promotion
from tests.factories import make_image, make_project, owner_of
from tests.labels import claim, label
from tests.modelsvc.rows import make_version
from tests.modelsvc.services.test_runs import PREDICTED

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(monkeypatch):
    """A project with a version in production; its sweeps look at two photos."""
    monkeypatch.setattr(preannotation, "WINDOW", 2)
    project = make_project()
    promotion.promote_version(make_version(project), by=owner_of(project))
    return project


def sweep():
    """The photos that a sweep queues."""
    before = set(PreannotationBatch.objects.values_list("pk", flat=True))
    preannotation.look_around()
    batches = PreannotationBatch.objects.exclude(pk__in=before).order_by("pk")
    return [image for batch in batches for image in batch.image_ids]


def test_a_sweep_looks_at_a_few_photos_and_the_next_goes_on(project):
    images = [make_image(project).pk for _ in range(5)]
    assert [sweep() for _ in range(4)] == [images[:2], images[2:4], images[4:], []]


def test_new_photos_need_not_wait_until_the_turn_comes_round(project):
    for _ in range(5):
        make_image(project)
    for _ in range(4):  # once round, and on the way again
        sweep()
    new = make_image(project).pk
    assert sweep() == [new]


def test_a_photo_that_comes_back_is_found_when_the_turn_comes_round(project):
    images = [make_image(project) for _ in range(5)]
    Image.objects.filter(pk=images[1].pk).update(is_withdrawn=True)
    for _ in range(3):
        sweep()
    Image.objects.filter(pk=images[1].pk).update(is_withdrawn=False)
    assert sorted([image for _ in range(4) for image in sweep()]) == [images[1].pk]


def test_photos_in_two_states_are_all_found(project):
    images = [make_image(project) for _ in range(6)]
    Image.objects.filter(pk__in=[each.pk for each in images[::2]]).update(state="preannotated")
    assert sorted([image for _ in range(4) for image in sweep()]) == [each.pk for each in images]


def test_a_photo_is_tried_once_however_often_the_turn_comes_round(project):
    images = [make_image(project).pk for _ in range(3)]
    assert sorted([image for _ in range(6) for image in sweep()]) == images


def test_batches_are_as_even_as_can_be(project, monkeypatch):
    monkeypatch.setattr(preannotation, "WINDOW", 100)
    monkeypatch.setattr(preannotation, "BATCH_IMAGES", 4)
    for _ in range(9):
        make_image(project)
    preannotation.look_around()
    assert [len(batch.image_ids) for batch in PreannotationBatch.objects.order_by("pk")] == [3, 3, 3]


def test_what_a_version_thought_unseen_is_shown_a_part_at_a_sweep(project, monkeypatch):
    monkeypatch.setattr(preannotation, "WINDOW", 100)
    monkeypatch.setattr(preannotation, "SHOWN_AT_ONCE", 2)
    images = [make_image(project) for _ in range(3)]
    version = make_version(project, "second")
    for image in images:
        version.predictions.create(image=image, **PREDICTED)
    promotion.promote_version(version, by=owner_of(project))
    shown = Image.objects.filter(preannotation__model_version=version.pk)
    counts = []
    for _ in range(3):
        preannotation.look_around()
        counts.append(shown.count())
    assert counts == [2, 3, 3]


def test_a_version_that_predicts_no_longer_makes_way_and_goes_on_where_it_was(project):
    make_image(project)
    first, second = project.model_versions.get(), make_version(project, "second")
    sweep()
    promotion.promote_version(second, by=owner_of(project))
    assert leases.claim_next(PreannotationBatch.objects.all()) is None
    sweep()
    assert leases.claim_next(PreannotationBatch.objects.all()).work.version == second
    promotion.promote_version(first, by=owner_of(project))
    states = dict(PreannotationBatch.objects.values_list("version__name", "state"))
    assert states == {first.name: "queued", "second": "cancelling"}


def test_what_a_version_says_after_its_time_is_kept_and_not_shown(project):
    image = make_image(project)
    sweep()
    lease = leases.claim_next(PreannotationBatch.objects.select_related("version"))
    ModelVersion.objects.update(stage="archived")
    assert preannotation.store_prediction(lease, image, **PREDICTED) is True
    image.refresh_from_db()
    assert image.state == Image.State.NEW


def test_batches_of_before_are_known_by_their_images(project):
    image = make_image(project)
    version = project.model_versions.get()
    version.batches.create(image_ids=[image.pk], state="done")  # as the former release wrote it
    with connection.cursor() as cursor:
        cursor.execute(import_module("modelsvc.migrations.0006_windows_of_photos").FILL)
    assert preannotation.look_around() == 0


def test_what_was_made_for_another_number_of_levels_is_no_preannotation_any_more(project):
    image = make_image(project)
    version = project.model_versions.get()
    version.predictions.create(image=image, **PREDICTED | {"document": {"base": 3, "regions": []}})
    preannotation.look_around()
    assert image_state(image) == "preannotated"
    calibrate_levels(project, resized(project.levels, 3), by=owner_of(project))
    assert (image_state(image), Preannotation.objects.count()) == ("new", 0)
    assert (sweep(), image_state(image)) == ([], "new")
    submitted = label(claim(project, by=owner_of(project)), {"base": 2, "regions": []}, "bad")
    assert (submitted.state, submitted.kept_ppm) == ("submitted", None)


def test_with_its_own_number_of_levels_a_version_is_heard_again(project):
    image = make_image(project)
    project.model_versions.get().predictions.create(image=image, **PREDICTED)
    for count in (3, 4):
        project = calibrate_levels(project, resized(project.levels, count), by=owner_of(project))
        preannotation.look_around()
    assert image_state(image) == "preannotated"


def test_what_a_batch_says_after_the_number_of_levels_has_changed_is_not_shown(project):
    image = make_image(project)
    sweep()
    lease = leases.claim_next(PreannotationBatch.objects.select_related("version"))
    calibrate_levels(project, resized(project.levels, 5), by=owner_of(project))
    assert preannotation.store_prediction(lease, image, **PREDICTED) is True
    assert image_state(image) == "new"


def image_state(image) -> str:
    image.refresh_from_db()
    return image.state
