"""What is made ready for use says the same as what was trained."""

import shutil
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from modelsvc.fusenet.checkpoint import Checkpoint, InvalidCheckpoint, load_model, read_checkpoint, save_checkpoint
from modelsvc.fusenet.model import ABCFuseNet, build, model_config
from modelsvc.fusenet.serving.folded import OnnxNetwork, fold, network, write_onnx
from modelsvc.fusenet.serving.predictor import Predictor

CPU = torch.device("cpu")


def trained(name: str, **switches: bool) -> ABCFuseNet:
    """A network whose batch norms have seen photos, so that leaving one out would show."""
    torch.manual_seed(0)
    model = build(model_config(name, **switches))
    with torch.no_grad():
        model(*noise(4, 96, 48))
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
    return model.eval()


def noise(count: int, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    return torch.rand(count, 3, height, width, generator=generator) * 2 - 1, torch.full((count,), 320.0)


@pytest.mark.parametrize("switches", [{}, {"use_pyramid": False, "use_refinement": False}, {"ordinal": False}])
@pytest.mark.parametrize("name", ["abc-tiny", "abc-lite2"])
def test_folding_changes_nothing_but_rounding(name: str, switches: dict[str, bool]) -> None:
    model, inputs = trained(name, **switches), noise(2, 144, 96)
    with torch.inference_mode():
        for before, after in zip(model(*inputs), fold(model)(*inputs), strict=True):
            assert after.shape == before.shape
            assert (after - before).abs().max() < 1e-4


def test_folding_leaves_no_norm_and_the_trained_network_alone() -> None:
    model = trained("abc-tiny")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in fold(model).modules())
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint with an ONNX file."""
    pytest.importorskip("onnxruntime")
    folder = tmp_path_factory.mktemp("exported")
    model = trained("abc-tiny")
    save_checkpoint(folder, model.state_dict(), Checkpoint(model.config, 96))
    write_onnx(folder)
    return folder


def test_an_onnx_file_says_the_same_for_any_number_and_size_of_photos(exported: Path) -> None:
    ours, theirs = load_model(exported)[0], network(exported, CPU)
    assert isinstance(theirs, OnnxNetwork)
    for size in ((1, 48, 48), (3, 96, 192), (1, 432, 672)):
        with torch.inference_mode():
            for a, b in zip(theirs(*noise(*size)), ours(*noise(*size)), strict=True):
                assert (a - b).abs().max() < 1e-3


def test_a_predictor_uses_the_onnx_file_beside_the_weights(exported: Path) -> None:
    photo = PIL.Image.effect_noise((120, 90), 80).convert("RGB")
    predictor = Predictor(exported, device="cpu")
    said = predictor.predict(photo)
    assert isinstance(predictor.network, OnnxNetwork)
    predictor.network = network(exported, CPU, onnx=False)
    assert np.abs(predictor.predict(photo).amount - said.amount).max() < 1e-3


def test_an_onnx_file_of_other_weights_is_refused(exported: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(exported, tmp_path / "copy")
    description = folder / "checkpoint.json"
    digest = read_checkpoint(folder).weights_sha256
    description.write_text(description.read_text().replace(digest, "0" * 64))
    with pytest.raises(InvalidCheckpoint, match="export it again"):
        network(folder, CPU)
