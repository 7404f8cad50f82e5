"""How fast untouched photos get their first map, against the bare predictor and with two workers.

500 photos, by `python -m modelsvc.fusenet predict`, by one worker process and by two, in turn; each computes in one
thread. The workers' time is the database's, from the promotion of a version to its last stored map; so it holds the
wake-up, the start of the process, the copies of the photos and the rows. Shares are medians over rounds of what was
measured in the same round. `python -m tests.bar.preannotate`; `--rounds 1` takes a third of its twenty minutes.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bar.common import Client, Target, parser_of, photos, target, verdict, wait_until_at_rest
from tests.bar.forms import upload
from tests.bar.jobs import wait_for
from tests.running_site import ROOT, RunningSite

if TYPE_CHECKING:
    from modelsvc.models import ModelVersion

WIDTH, HEIGHT = 640, 480  # what the network sees of any larger photo
DONE_WITHIN_S = 900
TARGETS = {
    "share_of_predict": {"min": 0.85},
    "two_against_one": {"min": 1.7},
    "photos_without_map": {"max": 0},
}


@contextlib.contextmanager
def second_worker(site: RunningSite) -> Iterator[None]:
    """One gpu worker more on the same data."""
    from modelsvc.models import Worker
    from smartblur_site.devstack import QUIET, SMALL_HEAP, programs
    from smartblur_site.supervisor import die_with_parent

    words = [word.replace("gpu@", "second@") for word in programs("", "")["gpu-worker"]]
    words[0] = str(Path(sys.executable).parent / words[0])
    env = site.environment | SMALL_HEAP | QUIET
    process = subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
    try:
        wait_for(Worker.objects.filter(name=f"{socket.gethostname()}:{process.pid}").exists, 60)
        yield
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(30)


def predict_seconds(checkpoint: Path, listed: Path) -> float:
    """What the bare predictor takes for the photos, from its start to its end, started as the worker starts it."""
    from modelsvc.processes import trainer

    command = [*trainer.FUSENET, "predict", "--list", listed, "--checkpoint", checkpoint, "--regions", "--json"]
    with tempfile.TemporaryDirectory() as temp:
        begun = time.perf_counter()
        with trainer.running([*command, "--out", temp]) as process:
            said = sum(event is not None and event["event"] == "photo" for event in trainer.events(process))
            took = time.perf_counter() - begun
    assert said, "The predictor has read no photo."
    return took


def site_seconds(client: Client, shipped: ModelVersion, project: int) -> tuple[float, int]:
    """From the promotion of a version to its last map, and how many photos have none of it then."""
    from django.db.models import Max

    from annotate.models import Image, Project
    from modelsvc.services import promotion

    version = promotion.register_version(
        Project.objects.get(pk=project),
        name=f"figure {time.monotonic_ns()}",
        architecture=shipped.architecture,
        checkpoint=shipped.checkpoint,
        weights_sha256=shipped.weights_sha256,
        metrics={},
        by=shipped.project.memberships.get(role="owner").user,
    )
    client.ask("POST", f"/api/models/{version.pk}/promote/")
    wait_for(version.batches.exists, 60)
    wait_for(lambda: not version.batches.exclude(state__in=["done", "failed"]).exists(), DONE_WITHIN_S)
    version.refresh_from_db()
    last = version.predictions.aggregate(last=Max("created_at"))["last"]
    missing = Image.objects.filter(project=project).exclude(preannotation__model_version=version.pk).count()
    return (last - version.promoted_at).total_seconds(), missing


def measure(measured: Target, count: int, rounds: int) -> dict[str, Any]:
    """Each way in turn, as often as there are rounds."""
    from annotate.models import Image
    from modelsvc.models import ModelVersion
    from modelsvc.processes.predictor import list_photos
    from modelsvc.services.checkpoints import checkpoint_folder

    client = Client(measured.url, measured.tokens[0])
    body = {"name": "Figures: pre-annotation", "hidden_percent": 0}
    project = client.ask("POST", "/api/projects/", body)["id"]
    upload(client, project, photos(count, WIDTH, HEIGHT))
    wait_until_at_rest(measured.site)
    shipped = ModelVersion.objects.get(project__name="Sample")
    bare, one, two, missing = [], [], [], 0
    with tempfile.TemporaryDirectory() as temp:
        listed = list_photos(Image.objects.filter(project=project), Path(temp))
        for _ in range(rounds):
            bare.append(predict_seconds(checkpoint_folder(shipped), listed))
            for seconds, helper in ((one, contextlib.nullcontext()), (two, second_worker(measured.site))):
                with helper:
                    took, without = site_seconds(client, shipped, project)
                seconds.append(took)
                missing += without
    return {
        "photos": count,
        "rounds": rounds,
        "predict_per_s": round(count / statistics.median(bare), 2),
        "one_worker_per_s": round(count / statistics.median(one), 2),
        "two_workers_per_s": round(count / statistics.median(two), 2),
        "share_of_predict": round(statistics.median(a / b for a, b in zip(bare, one, strict=True)), 3),
        "two_against_one": round(statistics.median(a / b for a, b in zip(one, two, strict=True)), 3),
        "photos_without_map": missing,
    }


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure starts workers and reads the rows they leave: it starts a site of its own")
    os.environ["OMP_NUM_THREADS"] = "1"
    with target(arguments) as measured:
        figures = measure(measured, arguments.photos, arguments.rounds)
    verdict("preannotate", figures, TARGETS)


if __name__ == "__main__":
    main()
