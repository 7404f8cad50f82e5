"""What labelling a photo of six regions takes an expert, in actions and in seconds. `python -m tests.bar.expert`.

A scripted expert labels coffee.png of scikit-image in the real workbench, in headless Chromium, by keyboard and mouse:
six outlines with their levels, the vote, submit. What the server then holds must be what was drawn. Then once more,
with each outline drawn freehand, in one drag. Beside it, counted and not run, the same outlines, corner for corner, in
Label Studio, as its documentation says it is done (`label_studio`, with the source of each step).

An action is a key (a chord is one), a click or a drag. `active_s` is what the workbench's own clock says of the script,
which needs no time to think or to aim. `klm_s` is the time of a trained person by the keystroke-level model of Card,
Moran and Newell (1980, doi 10.1145/358886.358895): 0.2 s for a key or a button, 1.1 s for pointing; one hand stays on
the keys, the other on the mouse; thinking is left out, as it is the same for both.
"""

import argparse
import itertools
import math
from dataclasses import dataclass
from pathlib import Path

import httpx
import skimage
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests import chromium
from tests.bar.benches import VIEWPORT, sign_in
from tests.bar.common import parser_of, target, verdict
from tests.browser.workbench import Bench, corners_of
from tests.running_site import RunningSite

PHOTO = Path(skimage.__file__).with_name("data") / "coffee.png"  # 600 x 400, CC0
KEY_S, POINT_S = 0.2, 1.1
SNAPS_WITHIN_PX = 8  # a corner near another region's, or the photo's border, is put onto it
FIRST_LEVEL = 2  # what a fresh bench draws
Corners = tuple[tuple[int, int], ...]


def outline(words: str) -> Corners:
    """Corners as x,y in pixels of the photo."""
    pairs = (word.split(",") for word in words.split())
    return tuple((int(x), int(y)) for x, y in pairs)


@dataclass(frozen=True)
class Area:
    """One region of the photo, painted over those before it."""

    name: str
    level: int
    corners: Corners
    is_covered: bool = False  # by a later one, in part


AREAS = (
    Area("floor", 3, outline("1,1 150,1 96,42 1,106")),
    Area("table behind", 1, outline("330,8 596,8 596,150 520,118 430,66")),
    Area(
        "saucer",
        1,
        outline(
            "178,76 120,118 80,190 92,270 150,340 236,380 330,382 420,344 470,276 478,200 440,134 410,106",
        ),
        is_covered=True,
    ),
    Area(
        "cup",
        0,
        outline(
            "280,20 222,34 180,76 172,130 188,196 222,236 198,272 212,304 262,280 330,262 376,216 408,150 400,84 350,36"
        ),
        is_covered=True,
    ),
    Area("coffee", 1, outline("270,98 222,112 204,140 220,172 270,192 330,188 368,164 340,112")),
    Area("spoon", 0, outline("424,70 398,76 410,100 376,236 336,256 328,300 360,324 400,296")),
)


@dataclass
class Hands:
    """The expert's hands on the workbench, counted."""

    bench: Bench
    keys: int = 0
    chords: int = 0
    clicks: int = 0
    drags: int = 0

    def press(self, key: str) -> None:
        """One key, or several held together."""
        self.bench.press(key)
        self.keys += 1
        self.chords += "+" in key

    def click(self, corner: tuple[int, int]) -> None:
        self.bench.click(*corner)
        self.clicks += 1

    def trace(self, corners: Corners) -> None:
        """One drag through all the corners."""
        mouse = self.bench.page.mouse
        mouse.move(*self.bench.on_screen(*corners[0]))
        mouse.down()
        for corner in corners[1:]:
            mouse.move(*self.bench.on_screen(*corner), steps=4)
        mouse.up()
        self.drags += 1

    def counted(self) -> dict[str, float]:
        """All of it."""
        return counted(self.keys, self.chords, self.clicks, self.drags)


def counted(keys: int, chords: int, clicks: int, drags: int = 0) -> dict[str, float]:
    """Actions by kind, together, and, where nothing is dragged, the seconds that they take a trained person."""
    kinds: dict[str, float] = {"keys": keys, "clicks": clicks, "drags": drags, "actions": keys + clicks + drags}
    if drags:
        return kinds  # how long a careful line takes, the model does not say
    return kinds | {"klm_s": round(KEY_S * (keys + chords) + (KEY_S + POINT_S) * clicks, 1)}


def level_keys() -> int:
    """How often the level must be chosen: it stays until another is."""
    levels = [area.level for area in AREAS]
    return 1 + sum(before != after for before, after in itertools.pairwise(levels))


