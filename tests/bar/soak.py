"""Half an hour of people, uploads, releases and pages: no process grows. `python -m tests.bar.soak --minutes 30`.

Growth is that of each process that lives through it, from a third of the time on: the median of the last tenth over the
median of the first tenth after the warm-up.
"""

import statistics
import time
import uuid
from collections import defaultdict

import psutil

from tests.bar.common import RIGHTS, Client, at_once, parser_of, photos, polygons, target, verdict
from tests.bar.forms import upload
from tests.running_site import RunningSite

PROMISES = ("R14",)
TARGETS = {"growth_percent_max": {"max": 5}, "http_5xx": {"max": 0}, "rounds": {"min": 10}}
LOOK_S = 5
PEOPLE = 4


def sizes(site: RunningSite) -> dict[tuple[str, int], int]:
    """Resident bytes of each Python process of the site, by what it is and its id."""
    found = {}
    for process in psutil.Process(site.process.pid).children():
        words = " ".join(process.cmdline())
        name = next((mark for mark in ("webserver", "-Q default", "-Q gpu", "beat") if mark in words), None)
        if name:
            found[name, process.pid] = process.memory_info().rss
    return found


def make_labelled(client: Client, name: str, photo_count: int) -> int:
    """A project whose photos somebody has labelled, all of it by the API."""
    project = client.ask("POST", "/api/projects/", RIGHTS | {"name": name, "votes_wanted": 1})["id"]
    upload(client, project, photos(photo_count, 640, 480))
    status, task = client.send("POST", f"/api/projects/{project}/next/")
    while status == 200:
        annotation, image = task["annotation"], task["image"]
        revision = annotation["revision"]
        for _ in range(3):
            body = {"save_id": str(uuid.uuid4()), "base_revision": revision, "active_ms": 1}
            body["document"] = polygons(4, 30, image["width"], image["height"])
            revision = client.ask("PUT", f"/api/annotations/{annotation['id']}/draft/", body)["revision"]
        client.ask("PUT", f"/api/images/{image['id']}/vote/", {"desirability": "bad", "elapsed_ms": 900})
        client.ask("POST", f"/api/annotations/{annotation['id']}/submit/", {})
        client.ask("GET", f"/api/images/{image['id']}/preview/")
        status, task = client.send("POST", f"/api/projects/{project}/next/")
    return project


def work(client: Client, number: int) -> None:
    """A round of one person: a project, photos, maps, votes, the list of it, now and then a release."""
    project = make_labelled(client, f"Soak {number}", 3)
    client.ask("GET", f"/api/projects/{project}/images/")
    if number % 5 == 0:
        client.ask("POST", f"/api/projects/{project}/releases/", {})


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure looks at the site's processes: it starts a site of its own, so --url is not for it")
    with target(arguments) as measured:
        until, seen = time.monotonic() + 60 * arguments.minutes, defaultdict(list)
        rounds, faults = [0] * PEOPLE, []

        def live(number: int) -> None:
            if number == PEOPLE:
                while time.monotonic() < until:
                    for process, size in sizes(measured.site).items():
                        seen[process].append(size)
                    time.sleep(LOOK_S)
                return
            client = Client(measured.url, measured.tokens[0])
            while time.monotonic() < until:
                try:
                    work(client, rounds[number])
                except RuntimeError as refused:
                    faults.append(str(refused))
                rounds[number] += 1

        at_once(PEOPLE + 1, live)
        growth = {name: grown_percent(values) for (name, _), values in seen.items()}
        figures = {
            "minutes": arguments.minutes,
            "growth_percent_max": max(growth.values()),
            "growth_percent": growth,
            "mb": {name: round(values[-1] / 2**20) for (name, _), values in seen.items()},
            "rounds": sum(rounds),
            "http_5xx": sum(": 5" in fault for fault in faults),
            "refused": faults[:3],
        }
    verdict("soak", figures, TARGETS)


def grown_percent(values: list[int]) -> float:
    """How much larger the last tenth is than the first one after the warm-up."""
    warm = values[len(values) // 3 :]
    tenth = max(1, len(values) // 10)
    return round(100 * (statistics.median(warm[-tenth:]) / statistics.median(warm[:tenth]) - 1), 1)


if __name__ == "__main__":
    main()
