"""The commands that train: `train` and `pretrain`, with their options and parameters."""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from annotate.core.errors import SmartBlurError
from annotate.core.release import read_release
from modelsvc.fusenet.config import PRESETS, SCHEMA, SYNTHETIC, InvalidConfig, TrainConfig, parse_config
from modelsvc.fusenet.data.masked import MaskedPhotos, MaskedSets
from modelsvc.fusenet.data.releases import Photos, ReleasePhotos
from modelsvc.fusenet.data.sources import (
    Source,
    SyntheticPhotos,
    find_sources,
    packaged_sources,
    repeated,
    split_sharp,
)
from modelsvc.fusenet.reports import Report
from modelsvc.fusenet.training.ablations import chosen_variants, run_ablations
from modelsvc.fusenet.training.distributed import is_launched, join_crew, launch
from modelsvc.fusenet.training.fit import FEWEST_MEASURED, Session, pretrain, train_masks, train_release

PACKAGED_HELD_OUT = 2
Command = Callable[[argparse.Namespace, Report], int]


def add_train_commands(commands: argparse._SubParsersAction[Any]) -> None:
    """Describe `train` and `pretrain`."""
    train = commands.add_parser("train", help="train on a release", epilog=describe_settings())
    train.formatter_class = argparse.RawDescriptionHelpFormatter
    train.add_argument("release", type=Path, nargs="?", metavar="RELEASE_DIR", help="without: as pretrain without DIR")
    add_masks(train)
    train.set_defaults(run=together(run_train))

    pretrain_ = commands.add_parser("pretrain", help="train on synthetic blur over sharp photos")
    pretrain_.add_argument(
        "sources",
        type=Path,
        nargs="*",
        metavar="DIR",
        help="images/ and maybe masks/ or regions/; default: photos that packages bring",
    )
    pretrain_.add_argument(
        "--pairs",
        nargs="+",
        default=[],
        metavar="DIR[=TIMES]",
        help="also real photos with binary masks, of half their scenes, each so many times an epoch",
    )
    add_polarity(pretrain_)
    pretrain_.add_argument("--leave-out", type=Path, metavar="FILE.txt", help="names of photos that are no sources")
    pretrain_.set_defaults(run=together(run_pretrain))

    for command in (train, pretrain_):
        command.add_argument("--out", type=Path, required=True, metavar="RUN_DIR", help="gets last/ and best/")
        command.add_argument("--preset", choices=PRESETS, help="where parameters start from")
        command.add_argument("--config", type=Path, metavar="FILE.json", help="parameters as a JSON object")
        command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="one parameter")
        command.add_argument("--base", type=Path, metavar="CHECKPOINT", help="start from this checkpoint")
        command.add_argument("--resume", action="store_true", help="go on from RUN_DIR/last if it is there")
        command.add_argument("--ablate", metavar="all|NAME,...", help="train and tabulate variants of it")
        command.add_argument("--seeds", type=int, default=1, metavar="N", help="of --ablate: seeds for each variant")
        command.add_argument("--rendezvous", default="", metavar="HOST:PORT", help="where several processes meet")
        command.add_argument("--json", action="store_true", help="one JSON object a line")
    add_hold_out(pretrain_)


def add_hold_out(command: argparse.ArgumentParser) -> None:
    """Describe the options that tell which photos of the sources are never trained on."""
    command.add_argument("--hold-out", type=int, default=100, metavar="N", help="photos never trained on; default 100")
    command.add_argument("--same-picture", type=Path, metavar="FILE.csv", help="pictures that are there twice")


def add_masks(command: argparse.ArgumentParser) -> None:
    """Describe the options that name a public set of photos with binary masks."""
    command.add_argument("--masks", type=Path, metavar="DIR", help="photos with binary blur masks: images/ and masks/")
    add_polarity(command)


def add_polarity(command: argparse.ArgumentParser) -> None:
    """Describe the option that tells what a mask's white is."""
    command.add_argument("--blurred", choices=("white", "black"), help="which is blurred in masks")


def read_masks(options: argparse.Namespace, scale: int, crop: int = 0) -> MaskedPhotos:
    """The photos of --masks.

    Raises:
        SmartBlurError: no polarity was told, or there are no pairs.
    """
    return _open_masks(options.masks, options.blurred, scale, crop)


def read_pairs(options: argparse.Namespace, config: TrainConfig) -> list[tuple[MaskedPhotos, int]]:
    """The sets of --pairs, and how often each of their photos is seen in an epoch.

    Raises:
        SmartBlurError: as `read_masks`, or a number of times that is none.
    """
    pairs = []
    for told in options.pairs:
        folder, _, times = told.partition("=")
        if times and not (times.isdecimal() and int(times)):
            raise SmartBlurError("Write --pairs DIR=TIMES, TIMES a whole number.", code="invalid_arguments", where=told)
        pairs.append((_open_masks(Path(folder), options.blurred, config.scale, config.crop), int(times or 1)))
    return pairs


def read_sets(options: argparse.Namespace, scale: int) -> MaskedSets:
    """The photos of --masks to measure on: of a set, or of all sets in the folder.

    Raises:
        SmartBlurError: as `read_masks`.
    """
    return MaskedSets(options.masks, scale=scale, is_blurred_white=_is_white(options.blurred))


def _open_masks(folder: Path, blurred: str | None, scale: int, crop: int) -> MaskedPhotos:
    return MaskedPhotos(folder, scale=scale, crop=crop, is_blurred_white=_is_white(blurred))


def _is_white(blurred: str | None) -> bool:
    if not blurred:
        raise SmartBlurError("Copies differ: say --blurred white or --blurred black.", code="invalid_arguments")
    return blurred == "white"


