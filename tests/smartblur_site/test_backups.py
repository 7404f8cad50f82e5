"""A backup holds all rows and files of one moment, and a restored site is the site that it was made of."""

import hashlib
import json
import shutil

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.core.management import call_command
from django.db import connection

from annotate.models import Annotation, AuditEntry, Image, Release, User
from annotate.services import leases
from annotate.services.releasing import builds
from annotate.services.releasing.releases import cut_release, release_folder
from modelsvc.fusenet.checkpoint import replace_folder
from smartblur_site import backups
from smartblur_site.backups import make_backup, open_backup
from tests.disk import full_disk
from tests.factories import make_image, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, label_image
from tests.modelsvc.rows import make_version

pytestmark = pytest.mark.django_db(transaction=True)

PARTS = ("checkpoint.json", "resume.json", "weights.safetensors")


@pytest.fixture(autouse=True)
def _disk(settings, tmp_path):
    """A data folder of its own."""
    settings.MEDIA_ROOT, settings.RELEASES_ROOT, settings.MODELS_ROOT = (
        tmp_path / "data" / name for name in ("media", "releases", "models")
    )


@pytest.fixture
def site():
    """A project with two labelled photos, a ready release and a model version."""
    project = make_project(name="Dogs", votes_wanted=1)
    for _ in range(2):
        label_image(make_image(project), LEFT_HALF, "bad")
    cut_release(project, by=owner_of(project))
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    make_version(project)
    return project


def lose_all(settings):
    """An installation as it is after `migrate`."""
    shutil.rmtree(settings.MEDIA_ROOT.parent)
    call_command("flush", interactive=False, verbosity=0)


def described(backup):
    """What is in a backup but for when it was made."""
    files = [(file.store, file.name, file.bytes, file.sha256) for file in backup.files()]
    return [backup.about[name] for name in ("tables", "sequences", "migrations")], files


def refused(capsys, *words):
    with pytest.raises(SystemExit) as exit_:
        call_command(*words)
    assert exit_.value.code == 2
    return json.loads(capsys.readouterr().err)


