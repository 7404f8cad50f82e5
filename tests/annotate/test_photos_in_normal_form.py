"""What was stored before photos had one form is brought into it by the migration, whenever it is stopped."""

import hashlib
import importlib
import io

import numpy as np
import PIL.Image
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from annotate.core.colour import profile_named
from annotate.core.containers import read_container
from annotate.models import Image
from modelsvc.models import TrialPhoto
from modelsvc.services.trials import start_trial
from tests.factories import make_image, make_project, owner_of, photo_bytes
from tests.modelsvc.rows import make_version

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = [("annotate", "0026_exports"), ("modelsvc", "0008_levels_of_versions")]
RENEW = importlib.import_module("annotate.migrations.0027_photos_in_normal_form")
P3 = profile_named("Display P3")


@pytest.fixture
def go_back():
    """Gives the models as they were, with all rows; afterwards all is as it is now."""
    try:
        yield lambda: migrate(BEFORE)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE annotate_image CASCADE")
        call_command("migrate", verbosity=0)


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


def store_as_before(old, image, data, **facts):
    """Make the row and its file what the site of before would have made of these bytes."""
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"images/{image.project_id}/{sha256[:2]}/{sha256}.{facts.pop('suffix', 'jpg')}"
    default_storage.save(name, ContentFile(data))
    facts |= {"file": name, "sha256": sha256, "byte_count": len(data)}
    old.get_model("annotate", "Image").objects.filter(pk=image.pk).update(**facts)
    return name


def make_images(count):
    project = make_project()
    return [make_image(project) for _ in range(count)]


def bare(data):
    return read_container(data, with_profile=False).content


def bytes_of(image):
    with default_storage.open(image.file.name) as file:
        return file.read()


def decoded(image):
    return PIL.Image.open(io.BytesIO(bytes_of(image)))


def test_old_photos_are_turned_get_their_profile_back_and_become_grey_or_rgb(go_back):
    images = make_images(5)
    old = go_back()
    turned, coloured, deep, both, plain = images
    jpeg, png = bare(photo_bytes(40, 24)), bare(photo_bytes(40, 24, format="PNG"))
    grey = io.BytesIO()
    PIL.Image.fromarray(np.arange(960, dtype=np.uint16).reshape(24, 40) * 60).save(grey, "PNG")
    names = [
        store_as_before(old, turned, jpeg, orientation=6, width=24, height=40),
        store_as_before(old, coloured, bare(photo_bytes(40, 24)), colour="Display P3", icc=P3),
        store_as_before(old, deep, grey.getvalue(), format="png", suffix="png"),
        store_as_before(old, both, png, orientation=3, colour="Display P3", icc=P3, format="png", suffix="png"),
    ]
    call_command("migrate", verbosity=0)
    for row in images:
        row.refresh_from_db()
        assert (hashlib.sha256(bytes_of(row)).hexdigest(), len(bytes_of(row))) == (row.sha256, row.byte_count)
        assert row.file.name.startswith(f"images/{row.project_id}/{row.sha256[:2]}/{row.sha256}.")
    stored = PIL.Image.open(io.BytesIO(jpeg)).transpose(PIL.Image.Transpose.ROTATE_270)
    assert np.array_equal(np.asarray(decoded(turned)), np.asarray(stored))
    assert (turned.size, turned.format) == (decoded(turned).size, "webp") == ((24, 40), "webp")
    assert (decoded(coloured).info["icc_profile"], coloured.colour, coloured.format) == (P3, "Display P3", "jpeg")
    assert (decoded(deep).mode, deep.colour) == ("L", "sRGB")
    assert (decoded(both).info["icc_profile"], both.colour) == (P3, "Display P3")
    assert plain.format == "jpeg"
    assert [name for name in names if default_storage.exists(name)] == []


def test_copies_that_share_a_file_share_the_new_one(go_back):
    (image,) = make_images(1)
    old = go_back()
    name = store_as_before(old, image, bare(photo_bytes(40, 24)), orientation=8, width=24, height=40)
    row = old.get_model("annotate", "Image").objects.get(pk=image.pk)
    other = old.get_model("annotate", "Project").objects.get(pk=image.project_id)
    other.pk = None
    other.save()
    row.pk, row.project_id = None, other.pk
    row.save()
    call_command("migrate", verbosity=0)
    assert Image.objects.values("file", "sha256").distinct().count() == 1
    assert (Image.objects.count(), default_storage.exists(name)) == (2, False)


def test_a_migration_that_was_killed_goes_on_where_it_was(go_back, monkeypatch):
    images = make_images(4)
    old = go_back()
    for image in images:
        store_as_before(old, image, bare(photo_bytes(40, 24)), orientation=6, width=24, height=40)
    facts_of, calls = RENEW.facts_of, []

    def dying(photo):
        calls.append(photo)
        if len(calls) == 3:  # the new file is written, the row not changed
            raise KeyboardInterrupt
        return facts_of(photo)

    monkeypatch.setattr(RENEW, "facts_of", dying)
    with pytest.raises(KeyboardInterrupt):
        RENEW.renew_photos(old, None)
    rows = old.get_model("annotate", "Image").objects.order_by("pk")
    assert list(rows.values_list("orientation", flat=True)) == [1, 1, 6, 6]
    assert [row.file.name for row in rows.all() if not default_storage.exists(row.file.name)] == []
    monkeypatch.setattr(RENEW, "facts_of", facts_of)
    RENEW.renew_photos(old, None)
    assert set(rows.values_list("orientation", "width", "height")) == {(1, 24, 40)}
    assert [row.file.name for row in rows.all() if not default_storage.exists(row.file.name)] == []


def test_a_photo_that_cannot_be_read_is_withdrawn_and_one_without_a_file_is_named(go_back, capsys):
    broken, gone, _ = make_images(3)
    old = go_back()
    store_as_before(old, broken, bare(photo_bytes(40, 24))[:300], orientation=6, file_name="broken.jpg")
    old.get_model("annotate", "Image").objects.filter(pk=gone.pk).update(file="images/nowhere.jpg")
    RENEW.renew_photos(old, None)
    rows = old.get_model("annotate", "Image").objects.order_by("pk")
    assert list(rows.values_list("is_withdrawn", flat=True)) == [True, False, False]
    said = capsys.readouterr().out
    assert "broken.jpg, is withdrawn: Upload the photo again" in said
    assert f"photo {gone.pk}, photo.jpg, has no file" in said


def test_where_no_photo_has_a_file_nothing_goes_on(go_back):
    make_images(2)
    old = go_back()
    rows = old.get_model("annotate", "Image").objects
    rows.update(file="images/nowhere.jpg", orientation=6)
    with pytest.raises(RuntimeError, match="the storage"):
        RENEW.renew_photos(old, None)
    assert rows.filter(orientation=6).count() == 2


def test_photos_on_trial_are_turned_too(go_back):
    project = make_project()
    trial = start_trial(make_version(project), [upload(photo_bytes(40, 24))], by=owner_of(project))
    rows = go_back().get_model("modelsvc", "TrialPhoto").objects.filter(trial=trial.pk)
    before = rows.get().file.name
    rows.update(orientation=6)
    call_command("migrate", verbosity=0)
    photo = TrialPhoto.objects.get(trial=trial.pk)
    assert (decoded(photo).size, default_storage.exists(before)) == ((24, 40), False)


def upload(data):
    file = ContentFile(data, name="a.jpg")
    file.size = len(data)
    return file
