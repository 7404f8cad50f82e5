"""A burst of eight is culled by keys, two of it are compared in one frame, and what was decided is there afterwards."""

from io import BytesIO

import numpy as np
import PIL.Image
import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from playwright.sync_api import Page, expect

from modelsvc.models import Trial
from tests.browser.conftest import Faults
from tests.browser.test_accessibility import barriers
from tests.factories import PASSWORD, make_project, make_user
from tests.modelsvc.rows import make_shoot, make_version

pytestmark = pytest.mark.usefixtures("connections_end_with_their_request")

SIZE = (900, 600)


def jpeg(number: int) -> bytes:
    """A photo that is told from the others by its grey."""
    file = BytesIO()
    grid = np.indices(SIZE[::-1]).sum(0) % 40 < 20
    PIL.Image.fromarray(np.where(grid, 40 + 20 * number, 230).astype(np.uint8)).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def shoot(transactional_db: None, settings, tmp_path) -> Trial:
    """A burst of eight, the seventh of them sharpest, and a photo of another time."""
    settings.MEDIA_ROOT = tmp_path
    project = make_project(make_user("ada"), name="Portraits")
    blurs = (0.9, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.6)
    burst = [(f"IMG_{at}.jpg", at, blur) for at, blur in enumerate(blurs)]
    trial = make_shoot(make_version(project), [*burst, ("IMG_8.jpg", 600, 0.1)])
    for photo in trial.photos.all():
        for picture in (photo.file, photo.thumbnail):
            picture.save(f"{photo.number}.jpg", ContentFile(jpeg(photo.number)))
    return trial


def test_a_burst_of_eight_is_culled_by_keys(page: Page, live_server, shoot: Trial, faults: Faults) -> None:
    faults.expect(r"inline style .*\(\)$", r"^CSP: style-src-elem inline \(\)$")
    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")
    page.goto(f"{live_server.url}{reverse('model-pages:cull', args=[shoot.version.project_id, shoot.pk])}")

    burst = page.get_by_role("region", name="Burst of 8 photos")
    best = burst.get_by_role("button").first
    expect(best).to_have_accessible_name("IMG_6.jpg, the best of its burst, subject sharp, background soft: Good")
    assert barriers(page) == []

    page.keyboard.press("c")
    frame = page.get_by_role("dialog", name="Compare at true pixels")
    for name in ("IMG_6.jpg", "IMG_5.jpg"):
        expect(frame.get_by_role("img", name=name)).to_have_js_property("naturalWidth", SIZE[0])
        expect(frame.get_by_role("img", name=name)).to_have_css("width", f"{SIZE[0]}px")
    frame.get_by_role("group").press("f")
    expect(frame.get_by_role("slider")).to_have_value("100")
    assert barriers(page) == []
    frame.get_by_role("button", name="Close").click()
    expect(frame).to_be_hidden()

    page.keyboard.press("b")
    status = page.get_by_role("status").filter(has_text="kept")
    expect(status).to_have_text("1 kept, 7 rejected, of 9")
    page.keyboard.press("k")
    expect(status).to_have_text("2 kept, 7 rejected, of 9")
    expect(page.get_by_text("Saving")).to_have_count(0)
    page.reload()
    expect(status).to_have_text("2 kept, 7 rejected, of 9")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("u")
    expect(status).to_have_text("2 kept, 6 rejected, of 9")
    page.locator("summary").filter(has_text="Download").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Stars for darktable, digiKam (PHOTO.JPG.xmp)").click()
    assert download.value.suggested_filename == f"stars-{shoot.pk}.zip"

    page.set_viewport_size({"width": 1024, "height": 500})
    for key in ("ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
        buttons = page.locator(".cull-head").bounding_box()
        photo = page.locator(".cull-frame:focus").bounding_box()
        assert buttons is not None
        assert photo is not None
        assert photo["y"] >= buttons["y"] + buttons["height"]

    Trial.objects.filter(pk=shoot.pk).update(state=Trial.State.RUNNING)
    page.reload()
    expect(page.get_by_text("The model is still looking at these photos.")).to_be_visible()
    expect(page.get_by_role("region", name="Burst of 8 photos")).to_be_visible()
