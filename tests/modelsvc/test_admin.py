"""The researcher's desk in the admin."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from annotate.models import Membership, Role, User
from modelsvc import tasks
from modelsvc.models import TrainingRun
from tests.factories import make_project, make_user, owner_of
from tests.modelsvc.rows import make_ready_release, make_run, make_version
from tests.visits import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, monkeypatch):
    """A browser in which a superuser is signed in; no worker is woken."""
    for task in (tasks.train, tasks.sweep):
        monkeypatch.setattr(task, "delay_on_commit", lambda: None)
    client.force_login(make_user(is_staff=True, is_superuser=True))
    return client


def test_a_run_is_started_from_a_release_and_a_preset(desk):
    release = make_ready_release(make_project())
    answer = desk.post(
        reverse("admin:modelsvc_trainingrun_add"), {"release": release.pk, "preset": "smoke", "epochs": 3}
    )
    run = TrainingRun.objects.get()
    assert (run.state, run.epochs, run.config["preset"]) == ("queued", 3, "smoke")
    assert answer.url == reverse("admin:modelsvc_trainingrun_change", args=[run.pk])


def test_a_parameter_out_of_range_is_said_at_its_field(desk):
    release = make_ready_release(make_project())
    body = {"release": release.pk, "preset": "smoke", "crop": 100}
    answer = desk.post(reverse("admin:modelsvc_trainingrun_add"), body)
    assert answer.context["adminform"].form.errors["crop"] == ["The side of a crop must be a multiple of 48."]
    assert TrainingRun.objects.count() == 0


def test_the_live_page_is_304_when_nothing_changed(desk):
    run = make_run(make_project())
    url = reverse("admin:modelsvc_trainingrun_live", args=[run.pk])
    first = desk.get(url)
    again = desk.get(url, headers={"If-None-Match": first["ETag"]})
    assert (first.json()["state"], first.json()["table"], again.status_code) == ("queued", {}, 304)


def test_a_run_is_cancelled_resumed_and_not_stopped_before_it_runs_from_its_page(desk):
    run = make_run(make_project())
    said = [
        desk.post(reverse("admin:modelsvc_trainingrun_act", args=[run.pk, act])) for act in ("cancel", "resume", "stop")
    ]
    assert [answer.status_code for answer in said] == [202, 202, 409]
    assert [said[0].json()["state"], said[1].json()["state"], said[2].json()["code"]] == [
        "cancelled",
        "queued",
        "not_running",
    ]


def test_promoting_from_the_list_opens_the_page_that_asks_first_for_members(desk):
    version = make_version(make_project())
    asked = {"action": "promote", "_selected_action": [version.pk]}
    address = reverse("admin:modelsvc_modelversion_changelist")
    assert "Only a researcher, curator or owner" in words(desk.post(address, asked, follow=True))
    Membership.objects.create(project=version.project, user=User.objects.get(is_staff=True), role=Role.RESEARCHER)
    assert desk.post(address, asked).url == f"/projects/{version.project_id}/models/{version.pk}/promote/"
    version.refresh_from_db()
    assert version.stage == "candidate"


@pytest.mark.parametrize("name", ["live", "change"])
def test_a_person_without_staff_rights_is_sent_to_sign_in(client, name):
    run = make_run(make_project())
    client.force_login(owner_of(run.project))
    answer = client.get(reverse(f"admin:modelsvc_trainingrun_{name}", args=[run.pk]))
    assert (answer.status_code, "login" in answer.url) == (302, True)


def test_staff_who_may_only_look_neither_stop_nor_promote(client):
    run, version = make_run(make_project()), make_version(make_project())
    viewer = make_user(is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__in=["view_trainingrun", "view_modelversion"]))
    client.force_login(viewer)
    client.post(reverse("admin:modelsvc_trainingrun_act", args=[run.pk, "cancel"]))
    client.post(
        reverse("admin:modelsvc_modelversion_changelist"), {"action": "promote", "_selected_action": [version.pk]}
    )
    run.refresh_from_db()
    version.refresh_from_db()
    assert (run.state, version.stage) == ("queued", "candidate")
