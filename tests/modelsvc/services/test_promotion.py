"""Versions measured on the same photos, promoted, rolled back, in shadow; weights that are not what they were."""

from pathlib import Path

import pytest
from django.conf import settings

from annotate.core.errors import Conflict
from annotate.models import AuditEntry, Image, Role
from annotate.services import leases, ranking
from annotate.services.queueing import queue
from annotate.services.ranking import plan_places
from modelsvc import tasks
from modelsvc.models import Evaluation, ModelVersion, PreannotationBatch
from modelsvc.services import preannotation, promotion
from tests.factories import client_of, make_image, make_member, make_project, owner_of
from tests.modelsvc.rows import add_test_photos, make_evaluation, make_ready_release, make_version
from tests.modelsvc.services.test_runs import PREDICTED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    for task in (tasks.train, tasks.sweep, tasks.evaluate):
        monkeypatch.setattr(task, "delay_on_commit", lambda: None)


@pytest.fixture
def rivals():
    """A version in production, a candidate, and a release with test photos."""
    project = make_project()
    release = make_ready_release(project)
    add_test_photos(release)
    old, new = make_version(project, "old"), make_version(project, "new")
    promotion.promote_version(old, by=owner_of(project))
    return old, new, release


def stages(project):
    return dict(project.model_versions.values_list("name", "stage"))


def test_a_version_without_metrics_on_the_same_photos_is_not_promoted(rivals):
    _, new, release = rivals
    make_evaluation(new, release, 0.9)
    answer = client_of(make_member(new.project, Role.RESEARCHER)).post(f"/api/models/{new.pk}/promote/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_compared")
    assert f"Measure both on {release} first" in answer.json()["detail"]
    assert stages(new.project) == {"old": "production", "new": "candidate"}
    assert AuditEntry.objects.filter(action="version.promote").count() == 1


def test_a_measured_version_is_promoted_with_the_difference_in_the_audit_row(rivals):
    old, new, release = rivals
    make_evaluation(old, release, 0.5)
    make_evaluation(new, release, 0.9)
    promotion.promote_version(new, by=owner_of(new.project))
    assert stages(new.project) == {"old": "archived", "new": "production"}
    said = AuditEntry.objects.filter(action="version.promote").latest("pk").details
    assert said["replaced"] == [old.pk]
    accuracy = said["differences"]["level_accuracy"]
    assert (accuracy["value"], accuracy["photos"], accuracy["is_better"]) == (pytest.approx(0.2), 4, False)


def test_a_promotion_is_taken_back_as_it_was(rivals):
    old, new, release = rivals
    make_evaluation(old, release, 0.5)
    make_evaluation(new, release, 0.9)
    promotion.promote_version(new, by=owner_of(new.project))
    assert promotion.undo_promotion(new, by=owner_of(new.project)) == old
    assert stages(new.project) == {"old": "production", "new": "candidate"}
    assert AuditEntry.objects.latest("pk").details == {"back_to": old.pk}
    with pytest.raises(Conflict) as twice:
        promotion.undo_promotion(new, by=owner_of(new.project))
    assert twice.value.code == "not_in_production"


def test_taking_back_the_first_promotion_leaves_none_in_production(rivals):
    old, _, _ = rivals
    assert promotion.undo_promotion(old, by=owner_of(old.project)) is None
    assert stages(old.project) == {"old": "candidate", "new": "candidate"}


def test_measured_on_other_photos_is_not_measured_on_the_same(rivals):
    old, new, release = rivals
    other = make_ready_release(new.project, "2.0.0")
    add_test_photos(other)
    make_evaluation(old, release, 0.5)
    make_evaluation(new, other, 0.9)
    with pytest.raises(Conflict, match="same test photos"):
        promotion.promote_version(new, by=owner_of(new.project))


def test_going_back_needs_no_comparison_and_twice_is_once(rivals):
    old, new, release = rivals
    make_evaluation(old, release, 0.5)
    make_evaluation(new, release, 0.9)
    for version in (new, old, old):
        promotion.promote_version(version, by=owner_of(new.project))
    assert stages(new.project) == {"old": "production", "new": "archived"}
    assert AuditEntry.objects.filter(action="version.promote").count() == 3


