"""Fitting the network: from photos with labels to RUN_DIR/last and RUN_DIR/best, resumable at any step."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from annotate.core.errors import Conflict, InvalidRelease, SmartBlurError
from annotate.core.release import read_release
from modelsvc.fusenet.checkpoint import (
    Checkpoint,
    InvalidCheckpoint,
    commit_of_code,
    load_model,
    present,
    read_tensors,
    save_checkpoint,
)
from modelsvc.fusenet.config import PRESETS, SCHEMA, InvalidConfig, TrainConfig, parse_config
from modelsvc.fusenet.data import Batch, ReleasePhotos, Sample, collate, move, split
from modelsvc.fusenet.evaluation import Tally, read_output, run_network
from modelsvc.fusenet.losses import total_loss
from modelsvc.fusenet.model import SWITCHES, ABCFuseNet, build, model_config
from modelsvc.fusenet.sources import Source, SyntheticPhotos, count_by_set, hold_out, is_sharp, repeated

__all__ = [
    "PRESETS",
    "SCHEMA",
    "InvalidConfig",
    "TrainConfig",
    "evaluate",
    "fit",
    "parse_config",
    "pretrain",
    "train_release",
]

RESUME_TENSORS, RESUME_STATE = "resume.safetensors", "resume.json"
VALIDATION_PHOTOS = 200
FEWEST_DRAWS, FEWEST_MEASURED = 128, 28  # an epoch draws few photos several times, each time with another blur
LEARNING_CURVES = ("level_accuracy", "level_miou", "amount_mae", "blur_ap", "desirability_accuracy")
PIXELS_AT_ONCE = 5 * 288 * 288 // 2  # of a step, so that a training fits into a laptop
SMALL_BATCH, SMALL_PART = 8, 4  # below these, a pretrained trunk's batch norms keep their statistics
Report = Callable[[Mapping[str, Any]], None]


class Photos(Protocol):
    """What one can train on: a release's split, or photos with synthetic blur."""

    level_count: int
    faults: dict[str, str]

    def __len__(self) -> int: ...

    def draw(self, index: int, rng: np.random.Generator, *, is_whole: bool) -> Sample | None:
        """A sample for training that depends on `index` and `rng` alone; None if it cannot be read."""

    def whole(self, index: int) -> Sample | None:
        """A sample for measuring, always the same."""


class Stopped(Exception):
    """Training ended early because somebody asked."""


@dataclass
class Progress:
    """Where a training stands; with the tensors, all that a resumed one needs."""

    epoch: int = 0
    step: int = 0  # within the epoch
    steps_done: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    best_loss: float = math.inf
    best_epoch: int = 0
    best_metrics: dict[str, float] = field(default_factory=dict)


def train_release(
    release: Path,
    run_dir: Path,
    config: TrainConfig,
    *,
    resume: bool = False,
    base: Path | None = None,
    report: Report,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, float]:
    """Train on a release's train split, choose by its val split; the best epoch's metrics.

    Raises:
        InvalidRelease: no release there, no readable training photo.
        InvalidCheckpoint: `base` or the checkpoint to resume from cannot be used.
        Stopped: `should_stop` said so; RUN_DIR/last is saved.
    """
    folder = read_release(release)
    training = ReleasePhotos(folder, "train", scale=config.scale, crop=config.crop, shrink=config.shrink)
    if not len(training):
        raise InvalidRelease("The release has no photos to train on: its train split is empty.", where=str(release))
    validation = ReleasePhotos(folder, "val", scale=config.scale, crop=config.crop)
    if not len(validation):
        report({"event": "log", "message": "The val split is empty: metrics are measured on the training photos."})
        validation = training
    return fit(
        training,
        validation,
        config,
        run_dir,
        trained_on={"release": folder.manifest.folder_name, "content_id": folder.content_id},
        resume=resume,
        base=base,
        report=report,
        should_stop=should_stop,
    )


