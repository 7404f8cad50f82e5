"""Reviewing a photo that people see differently: compared, taken place by place, edited and settled in one visit."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Faults, must
from tests.browser.test_accessibility import barriers
from tests.browser.workbench import NEXT_FRAME, Bench, Json, until
from tests.running_site import RunningSite

LABEL = """
from annotate.models import Image
from tests.factories import make_member, make_user
from tests.labels import label, rectangle
from annotate.services.queueing import queue
image = Image.objects.get(pk={image})
ada, bea = (make_member(image.project, user=make_user(f"{{name}}-{image}")) for name in ("ada", "bea"))
cup, plate = rectangle("cup", 3, 40, 40, 160, 140), rectangle("plate", 1, 220, 160, 360, 260)
for person, regions, vote in ((bea, [plate], "bad"), (ada, [cup], "good")):
    label(queue.claim_image(image, by=person), {{"base": 0, "regions": regions}}, vote)
"""
SHADES = f"""async (canvas) => {{
    await {NEXT_FRAME};
    return [...canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data]
        .reduce((sum, value, i) => (sum + value * (i % 8191)) % 1000003, 0);
}}"""


@pytest.fixture
def photo(new_project: Callable, running_site: RunningSite) -> Json:
    """A photo that bea labelled first and sees otherwise than ada."""
    _, (photo,) = new_project(1)
    running_site.manage("shell", "-c", LABEL.format(image=photo["id"]))
    return photo


class ReviewPage:
    """The photo's page as its curator sees it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tiles = page.locator(".review-tile")
        self.places = page.locator(".review-places tbody tr")

    def expect_names(self, *names: str) -> None:
        expect(self.tiles.locator("strong")).to_have_text(names)

    def drawn(self, tile: int) -> int:
        """A number that tells one picture on a tile from another; 0 where there is none."""
        return self.tiles.nth(tile).locator("canvas").first.evaluate(SHADES)

    def widths(self) -> list[float]:
        return [box["width"] for tile in self.tiles.all() if (box := tile.bounding_box())]

    def take(self, place: int, column: int) -> Locator:
        return self.places.nth(place).get_by_role("button").nth(column)


def test_a_curator_compares_edits_and_settles(
    owner: BrowserContext, api: httpx.Client, photo: Json, faults: Faults
) -> None:
    faults.expect("status of 409")
    page = owner.new_page()
    project, image = photo["project"], photo["id"]
    page.goto(f"/projects/{project}/photos/{image}/")
    review = ReviewPage(page)
    ada, bea = f"ada-{image}", f"bea-{image}"
    expect(review.places).to_have_count(2)
    review.expect_names(bea, ada, "Where they differ")
    assert barriers(page) == []

    one_camera_moves_all(review)
    page.keyboard.press("k")
    review.expect_names(ada, bea, "Where they differ")
    page.keyboard.press("k")

    # The larger place is the plate, which only bea painted: her level stands below her name, though ada's id is lower.
    expect(review.take(0, 1)).to_have_text("1 Low")
    expect(review.take(0, 2)).to_have_text("0 Sharp")
    page.keyboard.press("2")  # the whole of ada's map
    expect(page.get_by_text(f"{ada}’s map is chosen below.")).to_be_visible()
    page.keyboard.press("n")
    expect(review.places.nth(0)).to_have_attribute("aria-current", "true")
    page.keyboard.press("1")  # bea's, of this place; and on to the next
    expect(review.take(0, 1)).to_have_attribute("aria-pressed", "true")
    expect(review.places.nth(1)).to_have_attribute("aria-current", "true")

    page.keyboard.press("e")
    bench = Bench(page, api, project)
    wait_until_ready(page)
    expect(bench.regions).to_have_count(2)  # ada's, and what was taken of bea's
    bench.draw(((20, 200), (80, 200), (80, 280), (20, 280)))
    bench.wait_saved()
    page.get_by_role("link", name="Back to the comparison").click()
    page.get_by_role("link", name="Go on with it").click()
    wait_until_ready(page)
    expect(bench.regions).to_have_count(3)

    settle(page, api, image)
    expect(page.get_by_text("A curator settled it: “It was a slip.”.")).to_be_visible()
    held = must(api.get(f"/images/{image}/consensus/"))
    assert (held["desirability"], held["decided_by"], held["votes"]["bad"]) == ("ok", "adjudicated", 1)


def wait_until_ready(page: Page) -> None:
    """The curator's map is on the bench."""
    expect(page.get_by_role("button", name="Settle Enter")).to_be_enabled()


def one_camera_moves_all(review: ReviewPage) -> None:
    """A drag on one tile moves the others, and Z zooms all of them."""
    until(review.page, lambda: review.drawn(2))  # the last that is there
    before = [review.drawn(tile) for tile in range(3)]
    review.page.keyboard.press("z")
    zoomed = [review.drawn(tile) for tile in range(3)]
    box = review.tiles.nth(0).locator("canvas").first.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    review.page.mouse.move(x, y)
    review.page.mouse.down()
    review.page.mouse.move(x - 60, y - 30, steps=4)
    review.page.mouse.up()
    dragged = [review.drawn(tile) for tile in range(3)]
    pairs = zip(before, zoomed, dragged, strict=True)
    assert [len({first, second, third}) for first, second, third in pairs] == [3, 3, 3]


def settle(page: Page, api: httpx.Client, image: int) -> None:
    """Vote and say why; what another client settled meanwhile is told first, in words."""
    page.keyboard.press("Shift+Digit2")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Settle this photo")
    dialog.get_by_role("button", name="It was a slip.").click()
    assert barriers(page) == []
    other = {"document": {"base": 0, "regions": []}, "desirability": "none", "reason": "All of it is sharp."}
    must(api.put(f"/images/{image}/consensus/", json=other))
    dialog.get_by_role("button", name="Settle").click()
    expect(dialog.get_by_role("alert")).to_contain_text(
        "owner has settled this photo meanwhile: “All of it is sharp.”. Settle once more to put yours in its place."
    )
    dialog.get_by_role("button", name="Settle").click()
    page.wait_for_url(f"**/photos/{image}/")


def test_one_tile_is_given_the_room_and_the_others_go_on_showing_the_same(owner: BrowserContext, photo: Json) -> None:
    page = owner.new_page()
    page.goto(f"/projects/{photo['project']}/photos/{photo['id']}/")
    review = ReviewPage(page)
    expect(review.places).to_have_count(2)
    even = until(page, review.widths, lambda widths: len(set(widths)) == 1 and widths[0] > 400)

    pressed = [tile.get_by_role("button", name="Enlarge") for tile in review.tiles.all()]
    pressed[1].click()
    expect(pressed[1]).to_have_attribute("aria-pressed", "true")
    small, large, _ = until(page, review.widths, lambda widths: widths[0] == widths[2] < even[0] < 0.6 * widths[1])
    assert barriers(page) == []
    one_camera_moves_all(review)

    review.tiles.nth(2).locator(".review-canvas").click()
    expect(pressed[2]).to_have_attribute("aria-pressed", "true")
    until(page, review.widths, lambda widths: widths == [small, small, large])
    page.keyboard.press("Enter")
    expect(pressed[2]).to_have_attribute("aria-pressed", "false")
    until(page, review.widths, lambda widths: widths == even)

    page.set_viewport_size({"width": 1024, "height": 768})
    until(page, review.widths, lambda widths: max(widths) < even[0])
    until(page, lambda: page.evaluate("document.documentElement.scrollWidth"), lambda width: width == 1024)
