"""What workers tell of themselves, and the page that shows it."""

from datetime import timedelta
from importlib import metadata

import pytest
from django.utils import timezone

from annotate.models import MapMerge, Role
from annotate.services import leases
from modelsvc.models import TrainingRun, Worker
from modelsvc.services import workers
from tests.factories import make_image, make_project, make_user
from tests.modelsvc.rows import make_run
from tests.visits import QUERY_BOUND, browser, member_of, words

pytestmark = pytest.mark.django_db


def test_a_worker_tells_its_queues_code_and_torch_and_is_one_row():
    for _ in range(2):
        workers.beat(["gpu"], "cpu")
    row = Worker.objects.get()
    assert (row.name, row.queues, row.device) == (leases.name_of_worker(), ["gpu"], "cpu")
    assert row.torch == metadata.version("torch")


def test_a_worker_that_has_been_gone_for_a_day_is_forgotten():
    Worker.objects.create(name="old:1", seen_at=timezone.now() - timedelta(days=2))
    workers.beat(["default"], "")
    assert list(Worker.objects.values_list("name", flat=True)) == [leases.name_of_worker()]


def test_the_device_is_the_one_the_last_gpu_worker_told():
    assert workers.device_kind() == "cpu"
    Worker.objects.create(name="gpu:1", device="cuda")
    Worker.objects.create(name="default:1", device="")
    assert workers.device_kind() == "cuda"


def test_researchers_see_the_work_of_their_project_and_no_other(django_assert_max_num_queries):
    project, other = make_project(), make_project()
    make_run(project)
    leases.claim_next(TrainingRun.objects.all())
    foreign = make_run(other)
    TrainingRun.objects.filter(pk=foreign.pk).update(state="failed", error="Foreign.", finished_at=timezone.now())
    client = member_of(project, Role.RESEARCHER)
    with django_assert_max_num_queries(QUERY_BOUND + 20):  # three for each of eight kinds of work
        page = client.get(f"/projects/{project.pk}/models/workers/")
    counts = {each["name"]: (each["waiting"], each["running"], each["failed"]) for each in page.context["queues"]}
    assert counts["Trainings"] == (0, 1, 0)
    assert [(each["kind"], each["attempt"]) for each in page.context["leases"]] == [("Trainings", 1)]
    assert "Foreign." not in words(page)


def test_staff_see_all_projects_and_others_nothing():
    failed = make_run(make_project())
    TrainingRun.objects.filter(pk=failed.pk).update(state="failed", error="No memory.", finished_at=timezone.now())
    at = {"state": "failed", "finished_at": timezone.now()}
    MapMerge.objects.create(image=make_image(failed.project), error="The map is too large.", **at)
    Worker.objects.create(name="host:7", queues=["gpu"], seen_at=timezone.now() - timedelta(minutes=5))
    page = words(browser(make_user(is_staff=True)).get("/workers/"))
    assert all(each in page for each in ("No memory.", "host:7 Gone", "The map is too large."))
    assert browser(make_user()).get("/workers/").status_code == 403
    assert member_of(failed.project).get(f"/projects/{failed.project_id}/models/workers/").status_code == 403
