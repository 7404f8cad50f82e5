"""How fast a training is when its photos are ready, and how fast when they are drawn meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from itertools import islice

import torch

from modelsvc.fusenet.config import TrainConfig
from modelsvc.fusenet.data.loader import Loader
from modelsvc.fusenet.data.releases import Batch, Photos
from modelsvc.fusenet.model import build, model_config
from modelsvc.fusenet.training.trainer import Trainer

STEPS = 6


def training_throughput(photos: Photos, config: TrainConfig, *, steps: int = STEPS) -> dict[str, float]:
    """Photos a second that a training takes when they are ready and when they are loaded, and the second's share.

    The same steps are taken both times; one step before them is not counted, so that nothing is started in between.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model = build(model_config(config.network, photos.level_count))
    trainer = Trainer(model, config, len(photos), device)
    plans = list(islice(trainer.plans(photos), steps + 1))
    with Loader(photos, config.workers) as loader:
        ready = _photos_per_second(trainer, list(loader.batches(plans)))
        loaded = _photos_per_second(trainer, loader.batches(plans))
    return {"ready_per_s": ready, "loaded_per_s": loaded, "loaded_share": round(loaded / ready, 3)}


def _photos_per_second(trainer: Trainer, steps: Iterable[Mapping[int, Batch]]) -> float:
    steps = iter(steps)
    trainer.train_on(next(steps))
    started = time.perf_counter()
    photos = sum(trainer.train_on(parts) for parts in steps)
    return round(photos / (time.perf_counter() - started), 3)
