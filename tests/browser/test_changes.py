"""What changed from one release to the next, on the page of the later one."""

from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from annotate import tasks
from annotate.models import Release
from annotate.services.agreement.consensus import adjudicate
from annotate.services.photos.curation import act_on_images
from annotate.services.releasing.releases import cut_release
from tests.factories import PASSWORD, make_image, make_project, make_user, owner_of, photo_with_soft_background
from tests.labels import LEFT_HALF, RIGHT_HALF, label_image

pytestmark = pytest.mark.usefixtures("connections_end_with_their_request")

WIDER = "() => Math.max(0, document.documentElement.scrollWidth - innerWidth)"


@pytest.fixture
def later(transactional_db: None, settings, tmp_path: Path) -> Release:
    """The second release of a project: of one photo the map changed, one is withdrawn, one is new."""
    settings.RELEASES_ROOT = tmp_path
    project = make_project(make_user("ada"), name="Portraits", votes_wanted=1)
    by = owner_of(project)
    photos = [make_image(project, photo_with_soft_background(seed=n), file_name=f"{n}.jpg") for n in range(3)]
    for photo in photos[:2]:
        label_image(photo, LEFT_HALF, "good")
    tasks.render_derivatives()
    cut_release(project, by=by)
    tasks.build_releases()
    adjudicate(photos[0], by=by, document=RIGHT_HALF, desirability="bad", reason="Seen again")
    act_on_images(project, [photos[1].pk], "withdraw", by=by, act_id=uuid4())
    label_image(photos[2], LEFT_HALF, "ok")
    cut_release(project, by=by)
    tasks.build_releases()
    return Release.objects.latest("pk")


def test_the_two_maps_of_a_changed_photo_are_compared_by_a_slider_and_its_keys(
    page: Page, live_server, later: Release
) -> None:
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}/projects/{later.project_id}/releases/{later.pk}/")
    section = page.locator("#changes")
    expect(section.get_by_role("heading", level=2)).to_have_text("What changed since 1.0.0")
    expect(section.locator("article")).to_have_count(3)
    slider = section.get_by_role("slider", name="Left: 1.0.0. Right: 1.1.0.")
    slider.press("End")
    expect(slider).to_have_value("100")
    slider.press("ArrowLeft")
    expect(section.get_by_alt_text("1.0.0, up to 99 % of the width")).to_be_visible()
    for width in (1400, 1024):
        page.set_viewport_size({"width": width, "height": 900 if width == 1400 else 768})
        assert page.evaluate(WIDER) == 0
    section.get_by_role("link", name="Map 1").click()
    expect(section.locator("article")).to_have_count(1)
