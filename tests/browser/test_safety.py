"""Never lose a stroke: whatever goes away, what was drawn reaches the server, and the page says where it is."""

import uuid

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from playwright.sync_api import Error as BrowserError

from tests.browser.conftest import Faults
from tests.browser.test_accessibility import barriers
from tests.browser.workbench import BOX, OTHER_BOX, Bench, corners_of, near, until
from tests.running_site import RunningSite

GONE = "net::ERR|Failed to load resource"
DRAFTS, PHOTO_FILES = "**/api/annotations/*/draft/", "**/api/images/*/file/"
THIRD_BOX = ((20, 200), (80, 200), (80, 280), (20, 280))


def draw_forty_edits(bench: Bench) -> None:
    """Three regions; the last one is moved 36 pixels to the right, then made level 3."""
    bench.draw(BOX)
    bench.draw(OTHER_BOX)
    bench.draw(THIRD_BOX)
    bench.press(*["ArrowRight"] * 36, "3", "c")


def assert_forty_edits_arrived(bench: Bench) -> None:
    first, second, third = bench.document()["regions"]
    assert near(corners_of(first), BOX)
    assert near(corners_of(second), OTHER_BOX)
    assert near(corners_of(third), tuple((x + 36, y) for x, y in THIRD_BOX))
    assert [region["level"] for region in (first, second, third)] == [2, 2, 3]


@pytest.mark.promise("R8")
def test_edits_made_offline_arrive_in_order_when_the_network_is_back(bench: Bench, faults: Faults) -> None:
    faults.expect(GONE)
    bench.page.context.set_offline(True)
    draw_forty_edits(bench)
    expect(bench.saving).to_have_text("Offline – 40 edits kept here")
    assert bench.annotation()["revision"] == 0
    bench.page.context.set_offline(False)
    bench.wait_saved()
    assert_forty_edits_arrived(bench)


@pytest.mark.promise("R8")
def test_a_tab_that_crashes_offline_loses_no_edit(
    bench: Bench, owner: BrowserContext, api: httpx.Client, faults: Faults
) -> None:
    faults.expect(GONE)
    image = bench.image
    owner.set_offline(True)
    draw_forty_edits(bench)
    expect(bench.saving).to_have_text("Offline – 40 edits kept here")
    crash(bench.page)
    owner.set_offline(False)

    again = Bench(owner.new_page(), api, bench.project)
    again.open(image)
    expect(again.status).to_have_text("Your unsent edits of last time are back.")
    again.wait_saved()
    assert_forty_edits_arrived(again)
    again.press("Control+z")  # the level of the third region
    expect(again.regions.first).to_contain_text("level 2")
    again.wait_saved()
    assert [region["level"] for region in again.document()["regions"]] == [2, 2, 2]


def crash(page: Page) -> None:
    """End the tab's process, with no last word of the page."""
    with page.expect_event("crash"), pytest.raises(BrowserError):
        page.goto("chrome://crash")
    page.close()


def test_edits_of_a_tab_closed_offline_are_sent_from_the_next_photo(
    bench: Bench, owner: BrowserContext, api: httpx.Client, faults: Faults
) -> None:
    faults.expect(GONE)
    first = bench.image
    owner.set_offline(True)
    bench.draw(BOX)
    expect(bench.saving).to_have_text("Offline – 1 edit kept here")
    bench.page.close()
    owner.set_offline(False)

    (other,) = [photo["id"] for photo in photos_of(api, bench.project) if photo["id"] != first]
    elsewhere = Bench(owner.new_page(), api, bench.project)
    with elsewhere.page.expect_response(DRAFTS):
        elsewhere.open(other)
    assert len(elsewhere.document(first)["regions"]) == 1
    assert elsewhere.document(other)["regions"] == []


def photos_of(api: httpx.Client, project: int) -> list[dict]:
    return api.get(f"/projects/{project}/images/").json()["results"]


def test_the_last_edit_is_saved_when_the_page_is_left_at_once(bench: Bench) -> None:
    image = bench.image
    bench.draw(BOX)
    bench.page.goto(f"/projects/{bench.project}/guide/")
    assert len(until(bench.page, lambda: bench.document(image)["regions"])) == 1


