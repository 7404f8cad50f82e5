"""How fast photos come in through the whole image gate: 1,000 JPEGs of 150 kB. `python -m tests.bar.upload`.

Then come requests full of photos of 2 MB, then photos as large as the gate allows, and files of some kB that say they
are; the web process must not grow.
"""

import contextlib
import io
import struct
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import PIL.Image
import psutil

from tests.bar.common import Client, Target, Times, at_once, parser_of, target, verdict
from tests.bar.forms import send

CLIENTS = 8
FILES_A_REQUEST = 10
FULL_REQUEST = 40  # photos
GIANTS = 16
WARM_ROUNDS = 30
EVERY_S = 0.02
PROMISES = ("L6",)
TARGETS = {
    "photos_per_s": {"min": 100},
    "stored": {"min": 1},
    "refused": {"max": 0},
    "web_rss_growth_mb": {"max": 20},
    "web_rss_growth_full_mb": {"max": 20},
    "web_rss_growth_giants_mb": {"max": 20},
}


def big_photos(count: int) -> list[bytes]:
    """Different JPEGs of 1024 x 768 and about 150 kB each."""
    random = np.random.default_rng(11)
    grain = random.integers(-34, 35, (768, 1024, 3), dtype=np.int16)
    made = []
    for _ in range(count):
        small = PIL.Image.fromarray(random.integers(40, 216, (6, 8, 3), dtype=np.uint8))
        pixels = np.asarray(small.resize((1024, 768), PIL.Image.Resampling.BICUBIC), np.int16)
        pixels = pixels + np.roll(grain, random.integers(0, 700, 2), (0, 1))
        file = io.BytesIO()
        PIL.Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=62)
        made.append(file.getvalue())
    return made


def giants(count: int) -> list[bytes]:
    """By turns: 52 megapixels in a JPEG of 1 kB, 52 megapixels in a PNG of 200 kB, noise in a PNG of 60 MB."""
    made = []
    for number in range(count):
        file, shade = io.BytesIO(), (number, 90, 90)
        if number % 4 < 2:
            PIL.Image.new("RGB", (64, 64), shade).save(file, "JPEG", progressive=True, subsampling=0)
            small = file.getvalue()
            frame = small.index(b"\xff\xc2") + 5
            made.append(small[:frame] + struct.pack(">HH", 6144, 8160) + small[frame + 4 :])
            continue
        if number % 4 == 2:
            image = PIL.Image.new("RGB", (8160, 6144), shade)
        else:
            noise = np.random.default_rng(number).integers(0, 256, (4000, 5000, 3), dtype=np.uint8)
            image = PIL.Image.fromarray(noise)
        image.save(file, "PNG", compress_level=number % 4 == 2)
        made.append(file.getvalue())
    return made


def of_two_megabytes(count: int) -> list[bytes]:
    """Different PNGs that nothing makes smaller."""
    made = []
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 256, (800, 900, 3), dtype=np.uint8)
        file = io.BytesIO()
        PIL.Image.fromarray(noise).save(file, "PNG", compress_level=0)
        made.append(file.getvalue())
    return made


class Growth:
    """By how much the resident memory of the web process exceeds what it was, at most; None of a foreign site."""

    def __init__(self, measured: Target) -> None:
        self.web = measured.site and web_process(measured.site.process.pid)

    @contextlib.contextmanager
    def watched(self, figures: dict[str, Any], name: str) -> Iterator[None]:
        """Put the growth in MB into the figures."""
        figures[name] = None
        if self.web is None:
            yield
            return
        before = self.web.memory_info().rss
        seen, is_over = [before], threading.Event()

        def watch() -> None:
            while not is_over.wait(EVERY_S):
                seen.append(self.web.memory_info().rss)

        watcher = threading.Thread(target=watch)
        watcher.start()
        yield
        is_over.set()
        watcher.join()
        figures[name] = round((max(seen) - before) / 1e6, 1)


def web_process(supervisor: int) -> psutil.Process:
    """The process that runs Django for the web server of a running site."""
    family = psutil.Process(supervisor).children()
    (server,) = [process for process in family if "smartblur_site.webserver" in process.cmdline()]
    return server


def measure(measured: Target, count: int) -> dict[str, Any]:
    """Send the photos from several clients at once."""
    token = measured.tokens[0]
    project = Client(measured.url, token).ask("POST", "/api/projects/", {"name": "Figures: upload"})["id"]
    made = big_photos(count)
    pages = [made[start : start + FILES_A_REQUEST] for start in range(0, count, FILES_A_REQUEST)]
    times, results = Times(), []
    figures: dict[str, Any] = {}

    def bring(number: int) -> None:
        client = Client(measured.url, token)
        for page in pages[number::CLIENTS]:
            with times.one():
                results.extend(send(client, project, page)["results"])

    def bring_giants(number: int) -> None:
        client = Client(measured.url, token)
        for photo in large[number::CLIENTS]:
            with contextlib.suppress(RuntimeError):  # those of one colour are refused, once they have been decoded
                send(client, project, [photo])

    warm = big_photos(FILES_A_REQUEST)
    for _ in range(WARM_ROUNDS):  # until the web server's own buffers are as large as they get with so many clients
        at_once(CLIENTS, lambda _number: send(Client(measured.url, token), project, warm))
    full, large, growth = of_two_megabytes(FULL_REQUEST), giants(GIANTS), Growth(measured)
    with growth.watched(figures, "web_rss_growth_mb"):
        took = at_once(CLIENTS, bring)
    with growth.watched(figures, "web_rss_growth_full_mb"):
        at_once(CLIENTS, lambda _number: send(Client(measured.url, token), project, full))
    with growth.watched(figures, "web_rss_growth_giants_mb"):
        took_giants = at_once(CLIENTS, bring_giants)
    return figures | {
        "photos": count,
        "mean_kb": round(sum(map(len, made)) / count / 1000),
        "photos_per_s": round(count / took, 1),
        "request_p50_ms": times.percentile_ms(0.5),
        "request_p99_ms": times.percentile_ms(0.99),
        "stored": len({result["image"]["id"] for result in results if "image" in result}),
        "giants_s": round(took_giants, 1),
        "refused": sum("error" in result for result in results),
    }


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--photos", type=int, default=1_000)
    arguments = parser.parse_args()
    with target(arguments) as measured:
        figures = measure(measured, arguments.photos)
    verdict("upload", figures, TARGETS | {"stored": {"min": arguments.photos}})


if __name__ == "__main__":
    main()
