"""Coming in: signing in, going straight to a photo, and how much code a first visit costs."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Response, expect

from tests.browser.workbench import Bench
from tests.running_site import RunningSite

KB = 1000
ICONS = 7 * KB  # they lie in the styles, since they must be there without a network
WITH_ISLANDS = ("label/", "")


def test_signing_in_says_what_is_wrong_and_leads_to_the_page_that_was_asked_for(
    new_browser: Callable[..., BrowserContext], running_site: RunningSite, new_project: Callable
) -> None:
    project, _ = new_project(0)
    page = new_browser().new_page()
    page.goto(f"/projects/{project['id']}/guide/")
    page.get_by_label("Username").fill("owner")
    page.get_by_label("Password").fill("wrong wrong wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("The name or the password is wrong")).to_be_visible()
    page.get_by_label("Password").fill(running_site.owner_password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/projects/{project['id']}/guide/")


def test_a_photo_can_be_opened_in_the_workbench_from_its_page(
    owner: BrowserContext, api: httpx.Client, new_project: Callable
) -> None:
    project, photos = new_project(2)
    page = owner.new_page()
    page.goto(f"/projects/{project['id']}/photos/{photos[1]['id']}/")
    page.get_by_role("link", name="Open in workbench").click()
    bench = Bench(page, api, project["id"])
    bench.wait_until_ready()
    assert bench.image == photos[1]["id"]


@pytest.mark.parametrize(
    ("path", "bound"),
    [
        ("label/", 92 * KB),
        ("", 43 * KB),
        ("queue/", 40 * KB),
        ("releases/", 40 * KB),
        ("models/", 40 * KB),
        ("guide/", 40 * KB),
    ],
    ids=["workbench", "photos", "queue", "releases", "models", "guide"],
)
def test_scripts_and_styles_of_a_first_visit_are_light(
    owner: BrowserContext, new_project: Callable, path: str, bound: int
) -> None:
    project, _ = new_project(1)
    page = owner.new_page()
    heard: list[Response] = []
    page.on("response", lambda answer: heard.append(answer))
    page.goto(f"/projects/{project['id']}/{path}", wait_until="networkidle")
    code = [answer for answer in heard if answer.request.resource_type in ("script", "stylesheet")]
    assert code
    large = [answer for answer in code if weight(answer) > KB]  # a line alone is not worth packing
    assert large
    assert all(answer.header_value("content-encoding") in ("gzip", "br") for answer in large)
    assert sum(weight(answer) for answer in code) <= bound + (ICONS if path in WITH_ISLANDS else 0)


def weight(answer: Response) -> int:
    """Bytes of the body as they went over the wire."""
    return answer.request.sizes()["responseBodySize"]
