"""How fast drafts are saved: 12 polygons of 60 points, at 1 and at 8 clients. `python -m tests.bar.saves`."""

import time
import uuid
from typing import Any

from tests.bar.common import (
    Client,
    Target,
    Times,
    at_once,
    count_statements,
    parser_of,
    photos,
    polygons,
    target,
    verdict,
)
from tests.bar.forms import upload

CLIENTS = 8
DOCUMENT = polygons(12, 60, 1024, 720)
PROMISES = ("L1",)
TARGETS = {"saves_per_s_8": {"min": 100}, "p99_ms_8": {"max": 250}, "queries": {"max": 8}}


class Author:
    """Somebody who draws: saves one annotation over and over, each time on top of the last."""

    def __init__(self, client: Client, annotation: int) -> None:
        self.client, self.path, self.revision = client, f"/api/annotations/{annotation}/draft/", 0

    def save(self) -> None:
        """One save, which must be acknowledged as the next revision."""
        body = {"save_id": str(uuid.uuid4()), "base_revision": self.revision, "document": DOCUMENT, "active_ms": 1000}
        answer = self.client.ask("PUT", self.path, body)
        assert answer == {"revision": self.revision + 1}, answer
        self.revision += 1


def open_annotations(measured: Target, count: int) -> list[Author]:
    """One annotation for each of `count` clients, in a project made for it."""
    token = measured.tokens[0]
    owner = Client(measured.url, token)
    project = owner.ask("POST", "/api/projects/", {"name": "Figures: saves", "votes_wanted": 1})["id"]
    images = upload(owner, project, photos(count, 1024, 720))
    next_image = f"/api/projects/{project}/next/"
    opened = [owner.ask("POST", next_image, {"image": image})["annotation"]["id"] for image in images]
    return [Author(Client(measured.url, token), annotation) for annotation in opened]


def measure(authors: list[Author], seconds: float) -> dict[str, Any]:
    """Saves a second and percentiles when these authors save as fast as they are answered."""
    times = Times()
    until = time.perf_counter() + seconds

    def draw(number: int) -> None:
        while time.perf_counter() < until:
            with times.one():
                authors[number].save()

    took = at_once(len(authors), draw)
    count = len(authors)
    return {
        f"saves_per_s_{count}": round(len(times.seconds) / took, 1),
        f"p50_ms_{count}": times.percentile_ms(0.5),
        f"p99_ms_{count}": times.percentile_ms(0.99),
    }


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    with target(arguments) as measured:
        authors = open_annotations(measured, CLIENTS)
        measure(authors, 1)  # connections and caches are warm from here on
        figures = measure(authors[:1], arguments.seconds) | measure(authors, arguments.seconds)
        site = measured.site
        figures["queries"] = count_statements(site, "EXECUTE save_work", authors[0].save) if site else None
    verdict("saves", figures, TARGETS)


if __name__ == "__main__":
    main()
