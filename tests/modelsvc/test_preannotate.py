"""Photos nobody has touched are predicted in a process of its own, as it is in production."""

from pathlib import Path

import PIL.Image
import pytest
from django.conf import settings

from annotate.core.regions import parse_document
from annotate.models import Project
from modelsvc import services, tasks
from modelsvc.fusenet.checkpoint import Checkpoint, read_checkpoint, save_checkpoint
from modelsvc.fusenet.model import build, model_config
from modelsvc.models import ModelVersion, PreannotationBatch, Prediction
from tests.factories import make_image, make_project, owner_of, photo_bytes

pytestmark = pytest.mark.django_db


def make_tiny_version(project: Project) -> ModelVersion:
    """A version whose checkpoint is real; its weights are random."""
    config = model_config("abc-tiny")
    folder = Path(settings.MODELS_ROOT) / "tiny"
    save_checkpoint(folder, build(config).state_dict(), Checkpoint(model=config, scale=96))
    return services.register_version(
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
    services.promote_version(make_tiny_version(project), by=owner_of(project))
    services.queue_preannotation()
    tasks.preannotate()
    batch, prediction = PreannotationBatch.objects.get(), Prediction.objects.get()
    assert (batch.state, batch.error) == ("done", f"Could not be read: {broken.file_name}")
    assert (prediction.image, sum(prediction.probabilities_ppm)) == (turned, 1_000_000)
    document = parse_document(prediction.document, level_count=project.level_count)
    right, bottom = (
        max((max(ring[k::2]) for each in document.regions for ring in each.rings), default=0) for k in (0, 1)
    )
    assert right <= 16 * 80
    assert bottom <= 16 * 120
