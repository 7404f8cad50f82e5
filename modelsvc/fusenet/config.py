"""What a training can be told: one description of every parameter, for form, API and shell. Loads no torch."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_type_hints

from annotate.core.errors import SmartBlurError

SHIPPED = Path(__file__).parent / "weights"  # the checkpoint that comes with the code
CLICK_ENCODER, CLICK_DECODER = "clicks-encoder.safetensors", "clicks-decoder.safetensors"  # beside it
AUTO, DEFAULT_NETWORK = "auto", "abc-lite0-fast"
SCALES = (48, 2048)  # px: the least and the largest long side that photos are seen at


class InvalidConfig(SmartBlurError):
    """A training parameter that is unknown, of the wrong kind or out of range; `where` is its name."""

    code = "invalid_config"


def _setting(
    default: Any, help: str, *, least: float | None = None, most: float | None = None, of: tuple[str, ...] = ()
) -> Any:
    return dataclasses.field(default=default, metadata={"help": help, "least": least, "most": most, "of": of})


# What forms call a parameter whose own name is short for something.
PLAIN_NAMES = {
    "batch": "Photos in a step",
    "part": "Photos at once",
    "workers": "Processes that prepare photos",
    "processes": "Processes that train",
    "shrink": "Shrink crops to",
    "enlarge": "Enlarge crops to",
    "lr_trunk": "Learning rate of the trunks",
    "lr_heads": "Learning rate of the heads",
    "warmup": "Warm-up",
    "clip": "Largest gradient",
    "ema": "Moving average",
    "compile": "Compile first",
    "dilation": "Dilated trunk",
    "ordinal": "Ordered levels",
    "joint": "Train jointly",
}


@dataclass(frozen=True)
class TrainConfig:
    """Every parameter of a training. The defaults are the preset `standard`."""

    preset: str = _setting(
        "standard", "Where the other parameters start from.", of=("smoke", "standard", "paper-structure")
    )
    model: str = _setting(
        AUTO,
        "Which network; auto is the base version's, else abc-lite0-fast.",
        of=(AUTO, "abc-tiny", "abc-lite0-fast", "abc-lite0", "abc-lite2"),
    )
    pretrained: bool = _setting(True, "Start the trunks of abc-lite0 and abc-lite0-fast from ImageNet, without a base.")
    seed: int = _setting(1, "Same seed, same data, same machine: same result.", least=0, most=2**31 - 1)
    epochs: int = _setting(20, "Passes over the training photos.", least=1, most=1000)
    map_epochs: int = _setting(
        8, "Of these, passes on crops for the maps alone, before whole photos.", least=0, most=1000
    )
    batch: int = _setting(8, "Photos in a step.", least=1, most=256)
    part: int = _setting(
        0, "Photos of a step whose gradient is taken at once; 0: what memory and processes allow.", least=0, most=256
    )
    workers: int = _setting(0, "Processes that prepare photos; 0: a thread.", least=0, most=64)
    processes: int = _setting(
        1, "Processes that train together on one computer: one for each of its GPUs, say.", least=1, most=64
    )
    scale: int = _setting(
        640, "Long side in pixels that photos are shrunk to; smaller ones stay.", least=SCALES[0], most=SCALES[1]
    )
    shrink: float = _setting(0.75, "Crops are seen at scales from this share of `scale` ...", least=0.25, most=1)
    enlarge: float = _setting(1.0, "... to this multiple of it; synthetic blur only.", least=1, most=4)
    crop: int = _setting(288, "Side in pixels of a crop; a multiple of 48.", least=48, most=1024)
    lr_trunk: float = _setting(2e-4, "Learning rate of both trunks.", least=0, most=1)
    lr_heads: float = _setting(1e-3, "Learning rate of everything else.", least=0, most=1)
    weight_decay: float = _setting(1e-4, "On weights of convolutions and linear layers only.", least=0, most=1)
    warmup: float = _setting(0.05, "Share of all steps in which the learning rate rises.", least=0, most=0.9)
    clip: float = _setting(5.0, "Largest norm of a step's gradient.", least=0.01, most=1e6)
    ema: float = _setting(0.999, "Weight of the past in the averaged network that is kept.", least=0, most=0.99999)
    freeze_content: bool = _setting(False, "Leave C's trunk as it is.")
    precision: str = _setting("auto", "auto is bf16 on a GPU that has it, else fp32.", of=("auto", "fp32", "bf16"))
    compile: bool = _setting(False, "Compile the network first, on a GPU.")
    early_stop: int = _setting(
        0, "Stop after so many epochs without a better validation loss; 0 never.", least=0, most=1000
    )
    max_hours: float = _setting(0.0, "Stop after so many hours, keeping the best; 0 never.", least=0, most=1000)
    checkpoint_minutes: float = _setting(5.0, "Save between epochs after so many minutes.", least=0, most=1000)
    coarse_weight: float = _setting(
        0.4, "Loss weight of the map before refinement; 0: one scale only.", least=0, most=10
    )
    amount_weight: float = _setting(1.0, "Loss weight of the blur amount.", least=0, most=10)
    attention_weight: float = _setting(0.3, "Loss weight of attention against subject masks.", least=0, most=10)
    desirability_weight: float = _setting(0.5, "Loss weight of existence and desirability.", least=0, most=10)
    gradient_weight: float = _setting(0.05, "Loss weight of the amount's edges.", least=0, most=10)
    label_smoothing: float = _setting(0.05, "Share of every target that is spread evenly.", least=0, most=0.5)
    use_attention: bool = _setting(True, "A takes part in the fusion.")
    use_blur_map: bool = _setting(True, "B takes part in the fusion.")
    use_content: bool = _setting(True, "C takes part in the fusion.")
    use_pyramid: bool = _setting(True, "Global pyramid pooling.")
    use_refinement: bool = _setting(True, "Boundary refinement.")
    dilation: bool = _setting(True, "Dilated trunk.")
    ordinal: bool = _setting(True, "Ordered levels; off: regression of the amount.")
    joint: bool = _setting(True, "The desirability loss reaches A and B.")

    @property
    def network(self) -> str:
        """The network of a training without a base version."""
        return DEFAULT_NETWORK if self.model == AUTO else self.model


@dataclass(frozen=True)
class Setting:
    """One parameter as a form, an API or a shell shows it."""

    name: str
    kind: type[bool] | type[int] | type[float] | type[str]
    default: Any
    help: str
    least: float | None
    most: float | None
    choices: tuple[str, ...]

    @property
    def label(self) -> str:
        """The name as a form writes it."""
        return PLAIN_NAMES.get(self.name) or self.name.replace("_", " ").capitalize()


_KINDS = get_type_hints(TrainConfig)
SCHEMA: tuple[Setting, ...] = tuple(
    Setting(
        name=field.name,
        kind=_KINDS[field.name],
        default=field.default,
        help=field.metadata["help"],
        least=field.metadata["least"],
        most=field.metadata["most"],
        choices=field.metadata["of"],
    )
    for field in dataclasses.fields(TrainConfig)
)

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "standard": {},
    "smoke": {
        "model": "abc-tiny",
        "pretrained": False,
        "epochs": 24,
        "map_epochs": 0,
        "batch": 4,
        "scale": 192,
        "shrink": 1.0,
        "crop": 192,
        "lr_trunk": 3e-3,
        "lr_heads": 3e-3,
        "ema": 0.9,
        "freeze_content": False,
    },
    "paper-structure": {"epochs": 60, "map_epochs": 20, "batch": 16},
}

SYNTHETIC: Mapping[str, Mapping[str, Any]] = {  # what training on synthetic blur changes in a preset
    "standard": {
        "epochs": 60,
        "map_epochs": 0,
        "shrink": 0.7,
        "enlarge": 1.7,
        "crop": 240,
        "lr_trunk": 3e-4,
        "ema": 0.995,
        "freeze_content": True,
        "max_hours": 0.5,
    },
    "smoke": {"epochs": 6, "batch": 8, "scale": 640, "crop": 96, "ema": 0.98},
    "paper-structure": {"map_epochs": 0},
}


def parse_config(raw: object) -> TrainConfig:
    """The parameters named in `raw`, the rest from its preset.

    Raises:
        InvalidConfig: an unknown name, a value of the wrong kind or out of range; `where` names the parameter.
    """
    if not isinstance(raw, Mapping):
        raise InvalidConfig("The training parameters are an object of names and values.")
    settings = {setting.name: setting for setting in SCHEMA}
    for name in raw:
        if name not in settings:
            raise InvalidConfig(
                f"There is no parameter {str(name)[:60]!r}. Known: {', '.join(settings)}.", where=str(name)[:60]
            )
    preset = _checked(settings["preset"], raw.get("preset", "standard"))
    values = {**PRESETS[preset], **raw, "preset": preset}
    config = TrainConfig(**{name: _checked(settings[name], value) for name, value in values.items()})
    if config.crop % 48:
        raise InvalidConfig("The side of a crop must be a multiple of 48.", where="crop")
    if config.map_epochs > config.epochs:
        raise InvalidConfig("map_epochs are a part of epochs and cannot be more.", where="map_epochs")
    return config


def check_scale(scale: int | None) -> None:
    """Refuse a --scale that photos cannot be seen at; None is the checkpoint's own.

    Raises:
        SmartBlurError: it is too small or too large.
    """
    least, most = SCALES
    if scale is not None and not least <= scale <= most:
        raise SmartBlurError(f"--scale is from {least} to {most} px.", code="invalid_arguments")


def preset_value(preset: str, name: str) -> Any:
    """What a parameter is where nothing but the preset is said."""
    defaults = {setting.name: setting.default for setting in SCHEMA}
    return ({**defaults, **PRESETS.get(preset, {}), "preset": preset}).get(name)


def _checked(setting: Setting, value: Any) -> Any:
    if setting.kind is float and type(value) is int:
        value = float(value)
    if type(value) is not setting.kind:
        raise InvalidConfig(f"{setting.name} must be {_in_words(setting.kind)}.", where=setting.name)
    if setting.choices and value not in setting.choices:
        raise InvalidConfig(f"{setting.name} is one of {', '.join(setting.choices)}.", where=setting.name)
    least, most = setting.least, setting.most
    if least is not None and most is not None and not least <= float(value) <= most:  # nan is outside, too
        raise InvalidConfig(f"{setting.name} must be from {least:g} to {most:g}.", where=setting.name)
    return value


def _in_words(kind: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "text"}[kind]
