"""A program on this computer is told of a project, and told again by a button of the page."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Json
from tests.receiver import Message, Receiver

RECEIVED_S = 90


def test_a_webhook_is_received_and_resent(
    owner: BrowserContext, new_project: Callable[[int], tuple[Json, list]]
) -> None:
    project, _ = new_project(0)
    page = owner.new_page()
    with Receiver() as receiver:
        page.goto(f"/projects/{project['id']}/settings/")
        page.locator("main").get_by_role("link", name="Webhooks").click()
        secret = page.get_by_label("Secret").input_value()
        page.get_by_label("Address").fill(receiver.url)
        page.get_by_label("A photo is disputed").uncheck()
        page.get_by_role("button", name="Add it").click()
        (ping,) = receiver.wait_for(1, RECEIVED_S)
        reload_until(page, "Taken")
        assert secret not in page.content()
        page.get_by_role("button", name="Send again").click()
        expect(page.get_by_text("It is sent once more.")).to_be_visible()
        _, again = receiver.wait_for(2, RECEIVED_S)
    assert ping.content == again.content
    assert ping.content.keys() == {"id", "event", "project", "at"}
    assert (ping.content["event"], ping.content["project"]) == ("ping", project["id"])
    for message in (ping, again):
        assert signature_of(message, secret) == message.headers["webhook-signature"]


def signature_of(message: Message, secret: str) -> str:
    from annotate.services.webhooks import sign  # Django is set up only after this file is read

    id, at = message.headers["webhook-id"], int(message.headers["webhook-timestamp"])
    return sign(secret, id, at, message.body)["webhook-signature"]


def reload_until(page: Page, words: str) -> None:
    """Look again until the log says so: the worker writes down what the receiver has already got."""
    for _ in range(60):
        if page.get_by_text(words, exact=True).count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())
