"""The other pages as a person uses them: signing in, bringing photos in, and what they weigh."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, FilePayload, Response, expect

from tests.browser.workbench import Bench
from tests.running_site import RunningSite

KB = 1000


def jpeg(name: str, *, seed: int = 0, upto: int | None = None) -> FilePayload:
    from tests.factories import photo_with_soft_background  # Django is set up only after this file is read

    return {"name": name, "mimeType": "image/jpeg", "buffer": photo_with_soft_background(seed=seed)[:upto]}


def test_signing_in_says_what_is_wrong_and_leads_to_the_page_that_was_asked_for(
    new_context: Callable[..., BrowserContext], running_site: RunningSite, new_project: Callable
) -> None:
    project, _ = new_project(0)
    page = new_context().new_page()
    page.goto(f"/projects/{project['id']}/guide/")
    page.get_by_label("Username").fill("owner")
    page.get_by_label("Password").fill("wrong wrong wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Please enter a correct username and password")).to_be_visible()
    page.get_by_label("Password").fill(running_site.owner_password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**/projects/{project['id']}/guide/")


def test_corrupt_files_among_good_ones_are_listed_with_their_reasons(
    owner: BrowserContext, api: httpx.Client, new_project: Callable
) -> None:
    project, (known,) = new_project(1)
    page = owner.new_page()
    page.goto(f"/projects/{project['id']}/")
    page.locator("input[type=file]").set_input_files(
        [
            jpeg("good.jpg", seed=7),
            jpeg("cut-short.jpg", seed=8, upto=400),
            {"name": "words.jpg", "mimeType": "image/jpeg", "buffer": b"These are words."},
            {"name": "empty.jpg", "mimeType": "image/jpeg", "buffer": b""},
            jpeg("good-again.jpg", seed=7),
        ]
    )
    page.get_by_label("Licence").select_option("CC0-1.0")
    page.get_by_role("button", name="Upload 5 photos").click()
    island = page.locator("[data-island=upload]")
    expect(island.get_by_role("status")).to_have_text("1 came in, 1 the project had already, 3 refused.")
    for name in ("cut-short.jpg", "words.jpg", "empty.jpg"):
        line = island.get_by_role("listitem").filter(has_text=name)
        expect(line).to_contain_text("Refused")
        assert len(line.locator(".errorlist").inner_text()) > 20  # a sentence
    names = {photo["file_name"] for photo in api.get(f"/projects/{project['id']}/images/").json()["results"]}
    assert names == {known["file_name"], "good.jpg"}


def test_photos_can_be_brought_in_without_a_script(
    new_context: Callable[..., BrowserContext], signed_in: dict, api: httpx.Client, new_project: Callable
) -> None:
    project, _ = new_project(0)
    page = new_context(storage_state=signed_in, java_script_enabled=False).new_page()
    page.goto(f"/projects/{project['id']}/")
    page.locator("input[type=file]").set_input_files([jpeg("plain.jpg", seed=3)])
    page.get_by_label("Licence").select_option("CC0-1.0")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("img", name="plain.jpg")).to_have_count(1)
    assert [photo["file_name"] for photo in api.get(f"/projects/{project['id']}/images/").json()["results"]] == [
        "plain.jpg"
    ]


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
        ("label/", 90 * KB),
        ("", 40 * KB),
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
    assert all(answer.header_value("content-encoding") in ("gzip", "br") for answer in code)
    assert sum(weight(answer) for answer in code) <= bound


def weight(answer: Response) -> int:
    """Bytes of the body as they went over the wire."""
    return answer.request.sizes()["responseBodySize"]
