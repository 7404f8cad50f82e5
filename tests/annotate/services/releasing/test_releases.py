"""Releases: what is cut is frozen, what is built is sound and always the same, what is imported is the same again."""

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path

import PIL.Image
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotate.core.errors import Conflict, SmartBlurError
from annotate.core.release import read_release, unpack_release, verify_release
from annotate.models import (
    Annotation,
    Assignment,
    AuditEntry,
    Consensus,
    GoldAnswer,
    Image,
    Release,
    ReleaseItem,
    User,
    Vote,
)
from annotate.services import leases
from annotate.services.agreement import refits
from annotate.services.agreement.consensus import adjudicate
from annotate.services.importing.imports import import_release
from annotate.services.labelling.annotations import save_draft
from annotate.services.photos.images import Source
from annotate.services.queueing.gold import mark_gold
from annotate.services.releasing import builds, freezing
from annotate.services.releasing.releases import (
    cancel_release,
    cut_release,
    release_folder,
    suggest_layout,
    suggest_name_and_version,
)
from tests.disk import full_disk
from tests.factories import make_image, make_member, make_project, owner_of, photo_bytes
from tests.labels import LEFT_HALF, RIGHT_HALF, SHARP, freeze, label, label_image
from tests.parallel import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.RELEASES_ROOT = tmp_path / "releases"


@pytest.fixture
def project():
    """A project with four agreed photos, one of them settled by a curator, and one that is still open."""
    project = make_project(name="Street & Portrait", votes_wanted=2)
    images = [make_image(project) for _ in range(5)]
    label_image(images[0], LEFT_HALF, "bad", "bad")
    label_image(images[1], RIGHT_HALF, "good", "good")
    label_image(images[2], SHARP, "none", "none")
    label_image(images[3], LEFT_HALF, "bad", "ok")
    curator = make_member(project, "curator")
    adjudicate(images[3], by=curator, document=RIGHT_HALF, desirability="ok", reason="the face is sharp")
    label_image(images[4], LEFT_HALF, "bad")
    return project


def cut(project, **fields):
    return cut_release(project, by=owner_of(project), **fields)


def build(release):
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    release.refresh_from_db()
    assert (release.state, release.error) == ("done", "")
    return release_folder(release)


