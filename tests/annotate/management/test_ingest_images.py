import json
import subprocess
import sys
import zipfile
from pathlib import Path

import PIL.Image
import pytest
from django.core.management import call_command

from annotate.models import Image
from tests.factories import make_project, make_user, owner_of, photo_bytes, photo_with_soft_background, resaved

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


def ingest(source, project, *more, license="CC0-1.0"):
    """(exit code, refusals) of the command."""
    code = 0
    try:
        call_command("ingest_images", str(source), "--project", str(project.pk), "--license", license, *more)
    except SystemExit as end:
        code = end.code
    return code


def refusals(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("a.jpg", "deep/b.JPEG", "c.png"):
        (tmp_path / name).write_bytes(photo_bytes(240, 200, format="PNG" if name == "c.png" else "JPEG"))
    (tmp_path / "notes.txt").write_text("no photo")
    return tmp_path


def test_a_folder_comes_in_with_all_below_it(folder, capsys):
    project = make_project()
    assert ingest(folder, project, "--album", "Day 1") == 0
    assert capsys.readouterr().out == "3 new, 0 known already, 0 refused.\n"
    assert sorted(project.images.values_list("file_name", "album", "uploaded_by")) == [
        (name, "Day 1", owner_of(project).pk) for name in ("a.jpg", "b.JPEG", "c.png")
    ]


def test_what_was_done_to_photos_is_told_and_a_heic_is_one_whatever_its_name(tmp_path, capsys):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(photo_bytes(240, 200, exif=exif))
    (tmp_path / "IMG_0001").write_bytes(photo_bytes(240, 200, format="HEIF"))
    project = make_project()
    assert ingest(tmp_path, project) == 0
    assert capsys.readouterr().out == (
        "3 new, 0 known already, 0 refused.\n"
        "2 x It was turned upright. It is stored as WebP, without loss.\n"
        "1 x It is stored as WebP, without loss.\n"
    )
    assert set(project.images.values_list("width", "height")) == {(200, 240), (240, 200)}


def test_the_second_time_everything_is_known(folder, capsys):
    project = make_project()
    ingest(folder, project)
    (folder / "d.jpg").write_bytes(photo_bytes(240, 200))
    capsys.readouterr()
    assert ingest(folder, project) == 0
    assert capsys.readouterr().out == "1 new, 3 known already, 0 refused.\n"


def test_photos_that_look_like_one_that_is_here_come_in_and_are_named(tmp_path, capsys):
    photo = photo_with_soft_background(240, 200, seed=1)
    (tmp_path / "a.jpg").write_bytes(photo)
    (tmp_path / "b.jpg").write_bytes(resaved(photo))
    (tmp_path / "small.jpg").write_bytes(photo_bytes(240, 199))
    project = make_project()
    assert ingest(tmp_path, project) == 2
    said = capsys.readouterr()
    assert said.out == (
        "2 new, 0 known already, 1 refused.\n"
        "1 of the new look like photos that were here; withdraw what is too much:\n"
        f"  {tmp_path}/b.jpg looks like a.jpg\n"
    )
    assert '"image_too_small"' in said.err


def test_one_corrupt_file_is_told_and_the_others_come_in(folder, capsys):
    (folder / "bad.jpg").write_bytes(b"no photo")
    project = make_project()
    assert ingest(folder, project) == 2
    (told,) = refusals(capsys)
    assert (told["code"], told["where"]) == ("not_an_image", str(folder / "bad.jpg"))
    assert project.images.count() == 3


@pytest.mark.parametrize("name", ["IMG_0001", "photo.jfif", "photo.JPE", "photo.dat", ".hidden", "photo.heic"])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_told_by_its_content_whatever_its_name(tmp_path, capsys, name, form):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(photo_bytes(240, 200, format=form))
    project = make_project()
    assert ingest(tmp_path / "in", project) == 0
    packed = zipped(tmp_path / "photos.zip", [(name, photo_bytes(240, 200, format=form))])
    assert ingest(packed, project) == 0
    assert list(project.images.values_list("file_name", flat=True)) == [name, name]


@pytest.mark.parametrize("name", ["a.heic", "a.HEIF", "a.avif", "a.tif", "a.gif", "a.cr3"])
def test_a_picture_that_we_cannot_read_is_refused_by_its_name(folder, capsys, name):
    (folder / name).write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0")
    assert ingest(folder, make_project()) == 2
    captured = capsys.readouterr()
    assert captured.out == "3 new, 0 known already, 1 refused.\n"
    assert [json.loads(line)["where"] for line in captured.err.splitlines() if line.startswith("{")] == [
        str(folder / name)
    ]


def test_what_is_no_picture_is_counted_and_named(folder, capsys):
    ingest(folder, make_project())
    assert f"1 passed over, no pictures: {folder / 'notes.txt'}" in capsys.readouterr().err.splitlines()


def test_links_are_not_followed(folder, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.jpg"
    secret.write_bytes(photo_bytes(240, 200))
    (folder / "link.jpg").symlink_to(secret)
    (folder / "elsewhere").symlink_to(secret.parent)
    project = make_project()
    ingest(folder, project)
    assert project.images.count() == 3


def zipped(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def test_a_zip_file_comes_in_and_its_paths_lead_nowhere(tmp_path):
    photos = [
        ("../../a.jpg", photo_bytes(240, 200)),
        ("/etc/b.jpg", photo_bytes(240, 200)),
        ("__MACOSX/._c.jpg", b"x"),
        ("d.txt", b"x"),
    ]
    project = make_project()
    assert ingest(zipped(tmp_path / "photos.zip", photos), project) == 0
    assert sorted(project.images.values_list("file_name", flat=True)) == ["a.jpg", "b.jpg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos.zip"]


def test_a_bomb_in_a_zip_file_is_told_and_not_unpacked(tmp_path, capsys):
    members = [("bomb.jpg", b"\0" * 50_000_000), ("good.jpg", photo_bytes(240, 200))]
    project = make_project()
    assert ingest(zipped(tmp_path / "photos.zip", members, zipfile.ZIP_DEFLATED), project) == 2
    assert [told["code"] for told in refusals(capsys)] == ["archive_bomb"]
    assert project.images.count() == 1


def test_a_damaged_member_is_told(tmp_path, capsys):
    data = photo_bytes(240, 200)
    path = zipped(tmp_path / "photos.zip", [("a.jpg", data), ("b.jpg", photo_bytes(240, 200))])
    path.write_bytes(path.read_bytes().replace(data[-300:-100], bytes(200)))
    project = make_project()
    assert ingest(path, project) == 2
    assert [told["code"] for told in refusals(capsys)] == ["unreadable_file"]
    assert project.images.count() == 1


def test_a_file_over_the_limit_is_told(folder, capsys, monkeypatch):
    monkeypatch.setattr("annotate.management.commands.ingest_images.MAX_FILE_BYTES", 100)
    assert ingest(folder, make_project()) == 2
    assert {told["code"] for told in refusals(capsys)} == {"file_too_large"}


@pytest.mark.parametrize(
    ("change", "code", "where"),
    [
        ({"license": "free"}, "unknown_license", "license"),
        ({"license": "CC-BY-4.0"}, "attribution_missing", "attribution"),
        ({"more": ["--by", "nobody"]}, "unknown_user", "--by"),
        ({"more": ["--colour", "blue"]}, "bad_arguments", None),
        ({"more": ["--project", "nowhere"]}, "unknown_project", "--project"),
        ({"more": ["--project", "9" * 30]}, "unknown_project", "--project"),
        ({"source": "/nowhere"}, "not_a_source", "/nowhere"),
        pytest.param({"source": __file__}, "not_a_source", __file__, id="a file that is no zip"),
    ],
)
def test_bad_arguments_are_exit_code_2_with_the_place(folder, capsys, change, code, where):
    options = {"source": folder, "project": make_project(), "license": "CC0-1.0", "more": []} | change
    more = options.pop("more")
    assert ingest(options["source"], options["project"], *more, license=options["license"]) == 2
    (told,) = refusals(capsys)
    assert told["code"] == code
    assert told["detail"]
    assert where is None or told["where"] == where
    assert not Image.objects.exists()


def test_a_folder_without_photos_and_an_ambiguous_project_are_told(tmp_path, capsys):
    project = make_project(name="Cats")
    make_project(make_user(), name="Cats")
    assert ingest(tmp_path, project) == 2
    assert ingest(tmp_path, project, "--project", "Cats") == 2
    assert [told["code"] for told in refusals(capsys)] == ["no_photos", "ambiguous_project"]


def test_missing_arguments_are_exit_code_2_from_the_shell():
    command = [sys.executable, str(ROOT / "manage.py"), "ingest_images"]
    end = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert end.returncode == 2
    assert json.loads(end.stderr.splitlines()[-1])["code"] == "bad_arguments"