def test_a_session_that_ends_in_mid_photo_is_renewed_in_place(
    bench: Bench, running_site: RunningSite, faults: Faults
) -> None:
    faults.expect("status of 401")
    bench.draw(BOX)
    bench.wait_saved()
    bench.page.evaluate("window.samePage = true")
    bench.page.context.clear_cookies(name="sessionid")
    bench.draw(OTHER_BOX)
    dialog = bench.page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_contain_text("1 edit kept on this computer")
    expect(bench.saving).to_have_text("Signed out – 1 edit kept here")
    assert barriers(bench.page) == []

    sign_in_again(dialog, "not the password")
    expect(dialog).to_contain_text("The name or the password is wrong.")
    sign_in_again(dialog, running_site.owner_password)
    expect(dialog).to_be_hidden()
    bench.wait_saved()
    assert bench.page.evaluate("window.samePage")
    assert len(bench.document()["regions"]) == 2
    bench.press("Control+z")
    bench.wait_saved()
    assert len(bench.document()["regions"]) == 1


def sign_in_again(dialog, password: str) -> None:
    dialog.get_by_label("User name").fill("owner")
    dialog.get_by_label("Password").fill(password)
    dialog.get_by_role("button", name="Sign in").click()


def test_a_browser_that_lost_the_sites_cookie_says_so_and_keeps_the_work(bench: Bench, faults: Faults) -> None:
    faults.expect("status of 409")  # where the page's own last save comes before the next page's
    bench.page.context.clear_cookies(name="csrftoken")
    bench.draw(BOX)
    expect(bench.saving).to_contain_text("Not saved: This browser has lost the site's cookie. Allow cookies")
    bench.page.reload()
    bench.wait_until_ready()
    bench.wait_saved()
    assert len(bench.document()["regions"]) == 1


def test_a_session_that_ends_before_the_submit_is_renewed_in_place(
    bench: Bench, running_site: RunningSite, faults: Faults
) -> None:
    faults.expect("status of 401")
    first = bench.image
    bench.press("Shift+Digit0")
    bench.wait_saved()
    bench.page.context.clear_cookies(name="sessionid")
    bench.press("Enter")
    dialog = bench.page.get_by_role("dialog", name="Your session has ended")
    expect(dialog).to_be_visible()
    sign_in_again(dialog, running_site.owner_password)
    expect(dialog).to_be_hidden()
    bench.press("Enter")
    bench.page.wait_for_url(lambda url: f"image={first}" not in url)
    assert bench.annotation(first)["state"] == "submitted"


def test_a_second_tab_says_so_and_takes_over_without_loss(
    bench: Bench, owner: BrowserContext, api: httpx.Client
) -> None:
    bench.draw(BOX)  # not saved yet
    second = Bench(owner.new_page(), api, bench.project)
    second.page.goto(f"/projects/{bench.project}/label/?image={bench.image}")
    elsewhere = "This photo is open in another tab"
    expect(second.page.get_by_role("heading", name=elsewhere)).to_be_visible()
    assert barriers(second.page) == []
    second.page.get_by_role("button", name="Work here instead").click()
    second.wait_until_ready()
    expect(bench.page.get_by_role("heading", name=elsewhere)).to_be_visible()
    expect(second.regions).to_have_count(1)

    second.draw(OTHER_BOX)
    second.wait_saved()
    first_region, second_region = second.document()["regions"]
    assert near(corners_of(first_region), BOX)
    assert near(corners_of(second_region), OTHER_BOX)


def other_device_region(level: int = 1) -> dict:
    ring = [16 * value for corner in THIRD_BOX for value in corner]
    return {"id": "from-elsewhere", "level": level, "kind": "unknown", "rings": [ring], "z": 5}


def test_what_another_device_saved_meanwhile_is_merged(bench: Bench, faults: Faults) -> None:
    faults.expect("status of 409")
    bench.put({"base": 0, "regions": [other_device_region()]}, str(uuid.uuid4()))
    bench.draw(BOX)
    expect(bench.regions).to_have_count(2)
    bench.wait_saved()
    document = bench.document()
    assert document["base"] == 0
    assert {region["level"] for region in document["regions"]} == {1, 2}


@pytest.fixture
def torn(bench: Bench, faults: Faults) -> Bench:
    """A bench on which one region was given level 3 here, and level 1 on another device, which drew one more."""
    faults.expect("status of 409")
    bench.draw(BOX)
    bench.wait_saved()
    (region,) = bench.document()["regions"]
    bench.put({"base": None, "regions": [region | {"level": 1}, other_device_region()]}, str(uuid.uuid4()))
    bench.press("3", "c")
    expect(choice(bench)).to_be_visible()
    assert barriers(bench.page) == []
    return bench


def choice(bench: Bench):
    return bench.page.get_by_role("dialog", name="Two versions of the same region")


