"""Processes of a running site are killed and frozen while people work: the short forms of `tests.bar`."""

import json
import random
import threading
from collections.abc import Iterator

import pytest

from tests.bar.common import Client, Target, Times, at_once
from tests.bar.crash import BROKEN, Survivor, kill_at_random, open_annotations, victims
from tests.bar.jobs import process_of, wait_for
from tests.bar.redis_away import frozen, save_often
from tests.bar.soak import make_labelled
from tests.running_site import RunningSite

pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")  # clients of benches keep their sockets
KILLS, PEOPLE, JOBS = 3, 4, 5
COUNT = "import json; from tests.bar.crash import check; print(json.dumps(check({saved!r})))"


@pytest.fixture(scope="module")
def measured(running_site: RunningSite) -> Iterator[Target]:
    """The running site, which has all of its processes again when the next tests come."""
    yield Target(running_site.url, [running_site.manage("issue_token", "owner").strip()], running_site)
    wait_for(lambda: len(victims(running_site)) == 3 and process_of(running_site, "valkey-server"), 60)
    wait_for(lambda: is_well(Client(running_site.url, "")), 60)


def is_well(client: Client) -> bool:
    try:
        return client.send("GET", "/readyz")[0] == 200
    except BROKEN:
        return False


@pytest.mark.promise("R1", "R2")
def test_what_was_acknowledged_is_there_after_processes_were_killed(measured: Target) -> None:
    authors = open_annotations(measured, PEOPLE)
    people = [Survivor(author.client, int(author.path.split("/")[3])) for author in authors]
    probe, over, killing = Client(measured.url, ""), threading.Event(), {}

    def work(number: int) -> None:
        if number < PEOPLE:
            people[number].save_until(over.is_set)
            return
        try:
            killing.update(kill_at_random(measured.site, random.Random(1), KILLS, lambda: is_well(probe)))
        finally:
            over.set()

    at_once(PEOPLE + 1, work)
    saved = {person.annotation: person.acknowledged for person in people}
    found = json.loads(measured.site.manage("shell", "-v", "0", "-c", COUNT.format(saved=saved)).splitlines()[-1])
    assert (killing["kills"], sum(map(len, saved.values())) > PEOPLE) == (KILLS, True)
    assert found == {"lost": 0, "without_audit": 0, "duplicated": 0}
    assert sum(person.statuses[500] for person in people) == 0


@pytest.mark.promise("R3")
def test_each_release_is_built_once_though_redis_and_the_worker_are_killed(measured: Target) -> None:
    client = Client(measured.url, measured.tokens[0])
    project = make_labelled(client, "Killed while it is built", 2)
    for number in range(JOBS):
        client.ask("POST", f"/api/projects/{project}/releases/", {})
        if number in (1, 3) and (victim := process_of(measured.site, ("valkey-server", "-Q default")[number // 2])):
            victim.kill()

    def releases() -> list[dict]:
        return client.ask("GET", f"/api/projects/{project}/releases/")["results"]

    wait_for(lambda: all(each["state"] in ("ready", "failed") for each in releases()), 120)
    folders = [list((measured.site.folder / "releases" / str(each["id"])).iterdir()) for each in releases()]
    assert [each["state"] for each in releases()] == ["ready"] * JOBS
    assert [len(each) for each in folders] == [1] * JOBS


@pytest.mark.promise("R6")
def test_saves_do_not_wait_for_a_frozen_redis(measured: Target) -> None:
    (author,) = open_annotations(measured, 1)
    revision = save_often(author.client, author.path, 0, 20, calm := Times())
    with frozen(measured.site):
        save_often(author.client, author.path, revision, 40, times := Times())
    assert times.percentile_ms(0.99) <= max(
        1_000, 3 * calm.percentile_ms(0.99)
    )  # whoever waits for it waits two seconds
