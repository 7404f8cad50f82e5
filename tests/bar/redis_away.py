"""Redis stopped, then frozen: saves go on, and a training that was started runs later. `-m tests.bar.redis_away`."""

from __future__ import annotations

import contextlib
import threading
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psutil

from tests.bar.common import Client, Target, Times, parser_of, polygons, target, verdict
from tests.bar.jobs import make_release, process_of, wait_for
from tests.bar.saves import open_annotations
from tests.running_site import RunningSite

BACK_WITHIN_S, DONE_WITHIN_S = 60, 600
PROMISES = ("R6",)
TARGETS = {
    "stopped_save_p99_ms": {"max": 300},
    "frozen_save_p99_ms": {"max": 300},
    "stopped_start_s": {"max": 3},
    "frozen_start_s": {"max": 3},
    "not_queued": {"max": 0},
    "not_run_later": {"max": 0},
    "picked_up_s": {"max": 60},
}


@contextlib.contextmanager
def stopped(site: RunningSite) -> Iterator[None]:
    """Redis killed again and again, as fast as the site brings it back."""
    over = threading.Event()

    def kill() -> None:
        while not over.wait(0.05):
            with contextlib.suppress(psutil.Error, AttributeError):
                process_of(site, "valkey-server").kill()

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        wait_for(lambda: process_of(site, "valkey-server"), BACK_WITHIN_S)


@contextlib.contextmanager
def frozen(site: RunningSite) -> Iterator[None]:
    """Redis that takes connections and never answers."""
    process = process_of(site, "valkey-server")
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def save_often(client: Client, path: str, revision: int, count: int, times: Times) -> int:
    """That many saves, each on top of the last; the revision then."""
    for _ in range(count):
        body = {"document": polygons(5, 20, 1024, 720), "base_revision": revision, "active_ms": 1}
        with times.one():
            revision = client.ask("PUT", path, body | {"save_id": str(uuid.uuid4())})["revision"]
    return revision


def measure(measured: Target, saves: int) -> dict[str, Any]:
    """Saves and a start with Redis stopped, then frozen."""
    (author,) = open_annotations(measured, 1)
    client = Client(measured.url, measured.tokens[0])
    project, release = make_release(client, 8)
    figures: dict[str, Any] = {"saves": saves}
    runs, backs, not_queued = [], [], 0
    revision = save_often(author.client, author.path, 0, saves, calm := Times())
    figures["calm_save_p99_ms"] = calm.percentile_ms(0.99)
    for name, trouble in (("stopped", stopped), ("frozen", frozen)):
        times = Times()
        with trouble(measured.site):
            time.sleep(0.5)
            revision = save_often(author.client, author.path, revision, saves, times)
            begun = time.monotonic()
            body = {"release": release, "preset": "smoke", "parameters": {"epochs": 1}}
            run = client.ask("POST", f"/api/projects/{project}/runs/", body)
            figures[f"{name}_start_s"] = round(time.monotonic() - begun, 2)
            not_queued += run["state"] != "queued"
            runs.append(run["id"])
        backs.append(datetime.now(UTC))
        figures[f"{name}_save_p99_ms"] = times.percentile_ms(0.99)
    rows = [ended(client, run) for run in runs]
    started = datetime.fromisoformat(rows[0]["started_at"])  # the other waits for it, not for Redis
    return figures | {
        "not_queued": not_queued,
        "not_run_later": sum(row["state"] != "done" for row in rows),
        "picked_up_s": max(0.0, round((started - backs[0]).total_seconds(), 1)),
        "done_after_s": round((datetime.now(UTC) - backs[-1]).total_seconds()),
    }


def ended(client: Client, run: int) -> dict[str, Any]:
    """The run as it ended."""
    wait_for(lambda: client.ask("GET", f"/api/runs/{run}/")["state"] in ("done", "failed"), DONE_WITHIN_S, 0.5)
    return client.ask("GET", f"/api/runs/{run}/")


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--saves", type=int, default=300)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure stops Redis: it starts a site of its own, so --url is not for it")
    with target(arguments) as measured:
        figures = measure(measured, arguments.saves)
    verdict("redis_away", figures, TARGETS)


if __name__ == "__main__":
    main()
