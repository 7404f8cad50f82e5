"""What the workbench page itself costs: opening, keys, the journal, and how long it ever keeps the browser busy."""

import math
import statistics
from typing import Any

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.bar.common import Client, Target, cpu_seconds, photos, polygons
from tests.bar.forms import upload
from tests.running_site import RunningSite

VIEWPORT = {"width": 1400, "height": 900}
NUDGES = 30
LISTEN = """
window.busy = [];
new PerformanceObserver((list) => busy.push(...list.getEntries().map(({duration}) => duration)))
    .observe({type: "longtask"});
window.durable = [];
const begin = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (...request) {
    const transaction = begin.apply(this, request), begun = performance.now();
    if (transaction.mode === "readwrite")
        transaction.addEventListener("complete", () => durable.push(performance.now() - begun));
    return transaction;
};
const look = () => {
    if (document.querySelector(".panel-submit")?.disabled === false) window.readyAt = performance.now();
    else requestAnimationFrame(look);
};
look();
"""


class BenchFigures:
    """One running site with a heavy photo and a usual one, and the owner's browser."""

    def __init__(self, browser: Browser, measured: Target) -> None:
        assert measured.site
        self.browser, self.site = browser, measured.site
        self.client = Client(measured.url, measured.tokens[0])
        self.project = self.client.ask("POST", "/api/projects/", {"name": "Figures: frames", "votes_wanted": 1})["id"]
        self.heavy, self.usual = upload(self.client, self.project, photos(2, 6000, 4000))
        self.fill(self.heavy, spread(300, 100, 6000, 4000))
        self.fill(self.usual, polygons(12, 60, 6000, 4000))
        self.cookies = sign_in(browser, self.site)

    def fill(self, image: int, document: dict[str, Any]) -> None:
        """Give the owner's annotation of a photo this document."""
        opened = self.client.ask("POST", f"/api/projects/{self.project}/next/", {"image": image})["annotation"]
        draft = {"save_id": f"00000000-0000-7000-8000-{image:012}", "base_revision": 0, "document": document}
        self.client.ask("PUT", f"/api/annotations/{opened['id']}/draft/", draft)

    def measure(self, rounds: int) -> dict[str, Any]:
        """Medians over the rounds; the longest task is the longest of all."""
        about = {"name": "Figures: one after the other", "votes_wanted": 1}
        self.flow = self.client.ask("POST", "/api/projects/", about)["id"]
        upload(self.client, self.flow, photos(rounds + 1, 6000, 4000))  # each round hands one in and opens the next
        measured = [self.one_round() for _ in range(rounds)]
        figures = {what: round(statistics.median(each[what] for each in measured), 1) for what in measured[0]}
        return figures | {"longest_task_ms": round(max(each["longest_task_ms"] for each in measured), 1)}

    def one_round(self) -> dict[str, float]:
        """Each figure once, in browsers that know nothing yet."""
        context = self.new_context()
        page = context.new_page()
        scripts: list[Response] = []
        page.on("response", lambda answer: answer.request.resource_type == "script" and scripts.append(answer))
        figures = {"next_cold_ms": self.open(page, self.heavy)}
        figures["workbench_gz_kb"] = sum(answer.request.sizes()["responseBodySize"] for answer in scripts) / 1000
        figures |= nudge(page)
        context.close()

        context = self.new_context()
        page = context.new_page()
        self.open(page, self.usual)
        figures |= label(page)
        context.close()

        context = self.new_context()
        page = context.new_page()
        page.goto(f"/projects/{self.flow}/label/")
        figures |= next_photo(page)
        context.close()
        return figures

    def new_context(self) -> BrowserContext:
        context = self.browser.new_context(base_url=self.site.url, viewport=VIEWPORT, storage_state=self.cookies)
        context.add_init_script(LISTEN)
        return context

    def open(self, page: Page, image: int) -> float:
        """Milliseconds from the click on a link to a photo until it can be worked on, with nothing in any cache."""
        page.goto(f"/projects/{self.project}/label/?image={image}")
        expect(page.get_by_role("button", name="Submit and next")).to_be_enabled(timeout=60_000)
        page.wait_for_timeout(1500)
        return page.evaluate("readyAt")


