"""What the workbench has for judging blur, each on a real photo."""

from pathlib import Path

import httpx
import pytest
import skimage
import sklearn
from playwright.sync_api import BrowserContext, expect

from tests.browser.workbench import Bench

SAMPLES = {
    "flower.jpg": Path(sklearn.__file__).with_name("datasets") / "images",
    "coffee.png": Path(skimage.__file__).with_name("data"),
}
FLOWER = (300, 220)  # in focus, in the middle of flower.jpg
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
    project = api.post("/projects/", json={"name": request.node.name[:100]}).json()["id"]
    files = [("files", (name, (folder / name).read_bytes())) for name, folder in SAMPLES.items()]
    answer = api.post(f"/projects/{project}/images/", files=files, data={"license": "CC0-1.0"})
    assert answer.status_code == 201, answer.text
    return project


@pytest.fixture
def flower(owner: BrowserContext, api: httpx.Client, real_project: int) -> RealBench:
    """The owner's workbench on the flower."""
    bench = RealBench(owner.new_page(), api, real_project)
    bench.open()
    return bench


def test_the_sharpness_is_shown_with_a_legend_in_words_and_hidden_again(flower: RealBench) -> None:
    bare = [flower.pixel(*place) for place in (FLOWER, (500, 100))]
    flower.press("h")
    legend = flower.page.get_by_label("How sharp the photo is")
    expect(legend).to_contain_text("Even: nothing to judge by")
    expect(legend).to_contain_text("Measured at true pixels. It helps")
    flower.page.wait_for_timeout(100)  # a frame
    sharp, _ = (flower.pixel(*place) for place in (FLOWER, (500, 100)))
    assert sum(sharp[:3]) < sum(bare[0][:3])  # sharp is dark
    flower.press("h")
    expect(legend).to_have_count(0)
    flower.page.wait_for_timeout(100)
    assert [flower.pixel(*place) for place in (FLOWER, (500, 100))] == bare
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


def test_the_wand_finds_nothing_in_an_even_place_and_says_so(flower: RealBench) -> None:
    flower.press("w")
    flower.click(*SKY)
    expect(flower.status).to_contain_text("too even to tell how sharp it is")
    assert flower.document() == {"base": None, "regions": []}


def test_a_drag_of_the_wand_takes_more(flower: RealBench) -> None:
    flower.press("w")
    flower.page.mouse.move(*flower.on_screen(*FLOWER))
    flower.page.mouse.down()
    flower.page.mouse.move(*flower.on_screen(FLOWER[0] + 200, FLOWER[1]), steps=5)
    flower.page.mouse.up()
    expect(flower.page.get_by_label("The sharpness wand")).to_contain_text("now 98")
    expect(flower.regions).to_have_count(1)
