"""Inviting in a browser: a list of names becomes links that a button copies."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD, make_project, make_user

pytestmark = pytest.mark.usefixtures("connections_end_with_their_request")


def test_links_are_copied_one_by_one_and_as_a_whole(page: Page, live_server, transactional_db: None) -> None:
    project = make_project(make_user("ada"))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{live_server.url}/sign-in/?next=/projects/{project.pk}/people/")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Names or mail addresses").fill("Rosa Lux\nkarl@lab.org")
    page.get_by_role("button", name="Make links").click()

    page.get_by_role("button", name="Copy the link for karl@lab.org").click()
    expect(page.get_by_role("status").filter(has_text="Copied.")).to_be_visible()
    link = page.get_by_label("Invitation link for karl@lab.org").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == link
    page.get_by_role("button", name="Copy all").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    whole = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"Rosa Lux\thttp://\S+/\nkarl@lab.org\t" + re.escape(link), whole)