def test_a_cut_only_asks_for_a_release(project, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        release = cut(project)
    assert (release.name, release.version, release.state) == ("street-portrait", "1.0.0", "queued")
    assert (release.item_count, release.is_frozen, release.items.count()) == (4, False, 0)
    assert not Image.objects.exclude(split="").exists()


def test_a_worker_freezes_the_agreed_photos_with_splits_and_pseudonyms(project):
    release = freeze(cut(project))
    assert (release.is_frozen, release.item_count, release.progress_ppm) == (True, 4, freezing.FROZEN_PPM)
    records = list(release.items.values_list("record", flat=True))
    assert {record["facts"]["added_in"] for record in records} == {"1.0.0"}
    assert all(record["facts"]["split"] and record["facts"]["group"] for record in records)
    assert len({vote["annotator"] for record in records for vote in record["votes"]}) == 8
    assert not set(User.objects.values_list("username", flat=True)) & set(str(records).replace("'", " ").split())
    told = AuditEntry.objects.filter(subject=f"release:{release.pk}").order_by("pk")
    assert list(told.values_list("action", "actor", "details__images")) == [
        ("release.cut", release.cut_by_id, 4),
        ("release.frozen", release.cut_by_id, 4),
    ]


def elsewhere(*calls):
    """Do these over another connection, as somebody else does."""
    for call in calls:
        (result,) = at_once([call])
        assert not isinstance(result, Exception), result


def test_a_release_is_frozen_as_of_one_moment_while_people_and_the_heartbeat_go_on(project, monkeypatch):
    monkeypatch.setattr(freezing, "PAGE", 1)
    release = cut(project)
    lease = leases.claim_next(Release.objects.select_related("project"))
    meanwhile = [lambda: Image.objects.update(attribution="Ada"), lambda: lease.extend(progress_ppm=7)]
    monkeypatch.setattr(lease, "tell", lambda **_: elsewhere(*meanwhile))
    freezing.freeze_release(lease.work, lease)
    attributions = release.items.values_list("record__facts__attribution", flat=True)
    assert (list(attributions), Image.objects.filter(attribution="Ada").count()) == ([""] * 4, 5)


@pytest.mark.promise("R5")
def test_of_a_freeze_that_breaks_off_nothing_stays_and_the_next_attempt_does_it(project, monkeypatch):
    monkeypatch.setattr(freezing, "PAGE", 2)
    release, write, calls = cut(project), freezing._freeze_items, []

    def break_down(*args):
        calls.append(ReleaseItem.objects.count())
        if len(calls) == 2:
            raise ZeroDivisionError
        write(*args)

    monkeypatch.setattr(freezing, "_freeze_items", break_down)
    build(release)
    assert (calls, release.attempt, release.items.count()) == ([0, 2, 0, 2], 2, 4)


def test_items_of_a_worker_that_died_before_it_fixed_them_are_written_anew(project):
    release = freeze(cut(project))
    Release.objects.update(manifest={})
    build(release)
    assert (release.items.count(), release.state) == (4, "done")


def test_an_attempt_that_comes_too_late_freezes_nothing(project):
    release = cut(project)
    late = leases.claim_next(Release.objects.select_related("project"))
    Release.objects.update(state="queued")
    freeze(release)
    frozen = list(release.items.order_by("pk").values_list("pk", flat=True))
    with pytest.raises(leases.LeaseLost):
        freezing.freeze_release(late.work, late)
    assert list(release.items.order_by("pk").values_list("pk", flat=True)) == frozen


def test_a_release_whose_photos_were_all_withdrawn_meanwhile_says_so(project):
    release = cut(project)
    Image.objects.update(is_withdrawn=True)
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    release.refresh_from_db()
    assert (release.state, release.error) == ("failed", "None of its photos is agreed any more.")


def test_a_built_release_is_sound_to_the_last_vote(project):
    folder = build(cut(project))
    assert folder.name == "smartblur-street-portrait-1.0.0"
    assert verify_release(folder, "deep") == []
    release = read_release(folder)
    desirability = sorted(record.desirability for record in release.records())
    assert desirability == ["bad", "good", "none", "ok"]
    decided = {record.desirability: record.decided_by for record in release.records()}
    assert decided == {"bad": "posterior", "good": "posterior", "none": "posterior", "ok": "adjudicated"}


def test_the_same_snapshot_in_shards_is_the_same_release(project):
    in_files, in_shards = read_release(build(cut(project))), read_release(build(cut(project, layout="shards")))
    versions = {record.key: record.added_in for record in in_files.records()}
    assert {record.key: record.added_in for record in in_shards.records()} == versions
    assert (in_files.layout, in_shards.layout) == ("folder", "shards")
    assert in_shards.content_id == in_files.content_id
    assert verify_release(in_shards.root, "deep", against=in_files.root) == []


def test_a_release_in_shards_comes_back_into_an_empty_project(project):
    release = read_release(build(cut(project, layout="shards")))
    other = make_project(name="Other", votes_wanted=2)
    assert len(list(import_release(release, other, by=owner_of(other)))) == 4
    assert read_release(build(cut(other, layout="shards"))).content_id == release.content_id


@pytest.mark.parametrize(("count", "layout"), [(10_000, "folder"), (10_001, "shards")])
def test_shards_are_suggested_when_a_folder_might_hold_more_than_the_hub_takes(count, layout):
    assert suggest_layout(count) == layout


def test_files_for_more_photos_than_the_hub_takes_are_refused(project, monkeypatch):
    for limit in ("FOLDER_IMAGES", "FILES_OF_HUB_FOLDER"):
        monkeypatch.setattr(f"annotate.services.releasing.releases.{limit}", 3)
    with pytest.raises(Conflict) as refusal:
        cut(project, layout="folder")
    assert (refusal.value.code, refusal.value.where) == ("too_many_files", "layout")
    assert cut(project).layout == "shards"


def test_a_release_says_how_far_people_agree_and_how_reliable_each_is(project):
    refits.refit_consensus(project)
    release = read_release(build(cut(project)))
    assert release.agreement()["alpha_blur_ppm"] == 1_000_000
    assert 0 < release.agreement()["alpha_rank_ppm"] < 1_000_000
    people = release.annotators()
    assert [(person.votes, person.regions) for person in people if person.votes == 0] == [(0, 1)]
    assert all(500_000 < person.skill_ppm < 1_000_000 for person in people if person.votes)


def test_later_work_changes_nothing_that_was_frozen(project):
    release = freeze(cut(project))
    before = list(release.items.order_by("key").values_list("record", flat=True))
    annotation = Annotation.objects.filter(image__state="agreed", layer="person").first()
    save_draft(annotation.pk, by=annotation.author, save_id="0" * 32, base_revision=1, document=SHARP, active_ms=0)
    assert list(release.items.order_by("key").values_list("record", flat=True)) == before
    with pytest.raises(IntegrityError), transaction.atomic():
        release.items.update(key="0" * 24)


@pytest.mark.promise("R5")
def test_a_second_build_gives_the_same_bytes(project):
    release = cut(project)
    folder = build(release)
    first = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    seal = release.seal
    shutil.rmtree(folder)
    Release.objects.update(state="queued", attempt=0)
    again = build(release)
    assert {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()} == first
    assert release.seal == seal


@pytest.mark.promise("R5")
def test_a_build_that_was_killed_after_the_rename_is_taken_up(project):
    release = cut(project)
    build(release)
    Release.objects.update(state="running", lease_until="2020-01-01T00:00Z", content_id="", seal="", folder="")
    build(release)
    assert (release.attempt, len(release.content_id)) == (2, 64)


def test_a_build_that_finds_a_damaged_photo_fails_and_says_which(project):
    release = cut(project)
    image = Image.objects.filter(state="agreed")[0]
    Path(image.file.path).write_bytes(b"damaged")
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    release.refresh_from_db()
    assert release.state == "failed"
    assert "SHA-256" in release.error
    with pytest.raises(Conflict):
        release_folder(release)


def test_a_release_without_room_on_the_disk_says_so_leaves_nothing_and_can_be_cut_again(project, settings):
    release = cut(project)
    with full_disk(500):
        leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    release.refresh_from_db()
    assert (release.state, release.attempt, release.error[:17]) == ("failed", 1, "The disk is full:")
    assert list(Path(settings.RELEASES_ROOT).iterdir()) == []
    assert build(cut(project)).is_dir()


def test_what_failed_and_cancelled_releases_leave_on_disk_is_swept(project, settings):
    kept = cut(project)
    folder = build(kept)
    gone = cut(project)
    cancel_release(gone, by=owner_of(project))
    (settings.RELEASES_ROOT / str(gone.pk)).mkdir()
    assert builds.sweep_folders() == 1
    assert [path.name for path in settings.RELEASES_ROOT.iterdir()] == [str(kept.pk)]
    assert folder.exists()


def test_the_next_release_follows_and_photos_keep_split_and_group(project):
    build(cut(project))
    placed = dict(Image.objects.exclude(split="").values_list("pk", "split"))
    for _ in range(3):
        label_image(make_image(project), LEFT_HALF, "bad", "bad")
    second = cut(project)
    folder = build(second)
    assert (second.version, second.item_count, second.previous.version) == ("1.1.0", 7, "1.0.0")
    assert verify_release(folder, "full", release_folder(second.previous)) == []
    assert dict(Image.objects.filter(pk__in=placed).values_list("pk", "split")) == placed
    assert sorted(second.items.values_list("record__facts__added_in", flat=True)) == ["1.0.0"] * 4 + ["1.1.0"] * 3


def test_photos_of_one_album_stay_together():
    project = make_project(votes_wanted=1)
    for number in range(12):
        album = "wedding" if number < 2 else ""
        label_image(make_image(project, source=Source("CC0-1.0", album=album)), LEFT_HALF, "bad")
    freeze(cut(project))
    places = Image.objects.filter(album="wedding").order_by().values_list("split", "group").distinct()
    assert len(places) == 1
    assert set(Image.objects.values_list("split", flat=True)) == {"train", "validation", "test"}


def test_only_photos_under_an_allowed_licence_go_in(project):
    own = make_image(project, photo_bytes(), source=Source("LicenseRef-Own"))
    label_image(own, LEFT_HALF, "bad", "bad")
    project.license_texts = "LicenseRef-Own\n\nAsk us."
    assert cut(project, licenses=["LicenseRef-Own"]).item_count == 1
    with pytest.raises(Conflict) as refusal:
        cut(project, licenses=["CC-BY-4.0"])
    assert (refusal.value.code, refusal.value.where) == ("nothing_licensed", "licenses")


def test_nothing_agreed_is_nothing_to_release():
    project = make_project(votes_wanted=2)
    label_image(make_image(project), LEFT_HALF, "bad")
    with pytest.raises(Conflict) as refusal:
        cut(project)
    assert refusal.value.code == "nothing_agreed"
    assert "2 people" in refusal.value.detail


@pytest.mark.parametrize(
    ("version", "code"), [("1.0", "invalid_version"), ("1.0.0", "version_taken"), ("0.9.0", "version_not_newer")]
)
def test_versions_rise(project, version, code):
    cut(project, version="1.0.0")
    with pytest.raises(SmartBlurError) as refusal:
        cut(project, version=version)
    assert (refusal.value.code, refusal.value.where) == (code, "version")


def test_a_failed_release_is_replaced_by_one_of_the_same_version(project):
    failed = cut(project)
    Release.objects.update(state="failed")
    assert suggest_name_and_version(project)[1] == "1.0.0"
    again = cut(project)
    assert again.version == "1.0.0"
    assert not Release.objects.filter(pk=failed.pk).exists()


def test_of_two_cuts_at_once_one_is_told_that_the_version_is_taken(project):
    results = at_once([lambda: cut(project, version="1.0.0")] * 2)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Release"]
    assert Release.objects.count() == 1


def test_names_are_made_from_the_projects_and_then_kept(project):
    assert suggest_name_and_version(make_project(name="Fotos Größe_2"))[0] == "fotos-groe-2"
    assert suggest_name_and_version(make_project(name="写真"))[0] == "release"
    cut(project, name="city")
    assert suggest_name_and_version(project)[0] == "city"


def test_an_import_into_an_empty_project_gives_the_same_dataset_again(project):
    folder = build(cut(project))
    twin = make_project(votes_wanted=2, levels=project.levels)
    imported = list(import_release(read_release(folder), twin, by=owner_of(twin)))
    assert len(imported) == 4
    assert Vote.objects.filter(image__project=twin).count() == 8
    assert not User.objects.filter(votes__image__project=twin, is_active=True).exists()
    again = build(cut(twin, name="city"))
    assert verify_release(again, "deep") == []
    assert read_release(again).content_id == read_release(folder).content_id


def test_new_frames_of_an_imported_burst_go_where_it_is():
    project = make_project(votes_wanted=1)
    burst = [make_image(project, photo_bytes(exif=taken_at(second))) for second in range(2)]
    for image in [*burst, *(make_image(project) for _ in range(8))]:
        label_image(image, LEFT_HALF, "bad")
    twin = make_project(votes_wanted=1)
    list(import_release(read_release(build(cut(project))), twin, by=owner_of(twin)))
    old = twin.images.get(sha256=burst[0].sha256)
    assert (old.camera, old.captured_at) == (burst[0].camera, burst[0].captured_at) == ("K-1", old.captured_at)
    new = make_image(twin, photo_bytes(exif=taken_at(4)))
    label_image(new, LEFT_HALF, "bad")
    build(cut(twin, name="city"))
    new.refresh_from_db()
    assert (new.group, new.split) == (old.group, old.split)


def taken_at(second: int) -> PIL.Image.Exif:
    exif = PIL.Image.Exif()
    exif.update({0x0110: "K-1", 0x0132: f"2024:05:31 18:03:{second:02}"})
    return exif


def test_a_release_1_0_is_imported_upright(tmp_path):
    unpack_release(Path("tests/data/release-1.0.zip"), tmp_path / "older")
    twin = make_project()
    list(import_release(read_release(tmp_path / "older"), twin, by=owner_of(twin)))
    assert set(twin.images.values_list("width", "height")) == {(40, 24)}
    assert Counter(twin.images.values_list("split", flat=True)) == {"train": 6, "validation": 4, "test": 4}
    again = list(import_release(read_release(tmp_path / "older"), twin, by=owner_of(twin)))
    assert (len(again), twin.images.count()) == (14, 14)


def test_an_import_that_was_stopped_goes_on_where_it_was(project):
    folder = build(cut(project))
    twin = make_project()
    steps = import_release(read_release(folder), twin, by=owner_of(twin))
    next(steps), next(steps)
    steps.close()
    assert Consensus.objects.filter(image__project=twin).count() == 2
    assert len(list(import_release(read_release(folder), twin, by=owner_of(twin)))) == 4
    assert Annotation.objects.filter(image__project=twin).count() == 9


def test_an_import_does_not_mix_with_other_photos(project):
    folder = build(cut(project))
    other = make_project()
    make_image(other)
    with pytest.raises(Conflict) as refusal:
        list(import_release(read_release(folder), other, by=owner_of(other)))
    assert refusal.value.code == "project_not_empty"


def test_answers_to_test_photos_are_released_as_such_beside_the_votes_that_count(project):
    image, person = Image.objects.get(consensus__decided_by="adjudicated"), make_member(project)
    mark_gold(image, by=owner_of(project))
    Assignment.objects.create(image=image, user=person, lease_until=timezone.now() + timedelta(hours=1))
    label(Annotation.objects.create(image=image, author=person, layer="gold", document=SHARP), RIGHT_HALF, "ok")
    release = cut(project)
    folder = build(release)
    assert verify_release(folder, "deep") == []
    lines = (folder / "extras" / "votes.csv").read_text().splitlines()[1:]
    key = image.sha256[:24]
    assert sorted(line.split(",")[2:4] for line in lines if line.startswith(key)) == [
        ["bad", "0"],
        ["ok", "0"],
        ["ok", "1"],
    ]
    rows = [line.split(",") for line in (folder / "extras" / "annotators.csv").read_text().splitlines()]
    column = rows[0].index("gold_ppm")
    assert sorted(row[column] for row in rows[1:] if row[column]) == ["1000000"]
    twin = make_project(votes_wanted=2, levels=project.levels)
    list(import_release(read_release(folder), twin, by=owner_of(twin)))
    assert (Vote.objects.filter(image__project=twin).gold().count(), GoldAnswer.objects.count()) == (1, 2)
    again = build(cut(twin, name="city"))
    assert read_release(again).content_id == read_release(folder).content_id