@pytest.mark.promise("R11")
def test_what_is_restored_equals_what_was_backed_up_byte_for_byte(site, settings, tmp_path):
    first = make_backup(tmp_path / "first")
    rows = {table.name: table.rows for table in first.tables}
    assert (rows["annotate_image"], rows["annotate_annotation"], rows["modelsvc_modelversion"]) == (2, 2, 1)
    folder = release_folder(Release.objects.get())
    before = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    lose_all(settings)
    call_command("restore", str(tmp_path / "first"), verbosity=0)
    assert described(make_backup(tmp_path / "second")) == described(first)
    assert {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert make_user().pk == first.about["sequences"]["annotate_user_id_seq"] + 1
    with pytest.raises(Exception, match="its rows are never changed"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM annotate_auditentry")  # the database's own rules are back, too


def test_a_second_backup_reads_only_what_is_new_and_forgets_what_is_gone(site, tmp_path, monkeypatch):
    folder = tmp_path / "backup"
    first = make_backup(folder)
    copied = []
    copy = backups._copy
    monkeypatch.setattr(backups, "_copy", lambda storage, name, to: (copied.append(name), copy(storage, name, to))[1])
    new = make_image(site)
    storages["models"].delete(f"{site.model_versions.get().checkpoint}/weights.safetensors")
    second = make_backup(folder)
    assert copied == [new.file.name]
    names = {file.name for file in second.files()}
    assert (new.file.name in names, any(name.endswith("weights.safetensors") for name in names)) == (True, False)
    kept = {path.name for path in folder.glob("files/*/*")}
    assert kept == {file.sha256 for file in second.files()}
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [".smartblur-backup", "backup.json", "files", second.about["made"]]
    )
    assert first.about["made"] < second.about["made"]


def test_a_backup_that_finds_no_room_says_so_and_leaves_the_former_one_and_nothing_else(site, tmp_path, capsys):
    first = make_backup(tmp_path / "backup")
    files = {path for path in tmp_path.glob("backup/**/*") if path.is_file()}
    make_image(site)
    default_storage.save("zz/large", ContentFile(bytes(300_000)))
    with full_disk(200_000):
        assert refused(capsys, "backup", str(tmp_path / "backup"))["code"] == "disk_full"
    assert {path for path in tmp_path.glob("backup/**/*") if path.is_file()} == files
    left = open_backup(tmp_path / "backup")
    backups.verify_backup(left)
    assert described(left) == described(first)


@pytest.mark.promise("R11")
def test_rows_are_those_of_one_moment(site, tmp_path, monkeypatch):
    write = backups.tables._write

    def meanwhile(name, folder):
        if name == "annotate_annotation":  # the audit entries were written a moment before
            in_another_connection("UPDATE annotate_annotation SET revision = 99")
        return write(name, folder)

    monkeypatch.setattr(backups.tables, "_write", meanwhile)
    backup = make_backup(tmp_path / "backup")
    assert set(Annotation.objects.values_list("revision", flat=True)) == {99}
    call_command("restore", str(backup.folder), replace=True, verbosity=0)
    assert 99 not in set(Annotation.objects.values_list("revision", flat=True))


def in_another_connection(statement):
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(statement)
    finally:
        other.close()


def resealed(backup, **changes):
    """The backup with another description, sealed as anybody can."""
    about = backup.about | changes
    (backup.folder / "backup.json").write_text(json.dumps(about | {"seal": backups._seal(about)}))


@pytest.mark.parametrize("what", ["a row", "a file", "the list of files", "backup.json"])
def test_a_damaged_backup_is_refused_and_nothing_changes(site, settings, tmp_path, capsys, what):
    backup = make_backup(tmp_path / "backup")
    victims = {
        "a row": backup.rows / "annotate_image.copy.gz",
        "a file": backup.content(next(backup.files()).sha256),
        "the list of files": backup.rows / "files.jsonl",
        "backup.json": backup.folder / "backup.json",
    }
    content = bytearray(victims[what].read_bytes())
    content[len(content) // 2] ^= 1
    victims[what].write_bytes(content)
    lose_all(settings)
    problem = refused(capsys, "restore", str(backup.folder))
    assert problem["code"] == "invalid_backup"
    assert (User.objects.count(), settings.MEDIA_ROOT.exists()) == (0, False)


def test_an_installation_that_is_not_empty_is_left_alone_unless_told(site, tmp_path, capsys):
    backup = make_backup(tmp_path / "backup")
    stranger = make_image(make_project(name="Cats"))
    assert refused(capsys, "restore", str(backup.folder))["code"] == "not_empty"
    assert Image.objects.count() == 3
    call_command("restore", str(backup.folder), replace=True, verbosity=0)
    assert (Image.objects.count(), default_storage.exists(stranger.file.name)) == (2, False)


def test_a_backup_of_a_newer_version_is_refused(site, settings, tmp_path, capsys):
    backup = make_backup(tmp_path / "backup")
    resealed(backup, migrations=backup.about["migrations"] | {"annotate": "9999_later"})
    lose_all(settings)
    assert refused(capsys, "restore", str(backup.folder))["code"] == "backup_newer"
    assert User.objects.count() == 0


def test_rows_that_do_not_fit_leave_no_half_of_them(site, settings, tmp_path):
    backup = make_backup(tmp_path / "backup")
    tables = [table for table in backup.about["tables"] if table["name"] != "annotate_user"]
    resealed(backup, tables=tables)
    lose_all(settings)
    with pytest.raises(Exception, match="foreign key"):
        call_command("restore", str(backup.folder))
    assert (User.objects.count(), AuditEntry.objects.count(), Image.objects.count()) == (0, 0, 0)


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path, capsys):
    (tmp_path / "holiday.jpg").write_bytes(b"photo")
    assert refused(capsys, "backup", str(tmp_path))["code"] == "not_a_backup"
    assert refused(capsys, "restore", str(tmp_path))["detail"] == "There is no backup here: backup.json is missing."
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


@pytest.mark.parametrize("name", ["files", "files/ab/photo.jpg", "20260101T000000000000Z", "letters from A to Z"])
def test_a_folder_that_is_no_backup_must_be_empty_whatever_its_names(site, tmp_path, capsys, name):
    stranger = tmp_path / name / "thesis.txt"
    stranger.parent.mkdir(parents=True)
    stranger.write_text("months")
    assert refused(capsys, "backup", str(tmp_path))["code"] == "not_a_backup"
    assert stranger.read_text() == "months"


def test_what_others_put_into_a_backups_folder_stays(site, tmp_path):
    folder = make_backup(tmp_path / "backup").folder
    strangers = [folder / "notes.txt", folder / "photos Z" / "a.jpg", folder / "files" / "read me", folder / "x" / "b"]
    for stranger in strangers:
        stranger.parent.mkdir(exist_ok=True)
        stranger.write_text("months")
    make_backup(folder)
    assert [stranger.read_text() for stranger in strangers] == ["months"] * 4


def test_rows_go_into_our_tables_only(site, settings, tmp_path, capsys):
    name = '"annotate_user" (id) FROM STDIN; --"'
    backup = make_backup(tmp_path / "backup")
    tables = [table | {"name": name} if table["name"] == "annotate_vote" else table for table in backup.about["tables"]]
    (backup.rows / "annotate_vote.copy.gz").rename(backup.rows / f"{name}.copy.gz")
    resealed(backup, tables=tables)
    lose_all(settings)
    problem = refused(capsys, "restore", str(backup.folder))
    assert (problem["code"], problem["where"]) == ("invalid_backup", name)
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    ("store", "name"), [("staticfiles", "a.js"), ("exports", "a"), ("default", "../a"), ("default", "/a")]
)
def test_files_go_into_our_stores_only_and_else_nothing_changes(site, settings, tmp_path, capsys, store, name):
    backup = make_backup(tmp_path / "backup")
    first, *others = [vars(file) for file in backup.files()]
    lines = "".join(json.dumps(file) + "\n" for file in [*others, first | {"store": store, "name": name}])
    (backup.rows / "files.jsonl").write_text(lines)
    resealed(backup, files=backup.about["files"] | {"sha256": hashlib.sha256(lines.encode()).hexdigest()})
    lose_all(settings)
    assert refused(capsys, "restore", str(backup.folder))["code"] == "invalid_backup"
    assert (User.objects.count(), settings.MEDIA_ROOT.exists()) == (0, False)


