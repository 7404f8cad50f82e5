"""What the workbench has for judging blur, each on a real photo."""

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import skimage
import sklearn
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Faults, must
from tests.browser.test_accessibility import barriers
from tests.browser.test_workbench import PREANNOTATE
from tests.browser.workbench import NEXT_FRAME, PIXELS, Bench, until
from tests.running_site import RunningSite

SAMPLES = {
    "flower.jpg": Path(sklearn.__file__).with_name("datasets") / "images",
    "coffee.png": Path(skimage.__file__).with_name("data"),
}
FLOWER = (300, 220)  # in focus, in the middle of flower.jpg
OUTLINED = "performance.getEntriesByName('thing outlined').length"
SKY = (20, 180)  # an even place of it, out of focus
SIZES = {"flower.jpg": (640, 427), "coffee.png": (600, 400)}


class RealBench(Bench):
    """The workbench on a sample photo."""

    file_name = "flower.jpg"

    @property
    def photo_size(self) -> tuple[int, int]:
        return SIZES[self.file_name]


@pytest.fixture
def real_project(api: httpx.Client, request: pytest.FixtureRequest) -> int:
    """A project with the two sample photos, the flower first."""
    project = must(api.post("/projects/", json={"name": request.node.name[:100], "hidden_percent": 0}))["id"]
    files = [("files", (name, (folder / name).read_bytes())) for name, folder in SAMPLES.items()]
    must(api.post(f"/projects/{project}/images/", files=files, data={"license": "CC0-1.0"}))
    return project


@pytest.fixture
def flower(owner: BrowserContext, api: httpx.Client, real_project: int) -> RealBench:
    """The owner's workbench on the flower."""
    bench = RealBench(owner.new_page(), api, real_project)
    bench.open()
    return bench


def test_the_sharpness_is_shown_with_a_legend_in_words_and_hidden_again(flower: RealBench) -> None:
    def seen() -> list[list[int]]:
        return [flower.pixel(*place) for place in (FLOWER, (500, 100))]

    bare = seen()
    flower.press("h")
    legend = flower.page.get_by_label("How sharp the photo is")
    expect(legend).to_contain_text("Even: nothing to judge by")
    expect(legend).to_contain_text("Measured at true pixels. It helps")
    until(flower.page, lambda: sum(seen()[0][:3]), lambda sharp: sharp < sum(bare[0][:3]))  # sharp is dark
    flower.press("h")
    expect(legend).to_have_count(0)
    until(flower.page, seen, lambda again: again == bare)
    assert flower.document() == {"base": None, "regions": []}


def test_the_wand_takes_what_is_as_sharp_as_one_step_of_undo(flower: RealBench) -> None:
    flower.press("0", "w")
    expect(flower.page.get_by_label("The sharpness wand")).to_contain_text("Even areas are taken only where they are")
    flower.click(*FLOWER)
    expect(flower.regions).to_have_count(1)
    flower.wait_saved()
    (region,) = flower.document()["regions"]
    outline = max(region["rings"], key=len)
    xs, ys = outline[::2], outline[1::2]
    assert (region["level"], len(xs) > 8) == (0, True)
    assert 100 < min(xs) / 16 < 220 < 400 < max(xs) / 16 < 520  # about the flower
    assert 40 < min(ys) / 16 < 120

    flower.press("Control+z")
    expect(flower.regions).to_have_count(0)
    flower.press("Control+Shift+z", "]", "]")  # more, once the region is as the wand made it
    expect(flower.regions).to_have_count(1)
    flower.wait_saved()
    assert flower.document()["regions"][0]["id"] == region["id"]


MODEL = {
    "base": 2,
    "regions": [
        {
            "id": "model-1",
            "level": 3,
            "kind": "unknown",
            "rings": [[480 * 16, 20 * 16, 620 * 16, 20 * 16, 620 * 16, 160 * 16, 480 * 16, 160 * 16]],
            "z": 0,
        }
    ],
}