def pretrain(
    sources: Sequence[Source],
    run_dir: Path,
    config: TrainConfig,
    *,
    held_out: int,
    same_picture: Path | None = None,
    resume: bool = False,
    base: Path | None = None,
    report: Report,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, float]:
    """Train on synthetic blur over sharp photos, choose by photos held out; the best epoch's metrics.

    Raises:
        SmartBlurError: too few sharp photos.
        InvalidCheckpoint, Stopped: as `train_release`.
    """
    sharp = [source for source in sources if is_sharp(source)]
    report({"event": "log", "message": f"{len(sharp)} of {len(sources)} photos are sharp enough."})
    kept, choosing, panel = hold_out(sharp, held_out, same_picture)
    if not kept or not choosing:
        raise SmartBlurError("There are too few sharp photos to train on some and hold out others.", code="no_sources")
    shape = {"scale": config.scale, "crop": config.crop, "seed": config.seed}
    return fit(
        SyntheticPhotos(repeated(kept, FEWEST_DRAWS), **shape, shrink=config.shrink, enlarge=config.enlarge),
        SyntheticPhotos(repeated(choosing, FEWEST_MEASURED), **shape),
        config,
        run_dir,
        trained_on={"synthetic": count_by_set(kept), "held_out": count_by_set({*choosing, *panel})},
        resume=resume,
        base=base,
        report=report,
        should_stop=should_stop,
    )


def fit(
    training: Photos,
    validation: Photos,
    config: TrainConfig,
    run_dir: Path,
    *,
    trained_on: Mapping[str, Any],
    resume: bool = False,
    base: Path | None = None,
    report: Report,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, float]:
    """Train, saving RUN_DIR/last every epoch and every few minutes, RUN_DIR/best when the validation loss falls.

    The order of photos and every augmentation follow from seed, epoch and index alone, and dropout from the step, so a
    resumed training repeats exactly what the killed one would have done.

    Raises:
        Conflict: RUN_DIR holds a training and `resume` is False.
        InvalidRelease, InvalidCheckpoint, Stopped: as `train_release`.
    """
    last = present(run_dir / "last")
    if last.exists() and not resume:
        detail = "There is a training here already. Go on with --resume, or choose another folder."
        raise Conflict(detail, where=str(run_dir), code="run_exists")
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(config.seed)
    trainer = Trainer(initial_model(config, training.level_count, base, report), config, len(training), device)
    if last.exists():
        trainer.restore(last, trained_on)
        report({"event": "log", "message": f"Resumed in epoch {trainer.at.epoch + 1} after {trainer.at.step} steps."})
    report({"event": "start", "epochs": config.epochs, "images": len(training), "device": device.type})
    try:
        while trainer.at.epoch < config.epochs and not trainer.is_over():
            speed = train_one_epoch(trainer, training, run_dir, trained_on, report, should_stop)
            numbers = {"loss": trainer.at.loss_sum / max(trainer.at.step, 1)}
            numbers |= evaluate(trainer.averaged, validation, config, should_stop=should_stop)
            trainer.end_epoch(run_dir, trained_on, numbers)
            event = {"epoch": trainer.at.epoch, "epochs": config.epochs, "metrics": numbers}
            report({"event": "epoch", **event, "images_per_s": round(speed, 3)})
    except Stopped:
        trainer.save(run_dir / "last", trained_on, {})
        raise
    for key, fault in sorted({**training.faults, **validation.faults}.items()):
        report({"event": "log", "message": f"Skipped {key}: {fault}"})
    report({"event": "done", "checkpoint": "best", "metrics": trainer.at.best_metrics})
    return trainer.at.best_metrics


