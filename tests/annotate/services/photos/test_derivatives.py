import io
import os
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from annotate import tasks
from annotate.models import Derivative
from annotate.services.photos import derivatives
from annotate.services.photos.derivatives import Previewer
from tests.factories import make_image, make_project, photo_bytes, photo_with_soft_background

pytestmark = pytest.mark.django_db


def size_of(jpeg):
    return PIL.Image.open(io.BytesIO(jpeg)).size


def preview_size(row):
    with row.preview.open() as file:
        return size_of(file.read())


def test_a_worker_makes_the_previews_that_wait():
    project = make_project()
    images = [make_image(project, photo_bytes(900, 300)), make_image(project, photo_bytes(20, 10))]
    tasks.render_derivatives()
    rows = [Derivative.objects.get(image=image) for image in images]
    assert [(row.state, row.progress_ppm, row.attempt) for row in rows] == [("done", 1_000_000, 1)] * 2
    assert [preview_size(row) for row in rows] == [(640, 213), (20, 10)]


def test_the_preview_is_upright():
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    image = make_image(make_project(), photo_bytes(60, 20, exif=exif))
    assert image.size == (20, 60)
    derivatives.render_derivatives()
    image.derivative.refresh_from_db()
    assert preview_size(image.derivative) == (20, 60)


def test_a_sharpness_map_is_made_with_the_preview():
    image = make_image(make_project(), photo_with_soft_background(192, 128, seed=1))
    derivatives.render_derivatives()
    image.derivative.refresh_from_db()
    with image.derivative.sharpness.open() as file:
        cells = np.asarray(PIL.Image.open(file))
    assert (cells.shape, cells.dtype) == ((32, 48), np.uint8)
    middle, edge = cells[14:18, 20:28], cells[:4]
    assert middle.min() > edge.max() > 0


def test_photos_from_before_there_were_sharpness_maps_get_theirs_by_the_sweep():
    image = make_image(make_project())
    derivatives.render_derivatives()
    Derivative.objects.update(sharpness="")
    assert derivatives.requeue_unmeasured() == 1
    assert derivatives.requeue_unmeasured() == 0
    derivatives.render_derivatives()
    image.derivative.refresh_from_db()
    assert (image.derivative.state, bool(image.derivative.sharpness)) == ("done", True)


def test_a_damaged_file_is_a_failed_row_with_a_sentence_and_the_others_are_done():
    project = make_project()
    damaged, sound = make_image(project), make_image(project)
    with Path(damaged.file.path).open("r+b") as file:
        file.truncate(400)
    derivatives.render_derivatives()
    damaged.derivative.refresh_from_db()
    sound.derivative.refresh_from_db()
    assert (damaged.derivative.state, sound.derivative.state) == ("failed", "done")
    assert "damaged" in damaged.derivative.error or "Upload" in damaged.derivative.error


def test_failed_previews_can_be_made_again():
    image = make_image(make_project())
    Derivative.objects.update(state="failed", attempt=3, error="The disk was away.")
    assert derivatives.requeue(Derivative.objects.all()) == 1
    derivatives.render_derivatives()
    image.derivative.refresh_from_db()
    assert (image.derivative.state, image.derivative.error) == ("done", "")


def test_the_previewer_stands_back_behind_people():
    with Previewer() as previewer:
        jpeg, _ = previewer.render(io.BytesIO(photo_bytes(30, 20)))
        assert os.getpriority(os.PRIO_PROCESS, previewer.child.pid) - os.getpriority(os.PRIO_PROCESS, 0) == 10
    assert size_of(jpeg.read()) == (30, 20)
