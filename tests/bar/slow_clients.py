"""What the others feel while some send and some read slowly.

`python -m tests.bar.slow_clients`. Eight clients ask for photos; once alone, once beside 200 senders of a byte a second
to the sign-in page and 50 readers of a kilobyte a second of a release of some 90 MB, in turns.
"""

import io
import socket
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.bar.common import RIGHTS, Client, Target, Times, at_once, parser_of, target, verdict
from tests.bar.export import label_all, wait_until_ready
from tests.bar.forms import upload

SENDERS, READERS, OTHERS, TURNS = 200, 50, 8, 3
SECONDS = 10
PROMISES = ("L8",)
TARGETS = {"p99_ratio": {"max": 2}, "healthz_max_ms": {"max": 500}, "failed": {"max": 0}, "web_mb": {"max": 20}}


def noise(count: int) -> list[bytes]:
    """JPEGs of several MB each, since nothing in them is alike."""
    import numpy as np
    import PIL.Image

    random = np.random.default_rng(3)
    made = []
    for _ in range(count):
        file = io.BytesIO()
        PIL.Image.fromarray(random.integers(0, 256, (1500, 2000, 3), dtype=np.uint8)).save(file, "JPEG", quality=95)
        made.append(file.getvalue())
    return made


def big_release(measured: Target, client: Client) -> tuple[int, list[int]]:
    """A release of 20 such photos, and the photos."""
    rights = RIGHTS | {"votes_wanted": 1}
    project = client.ask("POST", "/api/projects/", {"name": "Figures: slow clients", **rights})["id"]
    images = upload(client, project, noise(20))
    label_all(project, images)
    release = client.ask("POST", f"/api/projects/{project}/releases/", {})["id"]
    wait_until_ready(client, release)
    return release, images


def trickle(host: str, port: int, over: threading.Event) -> None:
    """Send a form to the sign-in page, a byte a second, anew whenever the site ends it."""
    head = f"POST /sign-in/ HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    while not over.is_set():
        try:
            with socket.create_connection((host, port), timeout=5) as line:
                line.sendall(f"{head}Content-Length: 1000\r\n\r\n".encode())
                while not over.wait(1):
                    line.sendall(b"a")
        except OSError:
            over.wait(0.2)


def sip(host: str, port: int, path: str, token: str, over: threading.Event) -> None:
    """Read a release, a kilobyte a second."""
    head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Token {token}\r\n\r\n"
    while not over.is_set():
        try:
            with socket.socket() as line:
                line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                line.settimeout(5)
                line.connect((host, port))
                line.sendall(head.encode())
                while not over.wait(1) and line.recv(1024):
                    pass
        except OSError:
            over.wait(0.2)


@contextmanager
def beside(jobs: list[Callable[[threading.Event], None]]) -> Any:
    """Run the jobs until the block ends."""
    over = threading.Event()
    threads = [threading.Thread(target=job, args=[over], daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    time.sleep(3 if jobs else 0)
    yield
    over.set()
    for thread in threads:
        thread.join(10)


def ask_much(measured: Target, images: list[int]) -> tuple[Times, Times, int]:
    """Times of the others' requests and of /healthz, and how many failed."""
    times, probes, failed = Times(), Times(), []

    def other(number: int) -> None:
        client, until = Client(measured.url, measured.tokens[0]), time.monotonic() + SECONDS
        turn = number
        while time.monotonic() < until:
            turn += 1
            path = "/healthz" if turn % 10 == 0 else f"/api/images/{images[turn % len(images)]}/"
            with (probes if path == "/healthz" else times).one():
                status, _ = client.send("GET", path)
            failed.extend([status] if status >= 400 else [])

    at_once(OTHERS, other)
    return times, probes, len(failed)


def measure(measured: Target) -> dict[str, Any]:
    """Both ways in turns."""
    import psutil

    from tests.bar.upload import web_process

    token = measured.tokens[0]
    release, images = big_release(measured, Client(measured.url, token))
    host, port = urlsplit(measured.url).hostname, urlsplit(measured.url).port
    path = f"/api/releases/{release}/download/"
    slow = [lambda over: trickle(host, port, over)] * SENDERS
    slow += [lambda over: sip(host, port, path, token, over)] * READERS
    web = psutil.Process(web_process(measured.site.process.pid).pid)
    alone, crowded, probes, failed = Times(), Times(), Times(), 0
    before = web.memory_info().rss
    for _ in range(TURNS):
        for jobs, times in (([], alone), (slow, crowded)):
            with ExitStack() as stack:
                stack.enter_context(beside(jobs))
                found, asked, wrong = ask_much(measured, images)
                grown = web.memory_info().rss - before
            times.seconds += found.seconds
            probes.seconds += asked.seconds if jobs else []
            failed += wrong
    return {
        "p50_ms_alone": alone.percentile_ms(0.5),
        "p50_ms": crowded.percentile_ms(0.5),
        "p99_ms_alone": alone.percentile_ms(0.99),
        "p99_ms": crowded.percentile_ms(0.99),
        "p99_ratio": round(crowded.percentile_ms(0.99) / alone.percentile_ms(0.99), 2),
        "requests_alone": len(alone.seconds),
        "requests": len(crowded.seconds),
        "healthz_max_ms": probes.percentile_ms(1),
        "failed": failed,
        "web_mb": round(grown / 1e6, 1),
    }


if __name__ == "__main__":
    arguments = parser_of(__doc__).parse_args()
    with target(arguments) as measured:
        figures = measure(measured)
    verdict("slow_clients", figures, TARGETS)
