"""Work that is sent back, in a browser: a mark and a reason by the curator's keys, then the bench of its author."""

import re

import pytest
from playwright.sync_api import Page, expect

from annotate.models import Annotation, Rework
from annotate.services.photos.derivatives import render_derivatives
from annotate.services.queueing.queue import claim_image
from tests.factories import PASSWORD, make_image, make_member, make_project, make_user, photo_bytes
from tests.labels import label, rectangle

pytestmark = pytest.mark.usefixtures("connections_end_with_their_request")
DOCUMENT = {"base": 0, "regions": [rectangle("left", 2, 0, 0, 200, 300)]}


def sign_in(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/sign-in/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")


def test_a_photo_is_sent_back_with_a_mark_and_done_again(page: Page, live_server, transactional_db, browser) -> None:
    project = make_project(make_user("vera"), name="Portraits", votes_wanted=1)
    rosa = make_member(project, user=make_user("rosa"))
    image = make_image(project, photo_bytes(400, 300), file_name="ear.jpg")
    work = label(claim_image(image, by=rosa), DOCUMENT, "good")
    make_image(project)
    render_derivatives()
    sign_in(page, live_server.url, "vera")
    page.goto(f"{live_server.url}/projects/{project.pk}/photos/{image.pk}/")
    page.get_by_role("button", name="Send work back").click()
    page.get_by_label("What should be done again?").fill("The ear is blurred too.")
    page.get_by_role("application", name="Place on the photo").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.get_by_role("button", name="Send back", exact=True).click()
    expect(page.locator("#sent-back")).to_contain_text("Came back")
    asked = Rework.objects.get()
    assert (asked.x, asked.y, asked.reason) == (16 * 240, 16 * 150, "The ear is blurred too.")

    bench = browser.new_context().new_page()
    sign_in(bench, live_server.url, "rosa")
    expect(bench.get_by_role("heading", name="1 photo came back")).to_be_visible()
    expect(bench.get_by_role("link", name="Start next")).to_be_focused()
    bench.keyboard.press("Enter")
    bench.wait_for_url(re.compile(rf"/label/\?image={image.pk}$"))
    expect(bench.get_by_text("The ear is blurred too.")).to_be_visible()
    expect(bench.get_by_role("option", name="Region 1")).to_be_visible()
    expect(bench.get_by_role("button", name="Submit and next")).to_be_enabled()
    bench.keyboard.press("Enter")
    expect(bench.get_by_text("ear.jpg is submitted.")).to_be_visible()
    asked.refresh_from_db()
    assert (asked.state, Annotation.objects.get(pk=work.pk).state) == ("redone", "submitted")
    bench.keyboard.press("Shift+Backspace")
    bench.wait_for_url(re.compile(rf"/label/\?image={image.pk}$"))
    bench.context.close()
