"""What labelling the 14 photos of the sample project takes, photo by photo. `python -m tests.bar.session`

A scripted expert works through the queue of `make run`'s Sample in headless Chromium, by real keys and a real mouse, as
the guide asks: the verdict at first glance, a look at true pixels (`L`) before each level that is chosen, the level
that covers most by `G`, a region for what differs, the kind where it is no defocus. What the server then holds is
held against what was meant: the very regions, levels and kinds, the verdict, and each region's overlap with its
outline.

An action is a key (a chord is one), a click, a drag or a turn of the wheel. `s` is the time of a trained person: 0.2 s
for a key or a button and 1.1 s for pointing, by the keystroke-level model (Card, Moran and Newell 1980,
doi 10.1145/358886.358895), half a second for a look, and 400 CSS pixels a second along an outline, which is our own
guess; thinking is left out. The script keeps that pace, so `active_s`, which the workbench's own clock says, differs
from it only by what the computer needs.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
from playwright.sync_api import Browser, expect, sync_playwright

from annotate.core.blurmap import LevelMap, rasterize
from annotate.core.regions import Document, parse_document
from tests import chromium
from tests.bar.benches import VIEWPORT, sign_in
from tests.bar.common import parser_of, target, verdict
from tests.bar.expert import AREAS, KEY_S, POINT_S, Area, Corners, Hands, outline
from tests.browser.workbench import SUBPIXEL, Bench
from tests.running_site import RunningSite

LOOK_S = 0.5
PX_A_S = 400  # CSS pixels along an outline
FIT_MARGIN = 24  # CSS pixels around a photo that fills the canvas
FRESH_LEVEL = 2  # what the bench draws on a new photo
VOTE_KEYS = {"good": "Shift+Digit1", "ok": "Shift+Digit2", "bad": "Shift+Digit3", "none": "Shift+Digit0"}
COUNTS = ("keys", "clicks", "drags", "wheel")


@dataclass(frozen=True)
class Photo:
    """What is meant of a photo. What no area covers has the level `base`."""

    vote: str = "none"
    areas: tuple[Area, ...] = ()
    base: int = 0
    kind: str = "defocus"
    clicked: frozenset[str] = frozenset()  # the areas that are outlined by clicks; others are drawn in one drag


CHELSEA = (
    Area(
        "room", 3, outline("400,0 376,45 358,75 362,125 361,155 345,195 320,222 318,262 300,280 292,300 451,300 451,0")
    ),
    Area("window", 3, outline("0,0 44,0 40,30 33,60 33,85 28,110 0,126")),
    Area("chest", 2, outline("0,126 30,112 50,160 95,195 150,232 190,270 292,290 292,300 0,300")),
)
FLOWER = (
    Area(
        "dahlia",
        0,
        outline(
            "250,98 290,86 335,86 380,100 410,118 428,150 443,195 445,235 432,278 405,312 380,338 345,355 310,358 "
            "270,350 235,335 205,308 185,285 172,250 168,215 178,175 192,145 212,115"
        ),
    ),
    Area(
        "second dahlia", 1, outline("294,427 287,409 312,392 344,375 359,377 375,388 412,381 437,384 442,412 470,427")
    ),
)
CAMERA = (
    Area(
        "skyline", 1, outline("330,236 330,188 344,168 385,166 410,190 411,118 433,118 433,190 470,163 512,190 512,236")
    ),
    Area("houses", 1, outline("0,236 0,182 48,174 30,212 12,236")),
)
SHARP = Photo()
PHOTOS = {
    "china.jpg": SHARP,
    "flower.jpg": Photo("good", FLOWER, base=3),
    "astronaut.png": SHARP,
    "chelsea.png": Photo("good", CHELSEA, clicked=frozenset({"chest"})),
    "coffee.png": Photo("good", AREAS),
    "rocket.jpg": SHARP,
    "motorcycle_left.png": SHARP,
    "motorcycle_right.png": SHARP,
    "clock_motion.png": Photo("bad", base=3, kind="shake"),
    "camera.png": Photo("good", CAMERA),
    "coins.png": SHARP,
    "brick.png": SHARP,
    "grass.png": SHARP,
    "gravel.png": SHARP,
}
TARGETS = {
    "photos": {"min": len(PHOTOS)},
    "least_overlap": {"min": 0.9},
    "chelsea.png_keys": {"max": 12},
    "chelsea.png_clicks": {"max": 9},
    "chelsea.png_drags": {"max": 2},
    "chelsea.png_wheel": {"max": 5},
    "chelsea.png_s": {"max": 25},
}


class SampleBench(Bench):
    """The workbench with a photo of the sample."""

    size = (0, 0)
    fills = False  # a photo fills the canvas, else it lies there at 1:1

    @property
    def photo_size(self) -> tuple[int, int]:
        return self.size

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        if not self.fills:
            return super().on_screen(x, y)
        box, (width, height) = self.canvas.bounding_box(), self.size
        assert box
        scale = min((box["width"] - 2 * FIT_MARGIN) / width, (box["height"] - 2 * FIT_MARGIN) / height)
        left, top = (box["width"] - width * scale) / 2, (box["height"] - height * scale) / 2
        return box["x"] + left + x * scale, box["y"] + top + y * scale


@dataclass
class Expert(Hands):
    """Hands at a person's pace."""

    wheel: int = 0  # which nothing here needs
    level: int = FRESH_LEVEL
    s: float = 0

    def wait(self, seconds: float) -> None:
        self.s += seconds
        self.bench.page.wait_for_timeout(1000 * seconds)

    def press(self, key: str) -> None:
        self.wait(KEY_S)
        super().press(key)

    def click(self, corner: tuple[int, int]) -> None:
        self.wait(POINT_S + KEY_S)
        super().click(corner)

    def trace(self, corners: Corners) -> None:
        """One drag, as fast as a hand is."""
        mouse, places = self.bench.page.mouse, [self.bench.on_screen(*corner) for corner in corners]
        self.wait(POINT_S + KEY_S)
        mouse.move(*places[0])
        mouse.down()
        for before, after in itertools.pairwise(places):
            mouse.move(*after, steps=4)
            self.wait(math.dist(before, after) / PX_A_S)
        mouse.up()
        self.drags += 1

    def look(self, at: tuple[float, float]) -> None:
        """Hold the loupe over a place."""
        keyboard, mouse = self.bench.page.keyboard, self.bench.page.mouse
        mouse.move(*self.bench.on_screen(*at))
        keyboard.down("l")
        self.wait(KEY_S + LOOK_S)
        keyboard.up("l")
        self.keys += 1

    def choose(self, level: int, at: tuple[float, float]) -> None:
        """The level that a place has, unless it is in hand."""
        if level == self.level:
            return
        self.look(at)
        self.press(str(level))
        self.level = level

    def label(self, photo: Photo) -> None:
        """All that the guide asks for, but handing it in."""
        self.press(VOTE_KEYS[photo.vote])
        if photo.kind == "shake":
            self.press("Shift+S")
        if photo.base:
            self.choose(photo.base, (8, 8))
            self.press("g")
        for number, area in enumerate(photo.areas, start=1):
            self.choose(area.level, middle(area.corners))
            self.draw_area(area, clicks=area.name in photo.clicked)
            expect(self.bench.regions).to_have_count(number)

    def draw_area(self, area: Area, *, clicks: bool) -> None:
        """Outline an area, corner by corner or in one drag, which needs no key to end."""
        if clicks:
            for corner in area.corners:
                self.click(corner)
            self.press("Enter")
        else:
            self.trace(area.corners)

    def hand_in(self, photo: Photo) -> None:
        """Submit, and say that the rest is sharp where something is painted over no base."""
        self.press("Enter")
        if photo.areas and not photo.base:
            expect(self.bench.page.get_by_role("button", name="The rest is sharp")).to_be_focused()
            self.press("Enter")

    def counted(self) -> dict[str, float]:
        return {count: getattr(self, count) for count in COUNTS} | {"s": round(self.s, 1)}


