"""Commands that take a release out, check it, and bring it back."""

import json
import zipfile

import numpy as np
import PIL.Image
import pytest
from django.core.management import call_command

from annotate.core.blurmap import decode_levels
from annotate.core.release import pack_release
from annotate.models import Image, Release
from annotate.services import leases
from annotate.services.releasing import builds
from annotate.services.releasing.releases import cut_release, release_folder
from tests.factories import make_image, make_project, owner_of
from tests.labels import LEFT_HALF, label_image

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folders(settings, tmp_path):
    settings.RELEASES_ROOT = tmp_path / "releases"


@pytest.fixture
def release():
    """A ready release of one photo."""
    project = make_project(name="Dogs", votes_wanted=1)
    label_image(make_image(project), LEFT_HALF, "bad")
    cut_release(project, by=owner_of(project))
    leases.work_off(Release.objects.select_related("project", "previous"), builds.build_release)
    return Release.objects.get()


def refused(capsys, *words):
    """The problem that a command ends with, at exit code 2."""
    with pytest.raises(SystemExit) as end:
        call_command(*words)
    assert end.value.code == 2
    return json.loads(capsys.readouterr().err.splitlines()[-1])


def test_an_exported_release_is_a_copy_that_verifies(release, tmp_path, capsys):
    call_command("export_release", f"dogs-{release.version}", "--out", str(tmp_path / "out"))
    folder = tmp_path / "out" / "smartblur-dogs-1.0.0"
    assert capsys.readouterr().out.strip() == str(folder)
    call_command("verify_release", str(folder), "--deep")
    assert capsys.readouterr().out == "Sound (deep).\n"


def test_an_export_overwrites_nothing(release, tmp_path, capsys):
    call_command("export_release", str(release.pk), "--out", str(tmp_path))
    problem = refused(capsys, "export_release", str(release.pk), "--out", str(tmp_path))
    assert problem["code"] == "folder_taken"


@pytest.mark.parametrize("name", ["99", "cats-1.0.0", "dogs"])
def test_an_unknown_release_is_refused(release, tmp_path, capsys, name):
    assert refused(capsys, "export_release", name, "--out", str(tmp_path))["code"] == "unknown_release"


def test_labels_go_out_in_the_format_of_another_tool(release, tmp_path, capsys):
    call_command("export_labels", "dogs-1.0.0", "--format", "masks", "--out", str(tmp_path), "--blur-is-black")
    folder = tmp_path / "smartblur-dogs-1.0.0-masks"
    assert capsys.readouterr().out.strip() == str(folder)
    (mask,) = (folder / "masks").iterdir()
    levels = decode_levels(next(release_folder(release).glob("*/levels/**/*.png")).read_bytes())
    assert np.array_equal(PIL.Image.open(mask), np.where(levels, 0, 255))


def test_labels_go_out_as_one_zip_file_of_the_same(release, tmp_path, capsys):
    words = ["export_labels", str(release.pk), "--format", "levels", "--without-photos"]
    call_command(*words, "--out", str(tmp_path / "folder"))
    call_command(*words, "--out", str(tmp_path / "zip"), "--zip")
    folder = tmp_path / "folder" / "smartblur-dogs-1.0.0-levels"
    (archive,) = (tmp_path / "zip").iterdir()
    with zipfile.ZipFile(archive) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == {
            f"{folder.name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
    assert refused(capsys, *words, "--out", str(tmp_path / "zip"), "--zip")["code"] == "folder_taken"


def test_an_unknown_format_is_refused(release, tmp_path, capsys):
    words = ["export_labels", str(release.pk), "--format", "docx", "--out", str(tmp_path)]
    assert refused(capsys, *words)["code"] == "bad_arguments"


def test_a_damaged_release_has_faults_and_exit_code_1(release, capsys):
    folder = release_folder(release)
    next(folder.rglob("*.jpg")).write_bytes(b"not the photo")
    with pytest.raises(SystemExit) as end:
        call_command("verify_release", str(folder), "--json")
    assert end.value.code == 1
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["ok"] is False
    assert verdict["faults"][0]["path"].endswith(".jpg")


def test_a_folder_that_is_no_release_is_exit_code_2(tmp_path, capsys):
    assert refused(capsys, "verify_release", str(tmp_path))["where"] == "release.json"


def test_two_depths_at_once_are_refused(tmp_path, capsys):
    assert refused(capsys, "verify_release", str(tmp_path), "--quick", "--deep")["code"] == "bad_arguments"


@pytest.mark.parametrize("is_zip", [False, True])
def test_a_folder_or_its_zip_is_imported(release, tmp_path, capsys, is_zip):
    path = release_folder(release)
    if is_zip:
        archive = tmp_path / "release.zip"
        archive.write_bytes(b"".join(pack_release(path)))
        path = archive
    twin = make_project(name="Twin")
    call_command("import_release", str(path), "--project", "Twin")
    assert capsys.readouterr().out == "Photos of smartblur-dogs-1.0.0 in Twin: 1.\n"
    assert Image.objects.filter(project=twin, state="agreed").count() == 1


def test_a_damaged_release_is_not_imported(release, capsys):
    folder = release_folder(release)
    next(folder.rglob("*.jpg")).write_bytes(b"not the photo")
    twin = make_project(name="Twin")
    assert refused(capsys, "import_release", str(folder), "--project", "Twin")["code"] == "invalid_release"
    assert not twin.images.exists()


def test_a_release_comes_into_a_project_of_other_photos(release, capsys):
    mixed = make_project(name="Mixed", votes_wanted=1)
    make_image(mixed)
    call_command("import_release", str(release_folder(release)), "--project", "Mixed")
    assert capsys.readouterr().out.startswith("Brought in: maps 1, votes 1, photos 1, new_photos 1, kept 0,")
    assert mixed.images.count() == 2


def test_into_other_levels_it_is_refused_and_leaves_nothing(release, capsys):
    levels = [level | {"amount_ppm": level["amount_ppm"] // 2} for level in release.project.levels]
    mixed = make_project(name="Mixed", levels=levels)
    make_image(mixed)
    problem = refused(capsys, "import_release", str(release_folder(release)), "--project", "Mixed")
    assert (problem["code"], mixed.images.count(), mixed.label_imports.count()) == ("other_levels", 1, 0)
