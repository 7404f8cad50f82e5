"""Of a large project nothing that people wait for reads more than of a small one, and no plan reads all photos."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from annotate.models import Membership, Project
from annotate.services.queueing.queue import claim_next_image
from tests.bar.many_photos import fill
from tests.bar.million import FILTERS, look_at, sweeps

FEW, MANY = 400, 12_000
OF_ALL_PHOTOS = {
    *("annotate_image", "annotate_photofacts", "annotate_derivative", "annotate_preannotation"),
    *("annotate_queueplace", "modelsvc_prediction"),
}
LISTS = ["/projects/{project}/", *(f"/projects/{{project}}/?{each}" for each in FILTERS)]
SORTED = [f"/projects/{{project}}/?sort={each}" for each in ("added", "-entropy", "subject", "-size", "taken")]
PAGES = [f"/projects/{{project}}/{each}/" for each in ("queue", "batches", "levels", "statistics", "models", "settle")]
LISTED = ["/api/projects/{project}/images/?license=none", "/api/projects/{project}/images/?newest=1"]


@contextmanager
def whole_tables_read() -> Iterator[set[tuple[str, str]]]:
    """(table, statement) of what is executed inside by a plan that reads a row of each photo from end to end."""
    found: set[tuple[str, str]] = set()

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statement = sql[sql.find("EXECUTE ") :] if "EXECUTE " in sql else sql
        if statement.startswith(("SELECT", "(SELECT", "EXECUTE", "UPDATE", "DELETE", "WITH")):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", params)
                plan = cursor.fetchone()[0]
            found.update(
                (table, statement) for table in tables_read(plan if isinstance(plan, list) else json.loads(plan))
            )
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield found


def tables_read(plan: Any) -> Iterator[str]:
    """The tables that a plan, or a part of one, reads from end to end."""
    parts = plan if isinstance(plan, list) else plan.values() if isinstance(plan, dict) else ()
    if isinstance(plan, dict) and plan.get("Node Type") == "Seq Scan" and plan["Relation Name"] in OF_ALL_PHOTOS:
        yield plan["Relation Name"]
    for part in parts:
        yield from tables_read(part)


def owner_of(project: int) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(Membership.objects.get(project=project, role="owner").user)
    return client


@pytest.mark.django_db(transaction=True)
def test_lists_claims_and_sweeps_read_as_little_of_many_photos_as_of_few(monkeypatch):
    monkeypatch.setattr("annotate.pages.finding.MOST_COUNTED", FEW)  # as in a project of more than 200,000
    few, many = fill(FEW), fill(MANY)
    clients = {project: owner_of(project) for project in (few, many)}

    def rows_of(address: str, project: int) -> int:
        path = address.format(project=project)
        assert clients[project].get(path).status_code == 200
        return look_at(lambda: clients[project].get(path), 0)["rows"]

    listed = [*LISTS, *SORTED, *LISTED]
    grown = {address: rows_of(address, many) - rows_of(address, few) for address in listed}
    assert {address: rows for address, rows in grown.items() if rows > 2 * MANY // 10} == {}  # a tenth is labelled
    with whole_tables_read() as found:
        for address in [*listed, *PAGES]:
            assert clients[many].get(address.format(project=many)).status_code == 200, address
        for person in Membership.objects.filter(project=many)[:2]:
            assert claim_next_image(Project.objects.get(pk=many), by=person.user)
        for sweep in sweeps().values():
            sweep()
    assert found == set()