def middle(corners: Corners) -> tuple[float, float]:
    """The middle of the corners, a place to look at."""
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)


def map_of(corners: Corners, size: tuple[int, int]) -> LevelMap:
    """1 within the outline, 0 around it."""
    ring = [round(SUBPIXEL * value) for corner in corners for value in corner]
    region = {"id": "meant", "level": 1, "kind": "defocus", "rings": [ring], "z": 0}
    return rasterize(parse_document({"base": 0, "regions": [region]}, level_count=4), size)


def overlaps(document: Document, photo: Photo, size: tuple[int, int]) -> Iterator[float]:
    """Intersection over union of each region with its outline."""
    for region, area in zip(document.painting_order()[-len(photo.areas) :], photo.areas, strict=True):
        drawn = rasterize(Document(None, (region,)), size) != 255
        meant = map_of(area.corners, size) == 1
        yield float(np.logical_and(drawn, meant).sum() / np.logical_or(drawn, meant).sum())


def check(task: dict[str, Any], photo: Photo, size: tuple[int, int]) -> float | None:
    """The least overlap of a region with its outline, where the server holds just what was meant."""
    annotation, meant = task["annotation"], [area.level for area in photo.areas]
    document = parse_document(annotation["document"], level_count=4)
    regions = document.painting_order()
    if photo.kind == "shake":  # a base has no kind: the whole photo is a region
        meant = [photo.base, *meant]
        assert regions[0].kind == "shake"
    assert (annotation["state"], task["vote"], document.base) == ("submitted", photo.vote, photo.base)
    assert [region.level for region in regions] == meant
    return min(overlaps(document, photo, size)) if photo.areas else None


