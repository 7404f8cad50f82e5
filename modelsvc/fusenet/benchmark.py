"""How fast the network is on this machine, and how much memory it takes."""

from __future__ import annotations

import io
import platform
import resource
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import PIL.Image
import torch

from annotate.core.blurmap import vectorize
from annotate.core.imagefile import open_upright
from modelsvc.fusenet.config import SYNTHETIC, parse_config
from modelsvc.fusenet.data import Sample, collate
from modelsvc.fusenet.model import build, model_config
from modelsvc.fusenet.predict import Predictor, pad_to_stride
from modelsvc.fusenet.sources import SyntheticPhotos, package_folder, packaged_sources, repeated
from modelsvc.fusenet.throughput import training_throughput
from modelsvc.fusenet.trainer import Trainer

SIZES = (384, 640)
REPEATS = 8
LOADING = dict(SYNTHETIC["standard"]) | {"workers": 1}
TRAINING_SIDE, TRAINING_BATCH = 288, 8


def run_benchmark(checkpoint: Path) -> dict[str, float | str]:
    """Images a second, forward alone and from a JPEG to polygons; training images a second; peak memory in MB.

    The photo is scikit-image's coffee, 1536 x 1024. Medians, on as many threads as torch was given.
    """
    predictor = Predictor(checkpoint)
    photo = PIL.Image.open(package_folder("skimage") / "data" / "coffee.png").convert("RGB").resize((1536, 1024))
    figures: dict[str, float | str] = {
        "processor": platform.processor() or platform.machine(),
        "torch": torch.__version__,
        "threads": float(torch.get_num_threads()),
    }
    for size in SIZES:
        padded = pad_to_stride(np.zeros((size * 2 // 3, size), np.uint8)).shape
        image = torch.zeros(1, 3, *padded).to(memory_format=torch.channels_last)
        for name, is_bf16 in (("fp32", False), ("bf16", True)):
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
                figures[f"forward_{size}_{name}_per_s"] = _per_second(
                    partial(predictor.model, image, torch.tensor([float(size)]))
                )
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=90)

    def from_file_to_polygons() -> object:
        levels = predictor.predict(open_upright(file.getvalue())).levels
        return vectorize(levels, level_count=predictor.level_count)

    figures["end_to_end_per_s"] = _per_second(from_file_to_polygons)
    figures["predict_peak_mb"] = _peak_mb()
    figures["training_per_s"] = TRAINING_BATCH * _per_second(_training_step(), repeats=3)
    figures["training_peak_mb"] = _peak_mb()
    figures |= {f"training_{name}": value for name, value in _loading().items()}
    return figures


def _loading() -> dict[str, float]:
    """A training on synthetic blur with its photos ready, and with a worker that draws them."""
    config = parse_config(LOADING)
    photos = SyntheticPhotos(repeated(packaged_sources(), 56), scale=config.scale, crop=config.crop, seed=config.seed)
    return training_throughput(photos, config)


def _training_step() -> Callable[[], object]:
    shape = (TRAINING_SIDE, TRAINING_SIDE)
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    sample = Sample(pixels, np.zeros(shape, np.uint8), np.eye(4, dtype=np.float32)[0], True, 640)
    model = build(model_config("abc-lite0"), pretrained=True)
    trainer = Trainer(model, parse_config({}), TRAINING_BATCH, torch.device("cpu"))
    count = trainer.part_count(TRAINING_BATCH, TRAINING_SIDE)
    parts = {number: collate([sample] * (TRAINING_BATCH // count), 4) for number in range(count)}
    return lambda: trainer.train_on(parts)


def _per_second(work: Callable[[], object], repeats: int = REPEATS) -> float:
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return round(1 / float(np.median(times)), 3)


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
