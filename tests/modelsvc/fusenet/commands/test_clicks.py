"""The head for clicks, trained and put to use from the shell."""

import io
import json
import sys

import numpy as np
import PIL.Image
from safetensors import safe_open

from modelsvc.fusenet.__main__ import main
from modelsvc.fusenet.checkpoint import Checkpoint, read_checkpoint, save_checkpoint
from modelsvc.fusenet.commands.clicks import split_things
from modelsvc.fusenet.config import CLICK_DECODER, CLICK_ENCODER
from modelsvc.fusenet.data.sources import find_sources, hold_out, is_sharp
from modelsvc.fusenet.model import build, model_config


def test_a_head_is_trained_beside_its_network_and_looks_at_photos(photo_sets, tmp_path, monkeypatch, capsys):
    config, folder = model_config("abc-lite0-fast"), tmp_path / "network"
    save_checkpoint(folder, build(config).state_dict(), Checkpoint(config, 640))
    command = ["clicks", str(photo_sets), "--checkpoint", str(folder), "--hold-out", "2", "--views", "2"]
    assert main([*command, "--minutes", "0.01"]) == 0
    assert "Wrote the head for clicks" in capsys.readouterr().out
    with safe_open(folder / CLICK_DECODER, framework="pt") as file:
        told = file.metadata()
    assert told["network"] == read_checkpoint(folder).weights_sha256
    assert json.loads(told["told"])["photos"]["a"] in (2, 3, 4)
    assert f"weights `{told['network'][:12]}` and outline" in (folder / "README.md").read_text()

    photo, broken = tmp_path / "1", tmp_path / "2"
    PIL.Image.fromarray(np.zeros((300, 1000, 3), np.uint8)).save(photo, format="png")
    broken.write_bytes(b"no photo")
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{broken}\n{photo}\n"))
    assert main(["encode", "--checkpoint", str(folder), "--json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["error", "encoded"]
    with safe_open(tmp_path / "1.grids", framework="pt") as file:
        assert file.metadata() == {"head": told["head"], "width": "512", "height": "154"}
        assert file.get_slice("4").get_shape() == [8, 48, 132]

    (folder / CLICK_ENCODER).unlink()
    assert main(["encode", "--checkpoint", str(folder)]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_what_the_networks_training_held_out_is_held_out(photo_sets):
    sources = find_sources([photo_sets])
    parts = hold_out([source for source in sources if is_sharp(source)], 3)
    learned, held = split_things(sources, 3, None, frozenset({"3"}))
    masked = {source for source in sources if source.mask}
    expected = masked & {*parts.choosing, *parts.panel, *(s for s in sources if s.image.stem == "3")}
    assert set(held) == expected
    assert set(learned) == masked - expected


def test_photos_without_masks_teach_nothing(photo_sets, capsys):
    assert main(["clicks", str(photo_sets / "b"), "--hold-out", "1"]) == 2
    assert "None of the photos has a mask" in capsys.readouterr().err
