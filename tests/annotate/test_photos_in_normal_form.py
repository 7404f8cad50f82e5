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
from tests.factories import photo_bytes

pytestmark = pytest.mark.django_db

BEFORE = [("annotate", "0026_exports"), ("modelsvc", "0008_levels_of_versions")]
RENEW = importlib.import_module("annotate.migrations.0027_photos_in_normal_form")
P3 = profile_named("Display P3")


@pytest.fixture(scope="module")
def old(django_db_setup, django_db_blocker):
    """The models as they were, on tables as they were; afterwards all is as it is now."""
    with django_db_blocker.unblock():
        try:
            yield migrate(BEFORE)
        finally:
            call_command("migrate", verbosity=0)


@pytest.fixture
def images(old):
    """The photos of before."""
    return old.get_model("annotate", "Image").objects.order_by("pk")


@pytest.fixture
def project(old):
    return make_project(old)


def migrate(targets):
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    return MigrationExecutor(connection).loader.project_state(targets).apps


def make_project(old):
    """A project of a user of its own."""
    project = old.get_model("annotate", "Project").objects.create(name="Cats")
    user = old.get_model("annotate", "User").objects.create(username=f"owner of {project.pk}")
    project.memberships.create(user=user, role="owner")
    return project


def owner_of(project):
    return project.memberships.get().user


def store(project, data, *, suffix="jpg", **facts):
    """A row and its file as the site of before would have made them of these bytes."""
    sha256 = hashlib.sha256(data).hexdigest()
    name = f"images/{project.pk}/{sha256[:2]}/{sha256}.{suffix}"
    default_storage.save(name, ContentFile(data))
    facts = {"file_name": "photo.jpg", "format": "jpeg", "width": 40, "height": 24} | facts
    facts |= {"file": name, "sha256": sha256, "source_sha256": sha256, "byte_count": len(data), "dhash": 0}
    return project.images.create(**facts, uploaded_by=owner_of(project), license="CC0-1.0", open_slots=1)


def bare(format="JPEG"):
    return read_container(photo_bytes(40, 24, format=format), with_profile=False).content


def bytes_of(row):
    with default_storage.open(row.file.name) as file:
        return file.read()


def decoded(row):
    return PIL.Image.open(io.BytesIO(bytes_of(row)))


def without_file(rows):
    return [row.file.name for row in rows.all() if not default_storage.exists(row.file.name)]


@pytest.mark.django_db(transaction=True)
def test_old_photos_are_turned_get_their_profile_back_and_become_grey_or_rgb(old, project):
    jpeg, grey = bare(), io.BytesIO()
    PIL.Image.fromarray(np.arange(960, dtype=np.uint16).reshape(24, 40) * 60).save(grey, "PNG")
    stored = [
        store(project, jpeg, orientation=6, width=24, height=40),
        store(project, bare(), colour="Display P3", icc=P3),
        store(project, grey.getvalue(), format="png", suffix="png"),
        store(project, bare("PNG"), orientation=3, colour="Display P3", icc=P3, format="png", suffix="png"),
        store(project, bare()),
    ]
    trial_photo = trial_of(old, project, bare())
    call_command("migrate", verbosity=0)

    turned, coloured, deep, both, plain = rows = Image.objects.order_by("pk")
    for row in rows:
        assert (hashlib.sha256(bytes_of(row)).hexdigest(), len(bytes_of(row))) == (row.sha256, row.byte_count)
        assert row.file.name.startswith(f"images/{row.project_id}/{row.sha256[:2]}/{row.sha256}.")
    upright = PIL.Image.open(io.BytesIO(jpeg)).transpose(PIL.Image.Transpose.ROTATE_270)
    assert np.array_equal(np.asarray(decoded(turned)), np.asarray(upright))
    assert (turned.size, turned.format) == (decoded(turned).size, "webp") == ((24, 40), "webp")
    assert (decoded(coloured).info["icc_profile"], coloured.colour, coloured.format) == (P3, "Display P3", "jpeg")
    assert (decoded(deep).mode, deep.colour) == ("L", "sRGB")
    assert (decoded(both).info["icc_profile"], both.colour) == (P3, "Display P3")
    assert plain.format == "jpeg"
    assert [row.file.name for row in stored if default_storage.exists(row.file.name)] == [plain.file.name]
    assert decoded(TrialPhoto.objects.get()).size == (24, 40)
    assert not default_storage.exists(trial_photo.file.name)


def trial_of(old, project, data):
    """A turned photo on trial."""
    version = old.get_model("modelsvc", "ModelVersion").objects.create(project_id=project.pk)
    trial = old.get_model("modelsvc", "Trial").objects.create(version=version, by_id=owner_of(project).pk)
    name = default_storage.save(f"trials/{trial.pk}/0.jpg", ContentFile(data))
    return trial.photos.create(number=0, file_name="photo.jpg", file=name, orientation=6)


def test_copies_that_share_a_file_share_the_new_one(old, project, images):
    row = store(project, bare(), orientation=8, width=24, height=40)
    name = row.file.name
    row.pk, row.project_id = None, make_project(old).pk
    row.save()
    RENEW.renew_photos(old, None)
    assert images.order_by().values("file", "sha256").distinct().count() == 1
    assert (images.count(), default_storage.exists(name)) == (2, False)


def test_a_migration_that_was_killed_goes_on_where_it_was(old, project, images, monkeypatch):
    for _ in range(4):
        store(project, bare(), orientation=6, width=24, height=40)
    facts_of, calls = RENEW.facts_of, []

    def dying(photo):
        calls.append(photo)
        if len(calls) == 3:  # the new file is written, the row not changed
            raise KeyboardInterrupt
        return facts_of(photo)

    monkeypatch.setattr(RENEW, "facts_of", dying)
    with pytest.raises(KeyboardInterrupt):
        RENEW.renew_photos(old, None)
    assert list(images.values_list("orientation", flat=True)) == [1, 1, 6, 6]
    assert without_file(images) == []
    monkeypatch.setattr(RENEW, "facts_of", facts_of)
    RENEW.renew_photos(old, None)
    assert set(images.values_list("orientation", "width", "height")) == {(1, 24, 40)}
    assert without_file(images) == []


def test_a_photo_that_cannot_be_read_is_withdrawn_and_one_without_a_file_is_named(old, project, images, capsys):
    store(project, bare()[:300], orientation=6, file_name="broken.jpg")
    gone = store(project, bare())
    store(project, bare())
    images.filter(pk=gone.pk).update(file="images/nowhere.jpg")
    RENEW.renew_photos(old, None)
    assert list(images.values_list("is_withdrawn", flat=True)) == [True, False, False]
    said = capsys.readouterr().out
    assert "broken.jpg, is withdrawn: Upload the photo again" in said
    assert f"photo {gone.pk}, photo.jpg, has no file" in said


def test_where_no_photo_has_a_file_nothing_goes_on(old, project, images):
    for _ in range(2):
        store(project, bare(), orientation=6)
    images.update(file="images/nowhere.jpg")
    with pytest.raises(RuntimeError, match="the storage"):
        RENEW.renew_photos(old, None)
    assert images.filter(orientation=6).count() == 2
