"""Every page in a real browser: usable by everybody, within its window, and nothing that the content policy forbids."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Project, Release, Role
from annotate.services.labelling.rework import return_work
from annotate.services.queueing.batches import give_batch
from annotate.services.queueing.queue import claim_image
from annotate.services.teams.people import create_invitation
from modelsvc.models import ModelVersion, TrainingRun, Trial
from tests.browser.conftest import Faults
from tests.factories import PASSWORD, make_image, make_member, make_project, make_user, owner_of
from tests.labels import LEFT_HALF, label, label_image
from tests.modelsvc.rows import make_ready_release, make_run, make_trial, make_version

pytestmark = pytest.mark.usefixtures("connections_end_with_their_request")

AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
SCREENS = ((1400, 900), (1024, 768), (390, 844))
# Without preload: axe would put the style sheets that others import into the page, which the content policy refuses.
FAULTS = """
async () => (await axe.run(document, {preload: false})).violations
  .filter(({impact}) => impact === "serious" || impact === "critical")
  .map(({id, nodes}) => `${id}: ${nodes[0].html}`)
"""
WIDER = "() => Math.max(0, document.documentElement.scrollWidth - innerWidth)"


@pytest.fixture
def project(transactional_db: None) -> Project:
    """A project with a page of everything: photos in each state, people, a release, a run, a version."""
    project = make_project(
        make_user("ada", is_staff=True, is_superuser=True), name="Portraits", votes_wanted=2, guidelines="- Look twice"
    )
    label_image(make_image(project, file_name="agreed.jpg"), LEFT_HALF, "good", "good")
    label_image(make_image(project, file_name="disputed.jpg"), LEFT_HALF, "good", "bad")
    photo = make_image(project, file_name="new.jpg")
    own = label(claim_image(make_image(project, file_name="back.jpg"), by=owner_of(project)), LEFT_HALF, "good")
    return_work(own, by=owner_of(project), reason="The ear is blurred too.", place=(160, 160))
    give_batch(project, by=owner_of(project), name="Week 12", images=[photo.pk], people=["ada"])
    make_member(project, Role.CURATOR)
    create_invitation(project, role=Role.ANNOTATOR, by=owner_of(project))
    release = make_ready_release(project)
    Release.objects.update(folder="gone")  # its page says what the row says
    make_run(project, release)
    make_version(project)
    make_trial(project, by=owner_of(project))
    return project


def test_every_page_is_accessible_fits_and_keeps_the_content_policy(
    page: Page, live_server, project: Project, faults: Faults
) -> None:
    faults.expect(r"status of 404 .*/photos/0/")
    complaints: list[str] = []
    page.goto(f"{live_server.url}/sign-in/")
    complaints += barriers(page)
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")
    for path in paths(project):
        page.goto(f"{live_server.url}{path}")
        complaints += barriers(page)
    assert complaints == []


def paths(project: Project) -> list[str]:
    """The address of every page."""
    below = [
        "",
        "queue/",
        "queue/why/",
        "guide/",
        "releases/",
        "releases/new/",
        "people/",
        "card/",
        "settings/",
        "settings/releases/",
        "photos/0/",
    ]
    below += ["models/", "models/workers/"]
    below += ["mine/", "mine/?list=back", "batches/", "batches/new/", "copy/"]
    below += [f"batches/{batch}/" for batch in project.batches.values_list("pk", flat=True)]
    below += [f"people/{person}/" for person in project.memberships.values_list("user", flat=True)]
    below += [f"photos/{image}/" for image in project.images.values_list("pk", flat=True)]
    below += [f"releases/{release}/" for release in project.releases.values_list("pk", flat=True)]
    run, trial = TrainingRun.objects.get(), Trial.objects.get()
    first, second = ModelVersion.objects.values_list("pk", flat=True)
    below += [f"models/runs/{run.pk}/", f"models/{first}/try/", f"models/trials/{trial.pk}/"]
    below += [f"models/compare/?v={first}&v={second}"]
    ones_own = ["/", "/account/", "/account/settings/", "/account/password/", "/projects/new/", "/workers/"]
    desk = ["/admin/", "/admin/modelsvc/trainingrun/", f"/admin/modelsvc/trainingrun/{run.pk}/change/"]
    return ones_own + desk + [f"/projects/{project.pk}/{place}" for place in below]


def barriers(page: Page) -> list[str]:
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
    project.images.filter(state="disputed").update(is_withdrawn=True)  # to a curator disputes come first
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/")
    expect(page.get_by_role("link", name="Start next")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/projects/{project.pk}/label/")
