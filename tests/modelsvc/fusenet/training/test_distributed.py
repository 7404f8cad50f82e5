import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from torch.distributed.elastic.multiprocessing.errors import ChildFailedError, ProcessFailure

from modelsvc.fusenet.checkpoint import read_checkpoint, read_tensors
from modelsvc.fusenet.training import distributed
from tests.modelsvc.fusenet.conftest import MakeRelease

ALONE = [sys.executable, "-m"]
TWO = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]
SETTINGS = {"preset": "smoke", "epochs": 2, "batch": 4, "scale": 96, "crop": 48, "map_epochs": 1}
MEASURED = ("epoch", "done")


@contextmanager
def training(
    start: list[str], release: Path, out: Path, *words: str, **parameters: Any
) -> Iterator[subprocess.Popen[str]]:
    given = [f"--set={name}={json.dumps(value)}" for name, value in (SETTINGS | parameters).items()]
    command = [*start, "modelsvc.fusenet", "train", str(release), "--out", str(out), "--json", *given, *words]
    with subprocess.Popen(
        command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process


def finish(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    """The numbers it reported, once it is done."""
    out, errors = process.communicate()
    assert process.returncode == 0, errors
    said = [json.loads(line) for line in out.splitlines()]
    return [event["metrics"] for event in said if event["event"] in MEASURED]


def wait_for_a_step(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == "step":
            return
    raise AssertionError(process.communicate()[1])


def test_two_processes_train_as_one_does_with_the_same_batches(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release(train=7)  # steps of 4 and of 3 photos
    with training(ALONE, release, tmp_path / "one") as process:
        one = finish(process)
    with training(TWO, release, tmp_path / "two") as process:
        two = finish(process)
    assert len(two) == 3  # only the first process speaks
    assert all(theirs == pytest.approx(ours, abs=1e-5) for ours, theirs in zip(one, two, strict=True))
    weights, others = (read_tensors(tmp_path / name / "last" / "weights.safetensors") for name in ("one", "two"))
    assert all(torch.allclose(weights[name].float(), others[name].float(), atol=1e-6) for name in weights)


def test_processes_with_several_parts_each_have_the_loss_of_one(make_release: MakeRelease, tmp_path: Path) -> None:
    release = make_release(train=7)
    losses = []
    for name, start in (("one", ALONE), ("two", TWO)):
        with training(start, release, tmp_path / name, part=1) as process:
            losses.append([numbers["loss"] for numbers in finish(process)])
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)
    one, two = (read_tensors(tmp_path / name / "last" / "resume.safetensors") for name in ("one", "two"))
    tracked = [name for name in one if name.endswith("num_batches_tracked")]
    assert all(one[name] == two[name] == 14 for name in tracked)  # every photo, twice


def test_a_stop_reaches_all_processes_and_all_go_on(make_release: MakeRelease, tmp_path: Path) -> None:
    release, out = make_release(), tmp_path / "run"
    with training(TWO, release, out, epochs=40) as process:
        wait_for_a_step(process)
        ranks = psutil.Process(process.pid).children()
        ranks[1].send_signal(signal.SIGTERM)  # one is asked, both stop
        process.communicate()
    assert read_checkpoint(out / "last").epoch < 40
    assert not any(rank.is_running() for rank in ranks)
    with training(TWO, release, out, "--resume", epochs=40) as process:
        assert finish(process)[-1] == read_checkpoint(out / "best").metrics
    assert read_checkpoint(out / "last").epoch == 40


def test_a_process_that_is_killed_ends_all(make_release: MakeRelease, tmp_path: Path) -> None:
    with training(TWO, make_release(), tmp_path / "run", epochs=300) as process:
        wait_for_a_step(process)
        ranks = psutil.Process(process.pid).children()
        ranks[1].kill()
        said, _ = process.communicate(timeout=300)
    assert process.returncode == 1
    assert not any(rank.is_running() for rank in ranks)
    assert json.loads(said.splitlines()[-1])["code"] == "peer_lost"


@pytest.mark.parametrize(
    ("codes", "status"),
    [([2, -signal.SIGTERM], 2), ([-signal.SIGKILL, 3], 3), ([1, 1], 1)],
    ids=["refusal", "stop", "fault"],
)
def test_what_one_process_says_counts_more_than_how_torch_ended_the_others(
    codes: list[int], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = {rank: ProcessFailure(rank, 0, code, "<N/A>") for rank, code in enumerate(codes)}

    def failing(_: object) -> None:
        raise ChildFailedError("modelsvc.fusenet", failures)

    monkeypatch.setattr(distributed, "run", failing)
    assert distributed.launch([], len(codes)) == status
