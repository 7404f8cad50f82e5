"""The photos of a project as a grid: by keyboard, narrowed by the address, and changed many at once."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_accessibility import barriers
from tests.running_site import RunningSite


@pytest.fixture
def gallery(owner: BrowserContext, new_project: Callable) -> Page:
    """The photos page of a project with nine photos, photo-8.jpg the newest."""
    project, _ = new_project(9)
    page = owner.new_page()
    page.goto(f"/projects/{project['id']}/")
    expect(tiles(page)).to_have_count(9)
    expect(tiles(page).first).to_have_accessible_name("photo-8.jpg, new")
    return page


def tiles(page: Page):
    return page.get_by_role("grid").get_by_role("link")


def test_the_grid_is_walked_by_keys_and_enter_opens(gallery: Page) -> None:
    tiles(gallery).first.focus()
    columns = int(gallery.get_by_role("grid").get_attribute("aria-colcount") or 0)
    for key, name in (("ArrowRight", 7), ("ArrowDown", 7 - columns), ("ArrowUp", 7), ("End", 0), ("Home", 8)):
        gallery.keyboard.press(key)
        expect(gallery.locator(":focus")).to_have_accessible_name(f"photo-{name}.jpg, new")
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_role("heading", level=1)).to_have_text("photo-8.jpg")


def test_filters_are_in_the_address_and_a_link_shows_the_same(gallery: Page) -> None:
    gallery.get_by_label("File name").fill("photo-3")
    gallery.get_by_label("File name").press("Enter")
    expect(tiles(gallery)).to_have_count(1)
    expect(gallery).to_have_url(re.compile(r"\?q=photo-3$"))
    gallery.reload()
    expect(tiles(gallery)).to_have_count(1)
    gallery.get_by_role("combobox", name="Verdict", exact=True).select_option("bad")
    expect(gallery.get_by_role("heading", name="No photo is like that")).to_be_visible()
    expect(gallery).to_have_url(re.compile(r"\?q=photo-3&verdict=bad$"))
    assert barriers(gallery) == []


KNOWN = """
from annotate.models import PhotoFacts, PhotoNews
PhotoNews.objects.all().delete()
rows = PhotoFacts.objects.filter(project={project}).order_by("image")
rows.update(verdict="good", state="disputed", is_differing=True, scene="sharp-3", source="people")
first, second, third, *_ = rows.ids()
rows.filter(image=first).update(verdict="bad")
rows.filter(image=second).update(scene="blurred-3")
rows.filter(image=third).update(is_differing=False)
"""


def test_three_actions_find_good_photos_of_a_sharp_subject_before_soft_ground_that_people_differ_on(
    gallery: Page, running_site: RunningSite
) -> None:
    running_site.manage("shell", "-c", KNOWN.format(project=re.search(r"projects/(\d+)/", gallery.url)[1]))
    gallery.reload()
    gallery.get_by_role("combobox", name="Verdict", exact=True).select_option("good")
    expect(tiles(gallery)).to_have_count(8)
    gallery.get_by_label("Subject and background").select_option("Subject sharp, background 3 High (7)")
    expect(tiles(gallery)).to_have_count(7)
    gallery.get_by_label("People differ").check()
    expect(tiles(gallery)).to_have_count(6)
    expect(gallery).to_have_url(re.compile(r"\?verdict=good&scene=sharp-3&differing=1$"))
    expect(gallery.get_by_role("list", name="What is asked").get_by_role("link")).to_have_count(3)
    assert barriers(gallery) == []
    gallery.get_by_label("Name of the set").fill("Quarrels")
    gallery.get_by_role("button", name="Save this set").click()
    expect(gallery).to_have_url(re.compile(r"\?set=Quarrels$"))
    expect(tiles(gallery)).to_have_count(6)
    gallery.get_by_role("link", name="Statistics").click()
    expect(gallery.get_by_role("heading", name="Statistics")).to_be_visible()
    assert barriers(gallery) == []
    gallery.get_by_role("row", name="Good").get_by_role("link").first.click()
    expect(tiles(gallery)).to_have_count(6)


def test_photos_are_chosen_by_keys_withdrawn_together_and_brought_back(gallery: Page, api: httpx.Client) -> None:
    tiles(gallery).first.focus()
    gallery.keyboard.press(" ")
    gallery.keyboard.press("Shift+ArrowRight")
    gallery.keyboard.press("Shift+ArrowRight")
    expect(gallery.get_by_text("3 photos chosen")).to_be_visible()
    assert barriers(gallery) == []
    gallery.get_by_role("button", name="Withdraw").click()
    expect(gallery.get_by_text("3 photos are withdrawn.")).to_be_visible()
    expect(tiles(gallery)).to_have_count(6)
    gallery.get_by_role("button", name="Undo").click()
    expect(tiles(gallery)).to_have_count(9)
    project = gallery.url.split("/")[4]
    assert len(api.get(f"/projects/{project}/images/").json()["results"]) == 9


def test_without_a_script_the_photos_are_a_list(
    new_browser: Callable[..., BrowserContext], signed_in: dict, new_project: Callable
) -> None:
    project, _ = new_project(2)
    page = new_browser(storage_state=signed_in, java_script_enabled=False).new_page()
    page.goto(f"/projects/{project['id']}/?q=photo-1")
    expect(page.locator("ul.photos").get_by_role("link")).to_have_count(1)


def test_only_what_is_in_sight_is_drawn_of_a_long_list(gallery: Page) -> None:
    """The order of 10,000 photos comes whole; photos come by the page, wherever one looks."""
    first = tiles(gallery).first.get_attribute("href").split("/")[-2]
    ids = [int(first) + 20_000 - n for n in range(10_000)]
    pages: list[str] = []

    def page_of(route) -> None:
        pages.append(route.request.url)
        cursor = int(route.request.url.partition("cursor=")[2] or ids[0] + 1)
        photos = [
            {"id": id, "file_name": f"{id}.jpg", "state": "new", "is_withdrawn": False} for id in ids if id < cursor
        ]
        route.fulfill(json={"results": photos[:60], "next": None})

    gallery.route("**/images/ids/**", lambda route: route.fulfill(json={"ids": ids}))
    gallery.route("**/images/?**", page_of)
    gallery.route("**/preview/", lambda route: route.fulfill(status=204))
    gallery.reload()
    expect(tiles(gallery).first).to_have_accessible_name(f"{ids[0]}.jpg, new")
    tiles(gallery).first.focus()
    gallery.keyboard.press("End")
    expect(gallery.get_by_role("grid").locator(":focus")).to_have_accessible_name(f"{ids[-1]}.jpg, new")
    assert tiles(gallery).count() < 120
    assert len(pages) < 8


SHOT = """
from datetime import datetime, timedelta, UTC
from annotate.models import Image
from annotate.services.finding.facts import refresh
rows = Image.objects.filter(project={project}).order_by("id")
for number, image in enumerate(rows):
    at = datetime(2026, 5, 1, 12, tzinfo=UTC) + timedelta(seconds=number if number < 4 else 60 * number)
    rows.filter(pk=image.pk).update(captured_at=at, camera="Canon", dhash=0x0F0F333355550FFF)
