"""The checkpoint that comes with the code becomes a project's first version."""

import json
from hashlib import sha256

import pytest
from django.core.management import call_command

from modelsvc import tasks
from modelsvc.services import promotion, shipped
from tests.factories import make_project, owner_of
from tests.modelsvc.rows import make_version

pytestmark = pytest.mark.django_db
WEIGHTS = b"weights"
DESCRIBED = {
    "model": {"name": "abc-lite0", "levels": 4},
    "weights_sha256": sha256(WEIGHTS).hexdigest(),
    "metrics": {"level_accuracy": 0.8},
}


@pytest.fixture
def weights(tmp_path, settings, monkeypatch):
    """A folder that stands for the shipped one, and another for the site's models."""
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "checkpoint.json").write_text(json.dumps(DESCRIBED))
    (folder / "weights.safetensors").write_bytes(WEIGHTS)
    settings.MODELS_ROOT = tmp_path / "models"
    monkeypatch.setattr(shipped, "SHIPPED", folder)
    monkeypatch.setattr(tasks.sweep, "delay_on_commit", lambda: None)
    return folder


def test_it_is_copied_and_put_in_production(weights, settings, capsys):
    project = make_project()
    call_command("adopt_shipped_model", project=str(project.pk))
    version = project.model_versions.get()
    assert (version.stage, version.architecture, version.metrics) == (
        "production",
        "abc-lite0",
        {"level_accuracy": 0.8},
    )
    assert (settings.MODELS_ROOT / version.checkpoint / "checkpoint.json").exists()
    assert "production" in capsys.readouterr().out


def test_twice_is_once(weights):
    project = make_project()
    first, second = (shipped.adopt_shipped(project, by=owner_of(project)) for _ in range(2))
    assert first == second


def test_a_version_in_production_stays_there(weights):
    project = make_project()
    promotion.promote_version(make_version(project, "mine"), by=owner_of(project))
    assert shipped.adopt_shipped(project, by=owner_of(project)).stage == "candidate"


def test_code_without_a_checkpoint_says_so(weights, capsys):
    (weights / "checkpoint.json").unlink()
    with pytest.raises(SystemExit) as ended:
        call_command("adopt_shipped_model", project=str(make_project().pk))
    assert (ended.value.code, json.loads(capsys.readouterr().err)["code"]) == (2, "nothing_shipped")
