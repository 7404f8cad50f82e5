"""Fitting the network: from photos with labels to RUN_DIR/last and RUN_DIR/best, resumable at any step."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from annotate.core.errors import Conflict, InvalidRelease, SmartBlurError
from annotate.core.release import ReleaseFolder, read_release, verify_release
from annotate.core.release.verify_standalone import MEDIA
from modelsvc.fusenet.checkpoint import InvalidCheckpoint, load_model, present, read_checkpoint
from modelsvc.fusenet.config import AUTO, InvalidConfig, TrainConfig
from modelsvc.fusenet.data.loader import Loader
from modelsvc.fusenet.data.masked import MaskedPhotos
from modelsvc.fusenet.data.mixed import MixedPhotos
from modelsvc.fusenet.data.releases import Photos, ReleasePhotos
from modelsvc.fusenet.data.sources import (
    Source,
    SyntheticPhotos,
    count_by_set,
    faults_of,
    repeated,
    split_sharp,
)
from modelsvc.fusenet.evaluation.reading import read_output, run_network
from modelsvc.fusenet.evaluation.tally import Tally
from modelsvc.fusenet.model import MODELS, SWITCHES, ABCFuseNet, build, model_config
from modelsvc.fusenet.reports import Report
from modelsvc.fusenet.training.distributed import ALONE, Crew
from modelsvc.fusenet.training.losses import total_loss
from modelsvc.fusenet.training.samples import save_samples
from modelsvc.fusenet.training.trainer import Trainer
from modelsvc.fusenet.trunk import LITE0

VALIDATION_PHOTOS = 200
MEASURED_SCENES = 0.5  # of the real photos beside synthetic blur; the other scenes are trained on
FEWEST_DRAWS, FEWEST_MEASURED = 128, 28  # an epoch draws few photos several times, each time with another blur
LEARNING_CURVES = ("level_accuracy", "level_miou", "amount_mae", "blur_ap", "desirability_accuracy")


class Stopped(Exception):
    """Training ended early because somebody asked."""


def _nobody_asks() -> bool:
    return False


@dataclass(frozen=True)
class Session:
    """One sitting of a training, whatever it learns from.

    Attributes:
        report: is told how far it is.
        resume: go on from RUN_DIR/last if it is there.
        base: checkpoint that a new training starts from; None: ImageNet or random weights.
        should_stop: asked after each step and each photo measured; True saves and ends with `Stopped`.
        crew: the processes that train together.
    """

    report: Report
    resume: bool = False
    base: Path | None = None
    should_stop: Callable[[], bool] = _nobody_asks
    crew: Crew = ALONE


def train_release(
    release: Path,
    run_dir: Path,
    config: TrainConfig,
    session: Session,
) -> dict[str, float]:
    """Train on a release's train split, choose by its validation split; the best epoch's metrics.

    Raises:
        InvalidRelease: no release there, one that fails verification, or no readable training photo.
        InvalidCheckpoint: the base or the checkpoint to resume from cannot be used.
        Stopped: `should_stop` said so; RUN_DIR/last is saved.
    """
    folder = read_sound_release(release)
    training = ReleasePhotos(folder, "train", scale=config.scale, crop=config.crop, shrink=config.shrink)
    if not len(training):
        raise InvalidRelease("The release has no photos to train on: its train split is empty.", where=str(release))
    validation = ReleasePhotos(folder, "validation", scale=config.scale, crop=config.crop)
    if not len(validation):
        message = "The validation split is empty: metrics are measured on the training photos."
        session.report({"event": "log", "message": message})
        validation = training
    return fit(
        training,
        validation,
        config,
        run_dir,
        session,
        trained_on={"release": folder.manifest.folder_name, "content_id": folder.content_id},
    )


def read_sound_release(folder: Path) -> ReleaseFolder:
    """The release in a folder, if all its tables and lists are in order.

    Photos and level maps are checked when they are read: a damaged one is left out, it does not end the training.

    Raises:
        InvalidRelease: no release there, or one whose seal, lists or records are not what was written.
    """
    release = read_release(folder)
    for fault in verify_release(folder, "quick"):
        if not MEDIA.match(fault.path) and fault.code != "extra":
            raise InvalidRelease(f"The release fails verification: {fault.detail}", where=f"{folder}/{fault.path}")
    return release


def pretrain(
    sources: Sequence[Source],
    run_dir: Path,
    config: TrainConfig,
    session: Session,
    *,
    held_out: int,
    same_picture: Path | None = None,
    left_out: Collection[str] = (),
    pairs: Sequence[tuple[MaskedPhotos, int]] = (),
) -> dict[str, float]:
    """Train on synthetic blur over sharp photos, choose by photos held out; the best epoch's metrics.

    Args:
        held_out, same_picture: see `split_sharp`.
        left_out: names of photos, without their endings, that are not trained on.
        pairs: real photos with masks, and how often each is seen in an epoch; of half their scenes.

    Raises:
        SmartBlurError: too few sharp photos.
        InvalidCheckpoint, Stopped: as `train_release`.
    """
    kept, choosing, panel = split_sharp(sources, held_out, same_picture)
    kept = [source for source in kept if source.image.stem not in left_out]
    sharp_count = len({*kept, *choosing, *panel})
    session.report({"event": "log", "message": f"{sharp_count} of {len(sources)} photos are sharp enough."})
    for name, fault in faults_of(sources).items():
        session.report({"event": "log", "message": f"Skipped {name}: {fault}"})
    if not kept or not choosing:
        raise SmartBlurError("There are too few sharp photos to train on some and hold out others.", code="no_sources")
    shape = {"scale": config.scale, "crop": config.crop, "seed": config.seed}
    synthetic = SyntheticPhotos(repeated(kept, FEWEST_DRAWS), **shape, shrink=config.shrink, enlarge=config.enlarge)
    real = [(masked.parted(MEASURED_SCENES)[0], times) for masked, times in pairs]
    names = {masked.folder.name: len(masked) for masked, _ in real}
    return fit(
        MixedPhotos([(synthetic, 1), *real]) if real else synthetic,
        SyntheticPhotos(repeated(choosing, FEWEST_MEASURED), **shape),
        config,
        run_dir,
        session,
        trained_on={"synthetic": count_by_set(kept), "held_out": count_by_set({*choosing, *panel})}
        | ({"pairs": names} if names else {}),
    )


def train_masks(
    masked: MaskedPhotos,
    run_dir: Path,
    config: TrainConfig,
    session: Session,
) -> dict[str, float]:
    """Train on photos with binary blur masks, choose by a fifth of them; the best epoch's metrics.

    Only P(level > 0) is taught: masks say nothing of how much blur there is, nor whether it is wanted.

    Raises:
        InvalidConfig: the network has no ordered levels.
        InvalidCheckpoint, Stopped: as `train_release`.
    """
    if not config.ordinal:
        raise InvalidConfig("Binary masks teach ordered levels only; set ordinal=true.", where="ordinal")
    training, choosing = masked.parted()
    return fit(
        training,
        choosing,
        config,
        run_dir,
        session,
        trained_on={"masks": masked.folder.name, "pairs": len(training), "held_out": len(choosing)},
    )


def fit(
    training: Photos,
    validation: Photos,
    config: TrainConfig,
    run_dir: Path,
    session: Session,
    *,
    trained_on: Mapping[str, Any],
) -> dict[str, float]:
    """Train, saving RUN_DIR/last every epoch and every few minutes, RUN_DIR/best when the validation loss falls.

    The order of photos and every augmentation follow from seed, epoch and index alone, and dropout from the step, so a
    resumed training repeats exactly what the killed one would have done.

    Raises:
        Conflict: RUN_DIR holds a training and the session is not to resume it.
        InvalidRelease, InvalidCheckpoint, Stopped: as `train_release`.
    """
    last = present(run_dir / "last")
    if last.exists() and not session.resume:
        detail = "There is a training here already. Go on with --resume, or choose another folder."
        raise Conflict(detail, where=str(run_dir), code="run_exists")
    crew, should_stop = session.crew, session.should_stop
    report = session.report if crew.is_first else _say_nothing
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(config.seed)
    model = initial_model(config, training.level_count, session.base, report)
    trainer = Trainer(model, config, len(training), device, crew, has_base=session.base is not None)
    if last.exists():
        trainer.restore(last, trained_on)
        report({"event": "log", "message": f"Resumed in epoch {trainer.at.epoch + 1} after {trainer.at.step} steps."})
        if numbers := read_checkpoint(last).metrics:  # who listened may have been killed before they heard them
            report({"event": "epoch", "epoch": trainer.at.epoch, "epochs": config.epochs, "metrics": numbers})
    report({"event": "start", "epochs": config.epochs, "images": len(training), "device": device.type})
    try:
        with Loader(training, config.workers) as loader:
            while trainer.at.epoch < config.epochs and not trainer.is_over():
                speed = train_one_epoch(trainer, loader, run_dir, trained_on, report, should_stop)
                numbers = {"loss": trainer.at.loss_sum / max(trainer.at.step, 1)}
                numbers |= crew.ask_first(
                    lambda: evaluate(trainer.averaged, validation, config, should_stop=should_stop)
                )
                trainer.end_epoch(run_dir, trained_on, numbers)
                if crew.is_first:
                    save_samples(trainer.averaged, validation, run_dir, trainer.at.epoch)
                event = {"epoch": trainer.at.epoch, "epochs": config.epochs, "metrics": numbers}
                report({"event": "epoch"} | event | speed)
    except Stopped:
        trainer.save(run_dir / "last", trained_on, {})
        raise
    faults = {**training.faults, **validation.faults}
    for key, fault in sorted(faults.items()):
        report({"event": "log", "message": f"Skipped {key}: {fault}"})
    report({"event": "done", "checkpoint": "best", "metrics": trainer.at.best_metrics, "skipped": len(faults)})
    return trainer.at.best_metrics


def train_one_epoch(
    trainer: Trainer,
    loader: Loader,
    run_dir: Path,
    trained_on: Mapping[str, Any],
    report: Report,
    should_stop: Callable[[], bool],
) -> dict[str, float]:
    """What is left of the epoch, saving now and then; the photos a second, and the share of time spent on waiting.

    Raises:
        InvalidRelease: no photo could be read.
        Stopped: `should_stop` said so.
    """
    started, waited_s, done, heard = time.monotonic(), loader.waited_s, 0, _Throttle(1.0)
    photos, at, first = loader.photos, trainer.at, trainer.at.step
    for parts in loader.batches(trainer.plans(photos)):
        done += trainer.train_on(parts)
        if heard.is_due():
            place = {"epoch": at.epoch + 1, "epochs": trainer.config.epochs, "step": at.step, "steps": trainer.steps}
            passed_s = max(time.monotonic() - started, 1e-9)
            speed = {
                "images_per_s": round(done / passed_s, 3),
                "left_s": round(trainer.left_s(passed_s / (at.step - first))),
            }
            report({"event": "step", **place, "loss": at.loss_sum / at.step, **speed})
        is_stopping, is_saving = trainer.agree(is_stopping=should_stop())
        if is_stopping:
            raise Stopped
        if is_saving:
            trainer.save(run_dir / "last", trained_on, {})
        if trainer.is_over():
            break
    for faults in trainer.crew.gather(photos.faults):
        photos.faults.update(faults)
    if len(photos.faults) == len(photos):
        raise InvalidRelease("None of the training photos can be read.", where=next(iter(photos.faults.values())))
    passed_s = max(time.monotonic() - started, 1e-9)
    wait_share = (loader.waited_s - waited_s) / passed_s
    return {"images_per_s": round(done / passed_s, 3), "loader_wait_share": round(wait_share, 4)}


def initial_model(config: TrainConfig, level_count: int, base: Path | None, report: Report) -> ABCFuseNet:
    """The network to start from: a base version, ImageNet trunks, or random."""
    told = {"levels": level_count} | {name: getattr(config, name) for name in SWITCHES}
    if base is None:
        shape = model_config(config.network, **told)
        return build(shape, pretrained=config.pretrained and shape.stages == LITE0)
    model, checkpoint = load_model(base)
    shape = replace(checkpoint.model if config.model == AUTO else MODELS[config.model], **told)
    if checkpoint.model.stages != shape.stages:
        detail = (
            f"The base version {checkpoint.model.name} has another trunk than {config.model}. Choose one of the same."
        )
        raise InvalidCheckpoint(detail, where=str(base))
    fresh = ABCFuseNet(shape)
    wanted = fresh.state_dict()
    kept = {n: value for n, value in model.state_dict().items() if n in wanted and value.shape == wanted[n].shape}
    fresh.load_state_dict(kept, strict=False)
    dropped = len(wanted) - len(kept)
    report({"event": "log", "message": f"Starts from {base.name}; {dropped} tensors start anew."})
    return fresh


def mean_losses(losses: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean loss as val_loss, and each part of it as val_loss_PART."""
    names = {"loss": "val_loss"} | {part: f"val_loss_{part}" for part in losses[0] if part != "loss"}
    return {name: float(np.mean([loss[part] for loss in losses])) for part, name in names.items()}


