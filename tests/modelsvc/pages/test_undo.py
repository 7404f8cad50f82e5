"""What the pages of models tell of an act can be taken back there."""

import pytest

from annotate.models import AuditEntry, Role
from modelsvc import tasks
from modelsvc.models import Evaluation
from modelsvc.services import evaluations, promotion
from tests.factories import client_of, make_member, make_project, owner_of
from tests.modelsvc.rows import add_test_photos, make_evaluation, make_ready_release, make_version
from tests.visits import browser, member_of, told, undo, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    for task in (tasks.sweep, tasks.evaluate):
        monkeypatch.setattr(task, "delay_on_commit", lambda: None)


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def owner(project):
    return browser(owner_of(project))


def test_a_stage_is_what_it_was(project, owner):
    version = make_version(project, "new")
    shelved = owner.post(f"/projects/{project.pk}/models/{version.pk}/stage/", {"stage": "archived"})
    undo(owner, shelved)
    version.refresh_from_db()
    assert version.stage == "candidate"


def test_a_promotion_is_taken_back_and_made_again(project, owner, monkeypatch):
    monkeypatch.setattr(promotion.checkpoints, "require_weights", lambda version: None)
    version = make_version(project, "new")
    promoted = owner.post(f"/projects/{project.pk}/models/{version.pk}/promote/")
    taken_back = undo(owner, promoted)
    version.refresh_from_db()
    assert version.stage == "candidate"
    undo(owner, taken_back)
    version.refresh_from_db()
    assert version.stage == "production"


def test_the_worst_photos_are_where_they_were_in_the_queue(project, owner):
    release = make_ready_release(project)
    photos = add_test_photos(release)
    evaluation = make_evaluation(make_version(project, "new"), release, 0.5)
    ranks = dict(project.images.values_list("pk", "queue_rank"))
    raised = owner.post(f"/projects/{project.pk}/models/worst/{evaluation.pk}/")
    assert project.images.filter(queue_rank__lt=0).count() == len(photos)
    assert told(undo(owner, raised))[-1] == f"{len(photos)} photos are where they were in the queue."
    assert dict(project.images.values_list("pk", "queue_rank")) == ranks


def test_measuring_is_followed_and_stopped_where_it_was_asked_for(project):
    release = make_ready_release(project)
    add_test_photos(release)
    versions = [make_version(project, name) for name in ("old", "new")]
    client = member_of(project, Role.RESEARCHER)
    asked = client.post(f"/projects/{project.pk}/models/measure/", {"v": [each.pk for each in versions]})
    page = client.get(asked["Location"])
    jobs = page.context["jobs"]["jobs"]
    assert [job["title"] for job in jobs] == [str(each) for each in versions]
    assert "Below you see how far it is." in words(page)
    waits = client.get(jobs[0]["poll_url"]).json()
    assert (waits["state"], waits["waits_for"].split(":")[0]) == ("queued", "No worker for the network is running")
    stopped = client.post(jobs[0]["cancel_url"])
    assert (stopped.status_code, stopped.json()["state"]) == (202, "cancelled")
    assert AuditEntry.objects.latest("pk").action == "version.evaluate.cancel"


def test_who_only_labels_stops_no_measuring_and_strangers_find_none(project):
    release = make_ready_release(project)
    add_test_photos(release)
    row = evaluations.queue_evaluation(make_version(project, "new"), release, by=owner_of(project))
    address = f"/api/evaluations/{row.pk}/"
    annotator, stranger = client_of(make_member(project)), client_of(make_member(make_project()))
    assert (annotator.post(f"{address}cancel/").status_code, stranger.get(address).status_code) == (403, 404)
    assert Evaluation.objects.get().state == "queued"
