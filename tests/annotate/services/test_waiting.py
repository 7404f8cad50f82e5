"""What queued work of the default queue says that it waits for."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.models import LabelImport, Release
from annotate.services.waiting import why_it_waits
from tests.factories import make_project, owner_of
from tests.modelsvc.rows import make_ready_release

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting():
    """An import that was sent this moment."""
    project = make_project()
    return LabelImport(project=project, started_by=owner_of(project), queued_at=timezone.now())


def under_way(project):
    release = make_ready_release(project)
    Release.objects.filter(pk=release.pk).update(state="running", progress_ppm=420_000)
    return release


def test_work_that_came_this_moment_is_taken_up_at_once(waiting):
    assert why_it_waits(waiting) == "A worker takes it up within seconds."


def test_work_behind_a_release_names_it_and_how_far_that_is(waiting):
    release = under_way(waiting.project)
    assert why_it_waits(waiting) == (
        f"It waits for a worker; now it is the turn of the release {release}, of which 42 % are done."
    )


def test_another_projects_work_is_not_named(waiting):
    under_way(make_project())
    assert "now it is the turn of another project's work" in why_it_waits(waiting)


def test_work_that_nobody_takes_up_says_so(waiting):
    waiting.queued_at -= timedelta(minutes=3)
    assert why_it_waits(waiting) == (
        "No worker has taken it up for 3 minutes: it waits until whoever runs this site starts one."
    )


def test_what_does_not_wait_says_nothing(waiting):
    waiting.state = "running"
    assert why_it_waits(waiting) == ""
