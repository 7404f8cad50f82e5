"""The verdict from A, B and C or from less of them: variants of the fusion taught by what frozen parts say, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from modelsvc.fusenet.config import TrainConfig
from modelsvc.fusenet.data.releases import Sample, collate
from modelsvc.fusenet.data.targets import Targets
from modelsvc.fusenet.evaluation.tally import draws_of, interval
from modelsvc.fusenet.evaluation.verdicts import existence_measures, judgement_measures
from modelsvc.fusenet.model import FUSION_SIZE, ABCFuseNet, average_on_grid, build, desirability_probabilities
from modelsvc.fusenet.training.ablations import FULL, VARIANTS
from modelsvc.fusenet.training.losses import existence_and_desirability

PARTS = (FULL, "c", "b", "a-b", "b-c")
BATCH, EPOCHS, RATE = 32, 8, 2e-3
SHOWN = ("desirability_accuracy", "desirability_kappa_given_blur", "existence_auc")

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Crops:
    """N crops as A, B and C's trunk see them; the maps as logits on the fusion's grid."""

    attention: Tensor  # (N, 1, 24, 24)
    levels: Tensor  # (N, 1, 24, 24) of "any blur"
    blur: Tensor  # (N, 1, 24, 24)
    content: Tensor  # (N, head, 8, 8), 16 bit
    targets: Targets  # posterior and judged only
    sources: list[str]

    def __len__(self) -> int:
        return len(self.sources)


@torch.no_grad()
def see(model: ABCFuseNet, samples: Sequence[Sample]) -> Crops:
    """What the parts of a network that has all three say of crops."""
    rows, judged = [], []
    for sample in samples:
        batch = collate([sample], model.config.levels)
        seen = model.encode(batch.image)
        said = model.decode(seen, batch.long_side)
        a, blurred = (average_on_grid(m.sigmoid(), FUSION_SIZE) for m in (said.attention, said.levels[:, :1]))
        rows.append(
            (a.logit(), blurred.logit(), average_on_grid(said.blur, FUSION_SIZE), cast(Tensor, seen.content).half())
        )
        judged.append(batch.targets)
    nothing = torch.zeros(0)
    posterior, is_judged = (torch.cat([getattr(t, name) for t in judged]) for name in ("posterior", "judged"))
    targets = Targets(nothing, nothing, posterior, is_judged, nothing, nothing, nothing)
    attention, levels, blur, content = (torch.cat(each) for each in zip(*rows, strict=True))
    return Crops(attention, levels, blur, content, targets, [sample.name for sample in samples])


def judge(model: ABCFuseNet, crops: Crops, at: Any = slice(None)) -> tuple[Tensor, Tensor]:
    """The logits of existence and verdict of some crops."""
    a, b, blurred = model.fusion_maps(crops.attention[at], crops.levels[at], crops.blur[at])
    features = crops.content[at].float() if model.config.use_content else None
    exists, verdict = model.fuse(a, b, blurred, model.content_vector(features, a))
    return exists, verdict


def fit_fusion(network: ABCFuseNet, part: str, crops: Crops, seed: int) -> ABCFuseNet:
    """A new fusion and a new last layer of C, taught by the crops' verdicts."""
    torch.manual_seed(seed)
    model = build(replace(network.config, **VARIANTS[part].settings)).train()
    steps = EPOCHS * (len(crops) // BATCH)
    optimiser = torch.optim.AdamW([*model.fuse.parameters(), *model.content.reduce.parameters()], RATE)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    rng, smoothing = np.random.default_rng(seed), TrainConfig().label_smoothing
    for step in range(steps):
        if step % (len(crops) // BATCH) == 0:
            order = rng.permutation(len(crops))
        start = step % (len(crops) // BATCH) * BATCH
        at = torch.from_numpy(order[start : start + BATCH])
        targets = replace(crops.targets, posterior=crops.targets.posterior[at], judged=crops.targets.judged[at])
        optimiser.zero_grad()
        existence_and_desirability(*judge(model, crops, at), targets, smoothing).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    return model.eval()


@torch.no_grad()
def verdict_figures(model: ABCFuseNet, crops: Crops, weights: Floats) -> dict[str, Floats]:
    """(1 + DRAWS,) of each measure shown: of all crops, then of each draw."""
    said = desirability_probabilities(*judge(model, crops)).numpy()
    truth = crops.targets.posterior.numpy()
    weights = np.vstack([np.ones(len(crops)), weights])
    found = judgement_measures(truth, said, weights)
    found |= existence_measures((truth.argmax(1) > 0).astype(float), 1 - said[:, 0], weights)
    return {name: found[name] for name in SHOWN}


def compare_parts(network: ABCFuseNet, learned: Crops, tested: Crops, seeds: int) -> dict[str, dict[str, Any]]:
    """Every part with every seed: each measure's mean and range over seeds, and its difference to all three together.

    The interval of the difference is by drawing the sources anew: it covers the choice of photos, not of seeds.
    """
    weights = draws_of(tested.sources)
    found: dict[str, list[dict[str, Floats]]] = {
        part: [verdict_figures(fit_fusion(network, part, learned, seed), tested, weights) for seed in range(seeds)]
        for part in PARTS
    }
    return {part: {name: _against(runs, found[FULL], name) for name in SHOWN} for part, runs in found.items()}


def _against(runs: list[dict[str, Floats]], full: list[dict[str, Floats]], name: str) -> dict[str, Any]:
    own, others = (np.stack([run[name] for run in some]) for some in (runs, full))  # (seeds, 1 + DRAWS)
    change = own.mean(0) - others.mean(0)
    return {
        "mean": float(own[:, 0].mean()),
        "range": [float(own[:, 0].min()), float(own[:, 0].max())],
        "difference": float(change[0]),
        "interval": interval(change[1:]),
    }
