"""Taking a release home in another tool's format, with the keyboard."""

import re
import zipfile

import pytest
from playwright.sync_api import Page, expect

from annotate import tasks
from annotate.models import Export, Project
from annotate.services.releasing.releases import cut_release
from tests.browser.test_pages import barriers
from tests.factories import PASSWORD, make_image, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, label_image

pytestmark = pytest.mark.usefixtures("connections_end_with_their_request")


@pytest.fixture
def project(transactional_db: None, settings, tmp_path) -> Project:
    """A project with a release that is built."""
    settings.RELEASES_ROOT, settings.EXPORTS_ROOT = tmp_path / "releases", tmp_path / "exports"
    project = make_project(make_user("ada"), name="Portraits", votes_wanted=1)
    label_image(make_image(project), LEFT_HALF, "good")
    cut_release(project, by=owner_of(project))
    tasks.build_releases()
    return project


@pytest.fixture
def release_page(page: Page, live_server, project: Project) -> Page:
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/projects/{project.pk}/releases/{project.releases.get().pk}/")
    return page


def test_a_format_is_chosen_prepared_and_downloaded_with_the_keyboard(release_page: Page) -> None:
    page = release_page
    first = page.get_by_role("radio").first
    first.focus()
    masks = page.get_by_role("radio", name="Mask folders (CUHK, DUT)")
    while not masks.is_checked():
        page.keyboard.press("ArrowDown")
    expect(page.get_by_text("How strong the blur is: a mask only tells blurred from sharp.")).to_be_visible()
    page.get_by_label("What is blurred is").select_option("no")
    page.get_by_role("button", name="Prepare the download").press("Enter")
    expect(page.get_by_role("article", name="Mask folders (CUHK, DUT), blurred is black")).to_contain_text("Waiting")
    assert barriers(page) == []
    tasks.build_exports()
    download = page.get_by_role("link", name="Download", exact=True).nth(1)
    expect(download).to_have_attribute("href", f"/api/exports/{Export.objects.get().pk}/download/")
    with page.expect_download() as taken:
        download.press("Enter")
    with zipfile.ZipFile(taken.value.path()) as packed:
        assert [name for name in packed.namelist() if re.search("masks/.*png", name)] != []


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_of_a_release_has_no_barrier_with_exports_in_every_state(
    release_page: Page, project: Project, language: str
) -> None:
    page, release = release_page, project.releases.get()
    for format, state in (("masks", "done"), ("parquet", "failed"), ("levels", "queued")):
        Export.objects.create(
            release=release,
            format=format,
            state=state,
            asked_by=owner_of(project),
            bytes=7_000_000,
            error="Parquet needs the package pyarrow, which is not installed here." if state == "failed" else "",
            finished_at=None if state == "queued" else release.finished_at,
        )
    page.set_extra_http_headers({"Accept-Language": language})
    page.reload()
    page.locator(".formats > summary").click()
    expect(page.get_by_role("article")).to_be_visible()
    assert barriers(page) == []
