import shlex
from pathlib import Path

import pytest
import torch

from modelsvc.fusenet import benchmark
from modelsvc.fusenet.__main__ import parse_arguments
from modelsvc.fusenet.checkpoint import Checkpoint, save_checkpoint
from modelsvc.fusenet.model import build, model_config

DOCS = Path(__file__).parents[3] / "docs"


def test_every_figure_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SIZES": (48,), "REPEATS": 1, "TRAINING_SIDE": 48, "TRAINING_BATCH": 2}.items():
        monkeypatch.setattr(benchmark, name, value)
    monkeypatch.setattr(benchmark, "LOADING", {"preset": "smoke", "crop": 48, "batch": 2})
    config = model_config("abc-tiny")
    save_checkpoint(tmp_path / "net", build(config).state_dict(), Checkpoint(model=config, scale=96))
    figures = benchmark.run_benchmark(tmp_path / "net")
    assert figures.pop("torch") == torch.__version__
    assert figures.pop("processor")
    assert figures.keys() == {
        "threads",
        "forward_48_fp32_per_s",
        "forward_48_bf16_per_s",
        "end_to_end_per_s",
        "predict_peak_mb",
        "training_per_s",
        "training_peak_mb",
        "training_ready_per_s",
        "training_loaded_per_s",
        "training_loaded_share",
    }
    assert all(isinstance(value, float) and value > 0 for value in figures.values())


def test_commands_in_the_docs_are_understood() -> None:
    lines = (DOCS / "retraining.md").read_text().splitlines()
    commands = [line for line in lines if line.startswith("python -m modelsvc.fusenet ")]
    assert len(commands) >= 10
    for command in commands:
        parse_arguments(shlex.split(command)[3:])
