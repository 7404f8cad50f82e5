"""Kill -9 of web, worker or Postgres while people save: nothing acknowledged is lost. `python -m tests.bar.crash`."""

import contextlib
import http.client
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable

import psutil

from tests.bar.common import Client, at_once, parser_of, polygons, target, verdict
from tests.bar.saves import open_annotations
from tests.running_site import RunningSite

CLIENTS = 8
BACK_WITHIN_S = 60
BROKEN = (OSError, http.client.HTTPException)
PROMISES = ("R1", "R2")
TARGETS = {
    "lost": {"max": 0},
    "without_audit": {"max": 0},
    "duplicated": {"max": 0},
    "http_500": {"max": 0},
    "kills": {"min": 1},
    "back_s_max": {"max": 10},
}


class Survivor:
    """Somebody who saves whatever happens: a save is sent again until it is acknowledged."""

    def __init__(self, client: Client, annotation: int) -> None:
        self.client, self.annotation = client, annotation
        self.acknowledged: list[tuple[str, int]] = []
        self.statuses: Counter[int | str] = Counter()

    def save_until(self, is_over: Callable[[], bool]) -> None:
        """Save again and again, each time on top of the last."""
        while not is_over():
            self.save(str(uuid.uuid4()))

    def save(self, save_id: str) -> None:
        """One save, repeated until the site says which revision it is."""
        revision = len(self.acknowledged)
        document = polygons(3, 20, 1024, 720) | {"base": revision % 4}
        body = {"save_id": save_id, "base_revision": revision, "document": document, "active_ms": revision}
        until = time.monotonic() + BACK_WITHIN_S
        while time.monotonic() < until:
            try:
                status, answer = self.client.send("PUT", f"/api/annotations/{self.annotation}/draft/", body)
            except BROKEN as error:
                self.statuses[type(error).__name__] += 1
                time.sleep(0.05)
                continue
            self.statuses[status] += 1
            if status == 200:
                self.acknowledged.append((save_id, answer["revision"]))
                return
            time.sleep(0.05)
        raise RuntimeError(f"No save within {BACK_WITHIN_S} s: {dict(self.statuses)}")


def victims(site: RunningSite) -> dict[str, psutil.Process]:
    """The processes to kill: name -> process."""
    found = {}
    for process in psutil.Process(site.process.pid).children():
        words = ""
        with contextlib.suppress(psutil.NoSuchProcess):  # what was killed just now may be a zombie yet
            words = " ".join(process.cmdline())
        for name, mark in (("web", "webserver"), ("worker", "celery"), ("Postgres", "postgres -D")):
            if mark in words:
                found[name] = process
    return found


def kill_at_random(
    site: RunningSite, dice: random.Random, count: int, is_well: Callable[[], bool]
) -> dict[str, object]:
    """Kill that many processes, each once the site is back from the one before: what, and how long that took."""
    killed: Counter[str] = Counter()
    back_s = []
    for _ in range(count):
        time.sleep(dice.uniform(0.3, 1.5))
        name, process = dice.choice(sorted(victims(site).items()))
        process.kill()
        killed[name] += 1
        begun = time.monotonic()
        time.sleep(0.2)
        while not is_well():
            if time.monotonic() - begun > BACK_WITHIN_S:
                raise RuntimeError(f"Not back {BACK_WITHIN_S} s after {name} was killed.")
            time.sleep(0.05)
        back_s.append(time.monotonic() - begun)
    return {"kills": killed.total(), "killed": dict(killed), "back_s_max": round(max(back_s), 2)}


def check(acknowledged: dict[int, list[tuple[str, int]]]) -> dict[str, int]:
    """What the database says of what was acknowledged: (save_id, revision) by annotation."""
    from annotate.models import Annotation, AuditEntry

    lost = without_audit = duplicated = 0
    for pk, saves in acknowledged.items():
        annotation = Annotation.objects.get(pk=pk)
        entries = AuditEntry.objects.filter(subject=f"annotation:{pk}", action="annotation.saved")
        revisions = {str(entry.request_id): entry.details["revision"] for entry in entries}
        lost += len(saves) - min(annotation.revision, len(saves))
        lost += annotation.document["base"] != (annotation.revision - 1) % 4
        without_audit += sum(revisions.get(save_id) != revision for save_id, revision in saves)
        duplicated += len(entries) - len(set(revisions.values()))
        duplicated += annotation.revision - len(entries)
    return {"lost": lost, "without_audit": without_audit, "duplicated": duplicated}


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure kills processes: it starts a site of its own, so --url is not for it")
    with target(arguments) as measured:
        people = [
            Survivor(author.client, int(author.path.split("/")[3])) for author in open_annotations(measured, CLIENTS)
        ]
        probe = Client(measured.url, measured.tokens[0])
        over = threading.Event()
        killing: dict[str, object] = {}

        def is_well() -> bool:
            try:
                return probe.send("GET", "/readyz")[0] == 200
            except BROKEN:
                return False

        def work(number: int) -> None:
            if number < CLIENTS:
                people[number].save_until(over.is_set)
                return
            try:
                dice = random.Random(arguments.seed)
                killing.update(kill_at_random(measured.site, dice, arguments.kills, is_well))
            finally:
                over.set()

        took = at_once(CLIENTS + 1, work)
        statuses = sum((person.statuses for person in people), Counter())
        figures = {
            "seed": arguments.seed,
            **killing,
            "acknowledged": sum(len(person.acknowledged) for person in people),
            "seconds": round(took, 1),
            "answers": {str(status): count for status, count in statuses.items()},
            "http_500": statuses[500],
            **check({person.annotation: person.acknowledged for person in people}),
        }
    verdict("crash", figures, TARGETS)


if __name__ == "__main__":
    main()
