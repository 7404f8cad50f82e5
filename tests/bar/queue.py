"""100 jobs while Redis is killed and flushed and a worker is killed: each is done, none twice. `-m tests.bar.queue`.

The jobs are releases of a small project: each leaves one folder, and the row says which attempt wrote it.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import redis

from tests.bar.common import Client, Target, parser_of, target, verdict
from tests.bar.jobs import make_release, process_of, wait_for
from tests.running_site import RunningSite

DONE_WITHIN_S = 900
PACE_S = 0.15  # between jobs: an idle machine would have done them all before the first kill
PROMISES = ("R3",)
TARGETS = {
    "not_done": {"max": 0},
    "visibly_twice": {"max": 0},
    "longest_still_s": {"max": 60},
    "redis_killed": {"min": 1},
    "worker_killed": {"min": 1},
}


def disturb(site: RunningSite, dice: random.Random, times: int, over: threading.Event) -> Counter[str]:
    """Kill and flush Redis, and kill the worker, that many times each while the jobs go on."""
    from django.conf import settings

    done: Counter[str] = Counter()
    for _ in range(times):
        for what, mark in (("redis_killed", "valkey-server"), ("worker_killed", "-Q default")):
            if over.wait(dice.uniform(0.5, 3)):
                return done
            process = process_of(site, mark)
            if process is not None:
                process.kill()
                done[what] += 1
        try:
            redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2).flushall()
            done["redis_flushed"] += 1
        except (redis.RedisError, psutil.Error):
            continue  # it is not back yet from the kill
    return done


def measure(measured: Target, jobs: int, times: int, dice: random.Random) -> dict[str, Any]:
    """Queue the jobs, disturb meanwhile and afterwards, and count how they ended."""
    from annotate.models import Release

    client = Client(measured.url, measured.tokens[0])
    project, first = make_release(client, 2)
    over, disturbed = threading.Event(), Counter[str]()
    thread = threading.Thread(target=lambda: disturbed.update(disturb(measured.site, dice, times, over)))
    thread.start()
    for _ in range(jobs):
        client.ask("POST", f"/api/projects/{project}/releases/", {})
        time.sleep(PACE_S)
    rows = Release.objects.filter(project=project).exclude(pk=first)
    count, still_since, longest = 0, time.monotonic(), 0.0

    def are_done() -> bool:
        nonlocal count, still_since, longest
        now = rows.filter(state__in=["done", "failed"]).count()
        if now != count:
            count, still_since = now, time.monotonic()
        longest = max(longest, time.monotonic() - still_since)
        return now == jobs

    took = wait_for(are_done, DONE_WITHIN_S)
    over.set()
    thread.join()
    folders = Counter(Path(folder).parts[0] for folder in rows.values_list("folder", flat=True) if folder)
    on_disk = [
        len(list((measured.site.folder / "releases" / str(pk)).iterdir())) for pk in rows.values_list("pk", flat=True)
    ]
    return {
        "jobs": jobs,
        "seconds": round(took, 1),
        "not_done": jobs - rows.filter(state="done").count(),
        "visibly_twice": sum(n > 1 for n in folders.values()) + sum(n > 1 for n in on_disk),
        "longest_still_s": round(longest, 1),
        "attempts": dict(Counter(str(n) for n in rows.values_list("attempt", flat=True))),
        **{name: disturbed[name] for name in ("redis_killed", "redis_flushed", "worker_killed")},
    }


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure kills processes: it starts a site of its own, so --url is not for it")
    with target(arguments) as measured:
        dice = random.Random(arguments.seed)
        figures = {"seed": arguments.seed} | measure(measured, arguments.jobs, arguments.times, dice)
    verdict("queue", figures, TARGETS)


if __name__ == "__main__":
    main()
