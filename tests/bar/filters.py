"""What each filter and sort of photos costs among 200,000, on the page with its counts and in the API.

`python -m tests.bar.filters --photos 200000 --data DIR`. Rows come from `tests.bar.many_photos`, on a Postgres of its
own; `--data` keeps them for the next time. Of each it tells statements, the median time of the page and of the list,
the processor's time of the page (for busy machines), rows that Postgres read, and the index that answers it.
"""

from __future__ import annotations

import argparse
import functools
import json
import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from tests.bar.common import cpu_seconds, verdict
from tests.bar.million import database, look_at, project_of

PAGE = 49
ROUNDS = 5
TARGETS = {"slowest_ms": {"max": 150.0}, "most_queries": {"max": 12.0}}
VALUES = {  # where the kind of a filter does not say one
    "q": "00123",
    "sha256": "0" * 64,
    "camera": "Camera 7",
    "album": "Album 7",
    "license": "CC-BY-4.0",
    "scene": "sharp-3",
    "size": "6..12",
    "sharpest": "0.5..1",
    "annotator": "person-02",
    "uploader": "person-02",
}
BY_KIND = {"range": "20..30", "days": "2026-10-01..2026-10-31", "flag": "1", "choice": "1"}
TOGETHER = "verdict=good&scene=sharp-3&differing=1"


def star(project: int) -> str:
    """An area of the project's atlas with as many corners as one may have."""
    from annotate.models import Atlas
    from annotate.services.finding.areas import MOST_CORNERS

    corners = []
    for turn in range(MOST_CORNERS):
        angle = 2 * math.pi * turn / MOST_CORNERS
        reach = 1_500 + 1_000 * math.cos(7 * angle)
        corners.append(f"{5_000 + reach * math.cos(angle):.0f}-{5_000 + reach * math.sin(angle):.0f}")
    return "_".join([str(Atlas.objects.shown().get(project=project).pk), *corners])


def questions(project: int) -> list[str]:
    """Every filter alone, every sort both ways, and the journey's three together, sorted."""
    from annotate.services.finding.filters import FILTERS, SORTS

    values = VALUES | {"lasso": star(project)}
    asked = []
    for name, each in FILTERS.items():
        choice = str(next(iter(each.choices), (BY_KIND["choice"],))[0])
        value = values.get(name) or (choice if each.kind == "choice" else BY_KIND[each.kind])
        asked.append(f"{name}={value}")
    return [
        "",
        *asked,
        *(f"sort={order}" for name in SORTS for order in (name, f"-{name}")),
        TOGETHER,
        f"{TOGETHER}&sort=-entropy",
    ]


def indexes_of(project: int, query: str) -> str:
    """The indexes that the first page of ids is read by; "" where the project's facts are."""
    from annotate.models import Project
    from annotate.services.finding.search import OLDEST, SORTS, read_query

    search = read_query(Project.objects.get(pk=project), query, role="owner")
    name = search.order.removeprefix("-")
    column = "image" if name == OLDEST else SORTS[name].column
    rows = search.facts().filter(**{f"{column}__isnull": False})
    ordered = rows.in_order(column, is_descending=search.order.startswith("-")).ids()[:PAGE]
    return ", ".join(sorted(_names(json.loads(ordered.explain(format="json")))))


def _names(plan: Any) -> set[str]:
    if isinstance(plan, list):
        return set().union(*map(_names, plan))
    if not isinstance(plan, dict):
        return set()
    own = {plan["Index Name"]} if "Index Name" in plan else set()
    return own.union(*map(_names, plan.values()))


def measure(project: int, rounds: int) -> dict[str, dict[str, Any]]:
    """Question -> its figures, as the project's owner asks it."""
    from django.test import Client

    from annotate.models import Membership

    client = Client(headers={"host": "localhost"})
    client.force_login(Membership.objects.get(project=project, role="owner").user)
    found = {}
    for query in questions(project):
        page, listed = f"/projects/{project}/?{query}", f"/api/projects/{project}/images/?newest=1&{query}"
        for path in (page, listed):
            answer = client.get(path)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code} {answer.content[:200]!r}")
        of_page = look_at(functools.partial(client.get, page), rounds)
        of_list = look_at(functools.partial(client.get, listed), rounds)
        found[query or "all"] = {
            "page_ms": of_page["p50_ms"],
            "list_ms": of_list["p50_ms"],
            "cpu_ms": cpu_of(functools.partial(client.get, page)),
            "queries": max(of_page["queries"], of_list["queries"]),
            "rows": of_list["rows"],
            "page_rows": of_page["rows"],
            "index": indexes_of(project, query),
        }
    return found


def cpu_of(act: Callable[[], object]) -> int:
    """Milliseconds of processor time that an act takes here and in Postgres, which does not share it out for that."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        processes = [psutil.Process(), psutil.Process(cursor.fetchone()[0])]
        before = cpu_seconds(processes)
        act()
        spent = cpu_seconds(processes) - before
        cursor.execute("RESET max_parallel_workers_per_gather")
    return round(1_000 * spent)


def main() -> None:
    """Print the figures, and whether they are good enough."""
    parser = argparse.ArgumentParser(description="Filters and sorts of many photos.")
    parser.add_argument("--photos", type=int, default=200_000)
    parser.add_argument("--data", type=Path, help="keep the rows here for the next time")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database(asked.data or Path(folder)):
        found = measure(project_of(asked.photos), asked.rounds)
    head = ("asked", "page ms", "of it processor", "list ms", "statements", "rows of list", "rows of page", "index")
    print("| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|")
    for query, row in found.items():
        told = [row[name] for name in ("page_ms", "cpu_ms", "list_ms", "queries", "rows", "page_rows")]
        told.append(row["index"] or "reads all")
        print(f"| `{query[:60]}` | " + " | ".join(map(str, told)) + " |")
    figures = {
        "slowest_ms": max(max(row["page_ms"], row["list_ms"]) for row in found.values()),
        "most_queries": max(row["queries"] for row in found.values()),
        "questions": found,
    }
    verdict("filters", figures, TARGETS)


if __name__ == "__main__":
    main()
