"""Files in a bucket, and a training that one computer begins and another ends, each with a disk of its own.

Over real HTTP, with Postgres, Valkey, workers and torch; moto is the bucket. The second computer is a worker process of
another host name and another data folder.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from smartblur_site.supervisor import die_with_parent
from tests.bar.common import RIGHTS, Client
from tests.bar.forms import upload
from tests.bar.jobs import process_of, wait_for
from tests.bucket import Bucket
from tests.factories import photo_with_soft_background
from tests.labels import rectangle
from tests.running_site import ROOT, RunningSite

PATIENCE_S = 300
PHOTOS, EPOCHS = 6, 15
SHARP_MIDDLE = {"base": 2, "regions": [rectangle("middle", 0, 77, 51, 115, 77)]}
GPU_WORKER = """
import socket, sys
socket.gethostname = lambda: "second-host"
from celery.__main__ import main
sys.argv = ["celery", "--quiet", "-A", "smartblur_site", "worker", "-P", "threads", "-Q", "gpu", "-c", "1"]
sys.argv += ["--without-gossip", "--without-mingle", "--without-heartbeat", "-n", "gpu@second-host"]
main()
"""


@pytest.fixture(scope="module")
def bucket() -> Iterator[Bucket]:
    with Bucket() as running:
        yield running


@pytest.fixture(scope="module")
def site(bucket: Bucket) -> Iterator[RunningSite]:
    with RunningSite(sample=False, SMARTBLUR_TRAINER_NICE="0", **bucket.environment) as running:
        yield running


@pytest.fixture
def client(site: RunningSite) -> Iterator[Client]:
    client = Client(site.url, site.manage("issue_token", "owner").strip())
    yield client
    client.connection.close()


@contextlib.contextmanager
def second_computer(site: RunningSite, folder: Path) -> Iterator[None]:
    """A gpu worker elsewhere: it reaches the stores and the bucket, and has a disk of its own."""
    stack = json.loads((site.folder / "stack.json").read_text())
    ours = {"SMARTBLUR_DATA": str(folder), "ALLOWED_HOSTS": "localhost", "DEBUG": "0"}
    ours |= {name.upper(): value for name, value in stack.items()}
    options = {"cwd": ROOT, "env": site.environment | ours, "preexec_fn": die_with_parent, "start_new_session": True}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", GPU_WORKER], **options, stdout=log, stderr=log)
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def asleep(site: RunningSite) -> Iterator[None]:
    """The first computer's gpu worker does nothing meanwhile."""
    worker = process_of(site, "-Q gpu")
    worker.suspend()
    try:
        yield
    finally:
        worker.resume()


def label(client: Client, project: int) -> None:
    """Draw, vote and hand in until nothing is left."""
    while claimed := client.ask("POST", f"/api/projects/{project}/next/", {}):
        annotation = f"/api/annotations/{claimed['annotation']['id']}/"
        draft = {"save_id": str(uuid.uuid4()), "base_revision": 0, "document": SHARP_MIDDLE, "active_ms": 1000}
        client.ask("PUT", f"{annotation}draft/", draft)
        client.ask("PUT", f"/api/images/{claimed['image']['id']}/vote/", {"desirability": "good", "elapsed_ms": 1000})
        client.ask("POST", f"{annotation}submit/", {})


def until(client: Client, path: str, state: str) -> dict[str, Any]:
    """What lies at `path` once it is in a state."""

    def is_there() -> bool:
        found = client.ask("GET", path)
        assert found["state"] == state or found["state"] != "failed", found
        return found["state"] == state

    wait_for(is_there, PATIENCE_S, 0.3)
    return client.ask("GET", path)


def test_a_training_moves_from_one_computer_to_another(site: RunningSite, client: Client, tmp_path: Path) -> None:
    project = client.ask("POST", "/api/projects/", {"name": "Two computers", "votes_wanted": 1} | RIGHTS)["id"]
    photos = [photo_with_soft_background(288, 208, seed=number) for number in range(PHOTOS + 1)]
    images = upload(client, project, photos[:-1])
    label(client, project)
    wait_for(lambda: client.send("GET", f"/api/images/{images[0]}/preview/")[0] == 200, PATIENCE_S)
    stored = client.ask("GET", f"/api/images/{images[0]}/file/")
    assert sha256(stored).hexdigest() == client.ask("GET", f"/api/images/{images[0]}/")["sha256"]
    assert not (site.folder / "media").exists()

    release = client.ask("POST", f"/api/projects/{project}/releases/", {})["id"]
    until(client, f"/api/releases/{release}/", "ready")
    verify(client.ask("GET", f"/api/releases/{release}/download/"), tmp_path)

    body = {"release": release, "preset": "smoke", "parameters": {"epochs": EPOCHS}}
    second = tmp_path / "second"
    second.mkdir()
    with asleep(site), second_computer(site, second):
        run = f"/api/runs/{client.ask('POST', f'/api/projects/{project}/runs/', body)['id']}/"
        wait_for(lambda: client.ask("GET", run)["epoch"] >= 1, PATIENCE_S)
        client.ask("POST", f"{run}cancel/", {})
        until(client, run, "cancelled")
    assert list(second.glob("releases/*/*/release.json")) != []  # it fetched a copy of its own

    client.ask("POST", f"{run}resume/", {})
    assert "Resumed in epoch" in until(client, run, "done")["log_tail"]
    hosts = [attempt["worker"].split(":")[0] for attempt in client.ask("GET", f"{run}live/")["attempts"]]
    assert hosts == ["second-host", socket.gethostname()]
    assert client.ask("GET", f"{run}live/")["samples"] == list(range(1, EPOCHS + 1))

    (version,) = [each for each in client.ask("GET", f"/api/projects/{project}/models/")["results"] if each["run"]]
    client.ask("POST", f"/api/models/{version['id']}/promote/", {})
    (last,) = upload(client, project, photos[-1:])
    wait_for(lambda: client.ask("GET", f"/api/images/{last}/")["state"] == "preannotated", PATIENCE_S)


def verify(content: bytes, folder: Path) -> None:
    """The release checks itself with nothing but Python."""
    with zipfile.ZipFile(BytesIO(content)) as packed:
        packed.extractall(folder)
    (unpacked,) = folder.iterdir()
    verdict = subprocess.run([sys.executable, "-I", "tools/verify.py", "."], cwd=unpacked, capture_output=True)
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
