"""A release in another tool's format is built once, kept while it is wanted, and then swept."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from annotate.core.errors import Conflict, SmartBlurError
from annotate.core.release import read_release
from annotate.models import Export, Image, Release
from annotate.services import leases
from annotate.services.releasing import builds, exports
from annotate.services.releasing.releases import cut_release, release_folder
from tests.disk import full_disk
from tests.factories import make_image, make_project, owner_of
from tests.labels import LEFT_HALF, label_image

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.RELEASES_ROOT, settings.EXPORTS_ROOT = tmp_path / "releases", tmp_path / "exports"


@pytest.fixture
def release():
    """A ready release of two photos."""
    project = make_project(name="Dogs", votes_wanted=1)
    for _ in range(2):
        label_image(make_image(project), LEFT_HALF, "bad")
    cut_release(project, by=owner_of(project))
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    return Release.objects.get()


def start(release, format="masks", **options):
    return exports.start_export(release, format=format, by=owner_of(release.project), **options)


def build():
    leases.work_off(Export.objects.select_related("release"), exports.build_export)
    return Export.objects.latest("pk")


def files_in(pieces):
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}


def test_an_export_is_built_and_packed(release):
    start(release)
    row = build()
    files = files_in(exports.pack_export(row, by=row.asked_by))
    keys = [record.key for record in read_release(release_folder(release)).records()]
    assert (row.state, row.error) == ("done", "")
    assert sorted(name for name in files if name.startswith("masks/")) == [f"masks/{key}.png" for key in keys]
    assert row.bytes == sum(map(len, files.values()))


def test_whoever_asks_for_the_same_gets_the_same(release):
    first = start(release, from_level=1)
    assert start(release).pk == first.pk
    assert start(release, is_blur_white=False).pk != first.pk
    assert [row.options for row in Export.objects.order_by("pk")] == [{}, {"is_blur_white": False}]


def test_a_set_of_the_photos_is_exported_as_it_was_when_it_was_asked_for(release):
    first, second = release.items.order_by("key")
    Image.objects.filter(pk=first.image_id).update(album="Lake")
    release.project.saved_sets.create(name="Lake", query="album=Lake", saved_by=owner_of(release.project))
    start(release, format="cvat", photos="set=Lake")
    files = files_in(exports.pack_export(build(), by=owner_of(release.project)))
    assert b"1, chosen from the 2 of the release" in files["README.md"]
    labels = files["annotations.xml"].decode()
    assert (first.key in labels, second.key in labels, 'name="' + first.key in labels) == (True, False, True)
    with pytest.raises(Conflict) as refusal:
        start(release, photos="album=Sea")
    assert refusal.value.code == "nothing_chosen"
    again = start(release, photos="album=Lake")
    Image.objects.filter(pk=second.image_id).update(album="Lake")
    row = build()
    assert (row.pk, row.state, row.error.startswith("What was chosen of the photos")) == (again.pk, "failed", True)
    assert start(release, photos="album=Lake").pk != again.pk


@pytest.mark.parametrize(
    ("format", "options", "where"), [("docx", {}, "format"), ("masks", {"from_level": 4}, "from_level")]
)
def test_what_cannot_be_is_refused(release, format, options, where):
    with pytest.raises(SmartBlurError) as refusal:
        start(release, format, **options)
    assert (refusal.value.where, Export.objects.count()) == (where, 0)


def test_a_release_that_is_not_ready_is_refused(release):
    Release.objects.update(state=Release.State.RUNNING)
    release.refresh_from_db()
    with pytest.raises(Conflict):
        start(release)


def test_an_export_that_failed_is_tried_again_when_asked_for(release):
    start(release)
    Export.objects.update(state="failed", error="No.", attempt=3)
    assert (start(release).state, build().state) == ("queued", "done")


def test_an_export_whose_files_are_gone_is_built_again_when_asked_for(release):
    start(release)
    row = build()
    exports.localcopy.delete("exports", str(row.pk))
    with pytest.raises(Conflict) as refusal:
        exports.pack_export(row, by=row.asked_by)
    assert refusal.value.code == "files_missing"
    assert (start(release).state, build().state) == ("queued", "done")


def test_an_export_that_is_not_ready_is_not_packed(release):
    row = start(release)
    with pytest.raises(Conflict):
        exports.pack_export(row, by=row.asked_by)


def test_an_export_is_stopped(release):
    row = start(release)
    exports.cancel_export(row)
    assert build().state == "cancelled"


def test_a_damaged_release_fails_with_its_reason(release, tmp_path):
    start(release, "levels")
    next(release_folder(release).glob("*/levels/**/*.png")).unlink()
    row = build()
    assert (row.state, bool(row.error), list((tmp_path / "exports").rglob("*.png"))) == ("failed", True, [])


def test_an_export_without_room_on_the_disk_says_so_and_leaves_nothing(release, tmp_path):
    start(release)
    with full_disk(100):
        row = build()
    assert (row.state, row.attempt, row.error[:17]) == ("failed", 1, "The disk is full:")
    assert list((tmp_path / "exports").iterdir()) == []
    assert (start(release).state, build().state) == ("queued", "done")


def test_what_nobody_has_wanted_for_a_week_goes(release, tmp_path):
    start(release)
    row = build()
    Export.objects.update(used_at=timezone.now() - timedelta(days=8))
    start(release, "votes")
    kept = build()
    assert exports.sweep_exports() == 1
    assert [path.name for path in (tmp_path / "exports").iterdir()] == [str(kept.pk)]
    assert not Export.objects.filter(pk=row.pk).exists()


def test_a_download_keeps_it_for_another_week(release):
    start(release)
    row = build()
    Export.objects.update(used_at=timezone.now() - timedelta(days=8))
    exports.pack_export(row, by=row.asked_by)
    assert exports.sweep_exports() == 0


def test_files_of_no_export_go(release, tmp_path):
    (tmp_path / "exports" / "999" / "1").mkdir(parents=True)
    exports.sweep_exports()
    assert list((tmp_path / "exports").iterdir()) == []


def test_an_export_lies_in_the_bucket_as_one_zip(bucket, settings, tmp_path):
    project = make_project(name="Dogs", votes_wanted=1)
    label_image(make_image(project), LEFT_HALF, "bad")
    cut_release(project, by=owner_of(project))
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    start(Release.objects.get(), "votes")
    row = build()
    assert "votes.csv" in files_in(exports.pack_export(row, by=row.asked_by))
    assert list(settings.EXPORTS_ROOT.rglob("*.csv")) == []
    Export.objects.update(used_at=timezone.now() - timedelta(days=8))
    exports.sweep_exports()
    assert [name for name in bucket.names() if "exports" in name] == []
