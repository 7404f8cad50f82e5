"""Kill -9 of trainer or worker in the middle of trainings: each goes on and ends as if nothing had been.

`python -m tests.bar.train_kill --kills 10`. A run has three attempts, so each is killed twice at most; another
waits behind it, and evaluations besides. The figures of a
run that nobody killed, with the same parameters and seed, are what the others must reach.
"""

from __future__ import annotations

import random
import re
import time
from typing import Any

from tests.bar.common import Client, Target, parser_of, target, verdict
from tests.bar.jobs import make_release, process_of, wait_for
from tests.running_site import RunningSite

EPOCHS, PHOTOS, KILLS_A_RUN = 12, 8, 2
MARKS = {"trainer": "modelsvc.fusenet train", "gpu worker": "-Q gpu"}
DONE_WITHIN_S = 600
PROMISES = ("R4",)
TARGETS = {
    "kills": {"min": 1},
    "resumed_s_max": {"max": 30},
    "epochs_lost_max": {"max": 1},
    "metrics_differ_by": {"max": 1e-6},
    "runs_not_done": {"max": 0},
}


def start(client: Client, project: int, release: int) -> int:
    """A short training with a fixed seed."""
    body = {"release": release, "preset": "smoke", "parameters": {"epochs": EPOCHS, "seed": 7}}
    return client.ask("POST", f"/api/projects/{project}/runs/", body)["id"]


def finish(client: Client, run: int) -> dict[str, Any]:
    """The run as it ended."""
    wait_for(lambda: client.ask("GET", f"/api/runs/{run}/")["state"] in ("done", "failed"), DONE_WITHIN_S, 0.5)
    return client.ask("GET", f"/api/runs/{run}/")


def numbers_of(client: Client, run: int) -> dict[tuple[int, str], float]:
    """Every metric of every epoch."""
    metrics = client.ask("GET", f"/api/runs/{run}/metrics/")
    return {(each["epoch"], each["name"]): each["value"] for each in metrics}


def kill_and_wait(client: Client, site: RunningSite, run: int, dice: random.Random) -> dict[str, Any]:
    """Kill the trainer or its worker at some moment, and say how long it took until another attempt was training."""
    before = client.ask("GET", f"/api/runs/{run}/")
    wanted = min(before["epoch"] + dice.randint(1, EPOCHS // 3), EPOCHS - 2)
    wait_for(lambda: client.ask("GET", f"/api/runs/{run}/")["epoch"] >= wanted, DONE_WITHIN_S)
    time.sleep(dice.uniform(0, 1))
    victim = dice.choice(sorted(MARKS))
    process = process_of(site, MARKS[victim])
    at = client.ask("GET", f"/api/runs/{run}/")
    if process is None or at["state"] != "running":
        return {}
    process.kill()
    resumed_s = wait_for(lambda: client.ask("GET", f"/api/runs/{run}/")["attempt"] > at["attempt"], 120)
    said = re.compile(r"Resumed in epoch (\d+) after")

    def resumed_in() -> list[str]:
        return said.findall(client.ask("GET", f"/api/runs/{run}/")["log_tail"])

    wait_for(lambda: len(resumed_in()) >= at["attempt"], DONE_WITHIN_S)
    lost = max(0, at["epoch"] - (int(resumed_in()[-1]) - 1))
    return {"victim": victim, "resumed_s": resumed_s, "epochs_lost": lost}


def measure(measured: Target, kills: int, dice: random.Random) -> dict[str, Any]:
    """One run left alone, and as many killed ones as the kills need."""
    client = Client(measured.url, measured.tokens[0])
    project, release = make_release(client, PHOTOS)
    alone = start(client, project, release)
    finish(client, alone)
    wanted, seen, differ, not_done = numbers_of(client, alone), [], 0.0, 0
    while len(seen) < kills:
        run, behind = start(client, project, release), start(client, project, release)
        for _ in range(min(KILLS_A_RUN, kills - len(seen))):
            if killed := kill_and_wait(client, measured.site, run, dice):
                seen.append(killed)
        not_done += finish(client, run)["state"] != "done"
        client.send("POST", f"/api/runs/{behind}/cancel/")
        found = numbers_of(client, run)
        differ = max(differ, *(abs(found.get(key, float("inf")) - value) for key, value in wanted.items()))
    return {
        "kills": len(seen),
        "killed": [each["victim"] for each in seen],
        "resumed_s_max": round(max(each["resumed_s"] for each in seen), 1),
        "epochs_lost_max": max(each["epochs_lost"] for each in seen),
        "metrics_compared": len(wanted),
        "metrics_differ_by": differ,
        "runs_not_done": not_done,
    }


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure kills processes: it starts a site of its own, so --url is not for it")
    with target(arguments) as measured:
        figures = {"seed": arguments.seed} | measure(measured, arguments.kills, random.Random(arguments.seed))
    verdict("train_kill", figures, TARGETS)


if __name__ == "__main__":
    main()