refresh(rows.values_list("pk", flat=True))
"""


def test_a_burst_is_one_tile_that_opens_by_keys_and_its_best_is_kept(gallery: Page, running_site: RunningSite) -> None:
    running_site.manage("shell", "-c", SHOT.format(project=re.search(r"projects/(\d+)/", gallery.url)[1]))
    gallery.get_by_label("Bursts as one").check()
    expect(tiles(gallery)).to_have_count(6)
    expect(gallery).to_have_url(re.compile(r"\?bursts=1$"))
    tiles(gallery).first.focus()
    gallery.keyboard.press("End")
    expect(gallery.locator(":focus")).to_have_accessible_name("Burst of 4 photos. photo-3.jpg, new")
    gallery.keyboard.press(" ")
    expect(gallery.get_by_text("4 photos chosen")).to_be_visible()
    expect(gallery.get_by_text("with all of 1 closed burst")).to_be_visible()
    gallery.keyboard.press("Escape")
    gallery.keyboard.press("Enter")
    expect(tiles(gallery)).to_have_count(9)
    expect(gallery.locator(":focus")).to_have_accessible_name("photo-3.jpg, new")
    expect(gallery.get_by_text(re.compile(r"Burst of 4 photos\. Keep photo-[0-3]\.jpg\? "))).to_be_visible()
    expect(gallery.get_by_text("Proposed")).to_have_count(1)
    assert barriers(gallery) == []
    gallery.keyboard.press("b")
    expect(tiles(gallery)).to_have_count(6)
    gallery.get_by_role("link", name="Compare and keep").click()
    expect(gallery.get_by_role("heading", level=1, name="Burst")).to_be_visible()
    kept = re.search(r"photo-[0-3]\.jpg", gallery.get_by_role("listitem").filter(has_text="Proposed").inner_text())[0]
    expect(gallery.get_by_role("checkbox", name=kept)).to_be_checked()
    gallery.wait_for_load_state()
    assert barriers(gallery) == []
    gallery.keyboard.press("Enter")
    expect(gallery.get_by_text("3 photos are withdrawn, 1 stays.")).to_be_visible()
    expect(gallery).to_have_url(re.compile(r"\?bursts=1$"))
    expect(tiles(gallery)).to_have_count(6)
    expect(tiles(gallery).last).to_have_accessible_name(f"{kept}, new")
    gallery.goto(gallery.url.split("?")[0])  # as the person had it last
    expect(gallery).to_have_url(re.compile(r"\?bursts=1$"))
    expect(gallery.get_by_label("Bursts as one")).to_be_checked()


def test_photos_are_sorted_and_m_shows_more_like_one(gallery: Page) -> None:
    gallery.get_by_label("Sorted by").select_option("Oldest first")
    expect(tiles(gallery).first).to_have_accessible_name("photo-0.jpg, new")
    expect(gallery).to_have_url(re.compile(r"\?sort=added$"))
    tiles(gallery).first.focus()
    gallery.keyboard.press("m")
    expect(gallery.get_by_role("heading", level=1)).to_have_text("More like photo-0.jpg")
    assert barriers(gallery) == []