def together(run: Command) -> Command:
    """The command, started in as many processes as its parameters ask for; torchrun's own number comes first."""

    def run_together(options: argparse.Namespace, report: Report) -> int:
        processes = parse_config({"processes": read_parameters(options).get("processes", 1)}).processes
        if processes == 1 or is_launched():
            return run(options, report)
        return launch(options.arguments, processes, options.rendezvous)

    return run_together


def run_train(options: argparse.Namespace, report: Report) -> int:
    """Train on a release or on photos with masks; without either, on synthetic blur over packaged photos."""
    if options.masks and options.release:
        raise SmartBlurError("Name a release or --masks, not both.", code="invalid_arguments")
    if options.masks:
        config = parse_config({"freeze_content": True, **read_parameters(options)})  # nothing is said of C's content
        if options.ablate:
            raise SmartBlurError("Masks judge no photo: --ablate wants a release or sources.", code="invalid_arguments")
        masked = read_masks(options, config.scale, config.crop)
        with begun(options, report) as session:
            train_masks(masked, options.out, config, session)
        return 0
    if options.release is None:
        return train_on_sources(options, packaged_sources(), report, held_out=PACKAGED_HELD_OUT)
    config = parse_config(read_parameters(options))
    train = partial(train_release, options.release)
    with begun(options, report) as session:
        if options.ablate:
            ablate(options, config, session, train, held_out_of_release(options.release, config))
        else:
            train(options.out, config, session)
    return 0


def run_pretrain(options: argparse.Namespace, report: Report) -> int:
    """Train on synthetic blur over the photos of folders, or over those that packages bring."""
    if not options.sources:
        return train_on_sources(options, packaged_sources(), report, held_out=PACKAGED_HELD_OUT)
    held = {"held_out": options.hold_out, "same_picture": options.same_picture}
    if options.leave_out:
        held["left_out"] = frozenset(options.leave_out.read_text().split())
    return train_on_sources(options, find_sources(options.sources), report, **held)


def train_on_sources(options: argparse.Namespace, sources: Sequence[Source], report: Report, **held: Any) -> int:
    """Train on synthetic blur over photos, of which some are held out."""
    config = synthetic_config(read_parameters(options))
    pairs = read_pairs(options, config) if "pairs" in options else []
    train: Callable[..., object] = partial(pretrain, sources, pairs=pairs, **held)
    with begun(options, report) as session:
        if options.ablate:
            panel = split_sharp(sources, held["held_out"], held.get("same_picture")).panel
            photos = SyntheticPhotos(
                repeated(panel, FEWEST_MEASURED), scale=config.scale, crop=config.crop, seed=config.seed
            )
            ablate(options, config, session, train, photos)
        else:
            train(options.out, config, session)
    return 0


def held_out_of_release(folder: Path, config: TrainConfig) -> Photos:
    """The test split, or where there is none the validation split."""
    release = read_release(folder)
    test, val = (ReleasePhotos(release, name, scale=config.scale, crop=config.crop) for name in ("test", "validation"))
    return test if len(test) else val


def ablate(
    options: argparse.Namespace,
    config: TrainConfig,
    session: Session,
    train: Callable[..., object],
    photos: Photos,
) -> None:
    """Train and tabulate the variants asked for; a second call goes on where the first one stopped."""

    def train_variant(run_dir: Path, variant: TrainConfig, keeps_base: bool) -> object:
        return train(run_dir, variant, replace(session, resume=True, base=session.base if keeps_base else None))

    run_ablations(
        chosen_variants(options.ablate, config, has_base=options.base is not None),
        config,
        options.seeds,
        options.out,
        train=train_variant,
        photos=photos,
        report=session.report,
        crew=session.crew,
    )


def synthetic_config(given: Mapping[str, Any]) -> TrainConfig:
    """Parameters for synthetic blur: those given, then what it changes in the preset, then the preset."""
    return parse_config({**SYNTHETIC.get(str(given.get("preset", "standard")), {}), **given})


@contextmanager
def begun(options: argparse.Namespace, report: Report) -> Iterator[Session]:
    """A session of whatever training; from now on SIGTERM and Ctrl-C save a checkpoint first."""
    stops: list[int] = []

    def stop(number: int, _: FrameType | None) -> None:
        stops.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with join_crew() as crew:
        yield Session(report, options.resume, options.base, lambda: bool(stops), crew)


def read_parameters(options: argparse.Namespace) -> dict[str, Any]:
    """Parameters from the file, then the preset, then single ones."""
    raw: dict[str, Any] = {}
    if options.config:
        try:
            raw = json.loads(options.config.read_text())
        except (OSError, ValueError) as error:
            raise InvalidConfig(f"The parameters cannot be read: {error}.", where=str(options.config)) from error
        if not isinstance(raw, dict):
            raise InvalidConfig("The parameters must be a JSON object.", where=str(options.config))
    if options.preset:
        raw["preset"] = options.preset
    for assignment in options.set:
        name, is_assigned, value = assignment.partition("=")
        if not is_assigned:
            raise InvalidConfig("Write --set NAME=VALUE.", where=assignment)
        try:
            raw[name] = json.loads(value)
        except ValueError:
            raw[name] = value
    return raw


def describe_settings() -> str:
    """Every training parameter with its default, for --help."""
    lines = ["parameters of a training (--set, --config), with the defaults of the preset standard:"]
    for setting in SCHEMA:
        choices = f" One of {', '.join(setting.choices)}." if setting.choices else ""
        lines.append(f"  {setting.name}={json.dumps(setting.default)}  {setting.help}{choices}")
    return "\n".join(lines).replace("%", "%%")
