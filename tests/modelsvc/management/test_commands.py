"""Training, pre-annotation and promotion from the shell: the same services, the same refusals."""

import json

import pytest
from django.core.management import call_command

from modelsvc import tasks
from modelsvc.models import TrainingRun
from modelsvc.services import promotion, runs
from tests.factories import make_image, make_project, owner_of
from tests.modelsvc.rows import add_test_photos, make_ready_release, make_version

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    for task in (tasks.train, tasks.sweep, tasks.preannotate):
        monkeypatch.setattr(task, "delay_on_commit", lambda: None)


def refused(capsys, *words):
    """The code with which a command line is refused."""
    with pytest.raises(SystemExit) as ended:
        call_command(*words)
    return ended.value.code, json.loads(capsys.readouterr().err)["code"]


def test_a_training_is_queued_with_the_parameters_that_were_set(capsys):
    release = make_ready_release(make_project())
    call_command("train", str(release.pk), "--preset", "smoke", "--set", "epochs=3", "--set", "precision=fp32")
    run = TrainingRun.objects.get()
    assert (run.state, run.epochs, run.config["precision"], run.started_by) == (
        "queued",
        3,
        "fp32",
        owner_of(release.project),
    )
    assert capsys.readouterr().out == f"Run {run.pk} waits for a worker.\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--set", "epochs=0"], "invalid_config"),
        (["--set", "epochs"], "bad_arguments"),
        (["--base", "77"], "unknown_version"),
        (["--by", "nobody"], "unknown_user"),
    ],
)
def test_a_training_is_refused_as_everywhere(capsys, words, code):
    release = make_ready_release(make_project())
    assert refused(capsys, "train", str(release.pk), *words) == (2, code)
    assert TrainingRun.objects.count() == 0


def test_a_release_that_is_not_there_is_refused(capsys):
    assert refused(capsys, "train", "nothing-1.0.0") == (2, "unknown_release")


def test_waiting_for_a_training_that_fails_ends_with_1(monkeypatch, capsys):
    release = make_ready_release(make_project())
    monkeypatch.setattr(runs, "require_quota", lambda user: None)
    start_run = runs.start_run

    def failing(*args, **kwargs):
        run = start_run(*args, **kwargs)
        TrainingRun.objects.filter(pk=run.pk).update(state="failed", error="The disk is full.")
        return run

    monkeypatch.setattr(runs, "start_run", failing)
    with pytest.raises(SystemExit) as ended:
        call_command("train", str(release.pk), "--wait")
    assert ended.value.code == 1
    assert "The disk is full." in "".join(capsys.readouterr())


def test_a_version_is_promoted_and_pre_annotates_what_nobody_has_touched(capsys):
    version = make_version(make_project())
    make_image(version.project)
    call_command("promote_version", str(version.pk))
    call_command("preannotate", "--project", str(version.project_id))
    assert capsys.readouterr().out == f"{version} is in production.\n{version}: 1 photos wait.\n"


def test_a_version_that_was_not_compared_is_not_promoted_from_the_shell_either(capsys):
    project = make_project()
    add_test_photos(make_ready_release(project))
    promotion.promote_version(make_version(project, "old"), by=owner_of(project))
    assert refused(capsys, "promote_version", str(make_version(project, "new").pk)) == (2, "not_compared")


def test_pre_annotation_wants_a_version_that_predicts(capsys):
    version = make_version(make_project())
    project = str(version.project_id)
    assert refused(capsys, "preannotate", "--project", project) == (2, "nothing_in_production")
    assert refused(capsys, "preannotate", "--project", project, "--version", str(version.pk)) == (2, "not_predicting")