def go_on(bench: Bench, button: str) -> list[int]:
    """Choose, and return the levels that the server then holds, of the region in question first."""
    choice(bench).get_by_role("button", name=button).click()
    choice(bench).get_by_role("button", name="Go on").click()
    expect(choice(bench)).to_be_hidden()
    bench.wait_saved()
    regions = bench.document()["regions"]
    assert [region["id"] for region in regions].count("from-elsewhere") == 1
    return sorted(region["level"] for region in regions if region["id"] != "from-elsewhere")


@pytest.mark.parametrize(("button", "levels"), [("Here", [3]), ("The other", [1]), ("Keep both", [1, 3])])
def test_a_region_changed_on_both_sides_is_chosen_between(torn: Bench, button: str, levels: list[int]) -> None:
    assert go_on(torn, button) == levels


def test_a_choice_that_was_not_made_is_asked_again_after_a_reload(torn: Bench) -> None:
    torn.page.reload()
    expect(choice(torn)).to_be_visible()
    assert [region["level"] for region in torn.document()["regions"]] == [1, 1]  # nobody's work is written over
    assert go_on(torn, "Keep both") == [1, 3]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "Offline – 1 edit kept here"),
        (
            {"status": 413, "json": {"code": "too_large", "detail": "The drawing is too large."}},
            "Not saved: The drawing",
        ),
    ],
    ids=["silence", "413"],
)
def test_a_save_that_fails_says_so_and_goes_out_later(
    bench: Bench, faults: Faults, answer: dict | None, words: str
) -> None:
    faults.expect(GONE)
    bench.page.route(DRAFTS, lambda route: route.fulfill(**answer) if answer else route.abort())
    bench.draw(BOX)
    expect(bench.saving).to_contain_text(words)
    bench.page.unroute(DRAFTS)
    bench.draw(OTHER_BOX)
    bench.wait_saved()
    assert len(bench.document()["regions"]) == 2


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"status": 404, "json": {"code": "not_found", "detail": "Gone."}}, "This photo is gone, or it is not yours"),
        ({"body": b"no picture at all", "content_type": "image/jpeg"}, "the browser could not decode it"),
    ],
    ids=["404", "undecodable"],
)
def test_a_photo_that_cannot_be_shown_says_why_and_keeps_the_work(
    bench: Bench, faults: Faults, answer: dict, words: str
) -> None:
    faults.expect(GONE)

    def refuse(route: Route) -> None:
        route.fulfill(**answer)

    bench.page.route(DRAFTS, lambda route: route.abort())
    bench.draw(BOX)
    expect(bench.saving).to_contain_text("1 edit kept here")
    bench.page.route(PHOTO_FILES, refuse)
    bench.page.reload()
    expect(bench.page.get_by_role("alert")).to_contain_text(words)
    assert barriers(bench.page) == []
    bench.page.unroute_all()
    bench.page.get_by_role("button", name="Try again").click()
    bench.wait_until_ready()
    expect(bench.regions).to_have_count(1)
    bench.wait_saved()
    assert len(bench.document()["regions"]) == 1


def test_an_outline_that_was_not_closed_is_submitted_too(bench: Bench) -> None:
    first = bench.image
    for corner in BOX:
        bench.click(*corner)
    bench.press("Shift+Digit1")
    bench.submit.click()
    bench.page.get_by_role("button", name="The rest is sharp").click()
    bench.page.wait_for_url(lambda url: f"image={first}" not in url)
    (region,) = bench.document(first)["regions"]
    assert near(corners_of(region), BOX)


def test_what_is_drawn_while_the_photo_is_submitted_is_submitted_too(bench: Bench) -> None:
    first = bench.image
    under_way: list[Route] = []
    bench.page.route("**/submit/", lambda route: route.continue_() if under_way else under_way.append(route))
    bench.press("g")
    bench.draw(BOX)
    bench.press("Shift+Digit1")
    with bench.page.expect_request("**/submit/"):
        bench.press("Enter")
    bench.draw(OTHER_BOX)
    under_way[0].continue_()
    bench.page.wait_for_url(lambda url: f"image={first}" not in url)
    held = bench.annotation(first)
    assert (held["state"], len(held["document"]["regions"])) == ("submitted", 2)


def test_drafts_are_single_revisions_whatever_is_sent_twice(bench: Bench, faults: Faults) -> None:
    """The answer of the first save is lost on the way; the same save goes out again, and again."""
    faults.expect(GONE)
    is_lossy = True

    def lose(route: Route) -> None:
        if is_lossy:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    bench.page.route(DRAFTS, lose)
    bench.draw(BOX)
    expect(bench.saving).to_have_text("Offline – 1 edit kept here")
    is_lossy = False
    bench.wait_saved()
    held = bench.annotation()
    assert (held["revision"], len(held["document"]["regions"])) == (1, 1)