def work(bench: SampleBench) -> dict[int, tuple[str, Expert]]:
    """Label the queue to its end; photo -> its file and what it took."""
    done: dict[int, tuple[str, Expert]] = {}
    bench.open()
    while len(done) < len(PHOTOS):
        image = bench.image
        known = bench.api.get(f"/images/{image}/").raise_for_status().json()
        bench.size, photo = (known["width"], known["height"]), PHOTOS[known["file_name"]]
        expert = Expert(bench)
        if photo.areas and not bench.fills:
            expert.press("z")  # the photo is small: it and those after it fill the screen
            bench.fills = True
        expert.label(photo)
        expert.hand_in(photo)
        done[image] = known["file_name"], expert
        if len(done) < len(PHOTOS):
            bench.page.wait_for_url(lambda url, before=image: f"image={before}" not in url and "image=" in url)
            bench.wait_until_ready()
    expect(bench.page.get_by_role("heading", name="All photos are labelled")).to_be_visible()
    return done


def measure(browser: Browser, site: RunningSite, api: httpx.Client) -> dict[str, Any]:
    """Each photo's actions and seconds, all of them together, and how well it was hit."""
    context = browser.new_context(base_url=site.url, viewport=VIEWPORT, storage_state=sign_in(browser, site))
    projects = api.get("/projects/").raise_for_status().json()["results"]
    sample = next(project["id"] for project in projects if project["name"] == "Sample")
    bench = SampleBench(context.new_page(), api, sample)
    figures: dict[str, Any] = {}
    hit: list[float] = []
    for image, (name, expert) in work(bench).items():
        task, photo = bench.task(image), PHOTOS[name]
        size = task["image"]["width"], task["image"]["height"]
        overlap = check(task, photo, size)
        figures |= {f"{name}_{what}": value for what, value in expert.counted().items()}
        figures[f"{name}_active_s"] = round(task["annotation"]["active_ms"] / 1000, 1)
        if overlap is not None:
            figures[f"{name}_overlap"] = round(overlap, 3)
            hit.append(overlap)
    context.close()
    together = {f"all_{what}": round(sum(figures[f"{name}_{what}"] for name in PHOTOS), 1) for what in (*COUNTS, "s")}
    return figures | together | {"photos": len(PHOTOS), "least_overlap": round(min(hit), 3)}


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure signs in as the owner of a site of its own, so --url is not for it")
    with target(arguments) as measured, sync_playwright() as playwright:
        assert measured.site
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
        headers = {"Authorization": f"Token {measured.tokens[0]}"}
        with httpx.Client(base_url=f"{measured.url}/api", headers=headers, timeout=30) as api:
            figures = measure(browser, measured.site, api)
        browser.close()
    verdict("session", figures, TARGETS)


if __name__ == "__main__":
    main()
