from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch

from modelsvc.fusenet.__main__ import main
from modelsvc.fusenet.checkpoint import Checkpoint, read_checkpoint, save_checkpoint
from modelsvc.fusenet.existence import Existence
from modelsvc.fusenet.model import build, model_config
from modelsvc.fusenet.serving.predictor import Predictor


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A network that has learned nothing."""
    torch.manual_seed(0)
    model = build(model_config("abc-tiny"))
    save_checkpoint(tmp_path / "net", model.state_dict(), Checkpoint(model.config, 48))
    return tmp_path / "net"


def test_calibrating_changes_what_the_network_says_of_a_photo_and_not_its_weights(
    checkpoint: Path, photo_sets: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for n in (0, 1):
        PIL.Image.new("L", (120, 90)).save(photo_sets / "a" / "masks" / f"{n}.png")
    photo = PIL.Image.open(photo_sets / "a" / "images" / "3.png")
    before, weights = Predictor(checkpoint).predict(photo), (checkpoint / "weights.safetensors").read_bytes()
    assert main(["calibrate", str(checkpoint), "--masks", str(photo_sets / "a"), "--blurred", "white"]) == 0
    assert "4 photos of 4 scenes, 2 of them sharp everywhere" in capsys.readouterr().out
    found = read_checkpoint(checkpoint).existence
    after = Predictor(checkpoint).predict(photo)
    assert found != Existence()
    assert after.probabilities == pytest.approx(found.of_verdict(before.probabilities))
    assert np.array_equal(after.above, before.above)
    assert (checkpoint / "weights.safetensors").read_bytes() == weights


def test_photos_that_are_all_blurred_calibrate_nothing(checkpoint: Path, photo_sets: Path) -> None:
    assert main(["calibrate", str(checkpoint), "--masks", str(photo_sets / "a"), "--blurred", "white"]) == 2
    assert main(["calibrate", str(checkpoint)]) == 2
    assert read_checkpoint(checkpoint).existence == Existence()
