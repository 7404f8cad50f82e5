"""Heads trained alone on what frozen trunks have seen once: seconds of one core in place of hours."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from modelsvc.fusenet.config import TrainConfig
from modelsvc.fusenet.data.releases import Sample, collate
from modelsvc.fusenet.data.targets import Targets
from modelsvc.fusenet.model import ABCFuseNet, Encoding, Output
from modelsvc.fusenet.training.losses import total_loss


@dataclass(frozen=True)
class Seen:
    """N photos of one size as the trunks see them, and what the heads should say of them."""

    encoding: Encoding
    long_side: Tensor  # (N,)
    targets: Targets

    def only(self, photos: Sequence[int]) -> Seen:
        """Some of the photos, in this order."""
        at = torch.tensor(photos)
        encoding = Encoding._make(None if map_ is None else map_[at] for map_ in self.encoding)
        targets = Targets(**{name: value[at] for name, value in vars(self.targets).items()})
        return Seen(encoding, self.long_side[at], targets)

    def __len__(self) -> int:
        return len(self.long_side)


@torch.no_grad()
def see(model: ABCFuseNet, samples: Sequence[Sample]) -> Seen:
    """What the network's trunks see in samples of one size."""
    batches = [collate([sample], model.config.levels) for sample in samples]
    maps = zip(*(model.encode(batch.image) for batch in batches), strict=True)
    return Seen(
        Encoding._make(None if each[0] is None else torch.cat(each) for each in maps),
        torch.cat([batch.long_side for batch in batches]),
        Targets(**{name: torch.cat([vars(b.targets)[name] for b in batches]) for name in vars(batches[0].targets)}),
    )


def fit_heads(start: ABCFuseNet, seen: Seen, config: TrainConfig, steps: int) -> ABCFuseNet:
    """A copy of a network whose heads have learned from `steps` batches of what its trunks have seen.

    The rate rises and falls once (OneCycleLR); photos come in an order that the configuration's seed draws.
    """
    model = copy.deepcopy(start).train()
    heads = [p for name, p in model.named_parameters() if not name.startswith(("backbone.", "content.classifier."))]
    optimiser = torch.optim.AdamW(heads, config.lr_heads, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.lr_heads, total_steps=steps)
    rng = np.random.default_rng(config.seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)  # of dropout
        for _ in range(steps):
            batch = seen.only(rng.choice(len(seen), min(config.batch, len(seen)), replace=False).tolist())
            optimiser.zero_grad()
            loss = total_loss(model.decode(batch.encoding, batch.long_side), batch.targets, config)["loss"]
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
    return model.eval()


@torch.inference_mode()
def say(model: ABCFuseNet, seen: Seen) -> Output:
    """What the heads say of all photos."""
    return model.decode(seen.encoding, seen.long_side)
