"""How fast a release is built in files and in shards, in how much memory, and twice the same.

`python -m tests.bar.export`. 1,000 photos of 1024 x 720 with 12 regions each. The time is a worker's, from taking the
release up to having verified every byte of it; it holds the copying of the photos too.
"""

import hashlib
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from tests.bar.common import RIGHTS, Client, Target, parser_of, photos, polygons, target, verdict
from tests.bar.forms import upload
from tests.running_site import RunningSite

WIDTH, HEIGHT = 1024, 720
BUILT_WITHIN_S = 300
OF_EACH_LAYOUT = {
    "build_s": {"max": 20},
    "second_build_s": {"max": 20},
    "worker_rss_mb": {"max": 300},
    "differing_files": {"max": 0},
    "faults": {"max": 0},
}
PROMISES = ("L7",)
TARGETS = OF_EACH_LAYOUT | {f"shards_{name}": target for name, target in OF_EACH_LAYOUT.items()}


def label_all(project: int, images: list[int]) -> None:
    """Submitted work and consensus for each image."""
    from django.db import transaction
    from django.db.models.functions import Now

    from annotate.models import Annotation, User, Vote
    from annotate.services.agreement.consensus import update_consensus

    owner = User.objects.get(username="owner")
    document = polygons(12, 60, WIDTH, HEIGHT)
    done = {"document": document, "revision": 1, "state": "submitted", "submitted_at": Now()}
    Annotation.objects.bulk_create([Annotation(image_id=image, author=owner, **done) for image in images], 200)
    Vote.objects.bulk_create([Vote(image_id=image, author=owner, desirability="bad") for image in images])
    for image in images:
        with transaction.atomic():
            update_consensus(image)


class Watch:
    """The most memory that the worker has had while it was looked at."""

    def __init__(self, site: RunningSite) -> None:
        children = psutil.Process(site.process.pid).children(recursive=True)
        self.workers = [process for process in children if "default@" in " ".join(process.cmdline())]
        self.peak = 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look)

    def _look(self) -> None:
        while not self.over.wait(0.05):
            self.peak = max(self.peak, sum(process.memory_info().rss for process in self.workers))

    def __enter__(self) -> "Watch":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()


def wait_until_ready(client: Client, release: int) -> None:
    """Return when the release is built."""
    until = time.monotonic() + BUILT_WITHIN_S
    while time.monotonic() < until:
        answer = client.ask("GET", f"/api/releases/{release}/")
        if answer["state"] in ("ready", "failed"):
            if answer["state"] == "failed":
                raise RuntimeError(answer["error"])
            return
        time.sleep(0.1)
    raise RuntimeError(f"The release was not built within {BUILT_WITHIN_S} s.")


def build_seconds(release: int) -> float:
    """From taking it up to ready, by the database's clock."""
    from annotate.models import Release

    row = Release.objects.get(pk=release)
    return round((row.finished_at - row.started_at).total_seconds(), 2)


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def build_twice(measured: Target, client: Client, project: int, layout: str) -> dict[str, Any]:
    """Cut a release in this layout and have it built twice: how long it took and what differs."""
    from annotate.core.release import verify_release
    from annotate.models import Release

    begun = time.perf_counter()
    release = client.ask("POST", f"/api/projects/{project}/releases/", {"layout": layout})["id"]
    cut_s = round(time.perf_counter() - begun, 2)
    wait_until_ready(client, release)
    first_s = build_seconds(release)
    folder = measured.site.folder / "releases" / Release.objects.get(pk=release).folder
    first = digests(folder)
    shutil.rmtree(folder)
    Release.objects.filter(pk=release).update(state="queued", attempt=0, started_at=None)  # a sweep finds it
    wait_until_ready(client, release)
    second = digests(folder)
    return {
        "cut_s": cut_s,
        "build_s": first_s,
        "second_build_s": build_seconds(release),
        "files": len(first),
        "differing_files": sum(first.get(name) != second.get(name) for name in {*first, *second}),
        "faults": len(verify_release(folder, "deep")),
    }


def measure(measured: Target, count: int) -> dict[str, Any]:
    """Build releases of the same photos in both layouts; figures of shards have names that begin so."""
    client = Client(measured.url, measured.tokens[0])
    project = client.ask("POST", "/api/projects/", {"name": "Figures: export", "votes_wanted": 1} | RIGHTS)["id"]
    label_all(project, upload(client, project, photos(count, WIDTH, HEIGHT)))
    with Watch(measured.site) as watch:
        files = build_twice(measured, client, project, "folder")
        files_mb = round(watch.peak / 1e6)
        shards = build_twice(measured, client, project, "shards")
    return {
        "images": count,
        **files,
        "worker_rss_mb": files_mb,
        **{f"shards_{name}": figure for name, figure in shards.items()},
        "shards_worker_rss_mb": round(watch.peak / 1e6),
        "shards_share_of_build_s": round(shards["second_build_s"] / files["second_build_s"], 2),
    }


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--images", type=int, default=1_000)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure looks at the worker's memory and files: it starts a site of its own")
    with target(arguments) as measured:
        figures = measure(measured, arguments.images)
    verdict("export", figures, TARGETS)


if __name__ == "__main__":
    main()
