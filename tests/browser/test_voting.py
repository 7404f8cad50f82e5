"""Voting without maps on a phone: thumb-sized buttons, true pixels at a tap, undo; the workbench leads there."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Json, must
from tests.browser.hand import Hand
from tests.browser.test_accessibility import barriers
from tests.browser.workbench import until

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
SHOWN = """(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 3; i < data.length; i += 4) count += data[i] > 0;
    return count / (data.length / 4);
}"""


@pytest.fixture
def phone(new_browser: Callable[..., BrowserContext], signed_in: Json) -> Page:
    """A phone on which the owner is signed in."""
    return new_browser(storage_state=signed_in, **PHONE).new_page()


PICTURE = "(canvas) => canvas.toDataURL()"


@pytest.fixture
def voting(phone: Page, new_project: Callable) -> Json:
    """A project whose first photo is open to be voted on."""
    project, _ = new_project(3)
    phone.goto(f"/projects/{project['id']}/vote/")
    expect(phone.get_by_role("button", name="Good", exact=True)).to_be_enabled()
    return project


def words_of(api: httpx.Client, image: int, project: int) -> Any:
    """The owner's vote on a photo, as the workbench would show it."""
    return must(api.post(f"/projects/{project}/next/", json={"image": image}))["vote"]


def test_a_phone_votes_with_the_thumb_takes_a_vote_back_and_runs_out_of_photos(
    phone: Page, api: httpx.Client, new_project: Callable
) -> None:
    project, photos = new_project(2)
    home = f"/projects/{project['id']}/queue/"
    phone.goto(home)
    expect(phone.get_by_role("link", name="Start next")).to_be_hidden()
    phone.get_by_role("link", name="Vote on 2 photos").tap()
    good = phone.get_by_role("button", name="Good", exact=True)
    expect(good).to_be_enabled()
    assert min(good.bounding_box()["height"], good.bounding_box()["width"]) >= 44
    assert barriers(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth") == 360

    canvas = phone.locator(".vote-stage canvas")
    whole = until(phone, lambda: canvas.evaluate(SHOWN))
    canvas.tap()
    expect(phone.get_by_role("button", name="True pixels")).to_have_attribute("aria-pressed", "true")
    until(phone, lambda: canvas.evaluate(SHOWN), lambda shown: shown > whole)

    good.tap()
    expect(phone.get_by_text("1 voted, 1 wait")).to_be_visible()
    phone.get_by_role("button", name="Undo Good").tap()
    expect(phone.get_by_text("0 voted, 2 wait")).to_be_visible()
    for word in ("OK", "No blur"):
        button = phone.get_by_role("button", name=word, exact=True)
        expect(button).to_be_enabled()
        button.tap()
    expect(phone.get_by_role("heading", name="No photo waits for your vote")).to_be_visible()
    assert barriers(phone) == []
    said = sorted(words_of(api, photo["id"], project["id"]) for photo in photos)
    assert said == ["none", "ok"]


def test_a_narrow_window_is_led_from_the_workbench_to_voting(phone: Page, new_project: Callable) -> None:
    project, _ = new_project(1)
    phone.goto(f"/projects/{project['id']}/label/")
    expect(phone.get_by_role("heading", name="This window is too narrow to paint in")).to_be_visible()
    assert barriers(phone) == []
    phone.get_by_role("link", name="Vote on photos").tap()
    expect(phone.get_by_role("button", name="Good", exact=True)).to_be_enabled()


def test_two_fingers_zoom_one_moves_and_together_again_they_show_the_whole_photo(phone: Page, voting: Json) -> None:
    canvas = phone.locator(".vote-stage canvas")
    is_close = phone.get_by_role("button", name="True pixels")
    box = canvas.bounding_box()
    assert box
    hand = Hand(phone, (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    whole = until(phone, lambda: canvas.evaluate(SHOWN))
    hand.fingers("touchStart", (-30, 0))
    hand.fingers("touchStart", (-30, 0), (30, 0))
    hand.fingers("touchMove", (-60, 0), (60, 0))
    hand.fingers("touchMove", (-120, 0), (120, 0))
    hand.fingers("touchEnd")
    expect(is_close).to_have_attribute("aria-pressed", "true")
    until(phone, lambda: canvas.evaluate(SHOWN), lambda shown: whole < shown == 1)
    before = canvas.evaluate(PICTURE)
    hand.swipe((0, 0), (20, 10), (60, 20))
    until(phone, lambda: canvas.evaluate(PICTURE), lambda picture: picture != before)
    hand.fingers("touchStart", (-120, 0))
    hand.fingers("touchStart", (-120, 0), (120, 0))
    hand.fingers("touchMove", (-60, 0), (60, 0))
    hand.fingers("touchMove", (-5, 0), (5, 0))
    hand.fingers("touchEnd")
    expect(is_close).to_have_attribute("aria-pressed", "false")
    until(phone, lambda: canvas.evaluate(SHOWN), lambda shown: shown == whole)
    expect(phone.get_by_text("0 voted, 3 wait")).to_be_visible()


def test_the_workbenchs_keys_vote_look_undo_and_leave_for_later(
    owner: BrowserContext, api: httpx.Client, new_project: Callable
) -> None:
    project, photos = new_project(3)
    page = owner.new_page()
    page.set_viewport_size({"width": 320, "height": 900})  # the photo is smaller than its pixels
    page.goto(f"/projects/{project['id']}/vote/")
    canvas, good = page.locator(".vote-stage canvas"), page.get_by_role("button", name="Good", exact=True)
    expect(good).to_be_enabled()
    page.keyboard.press("z")
    expect(page.get_by_role("button", name="True pixels")).to_have_attribute("aria-pressed", "true")
    close = canvas.evaluate(PICTURE)
    page.keyboard.press("ArrowRight")
    until(page, lambda: canvas.evaluate(PICTURE), lambda picture: picture != close)

    page.keyboard.press("1")
    expect(page.get_by_text("1 voted, 2 wait")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.get_by_text("0 voted, 3 wait")).to_be_visible()
    for number, key in enumerate(("Shift+Digit2", "`", "3", "0"), start=1):
        expect(good).to_be_enabled()
        page.keyboard.press(key)
        expect(page.get_by_text(f"{number - (number > 1)} voted")).to_be_visible()
    expect(page.get_by_role("heading", name="No photo waits for your vote")).to_be_visible()
    said = [words_of(api, photo["id"], project["id"]) for photo in photos]
    assert sorted(said) == ["bad", "none", "ok"]
