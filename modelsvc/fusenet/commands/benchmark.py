"""How fast the network is on this machine, how large, and how much memory it takes.

Each part runs in a process of its own, so that none hides another's memory.
What is compared is measured in turns, so that a busy machine slows both sides of a ratio.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch.utils.flop_counter import FlopCounterMode

from annotate.core.errors import InvalidImage, SmartBlurError
from annotate.core.imagefile import Shrunk, open_shrunk, open_upright
from modelsvc.fusenet.checkpoint import load_model, read_checkpoint
from modelsvc.fusenet.config import SYNTHETIC, parse_config
from modelsvc.fusenet.data.releases import Sample, collate
from modelsvc.fusenet.data.sources import SyntheticPhotos, package_folder, packaged_sources, repeated
from modelsvc.fusenet.model import MODELS, STRIDE, build, model_config
from modelsvc.fusenet.provenance import commit_of_code, processor
from modelsvc.fusenet.serving.heap import keep_freed_memory
from modelsvc.fusenet.serving.predictor import Predictor, fast_lanczos
from modelsvc.fusenet.serving.runtime import Network, OnnxNetwork, has_onnx_runtime, network, write_onnx
from modelsvc.fusenet.training.throughput import training_throughput
from modelsvc.fusenet.training.trainer import Trainer

SEED = 1
PACKAGES = ("torch", "numpy", "pillow", "onnxruntime")
NET_PARTS = {
    "all": "ABCFuseNet",
    "trunk": "ABCFuseNet.backbone",
    "pyramid": "ABCFuseNet.pyramid",
    "middle": "ABCFuseNet.middle",
    "refinement": "ABCFuseNet.refine",
    "attention": "ABCFuseNet.attend",
    "content": "ABCFuseNet.content.classifier",
}  # as the paper calls them; only a light network has a middle; what is missing to all is less than a hundredth
Figures = dict[str, Any]


@dataclass(frozen=True)
class Workload:
    """What is measured; sizes in pixels."""

    sides: tuple[int, ...] = (384, 640)  # long sides of photos that are 3:2
    photos: tuple[tuple[int, int], ...] = ((1536, 1024), (4000, 3000))  # (width, height) of JPEG files
    large: tuple[int, int] = (6000, 4000)
    repeats: int = 9
    batch: int = 8  # photos from file to polygons, and in a training step
    crop: int = 288
    flops_side: int = 320
    networks: tuple[str, ...] = tuple(MODELS)
    threads: int = 1
    loading: Mapping[str, Any] = field(default_factory=lambda: dict(SYNTHETIC["standard"]) | {"workers": 1})


def run_benchmark(checkpoint: Path, workload: Workload | None = None) -> Figures:
    """Every figure by name: photos a second are medians of repeats, on `threads` threads of the network."""
    workload = workload or Workload()
    figures: Figures = {
        "processor": processor(),
        "cores": os.cpu_count(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "threads": workload.threads,
        "python": platform.python_version(),
        **{name: _version(name) for name in PACKAGES},
        "commit": commit_of_code(),
        "seed": SEED,
        "weights_sha256": load_model(checkpoint)[1].weights_sha256,
    }
    for part in PARTS:
        figures |= _in_own_process(part, checkpoint, workload)
    return figures


def measure_size(_: Path, workload: Workload) -> Figures:
    """Parameters, and floating-point operations for one photo, of each part, too; a multiply-add counts as two."""
    figures: Figures = {}
    for name in workload.networks:
        model = build(model_config(name)).eval()
        total = _flops(model, workload.flops_side, workload.flops_side)["ABCFuseNet"]
        figures[f"{name}_parameters"] = _count(model)
        figures[f"{name}_parameters_trunk"] = _count(model.backbone)
        figures[f"{name}_parameters_content"] = _count(model.content)
        figures[f"{name}_gflop_at_{workload.flops_side}"] = round(total / 1e9, 2)
        side = max(workload.sides)
        flops = _flops(model, side, side * 2 // 3)
        parts = {part: flops[of] for part, of in NET_PARTS.items() if of in flops}
        figures |= {f"{name}_gflop_at_{side}_{part}": round(flop / 1e9, 2) for part, flop in parts.items()}
    return figures


def _flops(model: torch.nn.Module, width: int, height: int) -> dict[str, int]:
    """Operations of each module by its name from ABCFuseNet on, for one photo of noise."""
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        model(*_inputs(width, height))
    return {module: sum(counts.values()) for module, counts in counter.get_flop_counts().items()}


def measure_forward(checkpoint: Path, workload: Workload) -> Figures:
    """Photos a second of the network alone: as trained, made ready for use, in bf16, and in ONNX Runtime."""
    trained, folded = load_model(checkpoint)[0], network(checkpoint, torch.device("cpu"), onnx=False)
    gpu = network(checkpoint, torch.device("cuda")) if torch.cuda.is_available() else None
    figures: Figures = {}
    with _in_onnx_runtime(checkpoint) as onnx:
        for side in workload.sides:
            image, long_side = _inputs(side, side * 2 // 3)
            ways: dict[str, Callable[[], object]] = {
                "unfolded_fp32": partial(_forward, trained, image.contiguous(), long_side),
                "fp32": partial(_forward, folded, image, long_side),
                "bf16": partial(_forward, folded, image, long_side, is_bf16=True),
            }
            if onnx:
                ways["onnxruntime"] = partial(onnx, image, long_side)
                pairs = zip(onnx(image, long_side), _forward(trained, image, long_side), strict=True)
                figures[f"onnxruntime_{side}_difference"] = max(float((a - b).abs().max()) for a, b in pairs)
            if gpu:
                ways["cuda_bf16"] = partial(_on_gpu, gpu, image.cuda(), long_side.cuda())
            for name, seconds in _in_turns(ways, workload.repeats).items():
                figures[f"forward_{side}_{name}_per_s"] = round(1 / float(np.median(seconds)), 3)
    return figures


def measure_end_to_end(checkpoint: Path, workload: Workload) -> Figures:
    """Photos a second from JPEG files to polygons, and beside the network alone; on one core and on all."""
    predictor = Predictor(checkpoint, device="cpu")
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in workload.photos:
            path = Path(folder, f"{size[0]}x{size[1]}.jpg")
            figures[f"file_{path.stem}_mb"] = round(_write_photo(path, size) / 1e6, 2)
            for cores, name in ((1, "one_core"), (None, "all_cores")):
                with _on_cores(cores):
                    rates = _compare_with_forward(predictor, path, workload)
                figures |= {f"{figure}_{path.stem}_{name}": value for figure, value in rates.items()}
    return figures


def _compare_with_forward(predictor: Predictor, path: Path, workload: Workload) -> Figures:
    shrunk = _opened(path, predictor)
    image, long_side = _inputs(*shrunk.image.size)
    prediction = predictor.predict(shrunk)

    def all_from_files() -> None:
        for said in predictor.predict_files([path] * workload.batch):
            if isinstance(said, InvalidImage):
                raise said
            said.document()

    def one_from_file() -> None:
        predictor.predict(_opened(path, predictor)).document()

    times = _in_turns(
        {
            "forward": lambda: [_forward(predictor.network, image, long_side) for _ in range(workload.batch)],
            "files": all_from_files,
            "one": one_from_file,
            "decode": lambda: _opened(path, predictor),
            "polygons": prediction.document,
        },
        workload.repeats,
    )
    forward, files = np.array(times["forward"]), np.array(times["files"])
    return {
        "end_to_end_per_s": round(workload.batch / float(np.median(files)), 3),
        "end_to_end_of_forward": round(float(np.median(forward / files)), 3),
        "photo_p95_s": round(float(np.quantile(times["one"], 0.95)), 3),
        "decode_ms": round(1000 * float(np.median(times["decode"])), 1),
        "polygons_ms": round(1000 * float(np.median(times["polygons"])), 1),
    }


def measure_prediction_memory(checkpoint: Path, workload: Workload) -> Figures:
    """Peak memory of a process that predicts, from a middling JPEG and then from a large one, with all maps."""
    predictor = Predictor(checkpoint)
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, size in {"": workload.photos[0], "_large": workload.large}.items():
            path = Path(folder, "photo.jpg")
            subprocess.run([*_ME, "write_photo", str(path), json.dumps(size)], check=True)  # its memory is not ours
            prediction = predictor.predict(_opened(path, predictor))
            prediction.document()
            figures[f"predict{name}_peak_mb"] = _peak_mb()
            for map_ in ("levels", "amount", "blurred"):
                getattr(prediction, map_)
            figures[f"predict{name}_maps_peak_mb"] = _peak_mb()
    return figures


def measure_training(_: Path, workload: Workload) -> Figures:
    """Crops a second in a training step, and the peak memory of a process that trains."""
    shape = (workload.crop, workload.crop)
    pixels = np.random.default_rng(SEED).integers(0, 256, (*shape, 3), dtype=np.uint8)
    sample = Sample(pixels, np.zeros(shape, np.uint8), np.eye(4, dtype=np.float32)[0], True, 640)
    is_real = "abc-lite0" in workload.networks
    model = build(model_config("abc-lite0" if is_real else "abc-tiny"), pretrained=is_real)
    trainer = Trainer(model, parse_config({}), workload.batch, torch.device("cpu"))
    count = trainer.part_count(workload.batch, workload.crop)
    parts = {number: collate([sample] * (workload.batch // count), 4) for number in range(count)}
    seconds = _in_turns({"step": lambda: trainer.train_on(parts)}, 3)["step"]
    return {
        "training_per_s": round(workload.batch / float(np.median(seconds)), 3),
        "training_peak_mb": _peak_mb(),
    }


def measure_loading(_: Path, workload: Workload) -> Figures:
    """Which share of its speed a training on synthetic blur keeps while a worker draws its photos."""
    config = parse_config(workload.loading)
    photos = SyntheticPhotos(repeated(packaged_sources(), 56), scale=config.scale, crop=config.crop, seed=config.seed)
    return {f"training_{name}": value for name, value in training_throughput(photos, config).items()}


PARTS: Mapping[str, Callable[[Path, Workload], Figures]] = {
    "size": measure_size,
    "forward": measure_forward,
    "end_to_end": measure_end_to_end,
    "prediction_memory": measure_prediction_memory,
    "training": measure_training,
    "loading": measure_loading,
}
_ME = (sys.executable, "-m", "modelsvc.fusenet.commands.benchmark")


def _in_own_process(part: str, checkpoint: Path, workload: Workload) -> Figures:
    threads = str(workload.threads)
    answer = subprocess.run(
        [*_ME, part, str(checkpoint), json.dumps(asdict(workload))],
        env=os.environ | {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "PYTHONWARNINGS": "ignore"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
    )
    if answer.returncode:
        last = answer.stderr.strip().splitlines()[-1:]
        raise SmartBlurError(f"Measuring {part} failed: {' '.join(last)}", code="benchmark_failed")
    figures: Figures = json.loads(answer.stdout.splitlines()[-1])
    return figures


def _inputs(width: int, height: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A photo of noise as the network takes it, and its long side."""
    padded = (-(-height // STRIDE) * STRIDE, -(-width // STRIDE) * STRIDE)
    image = torch.rand(1, 3, *padded, generator=torch.Generator().manual_seed(SEED)) * 2 - 1
    return image.contiguous(memory_format=torch.channels_last), torch.tensor([float(max(width, height))])


def _opened(path: Path, predictor: Predictor) -> Shrunk:
    """A file as `predict_files` reads it."""
    return open_shrunk(path.read_bytes(), predictor.scale, resize=fast_lanczos)


@torch.inference_mode()
def _forward(model: Network, image: torch.Tensor, long_side: torch.Tensor, *, is_bf16: bool = False) -> Any:
    with torch.autocast("cpu", torch.bfloat16, enabled=is_bf16):
        return model(image, long_side)


@torch.inference_mode()
def _on_gpu(model: Network, image: torch.Tensor, long_side: torch.Tensor) -> None:
    with torch.autocast("cuda", torch.bfloat16):
        model(image, long_side)
    torch.cuda.synchronize()


@contextmanager
def _in_onnx_runtime(checkpoint: Path) -> Iterator[OnnxNetwork | None]:
    """The network in ONNX Runtime, or None where that or what writes its files is not installed."""
    if not (has_onnx_runtime() and find_spec("onnxscript")):
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(checkpoint, Path(folder, "checkpoint")))
        yield OnnxNetwork(write_onnx(copy), read_checkpoint(copy).weights_sha256)


def _write_photo(path: Path, size: tuple[int, int]) -> int:
    """A JPEG of scikit-image's coffee at `size`, with the noise of a camera; its bytes."""
    photo = open_upright((package_folder("skimage") / "data" / "coffee.png").read_bytes())
    pixels = np.asarray(photo.resize(size, PIL.Image.Resampling.BICUBIC), np.int16)
    noise = np.random.default_rng(SEED).integers(-5, 6, pixels.shape, np.int16)
    noisy: NDArray[np.uint8] = np.clip(pixels + noise, 0, 255).astype(np.uint8)
    PIL.Image.fromarray(noisy).save(path, "JPEG", quality=90)
    return path.stat().st_size


def _in_turns(ways: Mapping[str, Callable[[], object]], repeats: int) -> dict[str, list[float]]:
    """Seconds of each way in each round, after one round to warm up."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(repeats + 1):
        for name, work in ways.items():
            started = time.perf_counter()
            work()
            if number:
                times[name].append(time.perf_counter() - started)
    return times


@contextmanager
def _on_cores(count: int | None) -> Iterator[None]:
    """Within, this process may use so many cores; None: all it had."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:count])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _count(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def main(part: str, target: str, raw: str) -> None:
    """Measure one part and print its figures as one line of JSON."""
    if part == "write_photo":
        _write_photo(Path(target), tuple(json.loads(raw)))
        return
    given: dict[str, Any] = json.loads(raw)
    workload = Workload(**given)
    torch.set_num_threads(workload.threads)
    print(json.dumps(PARTS[part](Path(target), workload)))


if __name__ == "__main__":
    keep_freed_memory()
    main(*sys.argv[1:])
