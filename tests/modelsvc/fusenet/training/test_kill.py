import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from modelsvc.fusenet.checkpoint import present, read_checkpoint, read_tensors
from tests.modelsvc.fusenet.conftest import MakeRelease

SETTINGS = {
    "preset": "smoke",
    "epochs": 6,
    "batch": 2,
    "scale": 96,
    "crop": 48,
    "map_epochs": 2,
    "checkpoint_minutes": 1e-4,  # after nearly every step
}
STEPS = 6 * 3  # of 5 photos in batches of 2


def command(release: Path, out: Path) -> list[str]:
    words = [sys.executable, "-m", "modelsvc.fusenet", "train", str(release), "--out", str(out), "--resume", "--json"]
    return [*words, *(f"--set={name}={json.dumps(value)}" for name, value in SETTINGS.items())]


def start(release: Path, out: Path) -> subprocess.Popen[bytes]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command(release, out), env=environment, stdout=subprocess.DEVNULL, start_new_session=True)


def steps_saved(run: Path) -> int:
    try:
        return int(json.loads((present(run / "last") / "resume.json").read_text())["steps_done"])
    except OSError:
        return 0


@pytest.mark.promise("R4")
def test_kill_9_at_a_random_step_changes_nothing(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release(train=5)
    with start(release, tmp_path / "whole") as process:
        assert process.wait() == 0

    step = random.Random(20).randrange(3, STEPS // 2)  # so that much is left when it is seen
    with start(release, tmp_path / "killed") as process:
        while steps_saved(tmp_path / "killed") < step:
            assert process.poll() is None
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert step <= steps_saved(tmp_path / "killed") < STEPS

    with start(release, tmp_path / "killed") as process:
        assert process.wait() == 0
    whole, killed = (tmp_path / name for name in ("whole", "killed"))
    assert read_checkpoint(killed / "best").metrics == read_checkpoint(whole / "best").metrics
    for name in ("best", "last"):
        ours, theirs = (read_tensors(run / name / "weights.safetensors") for run in (whole, killed))
        assert all(torch.equal(ours[key], theirs[key]) for key in ours)
