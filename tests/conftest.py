"""What every test stands on: one real Postgres and one real Valkey for the whole session, on fresh data.

Tests of `annotate.core` and `modelsvc.fusenet` alone start neither.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import django
import pytest

ROOT = Path(__file__).resolve().parent.parent
PURE = (ROOT / "tests/annotate/core", ROOT / "tests/modelsvc/fusenet")
STARTS_WITHIN_S = 60


def pytest_configure(config: pytest.Config) -> None:
    """Start the stores before Django reads its settings; pytest-xdist's workers share the session's."""
    if needs_site(config):
        if "PYTEST_XDIST_WORKER" not in os.environ:
            config.stash[STORES] = Stores()
        os.environ["DJANGO_SETTINGS_MODULE"] = "smartblur_site.settings"
        django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the stores and throw their data away."""
    if stores := config.stash.get(STORES, None):
        stores.stop()


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
        os.environ.pop("DATABASE_URL", None)
        argv = [sys.executable, "-m", "smartblur_site.devstack", "stores"]
        self.process = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.DEVNULL)
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


STORES = pytest.StashKey[Stores]()


@pytest.fixture(autouse=True)
def quick_and_unbuilt(request: pytest.FixtureRequest) -> None:
    """Passwords hashed fast, and static files served without being collected, in tests that use Django."""
    if needs_site(request.config):
        settings = request.getfixturevalue("settings")
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        settings.STORAGES = settings.STORAGES | {"staticfiles": plain}
