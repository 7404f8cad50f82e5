"""What a version's maps were worth: counted from real work on real rows."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.core.chance import draw
from annotate.models import Annotation, Image, Preannotation, Role
from annotate.services.labelling.preannotations import is_hidden, save_preannotation
from modelsvc.models import PreannotationBatch, Prediction
from modelsvc.services import promotion, usefulness
from modelsvc.services.usefulness import Usefulness, measure_versions
from tests.factories import client_of, make_image, make_member, make_project, make_user, owner_of
from tests.modelsvc.rows import make_version

pytestmark = pytest.mark.django_db

MAP = {"document": {"base": 0, "regions": []}, "probabilities_ppm": [1_000_000, 0, 0, 0], "uncertainty_ppm": 0}


def make_work(version, *, kept_ppm=None, active_ms=1_000, is_hidden=False, is_late=False, saw_model=True):
    """A submitted annotation of a photo that the version has looked at."""
    project = version.project
    image = make_image(project)
    Prediction.objects.create(version=version, image=image, elapsed_ms=1, **MAP)
    shown = {"model_name": version.name, "model_version": version.pk, "weights_sha256": version.weights_sha256}
    map_ = Preannotation.objects.create(image=image, is_hidden=is_hidden, **MAP, **shown)
    return Annotation.objects.create(
        image=image,
        author=owner_of(project),
        document=MAP["document"],
        revision=1,
        state="submitted",
        active_ms=active_ms,
        kept_ppm=kept_ppm,
        saw_model=saw_model,
        based_on=None if kept_ppm is None else map_,
        created_at=timezone.now() + timedelta(hours=-1 if is_late else 1),
    )


def test_kept_edited_and_rejected_are_told_apart_and_the_kept_share_is_the_mean():
    version = make_version(make_project())
    for kept_ppm in (1_000_000, 990_000, 989_999, 500_000, None):
        make_work(version, kept_ppm=kept_ppm)
    make_work(version, saw_model=False)
    found = measure_versions(version.project)[version.pk]
    assert (found.predicted, found.kept, found.edited, found.rejected) == (6, 2, 2, 1)
    assert found.kept_ppm == 870_000


def test_time_saved_compares_the_medians_once_enough_is_done():
    version = make_version(make_project())
    for number in range(usefulness.ENOUGH):
        make_work(version, kept_ppm=1_000_000, active_ms=6_000 + number % 2)
        assert measure_versions(version.project)[version.pk].saved_ppm is None
        make_work(version, active_ms=20_000, is_hidden=True)
    found = measure_versions(version.project)[version.pk]
    assert (found.shown, found.hidden, found.shown_ms, found.hidden_ms) == (10, 10, 6_000, 20_000)
    assert found.saved_ppm == pytest.approx(700_000, abs=50)
    assert (found.kept, found.rejected) == (10, 0)


def test_work_begun_before_the_map_came_says_nothing_of_the_map():
    version = make_version(make_project())
    make_work(version, is_late=True)
    assert measure_versions(version.project)[version.pk] == Usefulness(predicted=1)


def test_only_the_version_in_production_has_photos_waiting():
    project = make_project()
    make_image(project)
    first, second = make_version(project, "first"), make_version(project, "second")
    promotion.promote_version(second, by=owner_of(project))
    assert {pk: each.pending for pk, each in measure_versions(project).items()} == {second.pk: 1}
    assert first.pk not in measure_versions(project)


def test_a_held_back_map_is_shown_to_nobody_and_counts_as_nobodys_start():
    project = make_project(hidden_percent=100)
    image = make_image(project)
    save_preannotation(image, model_name="m", model_version=1, weights_sha256="0" * 64, **MAP)
    image = Image.objects.get(pk=image.pk)
    assert (image.preannotation.is_hidden, image.shown_preannotation) == (True, None)
    person = make_member(project)
    task = client_of(person).post(f"/api/projects/{project.pk}/next/").json()
    assert (task["image"]["id"], task["prediction"]) == (image.pk, None)
    owner = client_of(owner_of(project))
    assert owner.get(f"/projects/{project.pk}/photos/{image.pk}/model.png").status_code in (302, 404)


def test_the_share_is_drawn_by_photo_and_stays_the_same():
    project = make_project(hidden_percent=10)
    project.salt = "0" * 32  # of another, now and then, the share is far off
    images = [Image(pk=number, project=project) for number in range(1, 2_001)]
    hidden = [is_hidden(image) for image in images]
    assert sum(hidden) == pytest.approx(200, abs=45)
    assert hidden == [is_hidden(image) for image in images]
    assert hidden[0] == (draw(project.salt, "hidden", 1) < 0.1)


def test_the_progress_counts_the_photos_of_all_batches():
    project = make_project()
    version = make_version(project)
    PreannotationBatch.objects.create(version=version, image_ids=[1, 2, 3, 4], state="done")
    PreannotationBatch.objects.create(version=version, image_ids=[5, 6, 7, 8], state="running", progress_ppm=500_000)
    Prediction.objects.create(version=version, image=make_image(project), elapsed_ms=1, **MAP)
    said = usefulness.describe_progress(version)
    assert (said["state"], said["progress"], said["error"]) == ("running", 0.75, "")
    assert said["note"].startswith("6 of 8 photos, ")
    PreannotationBatch.objects.update(state="done")
    assert usefulness.describe_progress(version) == {
        "state": "done",
        "progress": 1.0,
        "note": "8 of 8 photos",
        "error": "",
        "waits_for": "",
    }


def test_a_version_just_promoted_is_queued_until_every_photo_has_its_map():
    version = make_version(make_project())
    image = make_image(version.project)
    promotion.promote_version(version, by=owner_of(version.project))
    version.refresh_from_db()
    said = [usefulness.describe_progress(version)["state"]]
    Prediction.objects.create(version=version, image=image, elapsed_ms=1, **MAP)
    assert [*said, usefulness.describe_progress(version)["state"]] == ["queued", "done"]


def test_the_progress_is_polled_with_few_queries_and_not_sent_twice(django_assert_max_num_queries):
    version = make_version(make_project())
    client = client_of(make_member(version.project, Role.RESEARCHER))
    path = f"/api/models/{version.pk}/preannotation/"
    with django_assert_max_num_queries(6):
        answer = client.get(path)
    assert answer.json()["state"] == "done"
    assert client.get(path, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert client_of(make_user()).get(path).status_code == 404
