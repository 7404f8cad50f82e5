"""The network in training: one step of it, and all that a killed training needs to go on exactly."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.checkpoint import (
    Checkpoint,
    InvalidCheckpoint,
    load_model,
    read_tensors,
    save_checkpoint,
)
from modelsvc.fusenet.config import TrainConfig
from modelsvc.fusenet.data.loader import Draw, Plan
from modelsvc.fusenet.data.releases import Batch, Photos, move
from modelsvc.fusenet.model import ABCFuseNet, Output
from modelsvc.fusenet.provenance import commit_of_code
from modelsvc.fusenet.training.distributed import ALONE, Crew, Statistics
from modelsvc.fusenet.training.losses import total_loss

RESUME_TENSORS, RESUME_STATE = "resume.safetensors", "resume.json"
PIXELS_AT_ONCE = 5 * 288 * 288 // 2  # of a step, so that a training fits into a laptop
GPU_TIMES = 24  # as much fits into a GPU
MACHINERY = ("workers", "processes")  # parameters that change no result
FEWEST_PARTS = 2  # of a step, so that two processes do the very same as one
SMALL_BATCH, SMALL_PART = 8, 4  # below these, a pretrained trunk's batch norms keep their statistics


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


class Trainer:
    """The network in training: optimiser, average, and where it stands."""

    def __init__(
        self,
        model: ABCFuseNet,
        config: TrainConfig,
        image_count: int,
        device: torch.device,
        crew: Crew = ALONE,
        *,
        has_base: bool = False,
    ) -> None:
        """Prepare to train.

        Args:
            model: moves to `device`.
            config: what the training is told.
            image_count: photos of an epoch.
            device: where to compute.
            crew: the processes that share each step; `model` is the same in all of them.
            has_base: the whole network was trained before, not its trunks alone.
        """
        self.has_base = has_base
        self.config, self.device, self.crew, self.at = config, device, crew, Progress()
        self.image_count = image_count
        self.steps = -(-image_count // config.batch)
        self.model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.averaged = copy.deepcopy(self.model).eval().requires_grad_(False)
        self.optimiser = torch.optim.AdamW(_parameter_groups(self.model, config))
        self.saved_at = time.monotonic()
        has_bf16 = device.type == "cuda" and torch.cuda.is_bf16_supported()
        is_bf16 = config.precision == "bf16" or (config.precision == "auto" and has_bf16)
        self.autocast = torch.autocast(device.type, torch.bfloat16, enabled=is_bf16)
        self.pixels_at_once = PIXELS_AT_ONCE * (1 if device.type == "cpu" else GPU_TIMES)
        is_compiled = config.compile and device.type == "cuda"
        self.forward: Callable[[Tensor, Tensor], Output] = torch.compile(self.model) if is_compiled else self.model

    def plans(self, photos: Photos) -> Iterator[Plan]:
        """This process's parts of the steps that are left of the epoch.

        A part is what one gradient is taken of, and what batch norms see together. Parts depend on the step alone, not
        on how many processes share it: so these do the same as one, as long as there is a part for each.
        """
        config, at = self.config, self.at
        order = np.random.default_rng([config.seed, at.epoch]).permutation(self.image_count)
        is_whole = at.epoch >= config.map_epochs
        side = photos.largest_side(is_whole=is_whole)
        for step in range(at.step, self.steps):
            chosen = order[step * config.batch : (step + 1) * config.batch]
            count = self.part_count(len(chosen), side)
            parts = np.array_split(chosen, count)
            yield {
                number: [Draw(config.seed, at.epoch, int(index), is_whole) for index in parts[number]]
                for number in self.crew.share_of(count)
            }

    def part_count(self, photo_count: int, side: int) -> int:
        """In how many parts a step of photos of side x side px is computed."""
        if self.config.part:
            return -(-photo_count // self.config.part)
        fitting = max(1, self.pixels_at_once // side**2)
        return min(max(-(-photo_count // fitting), FEWEST_PARTS, self.crew.size), photo_count)

    def train_on(self, parts: Mapping[int, Batch]) -> int:
        """One step of the optimiser and of the average; how many photos all processes had: 0 if none was readable.

        Args:
            parts: this process's parts of the step, by number.
        """
        started, at = time.monotonic(), self.at
        self._set_learning_rate()
        self.optimiser.zero_grad(set_to_none=True)
        statistics = Statistics(self.model, self.crew)
        own_loss = sum(self._add_gradient(number, move(part, self.device)) for number, part in parts.items())
        parameters = [parameter for group in self.optimiser.param_groups for parameter in group["params"]]
        own_count = sum(len(part.image) for part in parts.values())
        loss, count = self.crew.add_gradients(parameters, [own_loss, own_count])
        if count:
            if not math.isfinite(loss):
                raise SmartBlurError(
                    "The loss is no longer a number. Train with lower learning rates.", code="diverged"
                )
            at.loss_sum += loss / count
            for parameter in parameters:
                if parameter.grad is not None:
                    parameter.grad.div_(count)
            statistics.share()
            nn.utils.clip_grad_norm_(parameters, self.config.clip)
            self.optimiser.step()
            self._average()
        at.step += 1
        at.steps_done += 1
        at.seconds += time.monotonic() - started
        return int(count)

    def agree(self, *, is_stopping: bool) -> tuple[bool, bool]:
        """Whether any process was asked to stop, and whether it is time to save; all processes get the same answer."""
        answers = self.crew.most([float(is_stopping), float(self._is_save_due()), self.at.seconds])
        self.at.seconds = answers[2]
        return bool(answers[0]), bool(answers[1])

    def left_s(self, step_s: float) -> float:
        """Seconds that are left if a step takes `step_s`, measuring left out."""
        at, config = self.at, self.config
        left = (self.steps * (config.epochs - at.epoch) - at.step) * step_s
        return min(left, config.max_hours * 3600 - at.seconds) if config.max_hours > 0 else left

    def is_over(self) -> bool:
        """The hours are used up, or it has not become better for long."""
        config, at = self.config, self.at
        is_late = config.max_hours > 0 and at.seconds >= config.max_hours * 3600
        return is_late or (config.early_stop > 0 and at.epoch - at.best_epoch >= config.early_stop)

    def end_epoch(self, run_dir: Path, trained_on: Mapping[str, Any], numbers: dict[str, float]) -> None:
        """Count the epoch, keep it as best where it is, and save."""
        at = self.at
        at.epoch, at.step, at.loss_sum = at.epoch + 1, 0, 0.0
        if numbers["val_loss"] < at.best_loss:
            at.best_loss, at.best_epoch, at.best_metrics = numbers["val_loss"], at.epoch, numbers
            if self.crew.is_first:
                save_checkpoint(run_dir / "best", self.averaged.state_dict(), self._checkpoint(trained_on, numbers))
        self.save(run_dir / "last", trained_on, numbers)

    def save(self, folder: Path, trained_on: Mapping[str, Any], numbers: Mapping[str, float]) -> None:
        """The averaged network as a checkpoint, and beside it all that `restore` needs; the first process writes."""
        self.saved_at = time.monotonic()
        if not self.crew.is_first:
            return
        state = {name: _plain(value) for name, value in self.model.state_dict().items()}
        tensors = {f"model.{name}": value for name, value in state.items()}
        for index, moments in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": _plain(value) for name, value in moments.items()}
        extra = {
            RESUME_TENSORS: safetensors.torch.save(tensors),
            RESUME_STATE: json.dumps(asdict(self.at)).encode(),
        }
        save_checkpoint(folder, self.averaged.state_dict(), self._checkpoint(trained_on, numbers), extra=extra)

    def restore(self, folder: Path, trained_on: Mapping[str, Any]) -> None:
        """Stand exactly where `save` was called.

        Raises:
            InvalidCheckpoint: not a checkpoint of this training: other data, parameters or network.
        """
        averaged, checkpoint = load_model(folder)
        machinery = {name: getattr(self.config, name) for name in MACHINERY}
        told = asdict(TrainConfig()) | dict(checkpoint.training) | machinery
        if told != asdict(self.config) or dict(checkpoint.trained_on) != dict(trained_on):
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

    def _is_save_due(self) -> bool:
        """So many minutes have passed since the last save."""
        minutes = self.config.checkpoint_minutes
        return minutes > 0 and time.monotonic() - self.saved_at >= minutes * 60

    def _set_learning_rate(self) -> None:
        """Linear warm-up, then half a cosine to 0; by steps, or by hours where these end first."""
        config = self.config
        share = (self.at.steps_done + 1) / (self.steps * config.epochs)
        if config.max_hours > 0:
            share = max(share, min(self.at.seconds / (config.max_hours * 3600), 1.0))
        factor = share / config.warmup if share < config.warmup else (1 + math.cos(math.pi * share)) / 2
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * factor

    def _add_gradient(self, number: int, part: Batch) -> float:
        """Add the gradient of a part's loss, as often as it has photos; that loss."""
        torch.manual_seed((self.config.seed * 1_000_003 + self.at.steps_done) * 256 + number)  # for dropout
        self.model.train()
        for norm in self._frozen_norms(is_small=self.config.batch < SMALL_BATCH or len(part.image) < SMALL_PART):
            norm.eval()
        with self.autocast:
            output = self.forward(part.image, part.long_side)
        whole = Output(*(map_.float() for map_ in output))
        loss = len(part.image) * total_loss(whole, part.targets, self.config)["loss"]
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()

    def _frozen_norms(self, *, is_small: bool) -> list[nn.Module]:
        """Batch norms that keep their statistics: a frozen trunk's, and in small batches whatever was trained."""
        config, model = self.config, self.model
        kept: list[nn.Module] = [model.content.classifier] if config.freeze_content else []
        if is_small and self.has_base:
            kept = [model]
        elif is_small and config.pretrained:
            kept = [model.backbone, model.content.classifier]
        return [norm for part in kept for norm in part.modules() if isinstance(norm, nn.BatchNorm2d)]

    def _average(self) -> None:
        """averaged <- decay averaged + (1 - decay) model; young averages forget faster."""
        decay = min(self.config.ema, (1 + self.at.steps_done) / (10 + self.at.steps_done))
        with torch.no_grad():
            for mean, now in zip(self.averaged.parameters(), self.model.parameters(), strict=True):
                mean.lerp_(now, 1 - decay)
            for mean, now in zip(self.averaged.buffers(), self.model.buffers(), strict=True):
                mean.lerp_(now, 1 - decay) if mean.is_floating_point() else mean.copy_(now)


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
