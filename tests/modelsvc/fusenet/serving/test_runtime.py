"""ONNX Runtime says what PyTorch says, from a file that is written once and belongs to its weights."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from modelsvc.fusenet.checkpoint import Checkpoint, InvalidCheckpoint, read_checkpoint, save_checkpoint
from modelsvc.fusenet.model import ABCFuseNet
from modelsvc.fusenet.serving import runtime
from modelsvc.fusenet.serving.folded import fold
from modelsvc.fusenet.serving.predictor import Predictor
from modelsvc.fusenet.serving.runtime import (
    CACHED_FILES,
    FARTHEST,
    ONNX_FILE,
    OnnxNetwork,
    cached_file,
    difference_of,
    have_onnx,
    network,
)
from tests.modelsvc.fusenet.serving.test_folded import noise, trained

CPU = torch.device("cpu")


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of our own, full of older files, and leave to use ONNX Runtime."""
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnxscript")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SMARTBLUR_RUNTIME", raising=False)
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        folder = Path(os.environ["XDG_CACHE_HOME"], "smartblur")
        folder.mkdir()
        for number in range(CACHED_FILES):
            (folder / f"{number}.onnx").touch()
            os.utime(folder / f"{number}.onnx", (number, number))
        yield folder


@pytest.fixture(scope="module")
def exported(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint whose ONNX file is in the cache."""
    folder = tmp_path_factory.mktemp("exported")
    model = trained("abc-tiny")
    save_checkpoint(folder, model.state_dict(), Checkpoint(model.config, 96))
    have_onnx(folder)
    return folder


def test_the_file_is_written_to_the_cache_and_the_oldest_one_goes(exported: Path, cache: Path) -> None:
    names = {f"{number}.onnx" for number in range(1, CACHED_FILES)} | {cached_file(exported).name}
    assert {path.name for path in cache.iterdir()} == names
    assert {path.name for path in exported.iterdir()} == {"checkpoint.json", "weights.safetensors"}


def test_probabilities_are_those_of_pytorch(exported: Path) -> None:
    assert difference_of(exported, cached_file(exported)) < FARTHEST


def test_any_number_and_size_of_photos_is_taken(exported: Path) -> None:
    ours, theirs = network(exported, CPU, onnx=False), network(exported, CPU)
    assert (type(ours), type(theirs)) == (ABCFuseNet, OnnxNetwork)
    for size in ((1, 48, 48), (3, 96, 192), (1, 432, 672)):
        with torch.inference_mode():
            for a, b in zip(theirs(*noise(*size)), ours(*noise(*size)), strict=True):
                assert (a - b).abs().max() < 1e-3


def test_levels_of_a_photo_are_the_same_but_for_one_pixel_in_two_thousand(exported: Path) -> None:
    photo = PIL.Image.effect_noise((120, 90), 80).convert("RGB")
    predictor = Predictor(exported, device="cpu")
    levels = predictor.predict(photo).levels
    predictor.network = network(exported, CPU, onnx=False)
    assert np.mean(predictor.predict(photo).levels == levels) > 0.9995


def test_pytorch_computes_where_the_operator_says_so(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTBLUR_RUNTIME", "torch")
    assert type(network(exported, CPU)) is ABCFuseNet


def test_pytorch_computes_while_other_weights_have_no_file(tmp_path: Path) -> None:
    model = trained("abc-tiny", use_pyramid=False)
    save_checkpoint(tmp_path, model.state_dict(), Checkpoint(model.config, 96))
    assert type(network(tmp_path, CPU)) is type(fold(model))


def test_a_file_that_cannot_be_made_is_tried_once(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(checkpoint: Path, file: Path) -> Path:
        raise RuntimeError("no such operator")

    model = trained("abc-tiny", use_pyramid=False)
    save_checkpoint(tmp_path, model.state_dict(), Checkpoint(model.config, 96))
    monkeypatch.setattr(runtime, "write_onnx", fail)
    with pytest.raises(RuntimeError, match="operator"):
        runtime.write_to_cache(tmp_path)
    have_onnx(tmp_path)
    assert [path.suffix for path in cache.glob(f"{cached_file(tmp_path).stem}*")] == [runtime.FAILED]


def test_a_file_beside_other_weights_is_refused(exported: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(exported, tmp_path / "copy")
    shutil.copy(cached_file(exported), folder / ONNX_FILE)
    description = folder / "checkpoint.json"
    digest = read_checkpoint(folder).weights_sha256
    description.write_text(description.read_text().replace(digest, "0" * 64))
    with pytest.raises(InvalidCheckpoint, match="export it again"):
        network(folder, CPU)
