import pytest

from annotate.core.errors import SmartBlurError
from annotate.models import DEFAULT_LEVELS, Annotation, AuditEntry
from annotate.services.labelling.levels import calibrate_levels
from tests.factories import make_image, make_project, owner_of

pytestmark = pytest.mark.django_db
THREE = [DEFAULT_LEVELS[0], DEFAULT_LEVELS[1], DEFAULT_LEVELS[3] | {"level": 2, "sigma_from": 2.4}]
MOVED = [
    DEFAULT_LEVELS[0] | {"sigma_to": 1.0},
    DEFAULT_LEVELS[1] | {"sigma_from": 1.0},
    *DEFAULT_LEVELS[2:],
]
RENAMED = [DEFAULT_LEVELS[0] | {"name": "Crisp"}, *DEFAULT_LEVELS[1:]]


def make_labelled(labels: int):
    project = make_project()
    for _ in range(labels):
        Annotation.objects.create(image=make_image(project), author=owner_of(project), document={}, revision=1)
    return project


def refusal_of(project, levels, **known) -> str:
    with pytest.raises(SmartBlurError) as refusal:
        calibrate_levels(project, levels, by=owner_of(project), **known)
    project.refresh_from_db()
    assert project.levels == DEFAULT_LEVELS
    assert not AuditEntry.objects.filter(project=project, action="project.calibrated").exists()
    return refusal.value.code


def test_before_anything_is_labelled_all_of_a_scale_may_change():
    project = make_project()
    calibrate_levels(project, THREE, by=owner_of(project))
    project.refresh_from_db()
    assert project.levels == THREE


def test_of_levels_in_use_names_may_change_their_number_may_not():
    project = make_labelled(2)
    assert refusal_of(project, THREE, labels_known=2) == "levels_in_use"
    calibrate_levels(project, RENAMED, by=owner_of(project))
    project.refresh_from_db()
    assert project.levels == RENAMED


def test_new_bounds_need_somebody_who_knows_of_every_label_and_are_written_down():
    project = make_labelled(2)
    assert [refusal_of(project, MOVED, labels_known=known) for known in (0, 1)] == ["labels_unknown"] * 2
    calibrate_levels(project, MOVED, by=owner_of(project), labels_known=2)
    entry = AuditEntry.objects.get(project=project, action="project.calibrated")
    assert entry.details == {"before": DEFAULT_LEVELS, "after": MOVED, "labels": 2}
    assert entry.actor == owner_of(project)


def test_saving_what_there_is_writes_nothing_down():
    project = make_labelled(1)
    calibrate_levels(project, DEFAULT_LEVELS, by=owner_of(project))
    assert not AuditEntry.objects.filter(project=project, action="project.calibrated").exists()


def test_levels_that_are_no_scale_change_nothing():
    assert refusal_of(make_project(), MOVED[1:]) == "invalid_levels"
