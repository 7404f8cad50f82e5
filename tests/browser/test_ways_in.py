"""Whoever comes from outside: by the lab's identity provider, with a second factor, as a program, told by a webhook."""

import re
import time
from base64 import b32decode
from collections.abc import Callable

import httpx
from django_otp.oath import totp
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Faults, Json, must
from tests.browser.test_accessibility import barriers
from tests.provider import Provider
from tests.receiver import Message, Receiver
from tests.running_site import RunningSite

RECEIVED_S = 90
DEVICE = {  # a phone that says yes to whatever it is asked
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_guest_of_the_lab_and_their_programs(
    owner: BrowserContext,
    new_browser: Callable[..., BrowserContext],
    new_project: Callable[[int], tuple[Json, list[Json]]],
    api: httpx.Client,
    running_site: RunningSite,
    identity_provider: Provider,
    faults: Faults,
) -> None:
    faults.expect(f"{identity_provider.url}|cdn|ERR_")  # the provider's own pages
    project, (image,) = new_project(1)
    link = must(api.post(f"/projects/{project['id']}/invitations/", json={}))["url"]
    page = new_browser().new_page()

    # In by the provider, which brings in only who was invited.
    page.goto("/sign-in/")
    say_who(page, "karl-1")
    expect(page.get_by_role("alert")).to_contain_text("Nobody here is known by this identity.")
    page.goto(link)
    page.get_by_role("link", name="Come in with Lab Login").click()
    page.get_by_role("button", name="rosa-1").first.click()
    page.get_by_role("button", name="Join as rosa").click()
    page.wait_for_url(f"**/projects/{project['id']}/queue/")

    # A token that only reads is refused where it would write.
    page.goto("/account/")
    page.get_by_label("What is it for?").fill("looking")
    page.get_by_role("button", name="Make a token").click()
    headers = {"Authorization": f"Token {page.get_by_label('New token').input_value()}"}
    with httpx.Client(base_url=f"{running_site.url}/api", headers=headers) as program:
        assert program.get(f"/images/{image['id']}/").status_code == 200
        refused = program.put(f"/images/{image['id']}/vote/", json={"desirability": "good"})
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")

    # The provider's word is not enough any more once an app shows codes.
    page.goto("/account/second-factor/")
    key = b32decode(page.locator("code").inner_text())
    page.get_by_label("Code").fill(f"{totp(key):06d}")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="The second factor is on")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("row", name="127.0.0.1")).to_contain_text("here")
    sign_out(page)
    say_who(page, "rosa-1")
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This code is wrong, or used already.")).to_be_visible()
    time.sleep(1.1)  # the next code is looked at after a second
    page.get_by_label("Code").fill(f"{totp(key, t0=-30):06d}")  # the app's next one
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")

    # A passkey stands for both.
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    id = device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})["authenticatorId"]
    page.goto("/account/")
    page.get_by_label("Where is it?").fill("phone")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("“phone” signs you in from now on.")).to_be_visible()
    page.get_by_label("Where is it?").fill("the same")
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("This device holds a passkey of yours already.")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("/")
    page.goto("/account/")
    assert barriers(page) == []
    page.get_by_role("row", name="phone").get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Remove phone").click()
    expect(page.get_by_text("“phone” no longer signs you in.")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("This passkey is not known here")
    device.send("WebAuthn.setUserVerified", {"authenticatorId": id, "isUserVerified": False})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("No device answered.")).to_be_visible()

    webhook_is_received_and_resent(owner.new_page(), project["id"])


def webhook_is_received_and_resent(page: Page, project: int) -> None:
    with Receiver() as receiver:
        page.goto(f"/projects/{project}/settings/")
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
    assert (ping.content["event"], ping.content["project"]) == ("ping", project)
    for message in (ping, again):
        assert signature_of(message, secret) == message.headers["webhook-signature"]


def say_who(page: Page, subject: str) -> None:
    """Have the provider say so; it lists those it named before first."""
    page.get_by_role("link", name="Sign in with Lab Login").click()
    page.get_by_role("button", name=subject).first.click()


def sign_out(page: Page) -> None:
    page.get_by_label("Menu of rosa").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/sign-in/"))


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
