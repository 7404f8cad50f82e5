"""A person's ways in: an invitation by the identity provider, a second factor, a token that reaches only so far."""

import os
import subprocess
import sys
import time
from base64 import b32decode
from collections.abc import Iterator

import httpx
import pytest
from django_otp.oath import totp
from playwright.sync_api import Page, expect

from annotate.models import Role
from annotate.services.people import create_invitation
from smartblur_site.stores import free_port
from smartblur_site.supervisor import die_with_parent
from tests.browser.conftest import Faults
from tests.factories import make_image, make_project, owner_of

pytestmark = pytest.mark.usefixtures("connections_end_with_their_request")
STARTS_WITHIN_S = 60


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """An identity provider that knows rosa and karl."""
    port = free_port()
    people = ['{"sub": "rosa-1", "preferred_username": "rosa"}', '{"sub": "karl-1", "preferred_username": "karl"}']
    argv = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
    argv += [word for person in people for word in ("--user-claims", person)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen(argv, env=os.environ, preexec_fn=die_with_parent, **quiet)
    url, deadline = f"http://127.0.0.1:{port}", time.monotonic() + STARTS_WITHIN_S
    while True:
        try:
            httpx.get(f"{url}/.well-known/openid-configuration").raise_for_status()
            break
        except httpx.HTTPError:
            assert running.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
    yield url
    running.terminate()
    running.wait(10)


def test_invited_by_provider_guarded_by_a_second_factor_and_a_token_that_only_reads(
    page: Page, faults: Faults, live_server, transactional_db: None, settings, issuer: str
) -> None:
    faults.expect(f"{issuer}|cdn|ERR_")  # the provider's own pages
    name = {"name": "Lab Login", "sign_up": False}
    settings.OIDC = {"issuer": issuer, "client_id": "blur", "client_secret": "kept", **name}
    project = make_project()
    image = make_image(project)
    _, link = create_invitation(project, role=Role.ANNOTATOR, by=owner_of(project))

    page.goto(f"{live_server.url}/join/{link}/")
    page.get_by_role("link", name="Come in with Lab Login").click()
    page.get_by_role("button", name="rosa-1").click()
    page.get_by_role("button", name="Join as rosa").click()
    page.wait_for_url(f"**/projects/{project.pk}/queue/")

    page.goto(f"{live_server.url}/account/second-factor/")
    key = b32decode(page.locator("code").inner_text())
    page.get_by_label("Code").fill(f"{totp(key):06d}")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="The second factor is on")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("row", name="127.0.0.1")).to_contain_text("here")

    page.get_by_label("What is it for?").fill("looking")
    page.get_by_role("button", name="Make a token").click()
    headers = {"Authorization": f"Token {page.get_by_label('New token').input_value()}"}
    with httpx.Client(base_url=f"{live_server.url}/api", headers=headers) as program:
        assert program.get(f"/images/{image.pk}/").status_code == 200
        refused = program.put(f"/images/{image.pk}/vote/", json={"desirability": "good"})
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")

    page.get_by_label("Menu of rosa").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in with Lab Login").click()
    page.get_by_role("button", name="karl-1").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody here is known by this identity.")
    page.get_by_role("link", name="Sign in with Lab Login").click()
    page.get_by_role("button", name="rosa-1").first.click()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("This code is wrong, or used already.")).to_be_visible()
    time.sleep(1.1)  # the next code is looked at after a second
    page.get_by_label("Code").fill(f"{totp(key, t0=-30):06d}")  # the app's next one
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{live_server.url}/")