def sign_in(browser: Browser, site: RunningSite) -> Any:
    """The owner's cookies."""
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("owner")
    page.get_by_label("Password").fill(site.owner_password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    page.evaluate("localStorage.setItem('smartblur.hint-seen', '1')")
    state = context.storage_state()
    context.close()
    return state


def spread(count: int, points: int, width: int, height: int) -> dict[str, Any]:
    """Round regions side by side all over a photo."""
    columns = math.ceil(math.sqrt(count * width / height))
    side = width / columns
    regions = []
    for number in range(count):
        x, y = (number % columns + 0.5) * side, (number // columns + 0.5) * side
        angles = [2 * math.pi * step / points for step in range(points)]
        corners = [(x + side * 0.55 * math.cos(angle), y + side * 0.55 * math.sin(angle)) for angle in angles]
        ring = [round(16 * value) for corner in corners for value in corner]
        regions.append({"id": f"region-{number}", "level": number % 4, "kind": "defocus", "rings": [ring], "z": number})
    return {"base": 0, "regions": regions}


def browser_processes() -> list[psutil.Process]:
    """The browser's: renderers, raster, compositor."""
    return [each for each in psutil.Process().children(recursive=True) if "chrom" in each.name()]


def nudge(page: Page) -> dict[str, float]:
    """Processor milliseconds of an arrow key that moves one of 300 regions, the save that follows included."""
    page.get_by_role("application").focus()
    page.keyboard.press("Tab")
    page.evaluate("durable.length = 0")
    processes = browser_processes()
    before = cpu_seconds(processes)
    for _ in range(NUDGES):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(100)
    cost = 1000 * (cpu_seconds(processes) - before) / NUDGES
    return {"nudge_cpu_ms": cost, "op_durable_300_ms": statistics.median(page.evaluate("durable"))}


def label(page: Page) -> dict[str, float]:
    """Work on a usual photo of 12 regions: the longest task, and when an edit is durable."""
    canvas = page.get_by_role("application")
    box = canvas.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate("busy.length = durable.length = 0")
    canvas.focus()
    page.keyboard.press("p")
    for dx, dy in ((-90, -60), (80, -50), (70, 60), (-80, 70)):
        page.mouse.click(x + dx, y + dy)
    page.keyboard.press("Enter")
    for keys in ("2", *["ArrowRight"] * 10, "Control+z", "q", "z"):
        page.keyboard.press(keys)
        page.wait_for_timeout(50)
    page.keyboard.press("z")
    for tool, button in (("q", "left"), ("b", "left"), ("e", "left"), ("q", "right")):
        page.keyboard.press(tool)
        page.mouse.move(x, y)
        page.mouse.down(button=button)  # type: ignore[arg-type]
        page.mouse.move(x + 120, y + 40, steps=20)
        page.mouse.up(button=button)  # type: ignore[arg-type]
        page.wait_for_timeout(300)
    for notch in (-100, -100, 100, 100):
        page.mouse.wheel(0, notch)
        page.wait_for_timeout(50)
    page.wait_for_timeout(2500)  # and the save
    return {
        "longest_task_ms": max(page.evaluate("busy"), default=0),
        "op_durable_ms": statistics.median(page.evaluate("durable")),
    }


def next_photo(page: Page) -> dict[str, float]:
    """Hand a photo in when the next one was fetched and decoded: until that one can be worked on."""
    submit = page.get_by_role("button", name="Submit and next")
    expect(submit).to_be_enabled(timeout=60_000)
    fetched = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/file/')).length"
    wait_for(page, f"{fetched} === 2")
    page.wait_for_timeout(3000)  # until it is decoded
    page.get_by_role("application").focus()
    for keys in ("1", "g", "Shift+Digit1"):
        page.keyboard.press(keys)
    page.wait_for_timeout(3000)  # the save is through
    page.evaluate("addEventListener('keydown', () => { window.enteredAt = performance.now(); }, {capture: true})")
    page.keyboard.press("Enter")
    wait_for(page, "performance.getEntriesByName('photo-from-ahead').length === 1")
    swapped = page.evaluate("performance.getEntriesByName('photo-from-ahead')[0].toJSON()")
    whole = swapped["startTime"] + swapped["duration"] - page.evaluate("enteredAt")
    return {"next_prefetched_ms": swapped["duration"], "submit_and_next_ms": whole}


def wait_for(page: Page, script: str) -> None:
    """Wait until the script says true; the content policy allows no polling inside the page."""
    for _ in range(600):
        if page.evaluate(script):
            return
        page.wait_for_timeout(100)
    raise TimeoutError(script)
