"""The whole site on temporary data, for journeys, browser tests and figures: `with RunningSite() as site: site.url`."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from smartblur_site.stores import free_port
from smartblur_site.supervisor import die_with_parent

ROOT = Path(__file__).resolve().parent.parent
STARTS_WITHIN_S = 300
STOPS_WITHIN_S = 60


class RunningSite:
    """`devstack run`: Postgres, Valkey, web server, workers and beat.

    Attributes:
        url: the address, without a slash at its end.
        folder: the data folder; `log` in it is what the site has said.
        owner_password: of the user `owner`.
        environment: what `manage.py` needs to work on the same data.
    """

    def __init__(self, *, sample: bool = True, **environment: str) -> None:
        """A site to be; `sample`: with the sample project, as people find it after their first start."""
        self.folder = Path(tempfile.mkdtemp(prefix="smartblur-site-"))
        self.folder.chmod(0o755)  # Postgres runs as nobody when we are root
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.owner_password = secrets.token_urlsafe(12)
        self.log = self.folder / "log"
        ours = {"SMARTBLUR_DATA": str(self.folder), "SMARTBLUR_EMBEDDED": "1", "DEBUG": "0", "PORT": str(self.port)}
        self.environment = os.environ | ours | {"SMARTBLUR_OWNER_PASSWORD": self.owner_password} | environment
        self.environment.pop("DATABASE_URL", None)
        self.has_sample = sample
        if not sample:
            (self.folder / "sample_loaded").touch()

    def start(self) -> None:
        """Start it and wait until it says its address."""
        argv = [sys.executable, "-m", "smartblur_site.devstack", "run"]
        with self.log.open("wb") as log:
            options = {"cwd": ROOT, "env": self.environment, "preexec_fn": die_with_parent}
            self.process = subprocess.Popen(argv, **options, stdout=log, stderr=log)
        deadline = time.monotonic() + STARTS_WITHIN_S
        while "SmartBlur Studio is at" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The site did not start:\n{self.log.read_text()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End every process of it, as Ctrl-C does; the data stays."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(STOPS_WITHIN_S)

    def manage(self, *words: str) -> str:
        """What a manage.py command prints on the site's data."""
        argv = [sys.executable, str(ROOT / "manage.py"), *words]
        return subprocess.run(argv, env=self.environment, check=True, stdout=subprocess.PIPE, text=True).stdout

    def __enter__(self) -> Self:
        try:
            self.start()
            if not self.has_sample:
                self.manage("create_owner")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
