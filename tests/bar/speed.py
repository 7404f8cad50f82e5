"""From JPEG files to polygons on one core and one thread at 640 px: another checkout beside this one, in turns.

    git worktree add --detach BEFORE 6877668
    python -m tests.bar.speed --before BEFORE

Each side is a process of its own, A B A B. Seconds are of the processor, which others cannot take, and by the clock.
What both say of the same photos is told, too: the share of pixels of the same level, and probabilities; with other
weights they differ, and panels tell which is right. This side computes in ONNX Runtime, or with SMARTBLUR_RUNTIME=torch
in PyTorch.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from annotate.core.imagefile import open_upright
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.data.sources import packaged_sources
from modelsvc.fusenet.serving.runtime import have_onnx
from tests.bar.common import verdict

HERE = Path(__file__).resolve().parents[2]
LONG_SIDE = 1536
TARGETS = {"cpu_ratio": {"min": 2.5}, "memory_ratio": {"max": 1.0}}
SIDE = """
import json, os, resource, sys, time
from pathlib import Path
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
import numpy as np, torch
torch.set_num_threads(1)
try:
    from modelsvc.fusenet.serving.heap import keep_freed_memory
except ImportError:
    from modelsvc.fusenet.heap import keep_freed_memory
from modelsvc.fusenet.predict import Predictor
keep_freed_memory()
folder, passes = Path(sys.argv[1]), int(sys.argv[2])
files = sorted(folder.glob("*.jpg"))
predictor = Predictor(device="cpu", scale=640)
cpu, wall = [], []
for number in range(passes + 1):
    started = time.process_time(), time.perf_counter()
    for said in predictor.predict_files(files):
        said.document()
    cpu.append((time.process_time() - started[0]) / len(files))
    wall.append((time.perf_counter() - started[1]) / len(files))
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
said = [predictor.predict_files([file]) for file in files]
said = [next(iter(each)) for each in said]
np.savez(sys.argv[3], *[each.levels for each in said], probabilities=np.stack([each.probabilities for each in said]))
print(json.dumps({"cpu_s": cpu[1:], "wall_s": wall[1:], "peak_mb": peak, "by": type(predictor.network).__name__}))
"""


def write_photos(folder: Path) -> int:
    """JPEGs of the photos that packages bring, as large as cameras' previews; how many."""
    sources = packaged_sources()
    for number, source in enumerate(sources):
        photo = open_upright(source.image.read_bytes())
        ratio = LONG_SIDE / max(photo.size)
        large = photo.resize((round(photo.width * ratio), round(photo.height * ratio)), PIL.Image.Resampling.BICUBIC)
        large.save(folder / f"{number}.jpg", quality=90)
    return len(sources)


def run_side(checkout: Path, photos: Path, passes: int, said: Path) -> dict[str, Any]:
    """One process of one side."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONPATH": str(checkout)}
    command = [sys.executable, "-W", "ignore", "-c", SIDE, str(photos), str(passes), str(said)]
    answer = subprocess.run(command, cwd=checkout, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    figures: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return figures


def compare(before: Path, rounds: int, passes: int) -> dict[str, Any]:
    """Both sides in turns."""
    runs: dict[str, list[dict[str, Any]]] = {"before": [], "now": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        count = write_photos(folder)
        for _ in range(rounds):
            for side, checkout in (("before", before), ("now", HERE)):
                runs[side].append(run_side(checkout, folder, passes, folder / f"{side}.npz"))
        agreement = agree(folder / "before.npz", folder / "now.npz")
    sides = {side: summary(each) for side, each in runs.items()}
    ratios = {
        f"{name}_ratio": round(sides["before"][f"{name}_s"] / sides["now"][f"{name}_s"], 3) for name in ("cpu", "wall")
    }
    memory = round(sides["now"]["peak_mb"] / sides["before"]["peak_mb"], 3)
    return {"photos": count, **ratios, "memory_ratio": memory, **agreement, **sides}


def summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians over all passes of a side, and its largest peak."""
    seconds = {name: [each for run in runs for each in run[name]] for name in ("cpu_s", "wall_s")}
    medians = {name: round(float(np.median(values)), 4) for name, values in seconds.items()}
    passes = [round(each, 4) for each in seconds["cpu_s"]]
    return medians | {"peak_mb": round(max(run["peak_mb"] for run in runs), 1), "by": runs[0]["by"], "passes": passes}


def agree(before: Path, now: Path) -> dict[str, float]:
    """The share of pixels of the same level, and how far the probabilities are apart at most."""
    with np.load(before) as theirs, np.load(now) as ours:
        maps = [name for name in ours.files if name != "probabilities"]
        same = np.concatenate([(ours[name] == theirs[name]).ravel() for name in maps])
        apart = np.abs(ours["probabilities"] - theirs["probabilities"]).max()
        return {"levels_agree": round(float(same.mean()), 6), "probabilities_apart": float(f"{apart:.2g}")}


def main() -> None:
    """Compare and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, metavar="DIR", help="a checkout to compare with")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--passes", type=int, default=3, help="over all photos, of each process")
    options = parser.parse_args()
    have_onnx(SHIPPED)
    verdict("speed", compare(options.before.resolve(), options.rounds, options.passes), TARGETS)


if __name__ == "__main__":
    main()
