import pytest

from annotate.core.errors import Conflict
from annotate.models import DEFAULT_LEVELS, Annotation, AuditEntry, Membership
from annotate.services.queueing import queue
from annotate.services.teams import projects
from tests.factories import make_image, make_member, make_project, make_user, owner_of

pytestmark = pytest.mark.django_db
TWO_LEVELS = [
    {"level": 0, "name": "Sharp", "sigma_from": 0.0, "sigma_to": 2.0, "sample_sigma": 0.0, "amount_ppm": 0},
    {"level": 1, "name": "Blurred", "sigma_from": 2.0, "sigma_to": None, "sample_sigma": 4.0, "amount_ppm": 1_000_000},
]


def test_who_makes_a_project_owns_it():
    user = make_user()
    project = projects.create_project("Cats", by=user)
    assert Membership.objects.get(project=project).role == "owner"
    assert project.levels == DEFAULT_LEVELS
    assert AuditEntry.objects.get(project=project).action == "project.created"


def test_a_change_is_written_down_once_and_only_what_changed():
    project = make_project(name="Cats")
    projects.change_project(project, by=owner_of(project), name="Dogs", votes_wanted=project.votes_wanted)
    projects.change_project(project, by=owner_of(project), name="Dogs")
    trail = AuditEntry.objects.filter(project=project, action="project.changed")
    assert [entry.details for entry in trail] == [{"name": "Dogs"}]


def test_levels_may_change_until_somebody_has_labelled():
    project = make_project()
    projects.change_project(project, by=owner_of(project), levels=TWO_LEVELS)
    project.refresh_from_db()
    assert project.level_count == 2
    Annotation.objects.create(image=make_image(project), author=owner_of(project), document={}, revision=1)
    with pytest.raises(Conflict) as refusal:
        projects.change_project(project, by=owner_of(project), levels=DEFAULT_LEVELS)
    assert refusal.value.code == "levels_in_use"
    project.refresh_from_db()
    assert project.level_count == 2


def test_more_votes_wanted_opens_slots_beside_those_taken():
    project = make_project(votes_wanted=1)
    image = make_image(project)
    queue.claim_next_image(project, by=make_member(project))
    projects.change_project(project, by=owner_of(project), votes_wanted=3)
    image.refresh_from_db()
    assert image.open_slots == 2