def test_where_mine_and_the_models_map_differ_is_shown_and_one_region_of_it_taken(
    flower: RealBench, running_site: RunningSite
) -> None:
    running_site.manage("shell", "-c", PREANNOTATE.format(image=flower.image, document=json.dumps(MODEL), more=""))
    flower.open()
    flower.press("1", "g")  # all of it level 1
    bare = flower.pixel(550, 100)
    flower.press("Shift+V")
    expect(flower.page.get_by_text("Brighter is further apart: 1 to 3 levels")).to_be_visible()
    until(flower.page, lambda: flower.pixel(550, 100), lambda seen: seen != bare)
    two_apart, one_apart = ([flower.pixel(x, 101)[:3] for x in range(from_, from_ + 30)] for from_ in (540, 40))
    assert max(map(sum, two_apart)) > max(map(sum, one_apart)) > 0

    flower.page.mouse.move(*flower.on_screen(550, 100))
    flower.press("Shift+A")
    expect(flower.regions).to_have_count(1)
    flower.wait_saved()
    (region,) = flower.document()["regions"]
    assert (region["id"], region["level"]) == ("model-1", 3)
    flower.page.mouse.move(*flower.on_screen(*FLOWER))
    flower.press("Shift+A")
    expect(flower.status).to_contain_text("The model has no region here")


def test_a_note_is_pinned_kept_through_the_loss_of_the_network_and_shown_to_curators(
    flower: RealBench, faults: Faults
) -> None:
    faults.expect("net::ERR|Failed to load resource")
    flower.page.mouse.move(*flower.on_screen(100, 50))
    flower.press("n")
    expect(flower.page.get_by_label("What should the curators know of this place?")).to_be_focused()
    flower.page.keyboard.type("A leaf, or a hand?")
    flower.page.context.set_offline(True)
    flower.press("Enter")
    expect(flower.status).to_contain_text("kept on this computer")
    assert flower.annotation()["notes"] == []
    flower.page.context.set_offline(False)
    expect(flower.page.locator(".note")).to_contain_text("A leaf, or a hand?")
    flower.page.reload()  # sends what was kept
    flower.wait_until_ready()
    (note,) = until(flower.page, lambda: flower.annotation()["notes"])
    assert (abs(note["x"] / 16 - 100) <= 1, abs(note["y"] / 16 - 50) <= 1) == (True, True)
    flower.page.goto(f"/projects/{flower.project}/photos/{flower.image}/")
    expect(flower.page.locator("#notes")).to_contain_text("A leaf, or a hand?")


def test_the_next_photo_is_there_from_ahead_and_the_last_one_comes_back_whole(flower: RealBench) -> None:
    first = flower.image
    flower.press("1", "g")
    fetched = "performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/file/')).length"
    until(flower.page, lambda: flower.page.evaluate(fetched) == 2)  # this photo and what comes next
    flower.press("Shift+Digit1", "Enter")
    flower.page.wait_for_url(lambda url: parse_qs(urlsplit(url).query).get("image") != [str(first)])
    flower.page.get_by_role("button", name="Go back to it").click()  # offered for some seconds
    flower.page.wait_for_url(f"**image={first}")
    until(flower.page, lambda: flower.page.evaluate("performance.getEntriesByName('photo-from-ahead').length") == 1)
    flower.wait_until_ready()
    assert flower.annotation(first)["state"] == "submitted"
    flower.press("Control+z")  # the undo is there too
    flower.wait_saved()
    assert (flower.document(first)["base"], flower.annotation(first)["state"]) == (None, "draft")


DETAIL = f"""async (canvas) => {{
    await {NEXT_FRAME};
    const {{ width, height }} = canvas;
    const {{ data }} = canvas.getContext("2d").getImageData(0, 0, width, height);
    let [across, down] = [0, 0];
    for (let y = 0; y + 1 < height; y++)
        for (let x = 0; x + 1 < width; x++) {{
            const i = 4 * (y * width + x);
            across += Math.abs(data[i + 1] - data[i + 5]);
            down += Math.abs(data[i + 1] - data[i + 4 * width + 1]);
        }}
    return [across, down];
}}"""


