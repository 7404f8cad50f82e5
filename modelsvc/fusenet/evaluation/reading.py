"""Reading photos with the network and with its peers, each method's answers counted on the same photos."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from annotate.core.blurmap import IGNORE
from annotate.core.errors import InvalidRelease
from modelsvc.fusenet.data.releases import Photos, Sample, collate, move
from modelsvc.fusenet.data.targets import Targets
from modelsvc.fusenet.evaluation.peers import MEASURES, Calibration, Floats, grey_of, is_textured
from modelsvc.fusenet.evaluation.tally import Reading, Tally
from modelsvc.fusenet.evaluation.trees import Trees
from modelsvc.fusenet.existence import Existence
from modelsvc.fusenet.model import ABCFuseNet, Output, cumulative, desirability_probabilities

AS_SAID = Existence()
TREES = "boosted trees"
Look = Callable[[Sample], Mapping[str, Reading]]  # what one or several methods say of a photo


@torch.inference_mode()
def run_network(model: ABCFuseNet, sample: Sample) -> tuple[Output, Targets]:
    """What the network says of a sample at its own size, and what it should have said."""
    batch = move(collate([sample], model.config.levels), next(model.parameters()).device)
    return model(batch.image, batch.long_side), batch.targets


@torch.inference_mode()
def read_output(output: Output, shape: tuple[int, ...], existence: Existence = AS_SAID) -> Reading:
    """The network's answer on one sample of (H, W) pixels."""
    height, width = shape
    above = F.interpolate(cumulative(output.levels), scale_factor=2.0, mode="bilinear")[0, :, :height, :width].cpu()
    blur = F.interpolate(output.blur, scale_factor=2.0, mode="bilinear")[0, 0, :height, :width].cpu()
    attention = F.interpolate(output.attention.sigmoid(), scale_factor=8.0, mode="bilinear")[0, 0, :height, :width]
    return Reading(
        levels=(above > 0.5).sum(0).numpy().astype(np.uint8),
        amount=blur.numpy(),
        above=above.numpy(),
        probabilities=existence.of_verdict(
            desirability_probabilities(output.exists, output.desirability)[0].cpu().numpy()
        ),
        attention=attention.cpu().numpy(),
    )


def network_look(name: str, model: ABCFuseNet, existence: Existence = AS_SAID) -> Look:
    """The network as a method."""
    return lambda sample: {name: read_output(run_network(model, sample)[0], sample.levels.shape, existence)}


def peers_look(calibration: Iterable[Sample], level_count: int) -> Look:
    """Every hand-crafted measure as a method, and boosted trees on all of them, taught by photos with labels.

    Raises:
        InvalidRelease: no photo has a label.
    """
    samples = [sample for sample in calibration if (sample.levels != IGNORE).any()]
    if not samples:
        raise InvalidRelease("Hand-crafted measures learn from training photos with labels, and there are none.")
    truths = [sample.levels for sample in samples]
    maps = [_measured(sample) for sample in samples]
    fitted = {name: Calibration.fit([m[k] for m in maps], truths, level_count) for k, name in enumerate(MEASURES)}
    trees = Trees(maps, truths, level_count)

    def look(sample: Sample) -> dict[str, Reading]:
        measured = _measured(sample)
        above = {name: fitted[name].read(measured[k]) for k, name in enumerate(MEASURES)}
        return {name: reading_of(q) for name, q in (above | {TREES: trees.read(measured)}).items()}

    return look


def reading_of(above: Floats) -> Reading:
    """Levels and amount from (K-1, H, W) P(level > k)."""
    return Reading((above > 0.5).sum(0).astype(np.uint8), above.mean(0), above)


def compare(looks: Sequence[Look], samples: Iterable[Sample], level_count: int) -> dict[str, Tally]:
    """The counts of every method over the same samples, read one by one."""
    tallies: dict[str, Tally] = {}
    for sample in samples:
        texture = is_textured(grey_of(sample))
        for look in looks:
            for name, reading in look(sample).items():
                tallies.setdefault(name, Tally(level_count)).add(sample, reading, texture)
    return tallies


def panel(photos: Photos, count: int | None = None) -> Iterable[Sample]:
    """The readable ones of `count` samples spread evenly over the photos; of all of them if None."""
    chosen = np.linspace(0, len(photos) - 1, min(count or len(photos), len(photos))).round().astype(int)
    return (sample for index in np.unique(chosen) if (sample := photos.whole(int(index))) is not None)


def _measured(sample: Sample) -> Floats:
    """(M, H, W), one map a measure."""
    grey = grey_of(sample)
    maps: NDArray[np.float32] = np.stack([measure(grey) for measure in MEASURES.values()])
    return maps
