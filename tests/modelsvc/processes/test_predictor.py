"""Photos nobody has touched are predicted in a process of its own, as it is in production."""

import os
import sys
import tempfile
from pathlib import Path

import PIL.Image
import pytest
from django.conf import settings

from annotate.core.regions import parse_document
from annotate.models import Project
from annotate.services import leases
from modelsvc import tasks
from modelsvc.fusenet.checkpoint import Checkpoint, read_checkpoint, save_checkpoint
from modelsvc.fusenet.model import build, model_config
from modelsvc.models import ModelVersion, PreannotationBatch, Prediction
from modelsvc.processes import trainer
from modelsvc.services import preannotation, promotion
from tests.factories import make_image, make_project, owner_of, photo_bytes
from tests.modelsvc.rows import make_version

pytestmark = pytest.mark.django_db

PREDICTOR = """
import json, os, sys
from pathlib import Path
for line in sys.stdin:
    for photo in map(Path, json.loads(Path(line.strip()).read_text())):
        if int(photo.name) == DEADLY:
            os.kill(os.getpid(), 9)
        said = {"probabilities_ppm": [10**6, 0, 0, 0], "uncertainty_ppm": os.getpid(), "content": "", "seconds": 0.1}
        said |= {"no_evidence": {"base": None, "regions": []}, "no_evidence_ppm": 0, "subject": None}
        photo.with_suffix(".json").write_text(json.dumps(said))
        photo.with_suffix(".regions.json").write_text('{"base": 0, "regions": []}')
        print(json.dumps({"event": "photo", "photo": str(photo)}), flush=True)
    print(json.dumps({"event": "done"}), flush=True)
"""


@pytest.fixture
def stand_in(monkeypatch):
    """A predictor that calls every photo sharp, and dies at one of them."""

    def put(deadly: int = 0) -> None:
        code = PREDICTOR.replace("DEADLY", str(deadly))
        monkeypatch.setattr(trainer, "FUSENET", (sys.executable, "-c", code))

    return put


@pytest.fixture
def photos():
    """Five untouched photos, queued for a version in production."""
    project = make_project()
    photos = [make_image(project) for _ in range(5)]
    promotion.promote_version(make_version(project), by=owner_of(project))
    preannotation.look_around()
    return photos


def make_tiny_version(project: Project) -> ModelVersion:
    """A version whose checkpoint is real; its weights are random."""
    config = model_config("abc-tiny")
    folder = Path(settings.MODELS_ROOT) / "tiny"
    save_checkpoint(folder, build(config).state_dict(), Checkpoint(model=config, scale=96))
    return promotion.register_version(
        project,
        name="tiny",
        architecture=config.name,
        checkpoint="tiny",
        weights_sha256=read_checkpoint(folder).weights_sha256,
        metrics={},
        by=owner_of(project),
    )


def test_photos_are_predicted_as_people_see_them_and_the_unreadable_named():
    project = make_project()
    sideways = PIL.Image.Exif()
    sideways[0x0112] = 6
    turned, broken = make_image(project, photo_bytes(120, 80, exif=sideways)), make_image(project)
    with broken.file.storage.open(broken.file.name, "wb") as file:
        file.write(b"nothing")
    promotion.promote_version(make_tiny_version(project), by=owner_of(project))
    preannotation.look_around()
    tasks.preannotate()
    batch, prediction = PreannotationBatch.objects.get(), Prediction.objects.get()
    assert (batch.state, batch.error) == ("done", f"Nothing can be said of: {broken.file_name}")
    assert (prediction.image, sum(prediction.probabilities_ppm)) == (turned, 1_000_000)
    document = parse_document(prediction.document, level_count=project.level_count)
    right, bottom = (
        max((max(ring[k::2]) for each in document.regions for ring in each.rings), default=0) for k in (0, 1)
    )
    assert right <= 16 * 80
    assert bottom <= 16 * 120
    assert 0 <= prediction.no_evidence_ppm <= 1_000_000
    shown = turned.preannotation
    assert (shown.no_evidence, shown.subject) == (prediction.no_evidence, prediction.subject)
    assert parse_document(shown.subject, level_count=1).base is None


def test_a_photo_that_kills_the_predictor_costs_no_other_its_map(stand_in, photos):
    stand_in(deadly=photos[2].pk)
    tasks.preannotate()
    batch = PreannotationBatch.objects.get()
    assert (batch.state, batch.attempt, "SIGKILL" in batch.error) == ("failed", 3, True)
    assert set(Prediction.objects.values_list("image", flat=True)) == {each.pk for each in photos} - {photos[2].pk}


def test_a_map_is_stored_as_soon_as_it_is_there_and_a_cancelled_batch_makes_no_more(stand_in, photos, monkeypatch):
    stand_in()
    store = preannotation.store_prediction

    def store_and_cancel(lease, image, **fields):
        store(lease, image, **fields)
        leases.request_cancel(lease.work)

    monkeypatch.setattr(preannotation, "store_prediction", store_and_cancel)
    tasks.preannotate()
    assert PreannotationBatch.objects.get().state == "cancelled"
    assert list(Prediction.objects.values_list("image", flat=True)) == [photos[0].pk]


def test_one_worker_wakes_another_and_lets_others_come_first_after_its_turn(stand_in, monkeypatch):
    stand_in()
    woken = []
    monkeypatch.setattr(tasks.preannotate, "apply_async", lambda **how: woken.append(how))
    monkeypatch.setattr(tasks, "TURN_S", 0)
    monkeypatch.setattr(preannotation, "BATCH_IMAGES", 1)
    project = make_project()
    for _ in range(2):
        make_image(project)
    promotion.promote_version(make_version(project), by=owner_of(project))
    preannotation.look_around()
    for _ in range(2):
        tasks.preannotate()
    assert (woken, Prediction.objects.count()) == ([{"expires": 30}], 2)


def test_a_worker_loads_the_network_once_for_all_batches_of_its_turn(stand_in, monkeypatch, tmp_path):
    stand_in()
    monkeypatch.setattr(preannotation, "BATCH_IMAGES", 2)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    project = make_project()
    for _ in range(5):
        make_image(project)
    promotion.promote_version(make_version(project), by=owner_of(project))
    preannotation.look_around()
    tasks.preannotate()
    assert sorted(len(batch.image_ids) for batch in PreannotationBatch.objects.filter(state="done")) == [1, 2, 2]
    processes = Prediction.objects.values_list("uncertainty_ppm", flat=True)
    assert (len(processes), len(set(processes)), list(tmp_path.iterdir())) == (5, 1, [])
    with pytest.raises(ProcessLookupError):
        os.kill(processes[0], 0)


def test_a_process_that_says_nothing_of_a_photo_and_ends_is_tried_again_and_told(monkeypatch, photos):
    monkeypatch.setattr(trainer, "FUSENET", (sys.executable, "-c", "import sys; sys.stdin.readline()"))
    tasks.preannotate()
    batch = PreannotationBatch.objects.get()
    assert (batch.state, batch.attempt) == ("failed", 3)
    assert batch.error == "The predictor ended before it had looked at all photos."