def test_the_strip_shows_the_pointers_place_beside_each_level_soft_and_moved(flower: RealBench) -> None:
    flower.page.mouse.move(*flower.on_screen(*SKY))
    strip = flower.page.get_by_label("How much blur is that?")
    flower.press("r")
    expect(strip).to_be_visible()
    frame, box = flower.canvas.bounding_box(), strip.bounding_box()
    assert frame
    assert box
    above = [frame["width"] / 2, box["y"] - frame["y"] - 2]
    still = flower.canvas.locator("canvas").first
    until(flower.page, lambda: still.evaluate(PIXELS, above)[3], lambda alpha: alpha == 0)  # the photo has made way
    expect(strip).to_contain_text("the sharpest place of this photo, blurred to each level")
    expect(strip).to_contain_text("a sample shows at least its level's blur, and may show more")
    expect(strip).to_contain_text("Below: moved sideways.")  # the sky has no lines
    tiles = strip.get_by_role("button", name=re.compile("[0-3] "))
    expect(tiles).to_have_count(4)
    expect(strip.locator("canvas[data-made]")).to_have_count(8)
    soft, moved = ([tiles.nth(n).locator("canvas").nth(row).evaluate(DETAIL) for n in range(4)] for row in range(2))
    sums = [sum(detail) for detail in soft]
    assert (sums == sorted(sums, reverse=True), sums[0] > 2 * sums[3]) == (True, True)
    assert moved[0] == soft[0]
    assert (
        moved[3][0] / moved[0][0] < 0.6 * moved[3][1] / moved[0][1]
    )  # what runs across is gone, what runs along stays

    here = strip.locator("canvas").first
    sky = here.evaluate(DETAIL)
    flower.page.mouse.move(*flower.on_screen(*FLOWER))
    until(flower.page, lambda: sum(here.evaluate(DETAIL)), lambda seen: seen > 2 * sum(sky))
    flower.press("3")
    expect(tiles.nth(3)).to_have_attribute("aria-pressed", "true")
    flower.press("r")
    expect(strip).to_have_count(0)


def test_a_curator_sees_the_levels_live_while_changing_them(owner: BrowserContext, real_project: int) -> None:
    page = owner.new_page()
    page.goto(f"/projects/{real_project}/levels/")
    samples = page.locator("canvas[data-made]")
    expect(samples).to_have_count(7)  # four samples, three borders
    assert barriers(page) == []
    strongest = page.get_by_label("Sample of level 3").locator("canvas")
    before = sum(strongest.evaluate(DETAIL))
    page.locator("#id_form-3-sample_sigma").fill("14")
    expect(page.get_by_text("Sample: 14 px")).to_be_visible()
    until(page, lambda: sum(strongest.evaluate(DETAIL)), lambda seen: seen < before)
    page.get_by_label("Photo's long side").select_option("2048")
    expect(page.get_by_text("Sample: 28 px")).to_be_visible()
    page.get_by_label("Picture").select_option(label="flower.jpg")
    expect(page.get_by_text("True pixels of the photo's sharpest place")).to_be_visible()
    expect(page.get_by_text("Sample: 8.75 px")).to_be_visible()  # at its own 640 px
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. The workbench and the guide")).to_be_visible()
    expect(page.locator("#id_form-3-sample_sigma")).to_have_value("14.0")


def test_a_thing_is_outlined_by_clicks_and_taken_with_a_digit(flower: RealBench, faults: Faults) -> None:
    faults.expect("net::ERR|Failed to load resource")
    flower.press("k")
    bar = flower.page.get_by_label("Thing by clicks", exact=True).last
    expect(bar).to_contain_text("A worker looks at this photo, once.")
    expect(bar).to_contain_text("a drag is a box around it", timeout=300_000)  # the network is loaded first
    flower.page.context.set_offline(True)  # from now on all is in the browser
    flower.click(*FLOWER)
    assert until(flower.page, lambda: flower.page.evaluate(OUTLINED), lambda count: count == 1) == 1
    flower.page.keyboard.down("Shift")
    flower.click(*SKY)
    flower.page.keyboard.up("Shift")
    assert until(flower.page, lambda: flower.page.evaluate(OUTLINED), lambda count: count == 2) == 2
    expect(flower.regions).to_have_count(0)
    flower.page.context.set_offline(False)
    flower.press("0")
    expect(flower.regions).to_have_count(1)
    expect(flower.status).to_contain_text("The outline is a region of level 0 now")
    flower.press("Control+z")
    expect(flower.regions).to_have_count(0)
    flower.press("Control+Shift+z")
    flower.wait_saved()
    (region,) = flower.document()["regions"]
    xs, ys = (sorted(number / 16 for number in max(region["rings"], key=len)[axis::2]) for axis in (0, 1))
    assert 100 < xs[0] < 220 < 400 < xs[-1] < 520  # about the flower
    assert 20 < ys[0] < 120