@torch.inference_mode()
def evaluate(
    model: ABCFuseNet, photos: Photos, config: TrainConfig, *, should_stop: Callable[[], bool] = _nobody_asks
) -> dict[str, float]:
    """Loss and accuracy on whole photos at working scale, on at most VALIDATION_PHOTOS of them, spread evenly.

    Raises:
        InvalidRelease: no photo could be read.
        Stopped: `should_stop` said so.
    """
    counts, losses = Tally(model.config.levels), []  # of dicts: the loss and its parts
    for index in np.unique(np.linspace(0, len(photos) - 1, min(VALIDATION_PHOTOS, len(photos))).astype(int)):
        if should_stop():
            raise Stopped
        sample = photos.whole(int(index))
        if sample is not None:
            output, targets = run_network(model, sample)
            losses.append({name: part.item() for name, part in total_loss(output, targets, config).items()})
            counts.add(sample, read_output(output, sample.levels.shape))
    if not losses:
        raise InvalidRelease("None of the photos to measure on can be read.", where=next(iter(photos.faults.values())))
    numbers = counts.numbers()
    return mean_losses(losses) | {name: numbers[name] for name in LEARNING_CURVES if name in numbers}


class _Throttle:
    """True at most once in so many seconds."""

    def __init__(self, every_s: float) -> None:
        self.every_s, self.last = every_s, -math.inf

    def is_due(self) -> bool:
        now = time.monotonic()
        if now - self.last < self.every_s:
            return False
        self.last = now
        return True


def _say_nothing(event: Mapping[str, Any]) -> None:
    """What processes other than the first report."""
