"""Labels of COCO come in on the page: dropped, read, mapped over the photos, brought in, and taken back."""

import json
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.test_accessibility import barriers


def coco(names: list[str]) -> bytes:
    """Two areas on each photo, one photo that is not there, and one area without an outline."""
    images = [{"id": i, "file_name": f"train/{name}", "width": 400, "height": 300} for i, name in enumerate(names, 1)]
    areas = [
        {"id": 2 * image["id"] + i, "image_id": image["id"], "category_id": 5 + i, "segmentation": [ring], "iscrowd": 0}
        for image in images
        for i, ring in enumerate(([20, 20, 200, 20, 200, 150, 20, 150], [210, 160, 390, 160, 390, 290, 210, 290]))
    ]
    areas.append({"id": 99, "image_id": 1, "category_id": 5, "segmentation": [["a"]], "iscrowd": 0})
    categories = [{"id": 5, "name": "soft"}, {"id": 6, "name": "very soft"}]
    return json.dumps({"images": images, "annotations": areas, "categories": categories}).encode()


@pytest.fixture
def sent(owner: BrowserContext, new_project: Callable) -> tuple[Page, dict]:
    """The page of a file that was read, and its project of two photos."""
    project, photos = new_project(2)
    page = owner.new_page()
    page.goto(f"/projects/{project['id']}/")
    page.get_by_role("link", name="Import labels").click()
    file = {"name": "instances.json", "mimeType": "application/json", "buffer": coco([*names(photos), "none.jpg"])}
    page.locator(".drop input[type=file]").set_input_files(file)
    expect(page.get_by_role("heading", name="What its words mean")).to_be_visible()
    return page, project


def names(photos: list[dict]) -> list[str]:
    return [photo["file_name"] for photo in photos]


def test_a_coco_file_comes_in_and_is_taken_back(sent: tuple[Page, dict], api: httpx.Client) -> None:
    page, project = sent
    expect(page.get_by_role("cell", name="No photo here is called train/none.jpg.")).to_be_visible()
    go = page.get_by_role("button", name="Import")
    expect(go).to_be_disabled()
    page.get_by_label("very soft 2 areas").select_option("3 High")
    page.get_by_label("soft 2 areas", exact=True).select_option("1 Low")
    page.get_by_label("Where no area is").select_option("0 Sharp")
    page.get_by_label("Maps that show blur and come without a vote").select_option("Vote: Bad")
    expect(page.locator(".import-samples path.import-meaningless")).to_have_count(0)
    expect(go).to_have_text("Import 2 maps and 2 votes")
    go.click()
    expect(page.get_by_text("2 maps, 2 votes, on 2 photos.")).to_be_visible()
    states = {photo["state"] for photo in api.get(f"/projects/{project['id']}/images/").json()["results"]}
    assert states <= {"labelled", "agreed"}
    page.get_by_role("button", name="Take all of it back").click()
    expect(page.get_by_text("2 maps gone, 2 votes gone.")).to_be_visible()
    states = {photo["state"] for photo in api.get(f"/projects/{project['id']}/images/").json()["results"]}
    assert states == {"new"}


def test_a_file_is_read_as_another_format_and_forgotten(sent: tuple[Page, dict]) -> None:
    page, project = sent
    page.get_by_text("Read as COCO").click()
    page.get_by_label("Format").select_option(label="labelme")
    page.get_by_role("button", name="Read it again").click()
    expect(page.get_by_text("Read as labelme")).to_be_visible()
    page.locator("summary", has_text="Forget this file").click()
    page.get_by_role("button", name="Forget instances.json").click()
    expect(page.get_by_role("status").filter(has_text="instances.json is forgotten.")).to_be_visible()
    page.wait_for_url(f"**/projects/{project['id']}/labels/")
    expect(page.get_by_text("None yet.")).to_be_visible()


def test_a_file_that_is_no_labels_says_so_and_offers_the_formats(owner: BrowserContext, new_project: Callable) -> None:
    project, _ = new_project(0)
    page = owner.new_page()
    page.goto(f"/projects/{project['id']}/labels/")
    expect(page.get_by_text("The project has no photos yet")).to_be_visible()
    file = {"name": "words.txt", "mimeType": "text/plain", "buffer": b"These are words."}
    page.locator(".drop input[type=file]").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("looks like no format")
    expect(page.get_by_role("button", name="Read it again")).to_be_visible()


def test_the_pages_have_no_faults_that_axe_finds_and_fit_1024(sent: tuple[Page, dict]) -> None:
    page, project = sent
    page.set_viewport_size({"width": 1024, "height": 768})
    for address in (page.url, f"/projects/{project['id']}/labels/"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert barriers(page) == []
