"""Mask folders and tables of votes as they come from elsewhere, by `manage.py import_labels`."""

import numpy as np
import PIL.Image
import pytest
from django.core.management import call_command

from annotate.core.blurmap import rasterize
from annotate.core.regions import parse_document
from annotate.models import Annotation, Release, Vote
from annotate.services import leases
from annotate.services.releasing import builds
from annotate.services.releasing.releases import cut_release
from tests.factories import make_image, make_project, owner_of
from tests.labels import LEFT_HALF, label_image

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.RELEASES_ROOT = tmp_path / "releases"


def import_labels(*words):
    call_command("import_labels", *map(str, words))


def painted(annotation):
    size = (annotation.image.width, annotation.image.height)
    return rasterize(parse_document(annotation.document, level_count=4), size)


def test_masks_of_dut_come_in_with_white_for_sharp(tmp_path):
    image = make_image(make_project(name="Dogs"), file_name="0001.jpg")
    mask = np.zeros((image.height, image.width), np.uint8)
    mask[:, : image.width // 2] = 255
    (tmp_path / "dut500-gt").mkdir()
    PIL.Image.fromarray(mask).save(tmp_path / "dut500-gt" / "0001.bmp")
    import_labels(tmp_path, "--format", "masks", "--project", "Dogs", "--map", "white=0", "--map", "black=2")
    assert np.array_equal(painted(Annotation.objects.get()), np.where(mask, 0, 2))


def test_a_table_with_columns_of_its_own_comes_in_as_votes(tmp_path):
    image = make_image(make_project(name="Dogs"), file_name="a.jpg")
    (tmp_path / "urteile.csv").write_text("Bild;Urteil\na.jpg;gut\n")
    columns = ["--photo-column", "Bild", "--vote-column", "Urteil"]
    import_labels(tmp_path / "urteile.csv", "--format", "votes", "--project", "Dogs", *columns, "--vote", "gut=good")
    assert [(vote.image_id, vote.desirability) for vote in Vote.objects.all()] == [(image.pk, "good")]


def test_masks_of_a_release_come_into_another_project_as_the_same_map(tmp_path):
    dogs, cats = make_project(name="Dogs", votes_wanted=1), make_project(name="Cats")
    label_image(make_image(dogs), LEFT_HALF, "bad")
    cut_release(dogs, by=owner_of(dogs))
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    call_command("export_labels", "dogs-1.0.0", "--format", "masks", "--out", str(tmp_path), "--blur-is-black")
    (folder,) = tmp_path.glob("smartblur-*")
    (mask,) = (np.asarray(PIL.Image.open(path)) for path in folder.glob("masks/*.png"))
    (photo,) = folder.glob("images/*")
    make_image(cats, photo.read_bytes(), file_name=photo.name)
    import_labels(
        folder, "--format", "masks", "--project", "Cats", "--map", "white=0", "--map", "black=1", "--band", "1"
    )
    assert np.array_equal(painted(cats.images.get().annotations.get()), mask == 0)
