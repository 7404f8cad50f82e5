"""Pen and fingers on the bench."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.hand import Hand
from tests.browser.workbench import BOX, Bench, corners_of, near, until


@pytest.fixture
def hand(bench: Bench) -> Hand:
    return Hand(bench.page, bench.on_screen(0, 0))


def zoom(bench: Bench) -> Locator:
    return bench.page.locator(".status-zoom")


def test_a_finger_draws_until_a_pen_is_seen_then_it_moves_the_photo(bench: Bench, hand: Hand) -> None:
    hand.swipe(*BOX, BOX[0])
    expect(bench.regions).to_have_count(1)
    hand.pen((260, 120), (360, 120), (360, 240), (260, 240), (260, 122))
    expect(bench.regions).to_have_count(2)
    bare = bench.pixel(200, 10)
    hand.swipe((200, 150), (220, 170), (240, 190))
    bench.press("Escape", "Escape")
    expect(bench.regions).to_have_count(2)
    bench.wait_saved()
    assert near(corners_of(bench.document()["regions"][1])[:2], ((260, 120), (360, 120)))
    until(bench.page, lambda: bench.pixel(240, 50), lambda seen: seen == bare)  # 40 pixels on, right and down


def test_a_second_finger_takes_its_stroke_back_and_zooms_and_the_outline_stays(bench: Bench, hand: Hand) -> None:
    for corner in BOX[:2]:
        hand.swipe(corner)
    hand.fingers("touchStart", (180, 150))
    hand.fingers("touchStart", (180, 150), (220, 150))
    hand.fingers("touchMove", (160, 150), (240, 150))
    hand.fingers("touchMove", (140, 150), (260, 150))
    hand.fingers("touchEnd")
    expect(zoom(bench)).not_to_have_text("1:1")
    bench.press("z")
    expect(zoom(bench)).to_have_text("1:1")
    for corner in BOX[2:]:
        hand.swipe(corner)
    bench.press("Enter")
    expect(bench.regions).to_have_count(1)
    bench.wait_saved()
    assert near(corners_of(bench.document()["regions"][0]), BOX)
