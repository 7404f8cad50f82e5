import csv
import json
from pathlib import Path

import PIL.Image
import pytest
from PIL.ImageFilter import GaussianBlur

from modelsvc.fusenet.commands.sort import write_rating
from modelsvc.fusenet.data.sources import package_folder
from smartblur.__main__ import main


@pytest.fixture(scope="module")
def shoot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A burst of three of a flower, the second sharp, another scene an hour later, and a file that is no photo."""
    folder = tmp_path_factory.mktemp("shoot")
    photos = package_folder("sklearn") / "datasets" / "images"
    flower, china = PIL.Image.open(photos / "flower.jpg"), PIL.Image.open(photos / "china.jpg")
    for name, photo, sigma, at in (
        ("1.jpg", flower, 6, "12:00:00"),
        ("2.heic", flower, 0, "12:00:02"),
        ("3.jpg", flower, 4, "12:00:04"),
        ("china/4.jpg", china, 0, "13:00:00"),
    ):
        exif = PIL.Image.Exif()
        exif[0x010F], exif[0x0110] = "Canon", "EOS R6"
        exif.get_ifd(0x8769)[0x9003] = f"2026:05:01 {at}"
        (folder / name).parent.mkdir(exist_ok=True)
        photo.filter(GaussianBlur(sigma)).save(folder / name, exif=exif)
    (folder / "5.jpg").write_bytes(b"none")
    return folder


def test_a_shoot_becomes_bursts_with_the_sharp_photo_first(
    shoot: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (shoot / "1.xmp").write_text("mine, and no XMP")
    assert main(["sort", str(shoot), "--out", str(tmp_path), "--xmp", "--processes", "1", "--json"]) == 2
    told = capsys.readouterr()
    said = [json.loads(line) for line in told.out.splitlines()]
    order = [event.get("photo") or event["event"] for event in said]
    assert order[:4] == ["error", "1.jpg", "2.heic", "3.jpg"]
    assert order.index("burst") > order.index("china/4.jpg")
    assert said[0]["where"] == str(shoot / "5.jpg")
    assert json.loads(told.err)["code"] == "unreadable_photos"

    rows = list(csv.DictReader((tmp_path / "sorted.csv").read_text().splitlines()))
    assert [row["file"] for row in rows if row["place"] == "1"] == [row["file"] for row in rows[:2]]
    flowers = [row for row in rows if "/" not in row["file"]]
    assert [(row["file"], row["burst"], row["place"]) for row in flowers] == [
        ("2.heic", "1", "1"),
        ("3.jpg", "1", "2"),
        ("1.jpg", "1", "3"),
    ]
    assert 'src="thumbnails/china/4.jpg.jpg"' in (tmp_path / "sheet.html").read_text()
    assert (tmp_path / "thumbnails" / "2.heic.jpg").exists()

    assert f'xmp:Rating="{flowers[0]["stars"]}"' in (shoot / "2.xmp").read_text()
    assert (shoot / "1.xmp").read_text() == "mine, and no XMP"
    assert any("1.xmp is left as it is" in event.get("message", "") for event in said)


def test_a_rating_is_written_where_the_photo_software_looks(tmp_path: Path) -> None:
    photo = tmp_path / "1.jpg"
    assert write_rating(photo, 4, "PHOTO.xmp") == ""
    assert write_rating(photo, 3, "PHOTO.JPG.xmp") == ""
    assert write_rating(photo, 2, "PHOTO.xmp") == ""
    said = {sidecar.name: sidecar.read_text() for sidecar in tmp_path.iterdir()}
    assert {name: text.split('xmp:Rating="')[1][0] for name, text in said.items()} == {"1.xmp": "4", "1.jpg.xmp": "2"}


def test_what_is_no_folder_of_photos_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    for folder, code in ((tmp_path / "none", "invalid_arguments"), (tmp_path, "no_photos")):
        assert main(["sort", str(folder), "--json"]) == 2
        assert json.loads(capsys.readouterr().err)["code"] == code
