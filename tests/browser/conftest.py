"""Browser tests: one running site, people and photos that came in by the API, and no fault in any page's console."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext

from tests.browser.workbench import Bench
from tests.running_site import RunningSite

Json = dict[str, Any]
SIZE = (400, 300)  # shown at 1:1 on the bench
VIEWPORT = {"width": 1400, "height": 900}
TELL_CSP = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))"""


class Faults:
    """What pages put into their consoles, uncaught errors and refused resources too; it must have been expected."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.expected: list[str] = []

    def expect(self, *patterns: str) -> None:
        """Say what the test provokes, as regular expressions."""
        self.expected += patterns

    def listen(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_CSP)
        context.on("weberror", lambda error: self.heard.append(f"uncaught: {error.error}"))
        context.on(
            "console", lambda said: said.type == "error" and self.heard.append(f"{said.text} ({said.location['url']})")
        )

    def unexpected(self) -> list[str]:
        return [fault for fault in self.heard if not any(re.search(known, fault) for known in self.expected)]


class Requests:
    """How many requests are under way in the live server's threads."""

    def __init__(self) -> None:
        self.count, self.changed = 0, threading.Condition()

    def begin(self, **_: Any) -> None:
        self._step(1)

    def end(self, **_: Any) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        with self.changed:
            self.count += by
            self.changed.notify_all()

    def wait_until_answered(self) -> None:
        with self.changed:
            self.changed.wait_for(lambda: self.count <= 0, timeout=30)


@pytest.fixture
def connections_end_with_their_request(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The live server keeps no connection, and is at no request, when the test database is emptied or dropped."""
    from django.core.signals import request_finished, request_started  # Django is set up only after this file is read
    from django.db import connections

    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    requests = Requests()
    request_started.connect(requests.begin)
    request_finished.connect(requests.end)
    yield
    requests.wait_until_answered()
    request_started.disconnect(requests.begin)
    request_finished.disconnect(requests.end)


@pytest.fixture
def faults() -> Iterator[Faults]:
    """Fails the test at its end where a page complained of anything that the test does not name."""
    faults = Faults()
    yield faults
    assert faults.unexpected() == []


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: Json) -> Json:
    """How every context is made: nothing moves, so that nothing is looked at half shown."""
    return browser_context_args | {"reduced_motion": "reduce"}


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext], faults: Faults) -> Callable[..., BrowserContext]:
    """Makes pytest-playwright's contexts, its `page` among them, each listened to: no test has a deaf one."""

    def listened(**options: Any) -> BrowserContext:
        context = new_context(**options)
        faults.listen(context)
        return context

    return listened


@pytest.fixture
def new_browser(new_context: Callable[..., BrowserContext], running_site: RunningSite) -> Callable:
    """Makes contexts on the running site."""

    def on_site(**options: Any) -> BrowserContext:
        return new_context(**{"base_url": running_site.url, "viewport": VIEWPORT} | options)

    return on_site


@pytest.fixture(scope="session")
def api(running_site: RunningSite) -> Iterator[httpx.Client]:
    """The API as the owner's program uses it: what the server holds."""
    key = running_site.manage("issue_token", "owner").strip()
    headers = {"Authorization": f"Token {key}"}
    with httpx.Client(base_url=f"{running_site.url}/api", headers=headers, timeout=30) as client:
        yield client


@pytest.fixture(scope="session")
def signed_in(browser: Any, running_site: RunningSite) -> Json:
    """The cookies of the owner, who has seen the first hint."""
    context = browser.new_context(base_url=running_site.url)
    page = context.new_page()
    page.goto("/sign-in/")
    page.get_by_label("Username").fill("owner")
    page.get_by_label("Password").fill(running_site.owner_password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("/")
    page.evaluate("localStorage.setItem('smartblur.hint-seen', '1')")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def owner(new_browser: Callable[..., BrowserContext], signed_in: Json) -> BrowserContext:
    """A browser in which the owner is signed in."""
    return new_browser(storage_state=signed_in)


@pytest.fixture
def new_project(api: httpx.Client, request: pytest.FixtureRequest) -> Callable[[int], tuple[Json, list[Json]]]:
    """A project of its own with so many photos: project and photos as the API tells them."""
    from tests.factories import photo_with_soft_background  # Django is set up only after this file is read

    def made(photo_count: int) -> tuple[Json, list[Json]]:
        # Nothing of chance: whatever map a test saves is shown.
        project = must(api.post("/projects/", json={"name": request.node.name[:100], "hidden_percent": 0}))
        files = [
            ("files", (f"photo-{n}.jpg", photo_with_soft_background(*SIZE, seed=n), "image/jpeg"))
            for n in range(photo_count)
        ]
        if not files:
            return project, []
        answer = must(api.post(f"/projects/{project['id']}/images/", files=files, data={"license": "CC0-1.0"}))
        return project, [result["image"] for result in answer["results"]]

    return made


@pytest.fixture
def bench(owner: BrowserContext, api: httpx.Client, new_project: Callable) -> Bench:
    """The owner's workbench on the first of two photos of a new project."""
    project, _ = new_project(2)
    bench = Bench(owner.new_page(), api, project["id"])
    bench.open()
    return bench


def must(response: httpx.Response) -> Json:
    """The body of an answer that is no refusal."""
    assert response.is_success, response.text
    return response.json()
