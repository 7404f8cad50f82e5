"""Bringing photos in: every file has its result, with a script and without."""

from collections.abc import Callable

import httpx
from playwright.sync_api import BrowserContext, FilePayload, Route, expect


def jpeg(name: str, *, seed: int = 0, upto: int | None = None) -> FilePayload:
    from tests.factories import photo_with_soft_background  # Django is set up only after this file is read

    return {"name": name, "mimeType": "image/jpeg", "buffer": photo_with_soft_background(288, 208, seed=seed)[:upto]}


def test_corrupt_files_among_good_ones_are_listed_with_their_reasons(
    owner: BrowserContext, api: httpx.Client, new_project: Callable
) -> None:
    project, (known,) = new_project(1)
    page = owner.new_page()
    page.goto(f"/projects/{project['id']}/?bring=1")
    page.locator("input[type=file]").set_input_files(
        [
            jpeg("good.jpg", seed=7),
            jpeg("cut-short.jpg", seed=8, upto=400),
            {"name": "words.jpg", "mimeType": "image/jpeg", "buffer": b"These are words."},
            {"name": "empty.jpg", "mimeType": "image/jpeg", "buffer": b""},
            jpeg("good-again.jpg", seed=7),
        ]
    )
    page.get_by_label("Licence", exact=True).select_option("CC0-1.0")
    page.get_by_role("button", name="Upload 5 photos").click()
    island = page.locator("[data-island=upload]")
    expect(island.get_by_role("status")).to_have_text("1 came in, 1 the project had already, 3 refused.")
    for name in ("cut-short.jpg", "words.jpg", "empty.jpg"):
        line = island.get_by_role("listitem").filter(has_text=name)
        expect(line).to_contain_text("Refused")
        assert len(line.locator(".errorlist").inner_text()) > 20  # a sentence
    names = {photo["file_name"] for photo in api.get(f"/projects/{project['id']}/images/").json()["results"]}
    assert names == {known["file_name"], "good.jpg"}


def test_a_photo_that_looks_like_one_that_is_here_is_left_out_and_taken_back_with_the_keyboard(
    owner: BrowserContext, api: httpx.Client, new_project: Callable
) -> None:
    from tests.factories import resaved

    project, _ = new_project(0)
    page = owner.new_page()
    page.goto(f"/projects/{project['id']}/?bring=1")
    first = jpeg("first.jpg", seed=7)
    page.locator("input[type=file]").set_input_files(
        [first, first | {"name": "again.jpg", "buffer": resaved(first["buffer"])}]
    )
    page.get_by_label("Licence", exact=True).select_option("CC0-1.0")
    page.get_by_role("button", name="Upload 2 photos").click()
    island = page.locator("[data-island=upload]")
    expect(island.get_by_role("status")).to_have_text("2 came in, 1 looks like a photo that is here.")
    line = island.get_by_role("listitem").filter(has_text="again.jpg").first
    expect(line.locator("img")).to_have_count(2)
    out = line.get_by_role("button", name="Leave out again.jpg")
    out.focus()
    page.keyboard.press("Enter")
    expect(out).to_have_attribute("aria-pressed", "true")
    expect(out).to_be_focused()
    listed = f"/projects/{project['id']}/images/"
    assert [photo["file_name"] for photo in api.get(listed).json()["results"]] == ["first.jpg"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(line.get_by_role("button", name="Keep again.jpg")).to_have_attribute("aria-pressed", "true")
    assert [photo["file_name"] for photo in api.get(listed).json()["results"]] == ["first.jpg", "again.jpg"]


def test_photos_chosen_before_the_script_came_are_in_the_list(owner: BrowserContext, new_project: Callable) -> None:
    project, _ = new_project(0)
    page = owner.new_page()
    held: list[Route] = []
    page.route("**/Upload-*.js", lambda route: held.append(route))
    with page.expect_request("**/Upload-*.js"):
        page.goto(f"/projects/{project['id']}/?bring=1", wait_until="commit")
    page.locator("input[type=file]").set_input_files([jpeg("early.jpg", seed=5)])
    page.get_by_label("Licence", exact=True).select_option("CC0-1.0")
    held.pop().continue_()
    page.get_by_role("button", name="Upload 1 photo").click()
    expect(page.locator("[data-island=upload]").get_by_role("status")).to_have_text("1 came in.")


def test_photos_can_be_brought_in_without_a_script(
    new_browser: Callable[..., BrowserContext], signed_in: dict, api: httpx.Client, new_project: Callable
) -> None:
    project, _ = new_project(0)
    page = new_browser(storage_state=signed_in, java_script_enabled=False).new_page()
    page.goto(f"/projects/{project['id']}/?bring=1")
    page.locator("input[type=file]").set_input_files([jpeg("plain.jpg", seed=3)])
    page.get_by_label("Licence", exact=True).select_option("CC0-1.0")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("img", name="plain.jpg")).to_have_count(1)
    assert [photo["file_name"] for photo in api.get(f"/projects/{project['id']}/images/").json()["results"]] == [
        "plain.jpg"
    ]
