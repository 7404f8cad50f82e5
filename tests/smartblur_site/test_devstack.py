"""The whole site as `make run` ends in it."""

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from tests.factories import photo_bytes
from tests.running_site import RunningSite
from tests.smartblur_site.test_stores import SOON_S, eventually

ROOT = Path(__file__).resolve().parents[2]


def family(site: RunningSite) -> list[psutil.Process]:
    return psutil.Process(site.process.pid).children(recursive=True)


def is_healthy(site: RunningSite) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{site.url}/readyz", timeout=2).status_code == 200
    return False


def words_of(process: psutil.Process) -> list[str]:
    """Its command line; none where it ended meanwhile."""
    with contextlib.suppress(psutil.NoSuchProcess):  # zombies are among them
        return " ".join(process.cmdline()).split()
    return []


def program(site: RunningSite, *words: str) -> psutil.Process:
    """The child of the supervisor whose command line holds the words."""
    for child in psutil.Process(site.process.pid).children():
        if set(words) <= set(words_of(child)):
            return child
    raise LookupError(words)


def is_back(site: RunningSite, words: tuple[str, ...], old: psutil.Process) -> bool:
    with contextlib.suppress(LookupError):
        return program(site, *words) != old
    return False


@pytest.fixture(scope="module")
def site():
    with RunningSite() as site:
        yield site


@pytest.mark.promise("R13")
def test_it_is_ready_and_hands_out_the_front_end(site):
    assert httpx.get(f"{site.url}/readyz").json() == {"status": "ready"}
    mark = httpx.get(f"{site.url}/static/mark.svg")
    assert (mark.status_code, mark.headers["content-type"]) == (200, "image/svg+xml")


def sign_in(site: RunningSite, password: str, name: str = "owner") -> httpx.Response:
    """The answer of the sign-in form."""
    with httpx.Client(base_url=site.url) as browser:
        browser.get("/sign-in/")
        form = {"username": name, "password": password, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        return browser.post("/sign-in/", data=form)


def test_the_owner_can_sign_in(site):
    assert sign_in(site, site.owner_password).status_code == 302


@pytest.mark.promise("S6")
def test_the_eleventh_bad_password_is_429(site):
    statuses = [sign_in(site, "wrong", name="nobody").status_code for _ in range(11)]
    assert (statuses[:9], statuses[10]) == ([200] * 9, 429)


@pytest.mark.parametrize(
    "words",
    [("python", "smartblur_site.webserver"), ("celery", "gpu"), ("celery", "default"), ("celery", "beat")],
    ids=" ".join,
)
def test_a_killed_process_is_started_again(site, words):
    words = tuple(f"{Path(sys.executable).parent / words[0]}" if word == words[0] else word for word in words)
    old = program(site, *words)
    old.kill()
    assert eventually(lambda: is_back(site, words, old) and is_healthy(site), within_s=SOON_S)


@pytest.mark.promise("R2")
def test_a_killed_database_is_503_for_seconds_and_nothing_else(site):
    words = ("-D", str(site.folder / "postgres" / "data"))
    old = program(site, *words)
    old.kill()
    statuses = []

    def is_over() -> bool:
        statuses.append(httpx.get(f"{site.url}/readyz", timeout=SOON_S).status_code)
        return statuses[-1] == 200 and is_back(site, words, old)

    assert eventually(is_over, within_s=SOON_S)
    assert set(statuses) <= {200, 503}


@pytest.mark.promise("L5")
def test_the_web_process_is_small(site):
    web = program(site, "smartblur_site.webserver")
    assert web.memory_info().rss < 150 * 2**20


def test_a_taken_port_is_told_in_one_sentence(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = os.environ | {"PORT": str(port), "SMARTBLUR_DATA": str(tmp_path)}
        argv = [sys.executable, "-m", "smartblur_site.devstack", "run"]
        answer = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (answer.returncode, answer.stderr) == (
        1,
        f"Port {port} cannot be used (Address already in use): choose another with `PORT=8001 make run`.\n",
    )


def bring_photo(site: RunningSite) -> int:
    """The status of an upload."""
    headers = {"Authorization": f"Token {site.manage('issue_token', 'owner').strip()}"}
    with httpx.Client(base_url=site.url, headers=headers, timeout=SOON_S) as client:
        project = client.get("/api/projects/").json()["results"][0]["id"]
        files = {"files": ("photo.jpg", photo_bytes(320, 240))}
        return client.post(f"/api/projects/{project}/images/", data={"license": "CC0-1.0"}, files=files).status_code


@pytest.mark.promise("R13")
def test_it_ends_with_every_process_and_starts_again_on_the_same_data(site):
    assert bring_photo(site) == 201
    processes = family(site)
    assert any("annotate.core.decoder" in words_of(process) for process in processes)
    site.stop()
    assert (site.process.returncode, [one for one in processes if one.is_running()]) == (0, [])
    site.start()
    assert "Loading the sample" not in site.log.read_text()
    assert sign_in(site, site.owner_password).status_code == 302


def test_wrong_settings_are_told_in_one_sentence():
    argv = [sys.executable, "-m", "smartblur_site.devstack", "run"]
    wrong_port = subprocess.run(argv, cwd=ROOT, env=os.environ | {"PORT": "80x"}, capture_output=True, text=True)
    assert (wrong_port.returncode, wrong_port.stderr.splitlines()[-1]) == (
        2,
        "python -m smartblur_site.devstack: error: PORT='80x' is no port: give a number from 1 to 65535.",
    )
    two = subprocess.run(argv, cwd=ROOT, env=os.environ | {"DATABASE_URL": "x"}, capture_output=True, text=True)
    assert (two.returncode, two.stderr.partition(":")[0]) == (
        1,
        "DATABASE_URL is set, but `make run` brings a database of its own",
    )
