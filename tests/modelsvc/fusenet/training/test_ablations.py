import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from modelsvc.fusenet.__main__ import main
from modelsvc.fusenet.config import InvalidConfig, TrainConfig, parse_config
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.tally import Reading, Tally
from modelsvc.fusenet.model import SWITCHES, build, model_config
from modelsvc.fusenet.training.ablations import FULL, VARIANTS, against_full, as_markdown, chosen_variants
from tests.modelsvc.fusenet.conftest import MakeRelease

QUICK = ["--preset", "smoke", "--set", "epochs=1", "--set", "scale=96", "--set", "crop=48"]


def tally_of(hits: list[bool]) -> Tally:
    """Photos of level 1, read rightly or as sharp."""
    counts = Tally(2)
    for is_hit in hits:
        levels = np.ones((16, 16), np.uint8)
        above = np.full((1, 16, 16), float(is_hit), np.float32)
        sample = Sample(np.zeros((16, 16, 3), np.uint8), levels, np.full(4, 0.25, np.float32), False, 16)
        counts.add(sample, Reading((above[0] > 0.5).astype(np.uint8), above[0], above))
    return counts


def test_every_switch_of_the_network_is_in_some_variant_and_every_variant_can_be_trained() -> None:
    switched = {setting for variant in VARIANTS.values() for setting in variant.settings}
    assert set(SWITCHES) <= switched
    assert all(parse_config(vars(TrainConfig()) | dict(variant.settings)) for variant in VARIANTS.values())


def test_all_leaves_out_what_would_change_nothing() -> None:
    tiny = parse_config({"preset": "smoke"})
    assert "random-trunk" not in chosen_variants("all", tiny, has_base=False)  # abc-tiny has no other
    assert "lite2" not in chosen_variants("all", tiny, has_base=False)
    dilated = parse_config({"model": "abc-lite0"})
    assert chosen_variants("all", dilated, has_base=True) == list(VARIANTS)
    light = chosen_variants("all", TrainConfig(), has_base=True)  # of whose trunk no stride was taken
    assert set(VARIANTS) - set(light) == {"no-dilation"}
    assert chosen_variants("all", dilated, has_base=False) == [n for n in VARIANTS if n != "no-pretraining"]


def test_the_full_network_is_always_there_to_compare_with() -> None:
    assert chosen_variants("b,c", TrainConfig(), has_base=False) == [FULL, "c", "b"]
    with pytest.raises(InvalidConfig, match="'d'"):
        chosen_variants("c,d", TrainConfig(), has_base=False)


def test_a_difference_is_the_mean_over_seeds_with_an_interval_over_photos() -> None:
    full = [tally_of([True] * 32), tally_of([True, True, True, False] * 8)]
    variant = [tally_of([True, True, False, False] * 8)] * 2
    found = against_full(full, variant)["level_accuracy"]
    assert found["value"] == 0.5
    assert found["difference"] == 0.5 - 0.875
    assert found["low"] <= found["difference"] <= found["high"]  # type: ignore[operator]
    assert against_full(full, full)["level_accuracy"]["spread"] == 0.25


def test_differences_that_are_sure_are_bold() -> None:
    measure = {"value": 0.5, "spread": 0.0, "difference": -0.1, "low": -0.2, "high": -0.05}
    rows: Mapping[str, Any] = {
        FULL: {"level_accuracy": measure},
        "b": {"level_accuracy": measure},
        "c": {"level_accuracy": measure | {"high": 0.01}},
    }
    lines = as_markdown(rows).splitlines()
    assert lines[2] == "| A + B + C, joint | 0.500 |"
    assert lines[3] == "| desirability from B alone | 0.500<br>**-0.100 [-0.200, -0.050]** |"
    assert lines[4] == "| desirability from C alone | 0.500<br>-0.100 [-0.200, +0.010] |"


def test_variants_are_trained_once_measured_and_tabulated(make_release: MakeRelease, tmp_path: Path) -> None:
    out = tmp_path / "ablations"
    command = ["train", str(make_release(val=4)), "--out", str(out), "--ablate", "b,regression", *QUICK, "--json"]
    assert main(command) == 0
    table = json.loads((out / "ablations.json").read_text())
    assert list(table["rows"]) == [FULL, "b", "regression"]
    assert (table["seeds"], table["photos"]) == ([1], 4)
    assert {"level_accuracy", "amount_mae", "blur_ap", "desirability_accuracy"} <= table["rows"]["b"].keys()
    assert "desirability from B alone" in (out / "ablations.md").read_text()

    trained = {path: path.stat().st_mtime_ns for path in out.glob("*/best/weights.safetensors")}
    assert main(command) == 0
    assert {path: path.stat().st_mtime_ns for path in out.glob("*/best/weights.safetensors")} == trained
    assert json.loads((out / "ablations.json").read_text()) == table


def test_what_is_switched_off_moves_nothing() -> None:
    torch.manual_seed(0)
    image, long_side = torch.randn(2, 3, 96, 96), torch.full((2,), 640.0)
    unmoved = {"c": ("attend.", "refine."), "b": ("content.", "attend."), "staged": ("refine.", "attend.")}
    for name, gone in unmoved.items():
        net = build(model_config("abc-tiny", **VARIANTS[name].settings)).eval()
        output = net(image, long_side)
        (output.exists.sum() + output.desirability.sum()).backward()
        moved = {key for key, value in net.named_parameters() if value.grad is not None and value.grad.any()}
        assert not [key for key in moved if key.startswith(gone)], name
        assert any(key.startswith("fuse.") for key in moved)
