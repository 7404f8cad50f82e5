"""What a frame of the workbench costs beside Konva, and how soon the page answers. `python -m tests.bar.frames`.

The engines: 6000 x 4000 photo, 300 outlines of 100 corners with badges, a canvas of 1072 x 820. Each rival draws one
change a frame in a fresh page; the figure is the processor time of all of the browser's processes, the raster threads
too, divided by the frames; the rivals take turns and the median of the rounds counts. Konva is set up after its own
advice on speed (frontend/bench/konva.ts). The page: the real workbench on a running site.
"""

import argparse
import contextlib
import functools
import gzip
import http.server
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests import chromium
from tests.bar.benches import BenchFigures, browser_processes
from tests.bar.common import cpu_seconds, parser_of, target, verdict
from tests.running_site import ROOT

FRONTEND = ROOT / "frontend"
DIST = FRONTEND / "dist/assets"
SCENARIOS = ("drag", "pan-fit", "pan-1to1")
VIEWPORT = {"width": 1400, "height": 900}
TARGETS = {
    "drag_cpu_ms": {"max": 15},
    "pan-fit_cpu_ms": {"max": 60},
    "pan-1to1_cpu_ms": {"max": 30},
    "pan-fit_to_konva": {"max": 0.65},
    "pan-1to1_to_konva": {"max": 0.65},
    "pan-1to1_5000_cpu_ms": {"max": 50},
    "nudge_cpu_ms": {"max": 30},
    "next_prefetched_ms": {"max": 100},
    "next_cold_ms": {"max": 1500},
    "longest_task_ms": {"max": 50},
    "op_durable_ms": {"max": 20},
    "workbench_gz_kb": {"max": 90},
    "workers_gz_kb": {"max": 60},
}


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Nothing: the figures go to stdout alone."""


@contextlib.contextmanager
def benchmark_pages() -> Iterator[str]:
    """The address of the rivals' pages, built for this run alone."""
    with tempfile.TemporaryDirectory() as folder:
        build = ["npx", "vite", "build", "--config", "bench/vite.config.ts", "--outDir", folder, "--emptyOutDir"]
        subprocess.run(build, cwd=FRONTEND, check=True, capture_output=True)
        handler = functools.partial(QuietHandler, directory=folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_port}"
            server.shutdown()


def frame_cost(page: Page, scenario: str, frames: int) -> dict[str, float]:
    """Processor and wall milliseconds a frame."""
    page.evaluate("([scenario, frames]) => draw(scenario, frames)", [scenario, 20])  # warm
    processes = browser_processes()
    before = cpu_seconds(processes)
    took = page.evaluate("([scenario, frames]) => draw(scenario, frames)", [scenario, frames])
    return {"cpu_ms": 1000 * (cpu_seconds(processes) - before) / frames, "wall_ms": took / frames}


def one_rival(browser: Browser, url: str, scenarios: tuple[str, ...], frames: int) -> dict[str, dict[str, float]]:
    """What each scenario costs a frame in a fresh page."""
    page = browser.new_page(viewport=VIEWPORT)
    page.goto(url)
    page.wait_for_function("window.draw")
    costs = {scenario: frame_cost(page, scenario, frames) for scenario in scenarios}
    page.close()
    return costs


def engines(browser: Browser, arguments: argparse.Namespace) -> dict[str, Any]:
    """Medians over the rounds, in which the rivals take turns."""
    rounds: dict[str, list[dict[str, dict[str, float]]]] = {"ours": [], "konva": [], "many": []}
    with benchmark_pages() as url:
        for _ in range(arguments.rounds):
            for rival in ("ours", "konva"):
                page = f"{url}/{rival}.html?seed={arguments.seed}"
                rounds[rival].append(one_rival(browser, page, SCENARIOS, arguments.frames))
            many = f"{url}/ours.html?seed={arguments.seed}&regions=5000&points=30"
            rounds["many"].append(one_rival(browser, many, ("pan-1to1",), arguments.frames))

    def median(rival: str, scenario: str, what: str) -> float:
        return statistics.median(costs[scenario][what] for costs in rounds[rival])

    figures: dict[str, Any] = {}
    for scenario in SCENARIOS:
        for what in ("cpu_ms", "wall_ms"):
            ours, konva = (median(rival, scenario, what) for rival in ("ours", "konva"))
            figures |= {f"{scenario}_{what}": round(ours, 1), f"{scenario}_konva_{what}": round(konva, 1)}
        ratio = median("ours", scenario, "cpu_ms") / median("konva", scenario, "cpu_ms")
        figures[f"{scenario}_to_konva"] = round(ratio, 3)
    return figures | {"pan-1to1_5000_cpu_ms": round(median("many", "pan-1to1", "cpu_ms"), 1)}


def workers_gz_kb() -> float:
    """Kilobytes of all workers together, gzipped as the site serves them."""
    return round(sum(len(gzip.compress(path.read_bytes(), 9)) for path in DIST.glob("*.worker-*.js")) / 1000, 1)


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--frames", type=int, default=60)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure signs in as the owner of a site of its own, so --url is not for it")
    figures = {"seed": arguments.seed, "rounds": arguments.rounds}
    with target(arguments) as measured, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
        figures |= engines(browser, arguments)
        figures |= BenchFigures(browser, measured).measure(arguments.rounds)
        browser.close()
    verdict("frames", figures | {"workers_gz_kb": workers_gz_kb()}, TARGETS)


if __name__ == "__main__":
    main()
