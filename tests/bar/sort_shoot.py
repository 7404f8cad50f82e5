"""`smartblur sort` on a shoot of 12 megapixels: photos a second, how soon the first is told of, and memory.

    python -m tests.bar.sort_shoot [--photos 48]

Two processes, as on two cores. The processor's seconds are told, too: where others use the machine, only they say what
the program needs. Two cores that have nothing else to do sort `by_the_processor` photos a second, all that is loaded at
the start included, and tell of the first photo after `first_cpu_s`: what the program and its busier process took till
then.
"""

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import PIL.Image
import psutil

from modelsvc.fusenet.data.sources import packaged_sources
from tests.bar.common import cpu_seconds, verdict

SIZE = (4000, 3000)
BURST = 4  # photos that follow each other within a second
TARGETS = {"photos_per_s": {"min": 4.0}, "first_s": {"max": 2.0}, "peak_mb": {"max": 1500}}


def write_shoot(folder: Path, count: int) -> None:
    """JPEGs as of a camera: packaged photos enlarged, with grain, and the time in their EXIF."""
    random = np.random.default_rng(5)
    grain = random.normal(0, 3, (SIZE[1], SIZE[0], 1)).astype(np.float32)
    sources = [source.image for source in packaged_sources()]
    for number in range(count):
        photo = PIL.Image.open(sources[number // BURST % len(sources)]).convert("RGB").resize(SIZE)
        pixels = np.asarray(photo) + np.roll(grain, number, 0)
        exif = PIL.Image.Exif()
        exif[0x0110] = "Camera"
        minute, second = divmod(number // BURST * 20 + number % BURST, 60)
        exif.get_ifd(0x8769)[0x9003] = f"2026:05:01 12:{minute:02}:{second:02}"
        file = io.BytesIO()
        PIL.Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=92, exif=exif)
        (folder / f"IMG_{number:04}.jpg").write_bytes(file.getvalue())


def family(process: psutil.Process) -> list[psutil.Process]:
    """The process and its children, as long as they live."""
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def watch(process: psutil.Process, peaks: list[float], is_over: threading.Event) -> None:
    """Keep the most memory that the process and its children had to themselves at once."""
    while not is_over.wait(0.25):
        total = 0
        for each in family(process):
            try:
                total += each.memory_full_info().uss
            except psutil.Error:
                continue
        peaks.append(total / 1e6)


def main() -> None:
    """Sort a shoot, and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=48)
    count = parser.parse_args().photos
    with tempfile.TemporaryDirectory() as temp:
        shoot, out = Path(temp, "shoot"), Path(temp, "out")
        shoot.mkdir()
        write_shoot(shoot, count)
        command = [sys.executable, "-m", "smartblur", "sort", shoot, "--out", out, "--processes", "2", "--json"]
        began, before = time.monotonic(), os.times()
        first_s = first_cpu_s = 0.0
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            peaks, is_over = [0.0], threading.Event()
            watcher = threading.Thread(target=watch, args=(psutil.Process(process.pid), peaks, is_over))
            watcher.start()
            for line in process.stdout or ():
                if not first_s and json.loads(line)["event"] == "seen":
                    first_s = time.monotonic() - began
                    own, *others = [cpu_seconds([each]) for each in family(psutil.Process(process.pid))]
                    first_cpu_s = own + max(others)
            is_over.set()
            watcher.join()
        took, after = time.monotonic() - began, os.times()
    cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
    figures = {
        "photos": count,
        "photos_per_s": round(count / took, 2),
        "by_the_processor": round(2 * count / cpu_s, 2),
        "cpu_s_a_photo": round(cpu_s / count, 3),
        "first_s": round(first_s, 2),
        "first_cpu_s": round(first_cpu_s, 2),
        "peak_mb": round(max(peaks)),
    }
    verdict("sort_shoot", figures, TARGETS)


if __name__ == "__main__":
    main()
