"""A run of two processes through the real worker and the real trainer; gloo joins them on the processor."""

import psutil
import pytest

from annotate.models import Image, Release
from annotate.services import leases
from annotate.services.releasing import builds
from annotate.services.releasing.releases import cut_release
from modelsvc import tasks
from modelsvc.fusenet.config import InvalidConfig
from modelsvc.processes import trainer
from modelsvc.services import runs
from tests.factories import make_image, make_project, owner_of, photo_with_soft_background
from tests.labels import LEFT_HALF, label_image

pytestmark = pytest.mark.django_db(transaction=True)

TINY = {"epochs": 1, "scale": 96, "crop": 48, "batch": 4, "processes": 2}


@pytest.fixture
def release(settings, tmp_path):
    """A ready release of four photos."""
    settings.RELEASES_ROOT, settings.MODELS_ROOT = tmp_path / "releases", tmp_path / "models"
    project = make_project(votes_wanted=1)
    for seed in range(4):
        label_image(make_image(project, photo_with_soft_background(seed=seed)), LEFT_HALF, "good")
    Image.objects.update(split="train")
    cut_release(project, by=owner_of(project))
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    return Release.objects.get()


def start(release, **parameters):
    return runs.start_run(release, preset="smoke", parameters=TINY | parameters, by=release.cut_by)


@pytest.fixture
def crews(monkeypatch):
    """The processes of each training, as they were when it took its first step."""
    found = []
    events = trainer.events

    def watching(process):
        seen = False
        for event in events(process):
            if event and event["event"] == "step" and not seen:
                seen = True
                found.append(psutil.Process(process.pid).children())
            yield event

    monkeypatch.setattr(trainer, "events", watching)
    return found


def test_two_processes_make_one_version(release, crews):
    run = start(release, epochs=2)  # so that they still run when the first step is told
    tasks.train()
    run.refresh_from_db()
    assert (run.state, run.error, run.epoch, len(crews[0])) == ("done", "", 2, 2)
    assert run.version.metrics.keys() >= {"val_loss", "level_miou"}
    assert [metric.epoch for metric in run.metrics.filter(name="loss")] == [1, 2]  # one of the two reports


def test_all_processes_end_when_the_run_is_cancelled(release, crews, monkeypatch):
    run = start(release, epochs=300)
    record_points = runs.record_points

    def cancelling(lease, **point):
        record_points(lease, **point)
        runs.cancel_run(run, by=run.started_by)

    monkeypatch.setattr(runs, "record_points", cancelling)
    tasks.train()
    run.refresh_from_db()
    _gone, left = psutil.wait_procs(crews[0], timeout=20)
    assert (run.state, len(crews[0]), left) == ("cancelled", 2, [])


def test_a_refusal_of_the_trainer_is_the_runs(release, settings):
    run = start(release)
    (settings.RELEASES_ROOT / release.folder / "release.json").write_text("{}")
    tasks.train()
    run.refresh_from_db()
    assert (run.state, run.attempt) == ("failed", 1)  # what is refused once is not tried again
    assert "is not a release manifest" in run.error


def test_so_many_processes_are_refused(release):
    with pytest.raises(InvalidConfig, match="processes must be from 1 to 64"):
        start(release, processes=65)
