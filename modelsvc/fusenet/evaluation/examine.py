"""What a checkpoint says of each photo of a split: the counts that every measure follows from, and its blur map."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from annotate.core.blurmap import IGNORE
from annotate.core.errors import InvalidRelease
from annotate.core.release import read_release
from modelsvc.fusenet.checkpoint import load_model
from modelsvc.fusenet.data.releases import ReleasePhotos, Sample
from modelsvc.fusenet.evaluation.reading import read_output, run_network
from modelsvc.fusenet.evaluation.tally import Reading
from modelsvc.fusenet.serving.pictures import grey


def examine(
    release: Path, split: str, checkpoint: Path, out: Path, report: Callable[[Mapping[str, Any]], None]
) -> None:
    """Report an `examined` event for each readable photo and write OUT/KEY.jpg, its blur amount.

    Raises:
        InvalidRelease: no release there, an empty split, or other levels than the network knows.
        InvalidCheckpoint: no checkpoint there that can be used.
    """
    model, described = load_model(checkpoint)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    photos = ReleasePhotos(read_release(release), split, scale=described.scale, crop=48)
    if not len(photos):
        raise InvalidRelease(f"There are no photos to measure on: the {split} split is empty.", where=str(release))
    if photos.level_count != described.model.levels:
        detail = f"The checkpoint knows {described.model.levels} levels, the release has {photos.level_count}."
        raise InvalidRelease(detail, where=str(release))
    out.mkdir(parents=True, exist_ok=True)
    for index, record in enumerate(photos.records):
        sample = photos.whole(index)
        if sample is None:
            report({"event": "log", "message": f"Skipped {record.key}: {photos.faults[record.key]}"})
            continue
        reading = read_output(run_network(model, sample)[0], sample.levels.shape, described.existence)
        grey(reading.amount).save(out / f"{record.key}.jpg", quality=85)
        counts = counts_of(sample, reading, photos.level_count)
        report({"event": "examined", "key": record.key, "photos": len(photos)} | counts)


def counts_of(sample: Sample, reading: Reading, level_count: int) -> dict[str, Any]:
    """What one photo adds to the measures: pixels by true and said level, the summed error of the amount, verdicts."""
    known = sample.levels != IGNORE
    truth, said = sample.levels[known].astype(int), reading.levels[known]
    pairs = np.bincount(truth * level_count + said, minlength=level_count**2)
    error = np.abs(reading.amount[known] - truth / (level_count - 1)).sum()
    return {
        "confusion": pairs.reshape(level_count, level_count).tolist(),
        "error": round(float(error), 3),
        "truth": int(sample.posterior.argmax()),
        "probabilities": [round(float(p), 4) for p in np.asarray(reading.probabilities)],
    }
