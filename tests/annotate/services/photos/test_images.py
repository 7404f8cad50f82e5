import threading
from io import BytesIO

import PIL.Image
import pytest
from django.core.files.storage import default_storage
from django.db import connection

from annotate.core.errors import InvalidImage, SmartBlurError
from annotate.models import AuditEntry, Derivative, Image
from annotate.services.photos import decoding, images
from annotate.services.photos.images import Source, ingest_image, ingest_images
from annotate.services.photos.licenses import canonical_license
from tests.factories import CC0, make_image, make_project, owner_of, photo_bytes

pytestmark = pytest.mark.django_db


def photo():
    return BytesIO(photo_bytes(240, 200))


def stored_files(project):
    folders = [f"images/{project.pk}"] if default_storage.exists(f"images/{project.pk}") else []
    return [
        name
        for folder in folders
        for part in default_storage.listdir(folder)[0]
        for name in default_storage.listdir(f"{folder}/{part}")[1]
    ]


def test_a_photo_becomes_a_row_a_file_a_waiting_preview_and_an_audit_entry():
    project = make_project(votes_wanted=3)
    image = make_image(project, photo_bytes(40, 30), file_name="cat.jpg")
    assert (image.file_name, image.size, image.format, image.open_slots) == ("cat.jpg", (40, 30), "jpeg", 3)
    with image.file.open() as file:
        assert PIL.Image.open(file).size == (40, 30)
    assert image.derivative.state == Derivative.State.QUEUED
    entry = AuditEntry.objects.get(action="image.added")
    assert (entry.subject, entry.details) == (f"image:{image.pk}", {"sha256": image.sha256})


def test_the_same_photo_twice_is_one_row():
    project = make_project()
    data = photo_bytes()
    first = ingest_image(data, file_name="a.jpg", project=project, by=owner_of(project), source=CC0)
    second = ingest_image(data, file_name="b.jpg", project=project, by=owner_of(project), source=CC0)
    assert first == (second[0], True)
    assert second[1] is False
    assert Image.objects.get().file_name == "a.jpg"


def test_the_same_pixels_with_other_metadata_are_one_row():
    project = make_project()
    plain, noted = photo_bytes(seed=1), photo_bytes(seed=1, comment=b"taken by me")
    assert plain != noted
    assert make_image(project, plain) == make_image(project, noted)


def test_the_same_photo_twice_in_one_go_is_one_row():
    project = make_project()
    data = photo_bytes(240, 200)
    arrivals = ingest_images(
        [("a.jpg", BytesIO(data)), ("b.jpg", BytesIO(data))], project=project, by=owner_of(project), source=CC0
    )
    assert [arrival.is_new for arrival in arrivals] == [True, False]
    assert arrivals[0].image == arrivals[1].image


def test_two_projects_each_have_their_own():
    data = photo_bytes()
    assert make_image(make_project(), data).pk != make_image(make_project(), data).pk


def test_a_bad_file_stops_none_of_the_others():
    project = make_project()
    files = [("a.jpg", photo()), ("b.jpg", BytesIO(b"no photo")), ("c.jpg", photo())]
    arrivals = ingest_images(files, project=project, by=owner_of(project), source=CC0)
    assert [arrival.error and arrival.error.code for arrival in arrivals] == [None, "not_an_image", None]
    assert Image.objects.count() == 2


def test_a_large_file_is_refused(monkeypatch):
    monkeypatch.setattr(decoding, "MAX_FILE_BYTES", 100)
    with pytest.raises(InvalidImage) as refusal:
        make_image(make_project())
    assert refusal.value.code == "file_too_large"


def test_many_are_stored_a_few_at_a_time(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(images, "CHUNK_FILES", 2)
    project = make_project()
    files = [(f"{number}.jpg", photo()) for number in range(5)]
    owner = owner_of(project)
    with django_assert_num_queries(21):  # three chunks of: savepoint, look, three inserts, release, look for twins
        arrivals = ingest_images(files, project=project, by=owner, source=CC0)
    assert [arrival.file_name for arrival in arrivals] == [name for name, _ in files]
    assert not any(arrival.admitted for arrival in arrivals)


@pytest.mark.promise("R10")
def test_nothing_stays_when_a_file_cannot_be_written(monkeypatch):
    project = make_project()
    save = default_storage.save
    written = []

    def disk_full_at_the_second(name, content):
        if written:
            raise OSError(28, "No space left on device")
        written.append(name)
        return save(name, content)

    monkeypatch.setattr(default_storage._wrapped, "save", disk_full_at_the_second)
    files = [("a.jpg", photo()), ("b.jpg", photo())]
    with pytest.raises(OSError, match="No space"):
        ingest_images(files, project=project, by=owner_of(project), source=CC0)
    assert Image.objects.count() == Derivative.objects.count() == 0
    assert stored_files(project) == []


@pytest.mark.django_db(transaction=True)
def test_two_who_bring_the_same_photo_at_once_get_the_same_row():
    project = make_project()
    owner, data = owner_of(project), photo_bytes()
    start, found = threading.Barrier(4), []

    def bring():
        start.wait()
        found.append(ingest_image(data, file_name="a.jpg", project=project, by=owner, source=CC0))
        connection.close()

    threads = [threading.Thread(target=bring) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({image.pk for image, _ in found}) == 1
    assert sorted(is_new for _, is_new in found) == [False, False, False, True]
    assert len(stored_files(project)) == 1


@pytest.mark.parametrize(
    ("text", "spdx"),
    [("cc-by-4.0", "CC-BY-4.0"), (" CC0-1.0 ", "CC0-1.0"), ("LicenseRef-Our-Own.1", "LicenseRef-Our-Own.1")],
)
def test_a_licence_is_spelt_as_spdx_spells_it(text, spdx):
    assert canonical_license(text) == spdx


@pytest.mark.parametrize("text", ["", "free", "LicenseRef-", "LicenseRef-a b", "CC-BY-9.0", "licenseref-x"])
def test_an_unknown_licence_is_refused(text):
    with pytest.raises(SmartBlurError) as refusal:
        Source(license=text)
    assert (refusal.value.code, refusal.value.where) == ("unknown_license", "license")


def test_a_licence_that_asks_for_credit_needs_an_attribution():
    with pytest.raises(SmartBlurError) as refusal:
        Source(license="CC-BY-4.0", attribution=" ")
    assert (refusal.value.code, refusal.value.where) == ("attribution_missing", "attribution")
    assert Source(license="CC-BY-4.0", attribution="Rosa").license == "CC-BY-4.0"