def test_files_in_a_bucket_are_backed_up_and_restored_alike(bucket, tmp_path):
    default_storage.save("images/1/ab/abc.jpg", ContentFile(b"photo"))
    backup = make_backup(tmp_path / "backup")
    bucket.delete("media/images/1/ab/abc.jpg")
    call_command("restore", str(backup.folder), verbosity=0)
    assert bucket.names() == ["media/images/1/ab/abc.jpg"]


def write_checkpoint(folder, epoch):
    """A checkpoint in the place of a former one, as the trainer writes it."""
    fresh = folder.with_name(f"{folder.name}.partial")
    fresh.mkdir(parents=True)
    for name in PARTS:
        (fresh / name).write_text(f"{name} of epoch {epoch}")
    replace_folder(fresh, folder)


def test_a_checkpoint_that_a_training_replaces_meanwhile_is_that_of_one_epoch(site, settings, tmp_path, monkeypatch):
    last = settings.MODELS_ROOT / "run-1" / "attempt-1" / "last"
    write_checkpoint(last, 1)
    copy, epochs = backups._copy, iter(range(2, 9))

    def copy_while_it_trains(storage, name, folder):
        if "checkpoint" in name or "resume" in name:
            write_checkpoint(last, next(epochs))
        return copy(storage, name, folder)

    monkeypatch.setattr(backups, "_copy", copy_while_it_trains)
    backup = make_backup(tmp_path / "backup")
    copied = {f.name: backup.content(f.sha256).read_text() for f in backup.files() if f.name.startswith("run-1/")}
    assert copied == {f"run-1/attempt-1/last/{name}": f"{name} of epoch 1" for name in PARTS}
    assert sorted(path.name for path in last.parent.iterdir()) == ["last"]


def test_a_checkpoint_between_two_renames_is_the_former_one(site, settings, tmp_path):
    last = settings.MODELS_ROOT / "run-1" / "attempt-1" / "last"
    write_checkpoint(last, 1)
    last.rename(last.with_name("last.old"))
    names = {f.name for f in make_backup(tmp_path / "backup").files() if f.name.startswith("run-1/")}
    assert names == {
        f"run-1/attempt-1/last/{name}" for name in ("checkpoint.json", "resume.json", "weights.safetensors")
    }
