"""The warm-up: samples of known level before the next photo, after twenty photos or a break, if the person wants it."""

import httpx
from playwright.sync_api import Page, expect

from tests.browser.test_accessibility import barriers
from tests.browser.workbench import BOX, Bench

PAUSE = """(minutes) => {
    const key = Object.keys(localStorage).find((name) => name.startsWith("smartblur.sitting."));
    const kept = JSON.parse(localStorage.getItem(key));
    localStorage.setItem(key, JSON.stringify({ ...kept, worked_at: kept.worked_at - minutes * 60_000 }));
}"""


def warm_up(page: Page):
    return page.get_by_role("dialog", name="Warm up your eye")


def test_after_a_break_three_samples_are_told_apart_before_the_photo(bench: Bench) -> None:
    page = bench.page
    bench.press("z")
    page.evaluate(PAUSE, 31)
    page.add_init_script("Math.random = () => 0.4")  # samples of levels 1, 1 and 2
    page.reload()
    expect(warm_up(page)).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    bench.press("b")
    expect(page.get_by_role("button", name="Brush (B)", include_hidden=True)).to_have_attribute("aria-pressed", "false")
    for sample in (1, 2, 3):
        levels = warm_up(page).get_by_role("group", name=f"Blur level of sample {sample}")
        expect(levels.get_by_role("button", name="Low")).to_be_enabled()  # its sample is made
        bench.press("1")
    expect(warm_up(page)).to_contain_text("2 of 3 right")
    verdicts = ["Right: 1 Low", "Right: 1 Low", "It is 2 Medium; you said 1 Low"]
    expect(warm_up(page).locator(".warm-up-verdict")).to_have_text(verdicts)
    assert barriers(page) == []
    bench.press("Enter")
    expect(warm_up(page)).to_be_hidden()
    expect(bench.canvas).to_be_focused()
    bench.press("b")
    expect(page.get_by_role("button", name="Brush (B)")).to_have_attribute("aria-pressed", "true")
    assert (bench.document()["regions"], bench.task()["vote"]) == ([], None)
    page.reload()
    bench.wait_until_ready()
    expect(warm_up(page)).to_be_hidden()


def test_work_in_progress_is_never_covered_and_the_next_photo_waits_for_the_warm_up(bench: Bench) -> None:
    page = bench.page
    bench.draw(BOX)
    bench.wait_saved()
    page.evaluate(PAUSE, 31)
    page.reload()
    bench.wait_until_ready()
    expect(bench.regions).to_have_count(1)
    expect(warm_up(page)).to_be_hidden()
    first = bench.image
    bench.press("Shift+Digit1", "Enter")
    expect(page.get_by_role("button", name="The rest is sharp")).to_be_focused()
    bench.press("Enter")
    expect(warm_up(page)).to_be_visible()
    bench.press("Escape")
    expect(warm_up(page)).to_be_hidden()
    page.get_by_role("button", name="Go back to it").click()
    page.wait_for_url(f"**image={first}")


def test_it_can_be_switched_off(bench: Bench, api: httpx.Client) -> None:
    bench.press("z")
    api.patch("/preferences/", json={"warm_up": "off"})
    try:
        bench.page.evaluate(PAUSE, 31)
        bench.page.reload()
        bench.wait_until_ready()
        bench.page.wait_for_timeout(500)
        expect(warm_up(bench.page)).to_be_hidden()
    finally:
        api.patch("/preferences/", json={"warm_up": "on"})
