"""What failed is tried again by a press, on the page that tells of it."""

import pytest
from django.utils import timezone

from annotate.models import AuditEntry, MapMerge, Role
from modelsvc.models import TrainingRun
from tests.factories import make_image, make_project, make_user
from tests.modelsvc.rows import make_run
from tests.visits import browser, member_of, words

pytestmark = pytest.mark.django_db


def test_whatever_kind_of_work_failed_is_tried_again_once():
    project = make_project()
    failed = {"state": "failed", "finished_at": timezone.now(), "attempt": 3, "error": "No memory."}
    merge = MapMerge.objects.create(image=make_image(project), **failed)
    run = make_run(project)
    TrainingRun.objects.filter(pk=run.pk).update(**failed)
    client, url = member_of(project, Role.RESEARCHER), f"/projects/{project.pk}/models/workers/"
    pressed = [{"rows": each["rows"], "pk": each["pk"]} for each in client.get(url).context["failures"]]
    assert pressed == [{"rows": "mapmerge", "pk": merge.pk}, {"rows": "trainingrun", "pk": run.pk}]
    for each in pressed:
        assert "takes it up within seconds" in words(client.post(f"{url}again/", each, follow=True))
    for row in (merge, run):
        row.refresh_from_db()
        assert (row.state, row.attempt, row.attempt_limit, row.error) == ("queued", 3, 6, "")
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {"work.again", "run.resume"}
    assert "does not stand still" in words(client.post(f"{url}again/", pressed[0], follow=True))


def test_work_of_others_and_of_no_kind_is_not_found():
    merge = MapMerge.objects.create(image=make_image(make_project()), state="failed", finished_at=timezone.now())
    asked, project = {"rows": "mapmerge", "pk": merge.pk}, make_project()
    member, url = member_of(project, Role.OWNER), f"/projects/{project.pk}/models/workers/again/"
    for each in (asked, asked | {"rows": "user"}, asked | {"pk": "x"}, {}):
        assert member.post(url, each).status_code == 404
    assert member.post("/workers/again/", asked).status_code == 403
    assert browser(make_user(is_staff=True)).post("/workers/again/", asked).status_code == 302
    merge.refresh_from_db()
    assert merge.state == "queued"
