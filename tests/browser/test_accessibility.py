"""No barrier, by axe, before there is any work and in every state of the workbench; a phone shows all pages whole."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Faults, must
from tests.browser.workbench import BOX, OTHER_BOX, Bench
from tests.running_site import ROOT

AXE = Path(ROOT, "frontend/node_modules/axe-core/axe.min.js")
STRANGERS = {"sign-in": "/sign-in/", "closed invitation": "/join/nothing/", "not found": "/nowhere/at/all/"}
EMPTY = {"queue": "queue/", "photos": "", "releases": "releases/", "models": "models/"}
BELOW = ["", "queue/", "vote/", "guide/", "releases/", "releases/new/", "models/", "people/", "settings/", "levels/"]
LONG_NAME = "A_name_without_any_blank_that_a_narrow_page_has_to_break_somewhere"


def barriers(page: Page) -> list[str]:
    """What axe calls serious or critical: rule, place and reason."""
    page.evaluate(AXE.read_text())
    return [
        f"{found['id']}: {node['target']} {node['failureSummary']}"
        for found in page.evaluate("axe.run()")["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


@pytest.mark.parametrize("path", STRANGERS.values(), ids=STRANGERS)
def test_pages_for_strangers_have_no_barrier(
    new_browser: Callable[..., BrowserContext], path: str, faults: Faults
) -> None:
    faults.expect("status of 40[04]")
    page = new_browser().new_page()
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert barriers(page) == []


@pytest.mark.parametrize("place", EMPTY.values(), ids=EMPTY)
def test_empty_pages_have_no_barrier_and_a_next_step(owner: BrowserContext, new_project: Callable, place: str) -> None:
    project, _ = new_project(0)
    page = owner.new_page()
    page.goto(f"/projects/{project['id']}/{place}")
    expect(page.get_by_role("main").locator("a.button, button").first).to_be_visible()
    assert barriers(page) == []


def test_every_page_fits_a_phone_and_keeps_its_console_clean(owner: BrowserContext, api: httpx.Client) -> None:
    project = must(api.post("/projects/", json={"name": LONG_NAME}))["id"]
    page = owner.new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    too_wide = []
    for path in ["/", "/account/", "/projects/new/", *(f"/projects/{project}/{place}" for place in BELOW)]:
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            too_wide.append(path)
    assert too_wide == []


def test_the_workbench_has_no_barrier_in_any_of_its_states(bench: Bench) -> None:
    page = bench.page
    bench.draw(BOX)
    assert barriers(page) == []
    bench.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert barriers(page) == []
    bench.press("Escape", "`")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert barriers(page) == []
    bench.press("Escape", "r")
    page.mouse.move(*bench.on_screen(50, 50))
    assert barriers(page) == []
    bench.press("r", "h", "n")
    expect(page.get_by_role("dialog", name="Pin a note here")).to_be_visible()
    assert barriers(page) == []
    bench.press("Escape")
    expect(page.get_by_label("How sharp the photo is")).to_be_visible()
    assert barriers(page) == []
    bench.press("h", "Shift+Digit1", "Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert barriers(page) == []
    bench.press("Escape")
    page.evaluate("localStorage.removeItem('smartblur.hint-seen')")
    page.reload()
    expect(page.get_by_role("button", name="Got it")).to_be_visible()
    assert barriers(page) == []


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        ("?", "Keys"),
        ("`", "Skip this photo"),
        ("n", "Pin a note here"),
        ("Shift+Digit1 Enter", "What about the rest of the photo?"),
    ],
)
def test_a_dialog_has_the_keys_wherever_the_focus_is_and_gives_it_back(bench: Bench, keys: str, name: str) -> None:
    page = bench.page
    brush = page.get_by_role("button", name="Brush (B)", include_hidden=True)
    bench.draw(BOX)
    bench.press(*keys.split())
    expect(page.get_by_role("dialog", name=name)).to_be_visible()
    page.evaluate("document.activeElement.blur()")
    bench.press("b")
    bench.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(bench.canvas).to_be_focused()
    expect(brush).to_have_attribute("aria-pressed", "false")
    bench.press("b")
    expect(brush).to_have_attribute("aria-pressed", "true")


def test_tab_stays_with_the_regions_and_f6_leaves_the_photo(bench: Bench) -> None:
    """No trap for the keyboard: another key leaves, as the photo's name says."""
    bench.draw(BOX)
    bench.draw(OTHER_BOX)
    bench.press("Escape", "Tab", "Tab", "Tab")
    expect(bench.regions.nth(1)).to_have_attribute("aria-selected", "true")
    expect(bench.canvas).to_be_focused()
    bench.press("F6")
    expect(bench.page.get_by_role("radio", name="Good")).to_be_focused()
