"""Runs, versions and pre-annotation as rows."""

import pytest

from annotate.core.errors import Conflict
from annotate.models import AuditEntry, Image, Release
from annotate.services import leases
from modelsvc.fusenet.config import InvalidConfig
from modelsvc.models import ModelVersion, PreannotationBatch, Prediction, TrainingRun
from modelsvc.services import preannotation, promotion, runs
from tests.factories import make_image, make_project, owner_of
from tests.modelsvc.rows import make_ready_release, make_run, make_version

pytestmark = pytest.mark.django_db

PREDICTED = {
    "document": {"base": 2, "regions": []},
    "probabilities_ppm": [0, 250_000, 250_000, 500_000],
    "uncertainty_ppm": 10,
    "content": b"\0<\0@",
    "elapsed_ms": 7,
}


def test_a_run_freezes_every_parameter_of_its_preset():
    run = make_run(make_project(), epochs=3)
    assert (run.state, run.epochs, run.config["epochs"], run.config["model"]) == ("queued", 3, 3, "abc-tiny")


def test_equal_runs_have_equal_hashes_and_another_seed_another():
    project = make_project()
    release = make_ready_release(project)
    assert make_run(project, release).run_hash == make_run(project, release).run_hash
    assert make_run(project, release, seed=5).run_hash != make_run(project, release).run_hash


def test_a_release_that_is_still_built_cannot_be_trained_on():
    release = make_ready_release(make_project())
    release.state = Release.State.RUNNING
    with pytest.raises(Conflict):
        runs.start_run(release, preset="smoke", parameters={}, by=owner_of(release.project))


def test_a_parameter_out_of_range_leaves_no_run():
    project = make_project()
    with pytest.raises(InvalidConfig) as refusal:
        make_run(project, epochs=0)
    assert (refusal.value.where, TrainingRun.objects.count()) == ("epochs", 0)


def test_an_epoch_that_is_done_again_replaces_its_numbers():
    run = make_run(make_project())
    lease = leases.claim_next(TrainingRun.objects.all())
    runs.record_epoch(lease, epoch=1, epochs=4, metrics={"loss": 2.0})
    runs.record_epoch(lease, epoch=1, epochs=4, metrics={"loss": 1.5})
    run.refresh_from_db()
    assert (list(run.metrics.values_list("epoch", "name", "value")), run.progress_ppm) == ([(1, "loss", 1.5)], 250_000)


def test_a_late_attempt_writes_no_version():
    make_run(make_project())
    late = leases.claim_next(TrainingRun.objects.all())
    TrainingRun.objects.update(attempt=2)
    with pytest.raises(leases.LeaseLost):
        runs.finish_run(late, checkpoint="x", architecture="abc-tiny", weights_sha256="0" * 64, metrics={})
    assert ModelVersion.objects.count() == 0


def test_promoting_archives_the_version_before_and_going_back_is_promoting_again():
    project = make_project()
    first, second = make_version(project, "first"), make_version(project, "second")
    for version in (first, second, first):
        promotion.promote_version(version, by=owner_of(project))
    assert dict(project.model_versions.values_list("name", "stage")) == {"first": "production", "second": "archived"}
    assert AuditEntry.objects.filter(action="version.promote").count() == 3


def test_only_untouched_photos_of_the_projects_own_production_version_are_queued_once():
    project, other = make_project(), make_project()
    make_image(other)
    fresh, touched = make_image(project), make_image(project)
    touched.annotations.create(author=owner_of(project), document={"base": 0, "regions": []}, revision=1)
    promotion.promote_version(make_version(project), by=owner_of(project))
    assert (preannotation.look_around(), preannotation.look_around()) == (1, 0)
    assert PreannotationBatch.objects.get().image_ids == [fresh.pk]


@pytest.mark.parametrize("end", ["done", "failed"])
def test_a_photo_that_could_not_be_read_is_not_queued_again_and_again(end):
    project = make_project()
    make_image(project)
    promotion.promote_version(make_version(project), by=owner_of(project))
    preannotation.look_around()
    PreannotationBatch.objects.update(state=end)
    assert preannotation.look_around() == 0


def test_a_prediction_is_made_once_and_shown_below():
    project = make_project()
    image = make_image(project)
    promotion.promote_version(make_version(project), by=owner_of(project))
    preannotation.look_around()
    lease = leases.claim_next(PreannotationBatch.objects.all())
    assert preannotation.store_prediction(lease, image, **PREDICTED) is True
    assert preannotation.store_prediction(lease, image, **PREDICTED) is False
    image.refresh_from_db()
    assert (image.state, image.preannotation.document) == (Image.State.PREANNOTATED, PREDICTED["document"])
    assert bytes(image.preannotation.content) == PREDICTED["content"]


def test_a_photo_begun_while_the_net_looked_at_it_keeps_the_persons_work():
    project = make_project()
    image = make_image(project)
    promotion.promote_version(make_version(project), by=owner_of(project))
    preannotation.look_around()
    lease = leases.claim_next(PreannotationBatch.objects.all())
    image.annotations.create(author=owner_of(project), document={"base": 0, "regions": []}, revision=1)
    preannotation.store_prediction(lease, image, **PREDICTED)
    assert Prediction.objects.count() == 1
    assert not Image.objects.get(pk=image.pk, state=Image.State.NEW).annotations.filter(document__base=2).exists()


def test_a_new_version_looks_again_at_what_the_one_before_pre_annotated():
    project = make_project()
    image = make_image(project)
    promotion.promote_version(make_version(project, "first"), by=owner_of(project))
    preannotation.look_around()
    preannotation.store_prediction(leases.claim_next(PreannotationBatch.objects.all()), image, **PREDICTED)
    promotion.promote_version(make_version(project, "second"), by=owner_of(project))
    assert preannotation.look_around() == 1
