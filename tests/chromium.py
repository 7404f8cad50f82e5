"""The browser that the browser tests drive: `python -m tests.chromium` finds or installs one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> str | None:
    """The path of $CHROMIUM, of one on PATH, or of Playwright's own; None if there is none."""
    if named := os.environ.get("CHROMIUM"):
        return named
    return next(filter(None, map(shutil.which, NAMES)), None) or playwrights_own()


def playwrights_own() -> str | None:
    """The Chromium that Playwright has downloaded, if it has."""
    asked = "from playwright.sync_api import sync_playwright as p\nwith p() as w: print(w.chromium.executable_path)"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    path = answer.stdout.strip()
    return path if path and Path(path).exists() else None


def install() -> None:
    """Get one: from Debian or Ubuntu as root, else Playwright's download."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium with apt-get ...", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)
        subprocess.run(["apt-get", "install", "-qq", "-y", "chromium"], check=False)
    if find() is None:
        print("Downloading Playwright's Chromium ...", flush=True)
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def main() -> None:
    """Make sure that there is one; without it CI fails and a laptop skips the browser tests, loudly."""
    if find() is None:
        install()
    if find() is None:
        print(
            "\n!!! No Chromium: the browser tests will be SKIPPED. Install chromium or set CHROMIUM. !!!\n", flush=True
        )
        sys.exit(1 if os.environ.get("CI") else 0)


if __name__ == "__main__":
    main()
