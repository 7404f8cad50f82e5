"""The atlas of 100,000 photos: drawing it, sending its points, and moving about in it.

    python -m tests.bar.atlas [--photos 100000] [--data DIR]

`layout_s` and `layout_mb` are of the program that a worker starts, on features that are random but clustered;
`purity` is the share of the ten nearest points of a photo that are of its cluster. `points_ms` and `points_queries` are
the API's answer among as many rows as `tests.bar.many_photos` writes, and `lasso_ms` the count of the photos inside a
polygon of a hundred corners. `frame_ms` is the time between frames of a browser that pans, without a graphics card, and
`drawing_ms` what the script takes of it.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tests import chromium
from tests.bar.alike import clustered
from tests.bar.common import verdict
from tests.bar.filters import star
from tests.bar.million import database, look_at, project_of
from tests.running_site import ROOT

ROUNDS = 5
PURITY_OF, NEIGHBOURS = 5_000, 10
TARGETS = {
    "layout_s": {"max": 300},
    "layout_mb": {"max": 2_000},
    "purity": {"min": 0.9},
    "points_ms": {"max": 200},
    "points_queries": {"max": 12},
    "lasso_ms": {"max": 150},
    "drawing_ms": {"max": 16},
}
PAN = """async () => {
    const canvas = document.querySelector(".atlas-room canvas[tabindex]");
    const frame = () => new Promise(requestAnimationFrame);
    const send = (type, x, y) => canvas.dispatchEvent(new PointerEvent(type,
        {clientX: x, clientY: y, pointerId: 1, button: 0, bubbles: true}));
    canvas.setPointerCapture = () => {};
    const {left, top} = canvas.getBoundingClientRect();
    send("pointerdown", left + 400, top + 300);
    const between = [], drawing = [];
    let last = await frame();
    for (let i = 1; i <= 60; i++) {
        send("pointermove", left + 400 + 3 * i, top + 300 + 2 * (i % 20));
        const now = await frame();
        between.push(now - last);
        drawing.push(performance.now() - now);
        last = now;
    }
    send("pointerup", left + 580, top + 300);
    const middle = (values) => values.sort((a, b) => a - b)[30];
    return [middle(between), middle(drawing)];
}"""


def lay_out(count: int) -> dict[str, Any]:
    """What the program takes to lay out so many photos, and how well clusters stay together."""
    from sklearn.neighbors import NearestNeighbors

    from modelsvc.processes.cartographer import LAYOUT

    rows, clusters = clustered(count)
    with tempfile.TemporaryDirectory() as temp:
        features, out = Path(temp, "features.f32"), Path(temp, "places.npy")
        rows.tofile(features)
        started = time.perf_counter()
        process = subprocess.Popen([*LAYOUT, str(features), str(rows.shape[1]), str(out)])
        largest = 0
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):
                largest = max(largest, psutil.Process(process.pid).memory_info().rss)
            time.sleep(0.2)
        if process.returncode:
            raise RuntimeError(f"The layout ended with {process.returncode}.")
        took = time.perf_counter() - started
        places = np.load(out)
    some = np.random.default_rng(1).choice(count, min(count, PURITY_OF), replace=False)
    near = NearestNeighbors(n_neighbors=NEIGHBOURS + 1).fit(places).kneighbors(places[some], return_distance=False)
    purity = float((clusters[near[:, 1:]] == clusters[some, None]).mean())
    return {"layout_s": round(took), "layout_mb": round(largest / 1e6), "purity": round(purity, 3)}


def ask(project: int) -> dict[str, Any]:
    """What the points cost, and the photos inside a star."""
    from django.test import Client

    from annotate.models import Membership, Project
    from annotate.services.finding.search import read_query

    client = Client(headers={"host": "localhost"})
    client.force_login(Membership.objects.get(project=project, role="owner").user)
    paths = [f"/api/projects/{project}/atlas/?{query}" for query in ("", "by=sharpest", "by=camera&verdict=good")]
    points = [look_at(functools.partial(client.get, path), ROUNDS) for path in paths]
    search = read_query(Project.objects.get(pk=project), f"lasso={star(project)}", role="owner")
    return {
        "points_ms": max(each["p50_ms"] for each in points),
        "points_queries": max(each["queries"] for each in points),
        "points_grown_mb": max(each["grown_mb"] for each in points),
        "lasso_ms": look_at(search.count, ROUNDS)["p50_ms"],
        "lasso_photos": search.count(),
    }


def pan(project: int) -> dict[str, float]:
    """What a frame takes in a browser that pans the atlas."""
    from django.test import Client
    from playwright.sync_api import sync_playwright

    from annotate.models import Membership

    client = Client(headers={"host": "localhost"})
    client.force_login(Membership.objects.get(project=project, role="owner").user)
    with serving() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}])
        page = context.new_page()
        page.goto(f"{url}/projects/{project}/atlas/")
        page.locator(".atlas-count", has_text="photos").wait_for()
        page.wait_for_timeout(1_000)
        between, drawing = page.evaluate(PAN)
        browser.close()
    return {"frame_ms": round(between, 1), "drawing_ms": round(drawing, 1)}


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The site's web server on the stores of this process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "smartblur_site.webserver", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        for _ in range(100):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.2)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    """Measure and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--data", type=Path, help="keep the rows here for the next time")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(asked.data or Path(folder)):
        project = project_of(asked.photos)
        figures = {"photos": asked.photos} | lay_out(asked.photos) | ask(project) | pan(project)
    verdict("atlas", figures, TARGETS)


if __name__ == "__main__":
    main()
