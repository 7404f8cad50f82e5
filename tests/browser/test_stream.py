"""A curator settles disputes one after the other, by keys alone, and takes one back."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import must
from tests.browser.test_accessibility import barriers
from tests.browser.workbench import Json, until
from tests.running_site import RunningSite

LABEL = """
from annotate.models import Image
from tests.factories import make_member, make_user
from tests.labels import label, rectangle
from annotate.services.queueing import queue
images = list(Image.objects.filter(project={project}).order_by("pk"))
maps = ([rectangle("cup", 3, 40, 40, 160, 140)], "good"), ([rectangle("plate", 1, 220, 160, 360, 260)], "bad")
for name, (regions, vote) in zip(("ada", "bea"), maps):
    person = make_member(images[0].project, user=make_user(f"{{name}}-{project}"))
    for image in images:
        label(queue.claim_image(image, by=person), {{"base": 0, "regions": regions}}, vote)
"""


@pytest.fixture
def disputes(new_project: Callable, running_site: RunningSite) -> list[Json]:
    """Three photos that two people see differently."""
    project, photos = new_project(3)
    running_site.manage("shell", "-c", LABEL.format(project=project["id"]))
    return photos


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def hidden_px(page: Page) -> int:
    """How much of the form or the page one would have to scroll to."""
    parts = "['.stream-form', 'html'].map((name) => document.querySelector(name))"
    return page.evaluate(f"Math.max(...{parts}.map((part) => part.scrollHeight - part.clientHeight))")


def expect_held(page: Page, api: httpx.Client, photo: Json, wanted: tuple[str, str, str]) -> None:
    """State, word and reason of what holds for a photo, once the decision has reached the server."""

    def held() -> tuple[str, str, str]:
        said = must(api.get(f"/images/{photo['id']}/consensus/"))
        return said["state"], said["desirability"], said["reason"]

    assert until(page, held, lambda said: said == wanted) == wanted


def test_disputes_are_settled_by_keys_alone_and_the_last_one_is_taken_back(
    owner: BrowserContext, api: httpx.Client, disputes: list[Json]
) -> None:
    first, second, third = disputes
    page = owner.new_page()
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"/projects/{first['project']}/queue/")
    expect(page.get_by_role("link", name="Settle 3 disputes Enter")).to_be_focused()  # the start page says what waits
    page.keyboard.press("Enter")
    page.wait_for_url("**/settle/")
    name = page.locator(".stream-form h2")
    expect(name).to_have_text(first["file_name"])
    expect(page.get_by_text("The votes differ: 1 × Good, 1 × Bad.")).to_be_visible()
    assert (hidden_px(page), barriers(page)) == (0, [])

    press(page, "Enter")
    expect(page.get_by_role("alert")).to_have_text("Choose a map: 1, 2, … a person’s, 0 the merged one.")
    assert hidden_px(page) == 0
    press(page, "Shift+Digit2", "1", "s", "Enter")
    expect(name).to_have_text(second["file_name"])
    press(page, "2", "n", "n", "1", "Shift+Digit3", "g", "Enter")  # bea's map, but ada's at the second place
    expect(name).to_have_text(third["file_name"])
    expect_held(page, api, first, ("agreed", "ok", "It was a slip."))

    press(page, "u")
    expect(name).to_have_text(second["file_name"])
    expect(page.get_by_label("Bad")).to_be_checked()
    expect_held(page, api, second, ("disputed", "bad", ""))
    press(page, "Shift+Digit1", "Enter")
    expect(name).to_have_text(third["file_name"])
    press(page, "1", "w")
    page.keyboard.type("The cup is meant.")
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_be_visible()  # a word is missing still
    page.keyboard.press("Tab")
    press(page, "Shift+Digit1")
    page.get_by_role("button", name="Settle Enter").click()
    expect(page.get_by_text("You settled 3 photos.")).to_be_visible()
    expect_held(page, api, second, ("agreed", "good", "The guideline was misread."))
    expect_held(page, api, third, ("agreed", "good", "The cup is meant."))
