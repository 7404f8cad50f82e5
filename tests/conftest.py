"""What every test stands on: one real Postgres and one real Valkey for the whole session on fresh data, and a browser.

With pytest-xdist each process has a database, a database of Valkey and folders of its own on them.

Tests of `annotate.core` and `modelsvc.fusenet` alone start neither store.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import django
import hypothesis
import pytest
from django.apps import apps
from django.utils import translation
from playwright.sync_api import expect
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from annotate.core.heif import register_decoder
from smartblur_site.stores import write_private
from smartblur_site.supervisor import die_with_parent
from smartblur_site.translations import compile_catalogues
from tests import chromium
from tests.bucket import Bucket
from tests.provider import Provider
from tests.running_site import RunningSite

ROOT = Path(__file__).resolve().parent.parent
PURE = (ROOT / "tests/annotate/core", ROOT / "tests/modelsvc/fusenet")
STARTS_WITHIN_S = 120
PAGES_WAIT_MS = 30_000  # for what a page is to show: a busy machine takes its time


def pytest_configure(config: pytest.Config) -> None:
    """Start the stores before Django reads its settings."""
    patient = hypothesis.settings(deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
    hypothesis.settings.register_profile("patient", patient)
    hypothesis.settings.load_profile("patient")
    os.environ.setdefault("SMARTBLUR_RUNTIME", "torch")  # to write a file for ONNX Runtime takes half a minute
    register_decoder()  # tests write what phones write
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # torch's threads must not spin while others need the cores
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # the other processors have tests of their own
    if needs_site(config):
        if worker:
            have_own_data(worker)
        else:
            compile_catalogues()
            config.add_cleanup(Stores().stop)
            if config.getoption("dist", "no") != "no":
                return  # read here, the settings would have the processes that test share their folders
        os.environ["DJANGO_SETTINGS_MODULE"] = "smartblur_site.settings"
        django.setup()
        empty_tables_by_deleting()


def pytest_runtest_teardown() -> None:
    """Forget the language that a page was asked in: it stays the thread's."""
    if apps.ready:
        translation.deactivate()


def empty_tables_by_deleting() -> None:
    """Have the few rows that a test committed deleted: to truncate, Postgres makes 700 files anew, for a second."""
    from django.db.backends.postgresql.operations import DatabaseOperations

    truncating = DatabaseOperations.sql_flush

    def sql_flush(self, style, tables, *, reset_sequences=False, allow_cascade=False):
        if reset_sequences or not tables:
            return truncating(self, style, tables, reset_sequences=reset_sequences, allow_cascade=allow_cascade)
        deletes = "; ".join(f"DELETE FROM {self.quote_name(table)}" for table in tables)  # noqa: S608 - its own names
        return [f"SET LOCAL session_replication_role = replica; {deletes}"]  # without triggers and references

    DatabaseOperations.sql_flush = sql_flush


def have_own_data(worker: str) -> None:
    """Give a process of pytest-xdist a data folder and a database of Valkey: rows of both have the same ids."""
    shared = Path(os.environ["SMARTBLUR_DATA"])
    stack = json.loads((shared / "stack.json").read_text())
    stack["redis_url"] = f"{stack['redis_url'].rpartition('/')[0]}/{1 + int(worker.removeprefix('gw'))}"
    own = shared / worker
    own.mkdir(exist_ok=True)
    write_private(own / "stack.json", json.dumps(stack))
    os.environ["SMARTBLUR_DATA"] = str(own)


def needs_site(config: pytest.Config) -> bool:
    """Whether anything but pure tests was asked for."""
    asked = [Path(config.invocation_params.dir, arg.split("::")[0]).resolve() for arg in config.args]
    return not asked or any(not path.is_relative_to(PURE[0]) and not path.is_relative_to(PURE[1]) for path in asked)


