"""Every page, and every dialog of the workbench, without serious or critical findings of axe; and pages fit a phone."""

from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Faults, must
from tests.browser.workbench import BOX, Bench
from tests.running_site import ROOT

AXE = Path(ROOT, "frontend/node_modules/axe-core/axe.min.js")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PUBLIC = {"sign-in": "/sign-in/", "closed invitation": "/join/nothing/", "not found": "/projects/999999/"}
PAGES = {
    "home": "/",
    "account": "/account/",
    "password": "/account/password/",
    "new project": "/projects/new/",
    "queue": "/projects/{project}/queue/",
    "photos": "/projects/{project}/",
    "photo": "/projects/{project}/photos/{photo}/",
    "releases": "/projects/{project}/releases/",
    "release": "/projects/{project}/releases/{release}/",
    "new release": "/projects/{project}/releases/new/",
    "models": "/projects/{project}/models/",
    "people": "/projects/{project}/people/",
    "guide": "/projects/{project}/guide/",
    "settings": "/projects/{project}/settings/",
}
LONG_NAME = "A_name_without_any_blank_that_a_narrow_page_has_to_break_somewhere"
EMPTY = {"empty " + name: PAGES[name] for name in ("queue", "photos", "releases", "models")}


def findings(page: Page) -> list[str]:
    """What axe calls serious or critical: rule, place and reason."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)["violations"]
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


@pytest.fixture(scope="module")
def lived_in(api: httpx.Client) -> dict[str, int]:
    """A project with a labelled photo, one that waits, a release and an invitation."""
    from tests.factories import photo_with_soft_background  # Django is set up only after this file is read

    project = must(api.post("/projects/", json={"name": LONG_NAME, "votes_wanted": 1}))["id"]
    photos = [("files", (f"photo-{n}.jpg", photo_with_soft_background(seed=n), "image/jpeg")) for n in range(2)]
    must(api.post(f"/projects/{project}/images/", files=photos, data={"license": "CC0-1.0"}))
    task = must(api.post(f"/projects/{project}/next/", json={}))
    annotation, photo = task["annotation"]["id"], task["image"]["id"]
    ring = [16 * value for corner in BOX for value in corner]
    region = {"id": "soft", "level": 2, "kind": "defocus", "rings": [ring], "z": 0}
    draft = {"save_id": "018f0000-0000-7000-8000-000000000001", "base_revision": 0}
    must(api.put(f"/annotations/{annotation}/draft/", json=draft | {"document": {"base": 0, "regions": [region]}}))
    must(api.put(f"/images/{photo}/vote/", json={"desirability": "good"}))
    must(api.post(f"/annotations/{annotation}/submit/"))
    release = must(api.post(f"/projects/{project}/releases/", json={"name": "first", "licenses": ["CC0-1.0"]}))["id"]
    must(api.post(f"/projects/{project}/invitations/", json={"role": "annotator"}))
    return {"project": project, "photo": photo, "release": release}


@pytest.mark.parametrize("path", PUBLIC.values(), ids=PUBLIC)
def test_pages_for_strangers_have_no_barrier(new_context, path: str, faults: Faults) -> None:
    faults.expect("status of 40[04]")
    page = new_context().new_page()
    page.goto(path)
    assert findings(page) == []


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_pages_have_no_barrier_and_fit_a_phone(owner: BrowserContext, lived_in: dict[str, int], path: str) -> None:
    page = owner.new_page()
    page.goto(path.format(**lived_in))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert findings(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("path", EMPTY.values(), ids=EMPTY)
def test_empty_pages_have_no_barrier_and_a_next_step(owner: BrowserContext, new_project, path: str) -> None:
    project, _ = new_project(0)
    page = owner.new_page()
    page.goto(path.format(project=project["id"]))
    expect(page.get_by_role("main").locator("a.button, button").first).to_be_visible()
    assert findings(page) == []


def test_the_page_of_an_address_that_is_nobodys_has_no_barrier(owner: BrowserContext, faults: Faults) -> None:
    faults.expect("status of 404")
    page = owner.new_page()
    page.goto("/nowhere/at/all/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert findings(page) == []


def test_the_workbench_has_no_barrier_in_any_of_its_states(bench: Bench) -> None:
    page = bench.page
    bench.draw(BOX)
    assert findings(page) == []
    bench.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert findings(page) == []
    bench.press("Escape", "`")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert findings(page) == []
    bench.press("Escape", "r")
    page.mouse.move(*bench.on_screen(50, 50))
    assert findings(page) == []
    bench.press("r", "Shift+Digit1", "Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert findings(page) == []
    bench.press("Escape")
    page.evaluate("localStorage.removeItem('smartblur.hint-seen')")
    page.reload()
    expect(page.get_by_role("button", name="Got it")).to_be_visible()
    assert findings(page) == []


def test_the_workbench_says_what_is_chosen_in_words(bench: Bench) -> None:
    bench.draw(BOX)
    expect(bench.status).to_have_text("Region 1 of 1, level 2, 4 corners", timeout=10_000)


def test_tab_leaves_the_photo_after_the_last_region(bench: Bench) -> None:
    """No trap for the keyboard: Tab steps through the regions, then goes on to the panel."""
    bench.draw(BOX)
    bench.press("Escape", "Tab")
    expect(bench.regions).to_have_attribute("aria-selected", "true")
    expect(bench.canvas).to_be_focused()
    bench.press("Tab")
    expect(bench.canvas).not_to_be_focused()
