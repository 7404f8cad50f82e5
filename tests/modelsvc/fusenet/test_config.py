import json
import subprocess
import sys
from dataclasses import asdict

import pytest

from modelsvc.fusenet.config import PRESETS, SCHEMA, InvalidConfig, TrainConfig, parse_config


def test_nothing_said_is_the_standard_preset() -> None:
    assert parse_config({}) == TrainConfig()


def test_a_preset_sets_what_is_not_said() -> None:
    config = parse_config({"preset": "smoke", "epochs": 3, "clip": 1})
    assert (config.model, config.epochs, config.clip) == ("abc-tiny", 3, 1.0)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_stored_configuration_means_the_same_again(preset: str) -> None:
    config = parse_config({"preset": preset})
    assert parse_config(json.loads(json.dumps(asdict(config)))) == config


def test_the_schema_describes_every_parameter() -> None:
    assert {setting.name: setting.default for setting in SCHEMA} == asdict(TrainConfig())
    assert all(setting.help.endswith(".") for setting in SCHEMA)
    numeric = [setting for setting in SCHEMA if setting.kind in (int, float)]
    assert all(s.least is not None and s.most is not None and s.least <= s.default <= s.most for s in numeric)


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ({"epoch": 3}, "epoch"),
        ({"epochs": "3"}, "epochs"),
        ({"epochs": 3.0}, "epochs"),
        ({"epochs": True}, "epochs"),
        ({"epochs": 0}, "epochs"),
        ({"clip": float("nan")}, "clip"),
        ({"clip": float("inf")}, "clip"),
        ({"model": "resnet"}, "model"),
        ({"preset": "fast"}, "preset"),
        ({"joint": 1}, "joint"),
        ({"crop": 100}, "crop"),
        ({"epochs": 2, "map_epochs": 3}, "map_epochs"),
        ([], None),
        (None, None),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(raw: object, where: str | None) -> None:
    with pytest.raises(InvalidConfig) as refusal:
        parse_config(raw)
    assert refusal.value.where == where
    assert refusal.value.code == "invalid_config"


def test_the_schema_needs_no_torch() -> None:
    script = "import sys, modelsvc.fusenet.config; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script]).returncode == 0