def train_one_epoch(
    trainer: Trainer,
    photos: Photos,
    run_dir: Path,
    trained_on: Mapping[str, Any],
    report: Report,
    should_stop: Callable[[], bool],
) -> float:
    """What is left of the epoch, saving now and then; the photos a second.

    Raises:
        InvalidRelease: no photo could be read.
        Stopped: `should_stop` said so.
    """
    started, done, heard = time.monotonic(), 0, _Throttle(1.0)
    for batch in trainer.batches(photos):
        trainer.train_on(batch)
        done += len(batch.image) if batch else 0
        at = trainer.at
        if heard.is_due():
            place = {"epoch": at.epoch + 1, "epochs": trainer.config.epochs, "step": at.step, "steps": trainer.steps}
            report({"event": "step", **place, "loss": at.loss_sum / at.step})
        if should_stop():
            raise Stopped
        if trainer.is_save_due():
            trainer.save(run_dir / "last", trained_on, {})
        if trainer.is_over():
            break
    if len(photos.faults) == len(photos):
        raise InvalidRelease("None of the training photos can be read.", where=next(iter(photos.faults.values())))
    return done / max(time.monotonic() - started, 1e-9)


def initial_model(config: TrainConfig, level_count: int, base: Path | None, report: Report) -> ABCFuseNet:
    """The network to start from: a base version, ImageNet trunks, or random."""
    shape = model_config(config.model, level_count, **{name: getattr(config, name) for name in SWITCHES})
    if base is None:
        return build(shape, pretrained=config.pretrained and config.model == "abc-lite0")
    model, checkpoint = load_model(base)
    if checkpoint.model.name != config.model:
        detail = f"The base version is {checkpoint.model.name}, the training asks for {config.model}. Choose the same."
        raise InvalidCheckpoint(detail, where=str(base))
    fresh = ABCFuseNet(shape)
    kept = {name: value for name, value in model.state_dict().items() if value.shape == fresh.state_dict()[name].shape}
    fresh.load_state_dict(kept, strict=False)
    dropped = len(fresh.state_dict()) - len(kept)
    report({"event": "log", "message": f"Starts from {base.name}; {dropped} tensors start anew."})
    return fresh


