"""The whole site on one computer: `python -m smartblur_site.devstack run`, which is what `make run` ends in.

`run` starts the embedded stores, brings the database up to date, starts web server, workers and beat, and keeps all of
them alive until Ctrl-C. `stores` starts only the stores, for tests and for work on the code.
"""

import argparse
import contextlib
import functools
import os
import signal
import socket
import sys
import time
import urllib.request
from pathlib import Path

from smartblur_site.stores import stores
from smartblur_site.supervisor import Child, ending_on_signals, revive, say, stop, wait_until

BASE_DIR = Path(__file__).resolve().parent.parent
BUNDLE = BASE_DIR / "frontend" / "dist" / "manifest.json"
COLLECTED = BASE_DIR / "staticfiles" / "staticfiles.json"
START_S = 60
SMALL_HEAP = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072", "MALLOC_MMAP_THRESHOLD_": "131072"}
QUIET = {"PYTHONWARNINGS": "ignore:You're running the worker with superuser privileges"}  # no pickles here


def programs(host: str, port: str) -> dict[str, list[str]]:
    """The command of each process of the site; docker-compose.yml runs the same ones."""
    celery = ["celery", "--quiet", "-A", "smartblur_site"]
    worker = [*celery, "worker", "-P", "threads", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    return {
        "web": ["python", "-m", "smartblur_site.webserver", "--host", host, "--port", port],
        "worker": [*worker, "-Q", "default", "-c", "2", "-n", "default@%h"],
        "gpu-worker": [*worker, "-Q", "gpu", "-c", "1", "-n", "gpu@%h"],
        "beat": [*celery, "beat", "-S", "celery.beat.Scheduler"],
    }


def site(env: dict[str, str], host: str, port: int) -> list[Child]:
    """The site's processes; a worker stops cold, since a lease brings its unfinished work back."""
    folder = Path(sys.executable).parent
    env = env | SMALL_HEAP | QUIET
    return [
        Child(name, [str(folder / words[0]), *words[1:]], signal.SIGQUIT if "worker" in name else signal.SIGTERM, env)
        for name, words in programs(host, str(port)).items()
    ]


def manage(env: dict[str, str], *words: str) -> None:
    """Run a manage.py command to its end; leave if it fails."""
    child = Child(words[0], [sys.executable, str(BASE_DIR / "manage.py"), *words], env=env)
    try:
        child.start()
        if child.process.wait():
            sys.exit(f"`manage.py {' '.join(words)}` failed; the lines above say why.")
    finally:
        stop([child])


def collect_static(env: dict[str, str]) -> None:
    """Gather the files the web server hands out, if the front end was built since."""
    if not BUNDLE.exists():
        sys.exit("The front end is not built: `npm ci && npm run build` in frontend/, or `make run`, which does it.")
    if not COLLECTED.exists() or COLLECTED.stat().st_mtime < BUNDLE.stat().st_mtime:
        say("Collecting static files ...")
        manage(env, "collectstatic", "--no-input", "-v", "0")


def load_sample_once(env: dict[str, str], folder: Path) -> None:
    """Make the first user and the sample project with its model, if this data folder has never had them."""
    marker = folder / "sample_loaded"
    if not marker.exists():
        say("Loading the sample project (once) ...")
        manage(env, "load_sample")
        manage(env, "adopt_shipped_model", "--project", "Sample")
        marker.touch()


def answers(url: str) -> bool:
    """Whether a GET of `url` is a 200."""
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=2) as response:
        return response.status == 200
    return False


def refuse_taken_port(host: str, port: int) -> None:
    """Leave with a sentence if somebody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            sys.exit(f"Port {port} cannot be used ({error.strerror}): choose another with `PORT=8001 make run`.")


def run(folder: Path, host: str, port: int) -> None:
    """Run the whole site until it is told to end."""
    if "DATABASE_URL" in os.environ:
        sys.exit("DATABASE_URL is set, but `make run` brings a database of its own: unset it, or see docs/running.md.")
    refuse_taken_port(host, port)
    with stores(folder) as servers:
        env = {**os.environ, "DEBUG": "0", "SMARTBLUR_EMBEDDED": "1", "SMARTBLUR_DATA": str(folder)}
        env.setdefault(
            "OMP_WAIT_POLICY", "PASSIVE"
        )  # a training's threads must not spin while the site needs the cores
        collect_static(env)
        say("Bringing the database up to date ...")
        manage(env, "migrate", "--no-input", "-v", "0")
        web, *workers = site(env, host, port)
        try:
            web.start()
            load_sample_once(env, folder)
            wait_for_web(web, "127.0.0.1" if host == "0.0.0.0" else host, port)  # noqa: S104 - the owner's choice
            for worker in workers:
                worker.start()
            address = f"http://{'localhost' if host == '127.0.0.1' else host}:{port}"
            say(f"\nSmartBlur Studio is at {address}  (Ctrl-C stops it; data is in {folder})\n")
            keep([*servers, web, *workers])
        finally:
            say("Stopping ...")
            stop([web, *workers])


def wait_for_web(web: Child, host: str, port: int) -> None:
    """Return when the web server answers; leave if it does not."""
    is_up = functools.partial(answers, f"http://{host}:{port}/healthz")
    if not wait_until(is_up, within_s=START_S, children=[web]):
        sys.exit("The web server does not start; the lines above say why.")


def keep(children: list[Child]) -> None:
    """Watch the children for ever."""
    while True:
        revive(children)
        time.sleep(0.3)


def main() -> None:
    """Read the command line and the environment, and run."""
    parser = argparse.ArgumentParser(prog="python -m smartblur_site.devstack", description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["run", "stores"], help="the whole site, or only Postgres and Valkey")
    what = parser.parse_args().what
    folder = Path(os.environ.get("SMARTBLUR_DATA") or BASE_DIR / ".run").resolve()
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    if not (port.isdecimal() and 0 < int(port) < 2**16):
        parser.error(f"PORT={port!r} is no port: give a number from 1 to 65535.")
    with ending_on_signals():
        if what == "run":
            run(folder, host, int(port))
        else:
            with stores(folder) as servers:
                keep(servers)


if __name__ == "__main__":
    main()
