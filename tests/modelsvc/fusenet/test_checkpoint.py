import json
import resource
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from modelsvc.fusenet.checkpoint import (
    Checkpoint,
    InvalidCheckpoint,
    UnwrittenCheckpoint,
    export_checkpoint,
    load_model,
    load_weights,
    present,
    read_checkpoint,
    read_tensors,
    save_checkpoint,
)
from modelsvc.fusenet.model import MODELS, ABCFuseNet, build

TINY = MODELS["abc-tiny"]
CHECKPOINT = Checkpoint(model=TINY, scale=96, metrics={"amount_mae": 0.25}, trained_on={"name": "smartblur"})


@pytest.fixture
def net() -> ABCFuseNet:
    torch.manual_seed(0)
    return ABCFuseNet(TINY).eval()


@pytest.fixture
def folder(tmp_path: Path, net: ABCFuseNet) -> Path:
    save_checkpoint(tmp_path / "last", net.state_dict(), CHECKPOINT)
    return tmp_path / "last"


def test_what_was_saved_comes_back(folder: Path, net: ABCFuseNet) -> None:
    loaded, checkpoint = load_model(folder)
    assert replace(checkpoint, weights_sha256="") == CHECKPOINT
    assert {k: v.tolist() for k, v in loaded.state_dict().items()} == {
        k: v.tolist() for k, v in net.state_dict().items()
    }


def test_half_precision_costs_at_most_a_thousandth(tmp_path: Path, net: ABCFuseNet) -> None:
    save_checkpoint(tmp_path / "half", net.state_dict(), CHECKPOINT, half=True)
    photo = torch.randn(1, 3, 48, 48), torch.tensor([640.0])
    assert (load_model(tmp_path / "half")[0](*photo).blur - net(*photo).blur).abs().max() < 1e-3


def test_an_export_leaves_out_what_the_package_has(tmp_path: Path) -> None:
    net = build(MODELS["abc-lite0"], pretrained=True).eval()
    save_checkpoint(tmp_path / "best", net.state_dict(), replace(CHECKPOINT, model=MODELS["abc-lite0"]))
    export_checkpoint(tmp_path / "best", tmp_path / "shipped")
    assert (tmp_path / "shipped" / "weights.safetensors").stat().st_size < 4_000_000
    loaded, _ = load_model(tmp_path / "shipped")
    assert torch.equal(loaded.content.classifier.head[0].weight, net.content.classifier.head[0].weight)


def test_an_export_keeps_a_content_trunk_that_was_trained(tmp_path: Path) -> None:
    net = build(MODELS["abc-lite0"], pretrained=True).eval()
    torch.nn.init.constant_(net.content.classifier.head[0].weight, 0.5)
    save_checkpoint(tmp_path / "best", net.state_dict(), replace(CHECKPOINT, model=MODELS["abc-lite0"]))
    export_checkpoint(tmp_path / "best", tmp_path / "shipped")
    loaded, _ = load_model(tmp_path / "shipped")
    assert (loaded.content.classifier.head[0].weight == 0.5).all()


def test_a_second_save_replaces_the_first(folder: Path, net: ABCFuseNet) -> None:
    save_checkpoint(folder, net.state_dict(), replace(CHECKPOINT, epoch=7), extra={"note.txt": b"new"})
    assert read_checkpoint(folder).epoch == 7
    assert sorted(p.name for p in folder.parent.iterdir()) == ["last"]
    assert (folder / "note.txt").read_bytes() == b"new"


def test_a_crash_between_the_renames_leaves_the_former_one(folder: Path) -> None:
    folder.rename(folder.with_name("last.old"))
    assert read_checkpoint(present(folder)).scale == 96


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidCheckpoint, match="no checkpoint here"):
        load_model(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}', '{"format": "smartblur-checkpoint-1"}'])
def test_a_strange_description_is_refused(folder: Path, text: str) -> None:
    (folder / "checkpoint.json").write_text(text)
    with pytest.raises(InvalidCheckpoint):
        load_model(folder)


@pytest.mark.parametrize("change", [{"levels": "4"}, {"stages": []}, {"pyramid_width": -1}])
def test_a_description_that_makes_no_network_is_refused(folder: Path, change: dict[str, object]) -> None:
    described = json.loads((folder / "checkpoint.json").read_text())
    described["model"] |= change
    (folder / "checkpoint.json").write_text(json.dumps(described))
    with pytest.raises(InvalidCheckpoint, match="makes no network"):
        load_model(folder)


def test_damaged_weights_are_refused(folder: Path) -> None:
    path = folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x7f")
    with pytest.raises(InvalidCheckpoint, match="not those"):
        load_model(folder)


def test_missing_weights_are_refused(folder: Path) -> None:
    (folder / "weights.safetensors").unlink()
    with pytest.raises(InvalidCheckpoint, match="copy the whole folder"):
        load_model(folder)


@pytest.mark.promise("S10")
def test_a_pickle_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    torch.save({"a": torch.zeros(1)}, path)
    with pytest.raises(InvalidCheckpoint, match="cannot be read"):
        read_tensors(path)


def test_weights_of_another_network_are_refused(folder: Path) -> None:
    manifest = json.loads((folder / "checkpoint.json").read_text())
    manifest["model"]["levels"] = 3
    (folder / "checkpoint.json").write_text(json.dumps(manifest))
    with pytest.raises(InvalidCheckpoint, match="another network"):
        load_model(folder)


def test_weights_with_a_missing_tensor_are_refused(folder: Path) -> None:
    tensors = read_tensors(folder / "weights.safetensors")
    del tensors["coarse.bias"]
    with pytest.raises(InvalidCheckpoint, match=r"coarse\.bias"):
        load_weights(ABCFuseNet(TINY), tensors, folder)


@pytest.mark.promise("R10")
def test_a_full_disk_leaves_the_former_checkpoint_whole(folder: Path, net: ABCFuseNet) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(UnwrittenCheckpoint, match="cannot be written"):
            save_checkpoint(folder, net.state_dict(), replace(CHECKPOINT, epoch=7))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["last"]
    assert load_model(folder)[1].epoch == 0
