import shlex
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from modelsvc.fusenet.__main__ import parse_arguments
from modelsvc.fusenet.checkpoint import Checkpoint, save_checkpoint
from modelsvc.fusenet.commands import benchmark
from modelsvc.fusenet.model import build, model_config

DOCS = Path(__file__).parents[4] / "docs"


SMALL = benchmark.Workload(
    sides=(48,),
    photos=((60, 40),),
    large=(120, 80),
    repeats=1,
    batch=2,
    crop=48,
    flops_side=48,
    networks=("abc-tiny",),
    loading={"preset": "smoke", "crop": 48, "batch": 2},
)


def tiny_checkpoint(folder: Path) -> Path:
    config = model_config("abc-tiny")
    save_checkpoint(folder / "net", build(config).state_dict(), Checkpoint(model=config, scale=96))
    return folder / "net"


def test_every_figure_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "PARTS", {"size": benchmark.PARTS["size"]})  # each takes a process
    checkpoint = tiny_checkpoint(tmp_path)
    figures = benchmark.run_benchmark(checkpoint, SMALL) | benchmark.measure_end_to_end(checkpoint, SMALL)
    assert figures.pop("torch") == torch.__version__
    assert {figures["seed"], figures["threads"]} == {1}
    assert figures["processor"]
    for cores in ("one_core", "all_cores"):
        forward, both = figures[f"end_to_end_of_forward_60x40_{cores}"], figures[f"end_to_end_per_s_60x40_{cores}"]
        assert forward > 0
        assert both > 0
    assert (
        figures["abc-tiny_parameters_trunk"] + figures["abc-tiny_parameters_content"] < figures["abc-tiny_parameters"]
    )


def test_speed_and_memory_are_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark, "has_onnx_runtime", lambda: False)  # writing the file takes long; see test_serving
    checkpoint = tiny_checkpoint(tmp_path)
    forward = benchmark.measure_forward(checkpoint, SMALL)
    assert {"forward_48_fp32_per_s", "forward_48_unfolded_fp32_per_s", "forward_48_bf16_per_s"} <= forward.keys()
    memory = benchmark.measure_prediction_memory(checkpoint, SMALL)
    assert memory["predict_peak_mb"] <= memory["predict_large_maps_peak_mb"]
    assert benchmark.measure_training(checkpoint, SMALL)["training_per_s"] > 0
    assert benchmark.measure_loading(checkpoint, SMALL)["training_loaded_share"] > 0


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("abc-lite0", (4_928_515, 700_768, 3_698_816, 7.9)),
        ("abc-lite0-fast", (4_564_491, 700_768, 3_698_816, 2.44)),
        ("abc-lite2", (6_839_507, 1_161_584, 5_138_880, 10.11)),
        ("abc-tiny", (85_679, 11_484, 32_724, 0.62)),
    ],
)
def test_sizes_are_counted(name: str, sizes: tuple[float, ...]) -> None:
    figures = benchmark.measure_size(Path(), replace(SMALL, networks=(name,), flops_side=320))
    assert tuple(figures.values())[: len(sizes)] == sizes
    assert {
        f"{name}_gflop_at_{max(SMALL.sides)}_{part}" for part in ("trunk", "pyramid", "refinement", "content")
    } <= figures.keys()


def test_a_multiply_add_counts_as_two() -> None:
    with FlopCounterMode(display=False) as counter:
        torch.nn.Conv2d(3, 5, 3, padding=1)(torch.zeros(1, 3, 7, 11))
    assert counter.get_total_flops() == 2 * 3 * 5 * 9 * 7 * 11


def test_commands_in_the_docs_are_understood() -> None:
    lines = (DOCS / "retraining.md").read_text().splitlines()
    commands = [line for line in lines if line.startswith("python -m modelsvc.fusenet ")]
    assert len(commands) >= 10
    for command in commands:
        parse_arguments(shlex.split(command)[3:])
