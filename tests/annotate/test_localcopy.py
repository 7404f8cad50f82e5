"""Files in a bucket, and the copies of folders that each computer works on; moto is the bucket."""

import os
import shutil
import time
from contextlib import closing
from hashlib import sha256

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages

from annotate import localcopy
from annotate.core.errors import Conflict, InvalidRelease
from annotate.core.release import pack_release, verify_release
from annotate.models import Release
from annotate.services import leases
from annotate.services.photos import derivatives
from annotate.services.releasing import builds
from annotate.services.releasing.releases import cancel_release, cut_release, pack, read_statistics, release_folder
from tests.factories import client_of, make_image, make_project, owner_of
from tests.labels import LEFT_HALF, label_image

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def release(bucket):
    """A ready release of one photo."""
    project = make_project(name="Dogs", votes_wanted=1)
    label_image(make_image(project), LEFT_HALF, "bad")
    cut_release(project, by=owner_of(project))
    build()
    return Release.objects.get()


def build():
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)


def test_a_photo_goes_into_the_bucket_and_comes_out_as_it_was(bucket):
    project = make_project()
    image = make_image(project)
    assert bucket.names("media/") == [image.file.name]
    derivatives.render_derivatives()
    client = client_of(owner_of(project))
    with closing(client.get(f"/api/images/{image.pk}/file/")) as answer:
        assert sha256(b"".join(answer.streaming_content)).hexdigest() == image.sha256
    with closing(client.get(f"/api/images/{image.pk}/preview/")) as answer:
        assert answer["Content-Type"] == "image/jpeg"
    assert len(bucket.names("media/previews/")) == 2


def test_two_files_of_one_name_are_the_same_file(bucket):
    for _ in range(2):
        assert default_storage.save("a/b.jpg", ContentFile(b"photo")) == "a/b.jpg"
    assert default_storage.listdir("a") == ([], ["b.jpg"])


def test_a_photo_that_the_bucket_has_lost_is_not_found(bucket):
    image = make_image(make_project())
    bucket.delete(f"media/{image.file.name}")
    answer = client_of(owner_of(image.project)).get(f"/api/images/{image.pk}/file/")
    assert (answer.status_code, answer.json()["code"]) == (404, "file_missing")


def test_a_bucket_that_is_away_is_503_and_not_ready(bucket, settings, monkeypatch, client):
    image = make_image(make_project())
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setattr("annotate.bucket.PATIENCE", {"connect_timeout": 1, "retries": {"total_max_attempts": 1}})
    settings.STORAGES = dict(settings.STORAGES)
    answer = client_of(owner_of(image.project)).get(f"/api/images/{image.pk}/file/")
    assert (answer.status_code, answer["Retry-After"], answer.json()["code"]) == (503, "2", "unavailable")
    assert client.get("/readyz").json()["detail"] == "Not ready: the store of files is away."


def test_a_release_is_one_zip_that_another_computer_unpacks_and_verifies(bucket, release):
    built = release_folder(release)
    packed = b"".join(pack_release(built))
    assert sorted(bucket.names("releases/")) == [f"{release.folder}.zip", f"{release.folder}/statistics.json"]
    shutil.rmtree(built)
    assert b"".join(pack(release, by=release.cut_by)) == packed
    assert sum(split["totals"]["images"] for split in read_statistics(release).values()) == 1
    assert verify_release(release_folder(release), "full") == []
    assert b"".join(pack_release(release_folder(release))) == packed


def test_a_copy_of_another_release_is_replaced(bucket, release):
    folder = release_folder(release)
    (folder / "release.json").write_text("{}")
    assert verify_release(release_folder(release), "full") == []


def test_a_release_that_was_changed_in_the_bucket_is_refused_and_nothing_of_it_stays(bucket, release):
    folder = release_folder(release)
    (folder / "README.md").write_text("Changed.")
    bucket.put(f"releases/{release.folder}.zip", b"".join(pack_release(folder)))
    shutil.rmtree(folder)
    with pytest.raises(InvalidRelease, match="The stored release is damaged"):
        release_folder(release)
    assert list(folder.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "code"), [(None, "files_missing"), (b"no zip", "files_damaged")], ids=["gone", "damaged"]
)
def test_a_release_that_cannot_be_fetched_says_so(bucket, release, content, code):
    shutil.rmtree(release_folder(release))
    name = f"releases/{release.folder}.zip"
    bucket.put(name, content) if content else bucket.delete(name)
    with pytest.raises(Conflict) as refused:
        release_folder(release)
    assert refused.value.code == code


def test_what_a_cancelled_release_left_in_the_bucket_is_swept(bucket, release):
    kept = sorted(bucket.names("releases/"))
    gone = cut_release(release.project, by=owner_of(release.project))
    cancel_release(gone, by=owner_of(release.project))
    bucket.put(f"releases/{gone.pk}/dogs.zip", b"left behind")
    assert builds.sweep_folders() == 1
    assert sorted(bucket.names("releases/")) == kept


def test_copies_that_nobody_used_for_a_month_are_removed(bucket, tmp_path):
    for name in ("old", "new"):
        folder = localcopy.place("models", name)
        folder.mkdir(parents=True)
    long_ago = time.time() - localcopy.UNUSED_FOR_S - 60
    os.utime(localcopy.place("models", "old"), (long_ago, long_ago))
    assert localcopy.sweep_copies("models") == 1
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["new"]


def test_on_one_disk_nothing_is_copied_or_swept(settings, tmp_path):
    settings.MODELS_ROOT = tmp_path
    folder = localcopy.place("models", "run-1/attempt-1/best")
    folder.mkdir(parents=True)
    (folder / "weights.safetensors").write_bytes(b"weights")
    os.utime(tmp_path / "run-1", (0, 0))
    localcopy.send("models", "run-1/attempt-1/best")
    assert localcopy.copy_of("models", "run-1/attempt-1/best") == folder
    assert localcopy.sweep_copies("models") == 0
    assert storages["models"].listdir("run-1/attempt-1/best") == ([], ["weights.safetensors"])
