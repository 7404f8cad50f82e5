import json

import pytest

from smartblur.__main__ import main


def test_read_tells_what_a_release_holds(make_release, capsys: pytest.CaptureFixture) -> None:
    assert main(["read", str(make_release(train=3, val=1))]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:4]] == [["train", "3"], ["validation", "1"], ["test", "0"]]
    assert lines[-1].split() == ["level", "3", "High"]


def test_read_gives_the_records_as_json(make_release, capsys: pytest.CaptureFixture) -> None:
    assert main(["read", str(make_release(train=3, val=1)), "--records"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["width"] for record in records] == [96] * 4


def test_verify_finds_a_release_sound(make_release, capsys: pytest.CaptureFixture) -> None:
    assert main(["verify", str(make_release())]) == 0
    assert capsys.readouterr().out == "Sound (full).\n"


def test_verify_names_what_is_damaged(make_release, capsys: pytest.CaptureFixture) -> None:
    folder = make_release()
    (folder / "LICENSE.txt").write_text("other")
    assert main(["verify", str(folder)]) == 1
    assert capsys.readouterr().out.startswith("LICENSE.txt: ")


def test_what_is_no_release_is_refused_in_one_line(tmp_path, capsys: pytest.CaptureFixture) -> None:
    assert main(["read", str(tmp_path)]) == 2
    assert json.loads(capsys.readouterr().err)["code"] == "invalid_release"


def test_the_network_is_asked_under_the_same_name(make_release, tmp_path, capsys: pytest.CaptureFixture) -> None:
    photo = next(make_release().rglob("images/**/*.png"))
    assert main(["predict", str(photo), "--out", str(tmp_path / "maps")]) == 0
    assert (tmp_path / "maps" / f"{photo.stem}.levels.png").exists()
    with pytest.raises(SystemExit):
        main(["predict", "--help"])
    assert "usage: smartblur predict" in capsys.readouterr().out
