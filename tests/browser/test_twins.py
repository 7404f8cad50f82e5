"""A curator goes through ten pairs of photos that look alike, by keys alone."""

from collections.abc import Callable

import httpx
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import SIZE, must
from tests.browser.test_accessibility import barriers
from tests.running_site import RunningSite

ALIKE = [0, 1, 2, 3, 5, 6, 7, 8, 9, 10]  # saved again, the fourth of these drawings differs in one bit too many
COUNT = """
from annotate.models import Image
from annotate.services.finding.facts import refresh
refresh(Image.objects.filter(project={project}).values_list("pk", flat=True))
"""


def test_ten_twins_by_keys(
    owner: BrowserContext, api: httpx.Client, new_project: Callable, running_site: RunningSite
) -> None:
    from tests.factories import photo_with_soft_background, resaved  # Django is set up only after this file is read

    project, _ = new_project(11)
    again = [
        ("files", (f"again-{n}.jpg", resaved(photo_with_soft_background(*SIZE, seed=n)), "image/jpeg")) for n in ALIKE
    ]
    must(api.post(f"/projects/{project['id']}/images/", files=again, data={"license": "CC0-1.0"}))
    running_site.manage("shell", "-c", COUNT.format(project=project["id"]))
    page = owner.new_page()
    page.goto(f"/projects/{project['id']}/")
    page.get_by_role("link", name="Near-duplicates").click()
    lead = page.locator(".page-head .lead")

    def expect_left(count: int) -> None:
        expect(lead).to_have_text(
            f"{count} group{'s' * (count > 1)} of photos that look alike wait{'s' * (count == 1)}."
        )
        page.wait_for_load_state()  # now keys are heard

    expect_left(10)
    expect(page.get_by_role("checkbox", name="photo-0.jpg")).to_be_focused()
    expect(page.get_by_role("checkbox", name="photo-0.jpg")).to_be_checked()
    assert barriers(page) == []
    page.keyboard.press("Enter")
    expect_left(9)
    page.keyboard.press("2")
    expect(page.get_by_role("checkbox", name="again-1.jpg")).to_be_checked()
    expect(page.get_by_role("checkbox", name="photo-1.jpg")).not_to_be_checked()
    page.keyboard.press("Enter")
    expect_left(8)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")  # both are kept
    page.keyboard.press("Enter")
    expect_left(7)
    page.keyboard.press("a")
    expect_left(6)
    page.keyboard.press("u")
    expect_left(7)
    page.keyboard.press("n")
    expect(page.get_by_role("checkbox", name="photo-5.jpg")).to_be_visible()
    page.wait_for_load_state()
    for left in range(6, 0, -1):
        page.keyboard.press("Enter")
        expect_left(left)
    expect(page.get_by_role("heading", name="You have skipped what still waits")).to_be_visible()
    page.get_by_role("link", name="Begin again").click()
    expect_left(1)
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="No near-duplicates wait")).to_be_visible()
    assert barriers(page) == []
    page.keyboard.press("u")
    expect_left(1)

    listed = must(api.get(f"/projects/{project['id']}/images/", params={"withdrawn": 1}))["results"]
    withdrawn = {"photo-1.jpg", *(f"again-{n}.jpg" for n in (0, 5, 6, 7, 8, 9, 10))}
    assert {each["file_name"] for each in listed} == withdrawn
