import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch

from annotate.core.blurmap import decode_levels, rasterize
from annotate.core.regions import parse_document
from modelsvc.fusenet.__main__ import main
from modelsvc.fusenet.checkpoint import Checkpoint, save_checkpoint
from modelsvc.fusenet.model import build, model_config


@pytest.fixture
def net(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = model_config("abc-tiny")
    save_checkpoint(tmp_path / "net", build(config).state_dict(), Checkpoint(model=config, scale=96))
    return tmp_path / "net"


def photo(path: Path, width: int = 120, height: int = 80) -> Path:
    PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)).save(path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    status = main(["predict", *map(str, arguments), "--json"])
    return status, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_polygons_paint_the_levels(net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    street, out = photo(tmp_path / "street.png"), tmp_path / "out"
    assert run(capsys, street, "--checkpoint", net, "--out", out)[0] == 0
    assert run(capsys, street, "--checkpoint", net, "--out", out, "--regions")[0] == 0
    levels = decode_levels((out / "street.levels.png").read_bytes())
    document = parse_document(json.loads((out / "street.regions.json").read_text()), level_count=4)
    assert (rasterize(document, (120, 80)) == levels).mean() > 0.95
    said = json.loads((out / "street.json").read_text())  # noise is nothing to judge by
    assert (said["no_evidence_ppm"], said["no_evidence"]["regions"][0]["level"]) == (1_000_000, 0)


def test_a_folder_stands_for_the_photos_in_and_below_it(
    net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "walk"
    (folder / "day 2").mkdir(parents=True)
    photo(folder / "a.png")
    photo(folder / "a.JPG")
    photo(folder / "day 2" / "a.jpg")
    (folder / "notes.txt").write_text("no photo")
    out = folder / "maps"
    for _ in range(2):  # the results of the first time are no photos of the second
        status, said = run(capsys, folder, "--checkpoint", net, "--out", out)
        assert (status, sum(line["event"] == "photo" for line in said)) == (0, 3)
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.levels.png")) == [
        "a.JPG.levels.png",
        "a.png.levels.png",
        "day 2/a.levels.png",
    ]


def test_the_scale_can_be_chosen(net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    street = photo(tmp_path / "street.png")
    _, [said] = run(capsys, street, "--checkpoint", net, "--out", tmp_path / "out", "--scale", "48")
    assert said["scale"] == 48


def test_a_frame_that_shows_nothing_gets_no_verdict(
    net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    PIL.Image.new("RGB", (120, 80)).save(tmp_path / "black.png")
    status, said = run(capsys, tmp_path / "black.png", "--checkpoint", net, "--out", tmp_path / "out")
    assert (status, said[0]["code"]) == (2, "nothing_to_judge")
    assert list((tmp_path / "out").iterdir()) == []


def test_photos_that_are_none_are_named_and_counted_and_the_others_are_done(
    net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"nothing")
    paths = [tmp_path / "bad.jpg", photo(tmp_path / "a.png"), tmp_path / "gone.jpg", photo(tmp_path / "b.png")]
    status, said = run(capsys, *paths, "--checkpoint", net, "--out", tmp_path / "out")
    assert status == 2
    assert [(event["event"], event.get("code")) for event in said] == [
        ("error", "not_an_image"),
        ("photo", None),
        ("error", "file_error"),
        ("photo", None),
        ("log", None),
        ("error", "unreadable_photos"),
    ]
    assert [said[0]["where"], said[2]["where"]] == [str(paths[0]), str(paths[2])]
    assert said[-1]["detail"] == "2 of 4 photos could not be read."
    assert (tmp_path / "out" / "b.json").exists()


def test_a_list_names_more_photos(net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "photos.json").write_text(json.dumps([str(photo(tmp_path / "street.png"))]))
    status, _ = run(capsys, "--list", tmp_path / "photos.json", "--checkpoint", net, "--out", tmp_path / "out")
    assert status == 0
    assert decode_levels((tmp_path / "out" / "street.levels.png").read_bytes()).shape == (80, 120)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--out", "OUT"], "invalid_arguments"),
        (["a/x.jpg", "b/x.jpg", "--out", "OUT"], "same_name"),
        (["a.jpg", "--checkpoint", "NOWHERE", "--out", "OUT"], "invalid_checkpoint"),
        (["a.jpg", "--out", "FILE"], "file_error"),
        (["a.jpg", "--out", "FILE/below"], "file_error"),
        (["--list", "NOWHERE", "--out", "OUT"], "file_error"),
        (["--list", "FILE", "--out", "OUT"], "invalid_list"),
        (["--list", "NUMBER", "--out", "OUT"], "invalid_list"),
        (["a.jpg", "--scale", "0", "--out", "OUT"], "invalid_arguments"),
        (["a.jpg", "--scale", "9000", "--out", "OUT"], "invalid_arguments"),
    ],
)
def test_a_refusal_is_one_event_and_exit_2(
    net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: str
) -> None:
    (tmp_path / "FILE").write_text("{")
    (tmp_path / "NUMBER").write_text("[7]")
    places = ("NOWHERE", "OUT", "FILE", "NUMBER")
    given = [str(tmp_path / each) if each.startswith(places) else each for each in arguments]
    status, said = run(capsys, "--checkpoint", net, *given)
    assert status == 2
    assert [(event["event"], event["code"]) for event in said] == [("error", code)]


def test_lists_come_one_after_another_and_each_is_done_when_it_is_looked_at(
    net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.png").write_bytes(b"nothing")
    for number, name in enumerate(("a", "b")):
        rows = [str(photo(tmp_path / f"{name}.png"))] + [str(tmp_path / "bad.png")] * number
        (tmp_path / f"{name}.json").write_text(json.dumps(rows))
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{tmp_path / 'a.json'}\n{tmp_path / 'b.json'}\n"))
    status, said = run(capsys, "--lists", "--checkpoint", net, "--out", tmp_path / "out", "--regions")
    assert (status, [(event["event"], event.get("skipped")) for event in said]) == (
        0,
        [("photo", None), ("done", 0), ("photo", None), ("error", None), ("done", 1)],
    )
    assert {path.name for path in (tmp_path / "out").glob("*.regions.json")} == {"a.regions.json", "b.regions.json"}