@pytest.mark.parametrize(("damage", "code"), [("other", "weights_changed"), (None, "weights_missing")])
def test_weights_that_are_not_what_was_registered_are_refused(rivals, damage, code):
    old, new, release = rivals
    make_evaluation(old, release, 0.5)
    make_evaluation(new, release, 0.9)
    weights = Path(settings.MODELS_ROOT) / new.checkpoint / "weights.safetensors"
    weights.write_text(damage) if damage else weights.unlink()
    with pytest.raises(Conflict) as refusal:
        promotion.promote_version(new, by=owner_of(new.project))
    assert (refusal.value.code, stages(new.project)["new"]) == (code, "candidate")


def test_an_evaluation_is_asked_for_once_and_again_where_it_failed(rivals):
    _, new, release = rivals
    client = client_of(make_member(new.project, Role.RESEARCHER))
    said = [client.post(f"/api/models/{new.pk}/evaluations/", {"release": release.pk}) for _ in range(2)]
    assert [(answer.status_code, answer.json()["state"]) for answer in said] == [(202, "queued")] * 2
    Evaluation.objects.update(state="failed", attempt=3, error="No memory.")
    again = client.post(f"/api/models/{new.pk}/evaluations/", {"release": release.pk}).json()
    assert (again["state"], again["error"], Evaluation.objects.get().attempt_limit) == ("queued", "", 6)
    assert AuditEntry.objects.filter(action="version.evaluate").count() == 2


def test_a_release_without_test_photos_measures_nothing(rivals):
    _, new, _ = rivals
    empty = make_ready_release(new.project, "2.0.0")
    answer = client_of(owner_of(new.project)).post(f"/api/models/{new.pk}/evaluations/", {"release": empty.pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "no_test_photos")


def test_a_version_in_shadow_predicts_and_nobody_sees_it_until_it_is_promoted(rivals):
    old, new, release = rivals
    image = make_image(new.project)
    promotion.set_stage(new, "shadow", by=owner_of(new.project))
    preannotation.look_around()
    for lease in (leases.claim_next(PreannotationBatch.objects.filter(version=version)) for version in (new, old)):
        preannotation.store_prediction(lease, image, **PREDICTED)
    assert image.preannotation.model_version == old.pk
    make_evaluation(old, release, 0.5)
    make_evaluation(new, release, 0.9)
    promotion.promote_version(new, by=owner_of(new.project))
    assert (preannotation.look_around(), preannotation.look_around()) == (1, 0)
    image.preannotation.refresh_from_db()
    assert image.preannotation.model_version == new.pk


def test_only_another_version_takes_the_place_of_the_one_in_production(rivals):
    old, new, _ = rivals
    client = client_of(owner_of(old.project))
    assert client.post(f"/api/models/{old.pk}/stage/", {"stage": "archived"}).json()["code"] == "in_production"
    assert client.post(f"/api/models/{new.pk}/stage/", {"stage": "production"}).status_code == 400
    assert client.post(f"/api/models/{new.pk}/stage/", {"stage": "archived"}).json()["stage"] == "archived"


def test_raised_photos_come_first_and_stay_there_when_the_queue_is_ranked():
    project = make_project()
    first, second, third = (make_image(project) for _ in range(3))
    queue.raise_images([third.pk, second.pk], project=project, by=owner_of(project))
    assert list(Image.objects.order_by("queue_rank").values_list("pk", flat=True)) == [third.pk, second.pk, first.pk]
    ranking._write(plan_places(project))
    assert list(Image.objects.order_by("queue_rank").values_list("pk", flat=True)) == [third.pk, second.pk, first.pk]


def test_a_version_of_another_number_of_levels_has_nothing_to_be_compared_with(rivals):
    old, new = rivals[:2]
    ModelVersion.objects.filter(pk=old.pk).update(level_count=3)
    promotion.promote_version(new, by=owner_of(new.project))
    new.refresh_from_db()
    assert new.stage == "production"
