"""Every page in a real browser: usable by everybody, within its window, and nothing that the content policy forbids."""

from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from annotate.models import Project, Role
from annotate.services.people import create_invitation
from tests.factories import PASSWORD, make_image, make_member, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, label_image
from tests.modelsvc.rows import make_ready_release, make_run, make_version

AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
SCREENS = ((1400, 900), (1024, 768), (390, 844))
FAULTS = """
async () => (await axe.run(document)).violations
  .filter(({impact}) => impact === "serious" || impact === "critical")
  .map(({id, nodes}) => `${id}: ${nodes[0].html}`)
"""
WIDER = "() => Math.max(0, document.documentElement.scrollWidth - innerWidth)"


@pytest.fixture(autouse=True)
def connections_end_with_their_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """The live server's threads keep no connection, so that the test database can be dropped at the end."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def project(transactional_db: None) -> Project:
    """A project with a page of everything: photos in each state, people, a release, a run, a version."""
    project = make_project(make_user("ada", is_staff=True), name="Portraits", votes_wanted=2, guidelines="- Look twice")
    label_image(make_image(project, file_name="agreed.jpg"), LEFT_HALF, "good", "good")
    label_image(make_image(project, file_name="disputed.jpg"), LEFT_HALF, "good", "bad")
    make_image(project, file_name="new.jpg")
    make_member(project, Role.CURATOR)
    create_invitation(project, role=Role.ANNOTATOR, by=owner_of(project))
    make_run(project, make_ready_release(project))
    make_version(project)
    return project


def test_every_page_is_accessible_fits_and_keeps_the_content_policy(page: Page, live_server, project: Project) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    page.goto(f"{live_server.url}/sign-in/")
    complaints += faults(page)
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")
    for path in paths(project):
        page.goto(f"{live_server.url}{path}")
        complaints += faults(page)
    assert complaints == []


def paths(project: Project) -> list[str]:
    """The address of every page."""
    below = ["", "queue/", "guide/", "releases/", "releases/new/", "models/", "people/", "settings/", "photos/0/"]
    below += [f"photos/{image}/" for image in project.images.values_list("pk", flat=True)]
    below += [f"releases/{release}/" for release in project.releases.values_list("pk", flat=True)]
    ones_own = ["/", "/account/", "/account/password/", "/projects/new/"]
    return ones_own + [f"/projects/{project.pk}/{place}" for place in below]


def faults(page: Page) -> list[str]:
    """What is wrong with the page on each screen: barriers, and what sticks out of the window."""
    found = []
    page.evaluate(AXE.read_text())
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{page.url} at {width} px: {fault}" for fault in page.evaluate(FAULTS)]
        if wider := page.evaluate(WIDER):
            found.append(f"{page.url} is {wider} px wider than {width} px")
    return found


def test_enter_on_the_start_page_opens_the_workbench(page: Page, live_server, project: Project) -> None:
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/")
    expect(page.get_by_role("link", name="Start next")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/projects/{project.pk}/label/")