class Trainer:
    """The network in training: optimiser, average, and where it stands."""

    def __init__(self, model: ABCFuseNet, config: TrainConfig, image_count: int, device: torch.device) -> None:
        self.config, self.device, self.at = config, device, Progress()
        self.image_count = image_count
        self.steps = -(-image_count // config.batch)
        self.model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(_parameter_groups(self.model, config))
        self.saved_at = time.monotonic()
        bf16 = config.precision == "bf16" or (config.precision == "auto" and device.type == "cuda")
        self.autocast = torch.autocast(device.type, torch.bfloat16, enabled=bf16)
        self.pixels_at_once = PIXELS_AT_ONCE * (1 if device.type == "cpu" else 24)

    def batches(self, photos: Photos) -> Iterator[Batch | None]:
        """What is left of this epoch, the next batches being prepared while one is trained on."""
        config, at = self.config, self.at
        order = np.random.default_rng([config.seed, at.epoch]).permutation(self.image_count)
        is_whole = at.epoch >= config.map_epochs

        def prepare(epoch: int, step: int) -> Batch | None:
            chosen = order[step * config.batch : (step + 1) * config.batch]
            rngs = (np.random.default_rng([config.seed, epoch, int(index)]) for index in chosen)
            drawn = [photos.draw(int(i), rng, is_whole=is_whole) for i, rng in zip(chosen, rngs, strict=True)]
            readable = [sample for sample in drawn if sample is not None]
            return collate(readable, photos.level_count) if readable else None

        with ThreadPoolExecutor(1) as pool:
            ahead = [pool.submit(prepare, at.epoch, step) for step in range(at.step, min(at.step + 2, self.steps))]
            for step in range(at.step, self.steps):
                batch = ahead.pop(0).result()
                if step + 2 < self.steps:
                    ahead.append(pool.submit(prepare, at.epoch, step + 2))
                yield batch

    def train_on(self, batch: Batch | None) -> None:
        """One step of the optimiser and of the average; a batch of unreadable photos counts as a step."""
        started = time.monotonic()
        if batch is not None:
            torch.manual_seed(self.config.seed * 1_000_003 + self.at.steps_done)  # dropout repeats after a resume
            self._set_learning_rate()
            self.optimiser.zero_grad(set_to_none=True)
            pixels = batch.image.shape[2] * batch.image.shape[3]
            parts = -(-len(batch.image) // max(1, self.pixels_at_once // pixels))
            for part in split(batch, -(-len(batch.image) // parts)):
                self.at.loss_sum += self._add_gradient(move(part, self.device), len(part.image) / len(batch.image))
            nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip)
            self.optimiser.step()
            self._average()
        self.at.step += 1
        self.at.steps_done += 1
        self.at.seconds += time.monotonic() - started

    def is_over(self) -> bool:
        """The hours are used up, or it has not become better for long."""
        config, at = self.config, self.at
        is_late = config.max_hours > 0 and at.seconds >= config.max_hours * 3600
        return is_late or (config.early_stop > 0 and at.epoch - at.best_epoch >= config.early_stop)

    def is_save_due(self) -> bool:
        """So many minutes have passed since the last save."""
        minutes = self.config.checkpoint_minutes
        return minutes > 0 and time.monotonic() - self.saved_at >= minutes * 60

    def end_epoch(self, run_dir: Path, trained_on: Mapping[str, Any], numbers: dict[str, float]) -> None:
        """Count the epoch, keep it as best where it is, and save."""
        at = self.at
        at.epoch, at.step, at.loss_sum = at.epoch + 1, 0, 0.0
        if numbers["val_loss"] < at.best_loss:
            at.best_loss, at.best_epoch, at.best_metrics = numbers["val_loss"], at.epoch, numbers
            save_checkpoint(run_dir / "best", self.averaged.state_dict(), self._checkpoint(trained_on, numbers))
        self.save(run_dir / "last", trained_on, numbers)

    def save(self, folder: Path, trained_on: Mapping[str, Any], numbers: Mapping[str, float]) -> None:
        """The averaged network as a checkpoint, and beside it all that `restore` needs."""
        state = {name: _plain(value) for name, value in self.model.state_dict().items()}
        tensors = {f"model.{name}": value for name, value in state.items()}
        for index, moments in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": _plain(value) for name, value in moments.items()}
        extra = {
            RESUME_TENSORS: safetensors.torch.save(tensors),
            RESUME_STATE: json.dumps(asdict(self.at)).encode(),
        }
        save_checkpoint(folder, self.averaged.state_dict(), self._checkpoint(trained_on, numbers), extra=extra)
        self.saved_at = time.monotonic()

    def restore(self, folder: Path, trained_on: Mapping[str, Any]) -> None:
        """Stand exactly where `save` was called.

        Raises:
            InvalidCheckpoint: not a checkpoint of this training: other data, parameters or network.
        """
        averaged, checkpoint = load_model(folder)
        if dict(checkpoint.training) != asdict(self.config) or dict(checkpoint.trained_on) != dict(trained_on):
            detail = (
                "The checkpoint belongs to a training with other parameters or data; use the same, or another --out."
            )
            raise InvalidCheckpoint(detail, where=str(folder))
        try:
            at = Progress(**json.loads((folder / RESUME_STATE).read_text()))
            tensors = read_tensors(folder / RESUME_TENSORS)
        except (OSError, TypeError, ValueError) as error:
            raise InvalidCheckpoint(f"The checkpoint cannot be resumed: {error}.", where=str(folder)) from error
        self.at = at
        self.averaged.load_state_dict(averaged.state_dict())
        self.model.load_state_dict({n.removeprefix("model."): v for n, v in tensors.items() if n.startswith("model.")})
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith("optimiser."):
                _, index, moment = name.split(".")
                moments.setdefault(int(index), {})[moment] = value
        self.optimiser.load_state_dict(self.optimiser.state_dict() | {"state": moments})

    def _checkpoint(self, trained_on: Mapping[str, Any], numbers: Mapping[str, float]) -> Checkpoint:
        return Checkpoint(
            model=self.model.config,
            scale=self.config.scale,
            metrics=numbers,
            trained_on=trained_on,
            training=asdict(self.config),
            epoch=self.at.epoch,
            commit=commit_of_code(),
        )

    def _set_learning_rate(self) -> None:
        """Linear warm-up, then half a cosine to 0; by steps, or by hours where these end first."""
        config = self.config
        share = (self.at.steps_done + 1) / (self.steps * config.epochs)
        if config.max_hours > 0:
            share = max(share, min(self.at.seconds / (config.max_hours * 3600), 1.0))
        factor = share / config.warmup if share < config.warmup else (1 + math.cos(math.pi * share)) / 2
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor

    def _add_gradient(self, batch: Batch, share: float) -> float:
        """Add the gradient of `share` of the step's loss, as much as fits in memory at once; that part of the loss."""
        self.model.train()
        for norm in self._frozen_norms(is_small=self.config.batch < SMALL_BATCH or len(batch.image) < SMALL_PART):
            norm.eval()
        with self.autocast:
            output = self.model(batch.image, batch.long_side)
        loss = share * total_loss(type(output)(*(part.float() for part in output)), batch.targets, self.config)["loss"]
        if not loss.isfinite():
            raise SmartBlurError("The loss is no longer a number. Train with lower learning rates.", code="diverged")
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()

    def _frozen_norms(self, *, is_small: bool) -> list[nn.Module]:
        """Batch norms that keep their statistics: a frozen trunk's, and pretrained trunks' where batches are small."""
        config, model = self.config, self.model
        is_kept = config.pretrained and is_small
        trunks: list[nn.Module] = [model.backbone] if is_kept else []
        if is_kept or config.freeze_content:
            trunks.append(model.content.classifier)
        return [part for trunk in trunks for part in trunk.modules() if isinstance(part, nn.BatchNorm2d)]

    def _average(self) -> None:
        """averaged <- decay averaged + (1 - decay) model; young averages forget faster."""
        decay = min(self.config.ema, (1 + self.at.steps_done) / (10 + self.at.steps_done))
        with torch.no_grad():
            for mean, now in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)
            for mean, now in zip(self.averaged.buffers(), self.model.buffers(), strict=True):
                mean.lerp_(now, 1 - decay) if mean.is_floating_point() else mean.copy_(now)


@torch.inference_mode()
def evaluate(
    model: ABCFuseNet, photos: Photos, config: TrainConfig, *, should_stop: Callable[[], bool] = lambda: False
) -> dict[str, float]:
    """Loss and accuracy on whole photos at working scale, on at most VALIDATION_PHOTOS of them, spread evenly.

    Raises:
        InvalidRelease: no photo could be read.
        Stopped: `should_stop` said so.
    """
    counts, losses = Tally(model.config.levels), []
    for index in np.unique(np.linspace(0, len(photos) - 1, min(VALIDATION_PHOTOS, len(photos))).astype(int)):
        if should_stop():
            raise Stopped
        sample = photos.whole(int(index))
        if sample is not None:
            output, targets = run_network(model, sample)
            losses.append(total_loss(output, targets, config)["loss"].item())
            counts.add(sample, read_output(output, sample.levels.shape))
    if not losses:
        raise InvalidRelease("None of the photos to measure on can be read.", where=next(iter(photos.faults.values())))
    numbers = counts.numbers()
    return {"val_loss": float(np.mean(losses))} | {name: numbers[name] for name in LEARNING_CURVES if name in numbers}


def _parameter_groups(model: ABCFuseNet, config: TrainConfig) -> list[dict[str, Any]]:
    """Four groups: trunk or heads, decayed or not (batch norm and biases are not)."""
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        is_trunk = name.startswith(("backbone.", "content.classifier."))
        if config.freeze_content and name.startswith("content.classifier."):
            parameter.requires_grad_(False)
            continue
        groups.setdefault((is_trunk, parameter.ndim > 1), []).append(parameter)
    return [
        {
            "params": parameters,
            "peak": config.lr_trunk if is_trunk else config.lr_heads,
            "weight_decay": config.weight_decay if is_decayed else 0.0,
        }
        for (is_trunk, is_decayed), parameters in sorted(groups.items(), key=lambda item: item[0])
    ]


def _plain(value: Tensor) -> Tensor:
    return value.detach().cpu().clone(memory_format=torch.contiguous_format)


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