def label_studio(*, hides: bool = True) -> dict[str, float]:
    """The same task in Label Studio, at its best, by its documentation (docs/source in HumanSignal/label-studio).

    - A label is chosen by its number (guide/hotkeys: "pressing `1` applies the first label"); with the setting "Keep
      label selected after creating a region" only where it changes. Choosing it chooses the polygon tool.
    - A click for each corner and one on the first corner to close (tags/polygonlabels, the editor's polygon tool).
    - A region that another will overlap is hidden first by its eye (guide/labeling, "Label overlapping regions"); one
      click, though choosing the region there takes another. `hides` tells whether that is done.
    - The vote is a choice with a number of its own (guide/hotkeys: "hotkeys for labels and choices"), then ctrl+enter.
    - What is left unlabelled is taken for sharp, which its project would have to agree on; and of regions that overlap
      its export does not say which is on top.
    """
    corners = sum(len(area.corners) for area in AREAS)
    hidden = sum(area.is_covered for area in AREAS) if hides else 0
    return counted(keys=level_keys() + 1 + 1, chords=1, clicks=corners + len(AREAS) + hidden)


class CoffeeBench(Bench):
    """The workbench with the photo at 1:1."""

    @property
    def photo_size(self) -> tuple[int, int]:
        return 600, 400


def open_bench(page: Page, api: httpx.Client, name: str) -> CoffeeBench:
    """A project of its own with the photo on the bench."""
    project = api.post("/projects/", json={"name": name, "votes_wanted": 1}).raise_for_status().json()["id"]
    files = [("files", (PHOTO.name, PHOTO.read_bytes()))]
    api.post(f"/projects/{project}/images/", files=files, data={"license": "CC0-1.0"}).raise_for_status()
    bench = CoffeeBench(page, api, project)
    bench.open()
    return bench


def label(bench: CoffeeBench, *, freehand: bool) -> dict[str, float]:
    """Label the photo; how many actions it took, and the seconds by the workbench's clock."""
    image, hands, level = bench.image, Hands(bench), FIRST_LEVEL
    for number, area in enumerate(AREAS, start=1):
        if area.level != level:
            hands.press(str(area.level))
        level = area.level
        if freehand:
            hands.trace(area.corners)
        else:
            for corner in area.corners:
                hands.click(corner)
            hands.press("Enter")  # closes the outline; a drag does so by its end
        expect(bench.regions).to_have_count(number)
    hands.press("Shift+Digit1")
    hands.press("Enter")
    expect(bench.page.get_by_role("button", name="The rest is sharp")).to_be_focused()
    hands.press("Enter")
    expect(bench.page.get_by_role("heading", name="All photos are labelled")).to_be_visible()
    task = bench.task(image)
    check(task["annotation"], exact=not freehand)
    assert task["vote"] == "good"
    return hands.counted() | {"active_s": round(task["annotation"]["active_ms"] / 1000, 1)}


def check(annotation: dict, *, exact: bool) -> None:
    """The server holds what was drawn."""
    regions = annotation["document"]["regions"]
    assert annotation["state"] == "submitted"
    assert annotation["document"]["base"] == 0
    assert [region["level"] for region in regions] == [area.level for area in AREAS]
    if exact:
        for region, area in zip(regions, AREAS, strict=True):
            ring = corners_of(region)  # with more corners, where others were put onto its edges
            assert all(min(math.dist(corner, is_at) for is_at in ring) <= SNAPS_WITHIN_PX for corner in area.corners)


def measure(browser: Browser, site: RunningSite, api: httpx.Client) -> dict[str, float]:
    """Both ways in the workbench, each with fresh pages."""
    context = browser.new_context(base_url=site.url, viewport=VIEWPORT, storage_state=sign_in(browser, site))
    figures = {}
    for way in ("corners", "freehand"):
        bench = open_bench(context.new_page(), api, f"Figures: expert, {way}")
        done = label(bench, freehand=way == "freehand")
        figures |= {f"{way}_{what}": value for what, value in done.items()}
    context.close()
    return figures


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = parser_of(__doc__)
    given = parser.parse_args()
    if given.url:
        parser.error("this figure signs in as the owner of a site of its own, so --url is not for it")
    return given


def main() -> None:
    """Measure and judge."""
    with target(arguments()) as measured, sync_playwright() as playwright:
        assert measured.site
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
        headers = {"Authorization": f"Token {measured.tokens[0]}"}
        with httpx.Client(base_url=f"{measured.url}/api", headers=headers, timeout=30) as api:
            figures = measure(browser, measured.site, api)
        browser.close()
    figures |= {f"label_studio_{what}": value for what, value in label_studio().items()}
    figures["label_studio_actions_without_hiding"] = label_studio(hides=False)["actions"]
    figures |= {"regions": len(AREAS), "outline_corners": sum(len(area.corners) for area in AREAS)}
    ratio = figures["corners_actions"] / figures["label_studio_actions"]
    targets = {"regions": {"min": 6}, "corners_to_label_studio": {"max": 1.0}, "freehand_actions": {"max": 30}}
    verdict("expert", figures | {"corners_to_label_studio": round(ratio, 3)}, targets)


if __name__ == "__main__":
    main()
