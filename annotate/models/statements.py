"""Statements that a connection plans once, for what is asked on every request.

Django takes a millisecond to write a query over some tables, and Postgres as long to plan it: more than it takes to
read a row by its key.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakSet

from django.db import connection, models
from django.db.models.expressions import RawSQL
from django.http import Http404

Row = TypeVar("Row", bound=models.Model)


class Statement:
    """SQL with places $1, $2 ..., prepared by each connection that runs it.

    Attributes:
        call: what runs it, with the values by their names.
    """

    def __init__(self, name: str, sql: str, types: dict[str, str]) -> None:
        """Args:
        types: value -> its Postgres type, in the order of the places.
        """
        self.preparation = f"PREPARE {name} ({', '.join(types.values())}) AS {sql}"
        self.call = f"EXECUTE {name} ({', '.join(f'%({value})s' for value in types)})"
        self.prepared: WeakSet[object] = WeakSet()  # connections

    def prepare(self) -> None:
        """Have this thread's connection plan it, unless it has."""
        with connection.cursor() as cursor:
            if connection.connection not in self.prepared:
                with connection.wrap_database_errors:
                    cursor.cursor.execute(self.preparation)
                self.prepared.add(connection.connection)

    def run(self, values: dict[str, object], *, after: str = "") -> list[tuple[Any, ...]]:
        """The rows that it returns; `after` is done before, in the same round trip."""
        self.prepare()
        with connection.cursor() as cursor:
            cursor.execute(after + self.call, values)
            return cursor.fetchall()


class PreparedRows(Generic[Row]):
    """The rows of a queryset whose shape never changes: written once a thread, planned once a connection."""

    def __init__(self, name: str, rows: Callable[..., models.QuerySet[Row]], **types: str) -> None:
        """Args:
        rows: makes the queryset of these values; it is called with places for them.
        types: value -> its Postgres type.
        """
        self.name, self.rows, self.types = name, rows, types
        self.written = threading.local()

    def first(self, **values: object) -> Row | None:
        """The first of the rows with these values."""
        if not hasattr(self.written, "rows"):
            self._write()
        self.written.statement.prepare()
        self.written.compiler.as_sql = lambda *_, **__: (self.written.statement.call, values)
        return next(iter(self.written.rows), None)

    def get(self, **values: object) -> Row:
        """The first of the rows with these values; raises Http404 where there is none."""
        if (row := self.first(**values)) is None:
            raise Http404
        return row

    def _write(self) -> None:
        places = {value: RawSQL(f"${n}", []) for n, value in enumerate(self.types, 1)}  # noqa: S611 - places, no values
        rows = self.rows(**places)[:1]
        compiler = rows.query.get_compiler(connection=connection)
        with connection.cursor() as cursor:
            sql = cursor.mogrify(*compiler.as_sql()).decode()
        rows.query.get_compiler = lambda *_, **__: compiler
        self.written.statement, self.written.compiler = Statement(self.name, sql, self.types), compiler
        self.written.rows = rows._iterable_class(rows)