class Stores:
    """`devstack stores` on a temporary folder, with the environment pointing at it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="smartblur-test-"))
        self.folder.chmod(0o755)  # Postgres runs as nobody when we are root
        os.environ |= {"SMARTBLUR_DATA": str(self.folder), "SMARTBLUR_EMBEDDED": "1", "DEBUG": "0"}
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in the test's thread
        os.environ.pop("DATABASE_URL", None)
        argv = [sys.executable, "-m", "smartblur_site.devstack", "stores"]
        self.process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not (self.folder / "stack.json").exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                pytest.exit("The test database did not start; the lines above say why.", returncode=3)
            time.sleep(0.05)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


NEEDS_RUNNING_SITE = ("tests/browser/", "tests/journeys/")
LONGEST_FIRST = (NEEDS_RUNNING_SITE, ("tests/smartblur_site/", "tests/smartblur/"), "tests/modelsvc/", "")
BROWSER_FIXTURES = {"browser", "context", "page", "new_context"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser, so that the summary can count it; what takes longest comes first."""
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.user_properties.append(("browser", True))
    items.sort(key=lambda item: next(n for n, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start)))


class OneSite(LoadScopeScheduling):
    """Of pytest-xdist's processes one takes all that needs the running site; the others take file after file."""

    def _split_scope(self, nodeid: str) -> str:
        return "site" if nodeid.startswith(NEEDS_RUNNING_SITE) else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneSite:
    """How tests are shared out with `-n`."""
    return OneSite(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many tests ran in each of Python, TypeScript and browser."""
    ran = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    in_browser = sum(("browser", True) in report.user_properties for report in ran)
    report = Path(os.environ.get("VITEST_REPORT", ""))
    typescript = json.loads(report.read_text())["numTotalTests"] if report.is_file() else "not run"
    counts = f"Python {len(ran) - in_browser}, TypeScript {typescript}, browser {in_browser}"
    terminalreporter.write_line(f"Tests run: {counts}")


@pytest.fixture(autouse=True)
def quick_and_unbuilt(request: pytest.FixtureRequest) -> None:
    """Passwords hashed fast, static files not collected, and trainings that do not stand back, in tests with Django."""
    if needs_site(request.config):
        settings = request.getfixturevalue("settings")
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
        settings.WHITENOISE_AUTOREFRESH = True
        settings.TRAINER_NICE = 0  # on a busy machine a test would wait for ever


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    """How pytest-playwright starts the browser; without one its tests are skipped on a laptop and fail in CI."""
    path = chromium.find()
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("There is no Chromium: run `python -m tests.chromium`.")
    expect.set_options(timeout=PAGES_WAIT_MS)
    return browser_type_launch_args | {"executable_path": path, "args": chromium.ARGUMENTS}


@pytest.fixture(scope="session")
def identity_provider() -> Iterator[Provider]:
    """Whom the running site asks who somebody is."""
    with Provider() as provider:
        yield provider


@pytest.fixture(scope="session")
def running_site(identity_provider: Provider) -> Iterator[RunningSite]:
    """The whole site as `make run` starts it, workers and all, with an owner and without photos of its own.

    But its people may come by an identity provider, its webhooks reach this computer, and its trainings do not stand
    back: on a busy machine a test would wait for ever.
    """
    ours = {"SMARTBLUR_TRAINER_NICE": "0", "SMARTBLUR_WEBHOOK_NETWORKS": "127.0.0.0/8"}
    with RunningSite(sample=False, **ours, **identity_provider.environment) as site:
        identity_provider.wait()
        yield site


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[Bucket]:
    """An S3 bucket on this computer."""
    with Bucket() as running:
        yield running


@pytest.fixture
def bucket(bucket_server: Bucket, settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bucket:
    """The bucket, emptied, that this process keeps its files in; its own disk is empty."""
    from smartblur_site.settings import bucket as storages_in

    for name, value in bucket_server.environment.items():
        monkeypatch.setenv(name, value)
    settings.RELEASES_ROOT, settings.MODELS_ROOT = tmp_path / "releases", tmp_path / "models"
    settings.EXPORTS_ROOT = tmp_path / "exports"
    settings.STORAGES = settings.STORAGES | storages_in(bucket_server.environment["SMARTBLUR_FILES"])
    for name in bucket_server.names():
        bucket_server.delete(name)
    return bucket_server
