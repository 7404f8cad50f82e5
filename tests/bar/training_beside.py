"""What annotators feel of a training on the same computer. `python -m tests.bar.training_beside`.

As many saves a second as 100 people who think for five seconds make, in turns with and without a training that takes
all the processors it gets (at nice 10). The ratio is the median over rounds of the two p99 of the same round.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

from tests.bar.common import Client, Target, Times, at_once, parser_of, target, verdict
from tests.bar.jobs import make_release, wait_for
from tests.bar.saves import Author, open_annotations

CLIENTS, SAVES_PER_S = 8, 20
EPOCHS = 1000  # more than anybody waits for
STARTS_WITHIN_S = 600
TARGETS = {"p99_ratio": {"max": 2}, "epochs_beside": {"min": 1}}


def save_steadily(authors: list[Author], seconds: float) -> Times:
    """How long each save took, at a rate that does not depend on it."""
    times, begun, pause_s = Times(), time.perf_counter(), len(authors) / SAVES_PER_S

    def draw(number: int) -> None:
        at = begun + pause_s * number / len(authors)
        while at < begun + seconds:
            time.sleep(max(0.0, at - time.perf_counter()))
            with times.one():
                authors[number].save()
            at += pause_s

    at_once(len(authors), draw)
    return times


class Training:
    """A long run, cancelled at the end of the block. `epochs` is how many it did in the block."""

    def __init__(self, client: Client, project: int, release: int) -> None:
        self.client, self.project, self.release = client, project, release

    def _row(self) -> dict[str, Any]:
        return self.client.ask("GET", f"/api/runs/{self.run}/")

    def __enter__(self) -> Training:
        body = {"release": self.release, "preset": "smoke", "parameters": {"epochs": EPOCHS}}
        self.run = self.client.ask("POST", f"/api/projects/{self.project}/runs/", body)["id"]
        wait_for(lambda: self._row()["epoch"] >= 1, STARTS_WITHIN_S)
        self.before = self._row()["epoch"]
        return self

    def __exit__(self, *_: object) -> None:
        self.epochs = self._row()["epoch"] - self.before
        self.client.ask("POST", f"/api/runs/{self.run}/cancel/")
        wait_for(lambda: self._row()["state"] == "cancelled", 60)


def measure(measured: Target, rounds: int, seconds: float) -> dict[str, Any]:
    """Saves without and with a training, in turn."""
    client = Client(measured.url, measured.tokens[0])
    authors = open_annotations(measured, CLIENTS)
    project, release = make_release(client, 8)
    save_steadily(authors, 2)  # connections and caches are warm from here on
    calm, beside, epochs = [], [], 0
    for _ in range(rounds):
        calm.append(save_steadily(authors, seconds))
        with Training(client, project, release) as training:
            beside.append(save_steadily(authors, seconds))
        epochs += training.epochs
    p99s = [(a.percentile_ms(0.99), b.percentile_ms(0.99)) for a, b in zip(calm, beside, strict=True)]
    return {
        "rounds": rounds,
        "saves": sum(len(times.seconds) for times in calm + beside),
        "calm_p99_ms": statistics.median(a for a, _ in p99s),
        "beside_p99_ms": statistics.median(b for _, b in p99s),
        "p99_ratio": round(statistics.median(b / a for a, b in p99s), 2),
        "epochs_beside": epochs,
    }


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=15)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure starts trainings: it starts a site of its own, so --url is not for it")
    with target(arguments) as measured:
        figures = measure(measured, arguments.rounds, arguments.seconds)
    verdict("training_beside", figures, TARGETS)


if __name__ == "__main__":
    main()
