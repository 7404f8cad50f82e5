"""What the figures share: a site to measure, clients that keep their connection, and the verdict."""

import argparse
import contextlib
import http.client
import json
import logging
import math
import os
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

import psutil

from tests.running_site import RunningSite

RESTS_WITHIN_S = 120
KEPT_S = 2.0
LOOK_S = 2.0
STATEMENT = re.compile(
    r"\[(\d+)\] LOG:  (?:statement|execute [^:]*): (.*?)(?=^\d{4}-\d\d-\d\d |\Z)", re.DOTALL | re.MULTILINE
)


RIGHTS = {"authors": "The bench", "label_license": "CC0-1.0"}  # what a project says before its first release


@dataclass
class Target:
    """What is measured: an address, a key for each user, and the site itself if we started it."""

    url: str
    tokens: list[str]
    site: RunningSite | None = None


@contextlib.contextmanager
def target(arguments: argparse.Namespace) -> Iterator[Target]:
    """The site that --url names, else one of our own on temporary data, where this process may use the models too."""
    if arguments.url:
        yield Target(arguments.url, arguments.token)
        return
    with RunningSite() as site:
        os.environ |= site.environment | {"DJANGO_SETTINGS_MODULE": "smartblur_site.settings"}
        import django

        django.setup()
        logging.disable(logging.INFO)  # standard output is for the figures
        try:
            wait_until_at_rest(site)
            yield Target(f"http://127.0.0.1:{site.port}", [site.manage("issue_token", "owner").strip()], site)
        except BaseException:
            print(f"The site's last words:\n{site.log.read_text()[-4000:]}", file=sys.stderr)
            raise


def wait_until_at_rest(site: RunningSite) -> None:
    """Return when the work of a first start, such as previews of the sample photos, is done."""
    until = time.monotonic() + RESTS_WITHIN_S
    while time.monotonic() < until:
        processes = psutil.Process(site.process.pid).children(recursive=True)
        before = cpu_seconds(processes)
        time.sleep(2)
        if cpu_seconds(processes) - before < 0.2:
            return
    print(f"The site was still busy after {RESTS_WITHIN_S} s.", file=sys.stderr)


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """Processor time that those of the processes that still run have used."""
    total = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            used = process.cpu_times()
            total += used.user + used.system
    return total


def parser_of(what: str) -> argparse.ArgumentParser:
    """A command line with what every figure takes."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--url", help="measure the site at this address instead of starting one")
    parser.add_argument("--token", action="append", default=[], help="an API token of that site; may be repeated")
    return parser


class Client:
    """One connection, kept open, and how long its requests took."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self.connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        self.used_at = 0.0
        self.headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and decoded answer. A broken connection raises OSError or HTTPException; the next call opens one."""
        if time.monotonic() - self.used_at > KEPT_S:
            self.connection.close()  # the server may have closed it long since; the next request opens another
        data = body if isinstance(body, bytes | None) else json.dumps(body, separators=(",", ":")).encode()
        try:
            self.connection.request(method, path, data, self.headers | headers)
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        self.used_at = time.monotonic()
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        return response.status, json.loads(text) if is_json and text else text

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer, which must be a success."""
        status, answer = self.send(method, path, body, **headers)
        if status >= 400:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        return answer


@dataclass
class Times:
    """How long requests took, measured from several threads."""

    seconds: list[float] = field(default_factory=list)

    @contextlib.contextmanager
    def one(self) -> Iterator[None]:
        """Measure one request."""
        begun = time.perf_counter()
        yield
        self.seconds.append(time.perf_counter() - begun)

    def percentile_ms(self, share: float) -> float:
        """The time that this share of the requests stayed below."""
        ordered = sorted(self.seconds)
        return round(1000 * ordered[min(len(ordered), math.ceil(share * len(ordered))) - 1], 1)


def at_once(count: int, work: Callable[[int], None]) -> float:
    """Seconds that `count` threads took together for `work(0)`, `work(1)` ...; the first error is raised."""
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[number]) for number in range(count)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return time.perf_counter() - begun


def count_statements(site: RunningSite, marker: str, request: Callable[[], Any]) -> int:
    """How many statements Postgres got for the request, BEGIN and COMMIT too, told by one that holds `marker`."""
    _log_statements("all")
    at = (site.folder / "postgres.log").stat().st_size
    request()
    time.sleep(0.3)
    _log_statements("none")
    with (site.folder / "postgres.log").open(errors="replace") as log:
        log.seek(at)
        found = STATEMENT.findall(log.read())
    counts = Counter(pid for pid, _ in found)
    (pid,) = {pid for pid, statement in found if marker in statement}
    return counts[pid]


def _log_statements(which: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"ALTER SYSTEM SET log_statement = '{which}'")
        cursor.execute("SELECT pg_reload_conf()")
    time.sleep(0.3)


def polygons(count: int, points: int, width: int, height: int, level_count: int = 4) -> dict[str, Any]:
    """A document of that many wavy rings over an image."""
    regions = []
    for number in range(count):
        x, y = (number % 4 + 0.5) * width / 4, (number // 4 % 3 + 0.5) * height / 3
        ring: list[int] = []
        for step in range(points):
            angle, radius = (
                2 * math.pi * step / points,
                min(width, height) / 7 * (1 + 0.2 * math.sin(5 * step + number)),
            )
            ring += [round(16 * (x + radius * math.cos(angle))), round(16 * (y + radius * math.sin(angle)))]
        level = 1 + number % (level_count - 1)
        regions.append({"id": f"region-{number}", "level": level, "kind": "defocus", "rings": [ring], "z": number})
    return {"base": 0, "regions": regions}


def verdict(name: str, figures: dict[str, Any], targets: dict[str, dict[str, float]]) -> NoReturn:
    """Print the figures beside what they must reach, and exit 1 if one misses. A figure that is None is not judged.

    `busy_percent` says how much of the processors others use, now that what was measured has ended.

    Args:
        targets: figure -> {"min": x} or {"max": x}.
    """
    ok = all(
        figures[figure] is None or bound.get("min", -math.inf) <= figures[figure] <= bound.get("max", math.inf)
        for figure, bound in targets.items()
    )
    busy = round(psutil.cpu_percent(LOOK_S))
    print(json.dumps({"name": name, "figures": figures, "targets": targets, "ok": ok, "busy_percent": busy}))
    sys.exit(not ok)


def photos(count: int, width: int, height: int) -> Sequence[bytes]:
    """Different JPEGs, some kB each."""
    import io

    import numpy as np
    import PIL.Image

    random = np.random.default_rng(7)
    made = []
    for _ in range(count):
        small = random.integers(0, 256, (9, 12, 3), dtype=np.uint8)
        file = io.BytesIO()
        PIL.Image.fromarray(small).resize((width, height)).save(file, "JPEG", quality=70)
        made.append(file.getvalue())
    return made
