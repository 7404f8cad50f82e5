"""`python -m modelsvc.fusenet evaluate`: checkpoints and their peers on a release, on synthetic blur, or on masks."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch

from annotate.core.errors import InvalidRelease, SmartBlurError
from annotate.core.release import read_release
from annotate.core.splits import SPLITS
from modelsvc.fusenet.checkpoint import Checkpoint, load_model
from modelsvc.fusenet.commands.train import add_masks, read_sets
from modelsvc.fusenet.config import SHIPPED, check_scale
from modelsvc.fusenet.data.panels import PANELS, open_panel
from modelsvc.fusenet.data.releases import Photos, ReleasePhotos, Sample
from modelsvc.fusenet.data.sources import SyntheticPhotos, find_sources, hold_out, repeated, split_sharp
from modelsvc.fusenet.evaluation.calibration import cooled, fit_temperatures
from modelsvc.fusenet.evaluation.ceiling import human_ceiling, kinds_of_blur
from modelsvc.fusenet.evaluation.reading import Look, compare, network_look, panel, peers_look
from modelsvc.fusenet.evaluation.real import judgement, look_at, real_photos, write_real
from modelsvc.fusenet.evaluation.report import Evaluation, write_report
from modelsvc.fusenet.evaluation.tally import DRAWS_SEED, HEADLINES, OF_MASKS, Tally
from modelsvc.fusenet.evaluation.worst import Worst
from modelsvc.fusenet.model import ABCFuseNet
from modelsvc.fusenet.reports import Report
from modelsvc.fusenet.serving.predictor import Predictor

PANEL_CROPS, PANEL_SIDE, PANEL_SEED = 200, 288, 1
CALIBRATION_PHOTOS = 100  # training photos that hand-crafted measures learn from
TEMPERATURE_PHOTOS = 80
SHOWN = (*dict.fromkeys(HEADLINES + OF_MASKS), "blur_max_f")
LEVELS = ("sharp", "low", "medium", "high")


class Material(NamedTuple):
    """Photos to measure on, and those that methods may learn from before."""

    measured: Photos
    training: Photos  # hand-crafted measures learn their thresholds here
    choosing: Photos | None  # temperatures are fitted here; None: nowhere
    level_names: tuple[str, ...]
    words: Mapping[str, Any]  # which data, split, seed and scale
    faults: Mapping[str, str]
    kinds: Mapping[str, str] = {}  # of blur, by the photo's name
    person: Mapping[str, float] = {}

    def samples(self) -> Iterator[Sample]:
        """What is measured."""
        for sample in panel(self.measured):
            yield sample._replace(kind=self.kinds.get(sample.name, sample.kind))


def add_options(command: argparse.ArgumentParser) -> None:
    """What `evaluate` can be told."""
    command.add_argument("release", type=Path, nargs="?", metavar="RELEASE_DIR")
    command.add_argument("--split", choices=SPLITS, default="test")
    command.add_argument("--synthetic", type=Path, nargs="+", default=[], metavar="DIR", help="sources, as of pretrain")
    command.add_argument("--crops", type=int, default=PANEL_CROPS, metavar="N", help="of --synthetic; default 200")
    add_masks(command)
    command.add_argument("--panel", choices=PANELS, help="what is hard in real photos; needs --street and --sets")
    command.add_argument("--street", type=Path, default=Path(), metavar="DIR", help="of --panel: images/ and movers/")
    command.add_argument("--sets", type=Path, default=Path(), metavar="DIR", help="of --panel: holds gopro/ and mff/")
    command.add_argument(
        "--walkers", type=Path, nargs="+", default=[], metavar="DIR", help="of --panel: people, masks/"
    )
    command.add_argument("--photos", type=int, metavar="N", help="of --panel: so many, spread evenly; default: all")
    command.add_argument("--real", action="store_true", help="real photos of known blur that packages bring")
    command.add_argument("--quokka", type=Path, metavar="DIR", help="of --real: where imgaug's quokka was unpacked")
    command.add_argument("--scale", type=int, metavar="PX", help="long side of photos; default: the first checkpoint's")
    command.add_argument(
        "--checkpoint",
        type=Path,
        nargs="+",
        default=[SHIPPED],
        metavar="DIR",
        help="others are compared with the first",
    )
    command.add_argument("--peers", action="store_true", help="also hand-crafted measures and boosted trees on them")
    command.add_argument("--out", type=Path, metavar="DIR", help="write report.json, report.md and pictures")


def run_evaluate(options: argparse.Namespace, report: Report) -> int:
    """Measure checkpoints, and their peers where asked, on every photo of a split, of a panel or of a folder."""
    if sum(map(bool, (options.release, options.synthetic, options.masks, options.panel, options.real))) != 1:
        detail = "Name a release, --synthetic sources, --masks, --panel or --real."
        raise SmartBlurError(detail, code="invalid_arguments")
    check_scale(options.scale)
    if options.real:
        return run_real(options, report)
    models = load_models(options.checkpoint)
    material = find_material(options, options.scale or next(iter(models.values()))[1].scale)
    for _, checkpoint in models.values():
        require_levels(checkpoint, material, options.release)
    evaluation, worst = measure(models, material, is_synthetic=bool(options.synthetic), with_peers=options.peers)
    for name, tally in evaluation.methods.items():
        report({"event": "method", "method": name, "metrics": shown(tally), "intervals": tally.intervals()})
    if material.person:
        report({"event": "method", "method": "a person", "metrics": dict(material.person), "intervals": {}})
    for key, fault in sorted(material.faults.items()):
        report({"event": "log", "message": f"Skipped {key}: {fault}"})
    first = evaluation.tallies[evaluation.first]
    if options.out:
        write_report(options.out, evaluation, worst.sheets(first.level_count))
        report({"event": "log", "message": f"Wrote {options.out / 'report.md'}."})
    report({"event": "done", "photos": len(first.photos), "metrics": shown(first)})
    return 0


def run_real(options: argparse.Namespace, report: Report) -> int:
    """Look at real photos of known blur with the first checkpoint."""
    photos = list(real_photos(options.quokka))
    predictor = Predictor(options.checkpoint[0])
    found = []
    for photo in photos:
        found.append(look_at(predictor, photo))
        numbers = found[-1].numbers
        message = f"{photo.name:20} {judgement(found[-1])}  amount {numbers['amount']:.2f}"
        report({"event": "log", "message": message, "photo": photo.name, "metrics": numbers})
    if options.out:
        write_real(options.out, found, predictor)
        report({"event": "log", "message": f"Wrote {options.out / 'report.md'}."})
    return 0


def load_models(folders: list[Path]) -> dict[str, tuple[ABCFuseNet, Checkpoint]]:
    """The networks by name; of several, the name tells their weights, too."""
    found = {}
    for folder in folders:
        model, checkpoint = load_model(folder)
        model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        name = checkpoint.model.name
        found[name if len(folders) == 1 else f"{name} {checkpoint.weights_sha256[:8]}"] = model, checkpoint
    if len(found) < len(folders):
        raise SmartBlurError("Two of the checkpoints have the same weights.", code="invalid_arguments")
    return found


def require_levels(checkpoint: Checkpoint, material: Material, release: Path | None) -> None:
    """Refuse what cannot be measured: no photos, or another number of levels."""
    if checkpoint.model.levels != len(material.level_names):
        detail = f"The checkpoint knows {checkpoint.model.levels} levels, the photos have {len(material.level_names)}."
        raise InvalidRelease(detail, where=str(release or ""))
    if not len(material.measured):
        raise InvalidRelease("There are no photos to measure on: the split is empty.", where=str(release or ""))


def measure(
    models: Mapping[str, tuple[ABCFuseNet, Checkpoint]], material: Material, *, is_synthetic: bool, with_peers: bool
) -> tuple[Evaluation, Worst]:
    """Every method on the same photos, each network also at the temperatures that suit it."""
    level_count = len(material.level_names)
    looks: list[Look] = []
    temperatures: dict[str, tuple[str, Mapping[str, float]]] = {}
    for name, (model, checkpoint) in models.items():
        look = network_look(name, model, checkpoint.existence)
        if material.choosing is not None and len(material.choosing):
            fitted = fit_temperatures(look, name, panel(material.choosing, TEMPERATURE_PHOTOS))
            temperatures[name] = f"{name}, calibrated", fitted._asdict()
            look = cooled(look, name, fitted, f"{name}, calibrated")
        looks.append(look)
    worst = Worst(looks[0], next(iter(models)))
    if with_peers:
        looks.append(peers_look(panel(material.training, CALIBRATION_PHOTOS), level_count))
    tallies = compare([worst, *looks[1:]], material.samples(), level_count)
    if not tallies:
        detail = "None of the photos to measure on can be read."
        raise InvalidRelease(detail, where=next(iter(material.faults.values()), ""))
    evaluation = Evaluation(
        material=material.words,
        is_synthetic=is_synthetic,
        level_names=material.level_names,
        checkpoints={name: checkpoint for name, (_, checkpoint) in models.items()},
        tallies=tallies,
        skipped=dict(material.faults),
        temperatures=temperatures,
        person=dict(material.person),
        worst=[(seen.sample.name, seen.sample.kind, seen.error) for seen in worst.worst()],
    )
    return evaluation, worst


def find_material(options: argparse.Namespace, scale: int) -> Material:
    """The photos that the options name."""
    if options.synthetic:
        return synthetic_panel(options, scale)
    if options.masks:
        masked = read_sets(options, scale)
        words = {"Data": f"{options.masks.name}, binary masks, {options.blurred} is blurred", "Scale": f"{scale} px"}
        words |= {
            "Split": "every pair of the folder, or of the sets in it; peers learn their thresholds from the same photos"
        }
        words |= {"Seed": f"{DRAWS_SEED} of the bootstrap"}
        return Material(masked, masked, None, LEVELS, words, masked.faults)
    if options.panel:
        return real_panel(options, scale)
    release = read_release(options.release)
    parts = {
        split: ReleasePhotos(release, split, scale=scale, crop=48) for split in ("train", "validation", options.split)
    }
    measured = parts[options.split]
    return Material(
        measured,
        parts["train"],
        parts["validation"] if options.split == "test" else None,
        tuple(level.name for level in release.manifest.levels),
        {
            "Data": f"{release.manifest.folder_name}, content_id {release.content_id}",
            "Split": options.split,
            "Seed": f"{DRAWS_SEED} of the bootstrap",
            "Scale": f"{scale} px",
        },
        measured.faults,
        kinds_of_blur(release),
        human_ceiling(release, options.split, scale),
    )


def synthetic_panel(options: argparse.Namespace, scale: int) -> Material:
    """Crops of photos that `pretrain` with the same sources and hold-out never saw; modes take turns."""
    parts = split_sharp(find_sources(options.synthetic), options.hold_out, options.same_picture)
    if not parts.panel:
        raise SmartBlurError("There are too few sharp photos to hold some out.", code="no_sources")

    def crops(part: str, count: int) -> SyntheticPhotos:
        chosen = repeated(getattr(parts, part), count)
        return SyntheticPhotos(chosen, scale=scale, crop=PANEL_SIDE, seed=PANEL_SEED)

    measured = crops("panel", options.crops)
    measured.sources = measured.sources[: options.crops]
    words = {
        "Data": f"synthetic blur, {len(measured)} crops of {PANEL_SIDE} px of {len(set(measured.sources))} photos of "
        + ", ".join(sorted({source.image.parent.parent.name for source in measured.sources})),
        "Split": f"the panel: of {options.hold_out} photos held out those that chose no epoch",
        "Seed": f"{PANEL_SEED} of the crops, {DRAWS_SEED} of the bootstrap",
        "Scale": f"{scale} px (levels are relative to the long side)",
    }
    choosing = crops("choosing", TEMPERATURE_PHOTOS) if parts.choosing != parts.panel else None
    return Material(measured, crops("training", 1), choosing, LEVELS, words, measured.faults)


def real_panel(options: argparse.Namespace, scale: int) -> Material:
    """A panel of real photos."""
    people = (
        hold_out(find_sources(options.walkers), options.hold_out, options.same_picture) if options.walkers else None
    )
    photos = open_panel(
        options.panel,
        scale=scale,
        street=options.street,
        real=options.sets,
        walkers=[source for source in people.panel if source.mask] if people else (),
    )
    photos.keep(options.photos)
    words = {"Data": f"the panel {options.panel}, {len(photos)} photos", "Scale": f"{scale} px"}
    words |= {"Split": "nothing of it is trained on", "Seed": f"{DRAWS_SEED} of the bootstrap, names of the photos"}
    return Material(photos, photos, None, LEVELS, words, photos.faults)


def shown(tally: Tally) -> dict[str, float]:
    """The measures that are printed."""
    numbers = tally.numbers()
    return {name: numbers[name] for name in SHOWN if name in numbers}
