"""What figures about jobs share: a project with a release, the processes that do the work, and killing them."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

from tests.bar.common import RIGHTS, Client, photos
from tests.bar.export import label_all, wait_until_ready
from tests.bar.forms import upload
from tests.running_site import RunningSite


def make_release(client: Client, photo_count: int) -> tuple[int, int]:
    """A project of that many labelled photos, and its first release, ready."""
    project = client.ask("POST", "/api/projects/", {"name": "Figures: jobs", "votes_wanted": 1} | RIGHTS)["id"]
    label_all(project, upload(client, project, photos(photo_count, 288, 208)))
    release = client.ask("POST", f"/api/projects/{project}/releases/", {})["id"]
    wait_until_ready(client, release)
    return project, release


def process_of(site: RunningSite, mark: str) -> psutil.Process | None:
    """The site's process whose command line holds `mark`."""
    for process in psutil.Process(site.process.pid).children(recursive=True):
        try:
            if mark in " ".join(process.cmdline()):
                return process
        except psutil.Error:
            continue
    return None


def wait_for(what: Callable[[], object], within_s: float, poll_s: float = 0.2) -> float:
    """Seconds until `what` said something true."""
    begun = time.monotonic()
    while not what():
        if time.monotonic() - begun > within_s:
            raise RuntimeError(f"It did not come within {within_s} s.")
        time.sleep(poll_s)
    return time.monotonic() - begun
