"""The rows of the database as files and back: COPY, table by table, through the connection that Django has.

No pg_dump: it would have to be of the server's version, and neither the web image nor a laptop needs to have one.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from annotate.core.errors import Conflict, SmartBlurError
from annotate.models import User

NOT_ROWS = (  # written by migrating, by triggers, and by who counts facts anew
    *("django_migrations", "annotate_photocount", "annotate_valuecount"),
    *("annotate_photofacts", "annotate_photonews"),
)
GZIP_LEVEL = 1
WAIT_FOR_OTHERS_S = 10
LOCK_NOT_AVAILABLE = "55P03"


@dataclass(frozen=True)
class Table:
    """A table's rows in a file."""

    name: str
    columns: Sequence[str]
    rows: int
    sha256: str

    @property
    def file_name(self) -> str:
        """What its file is called."""
        return f"{self.name}.copy.gz"

    def as_json(self) -> dict[str, Any]:
        """The same for a description."""
        return asdict(self)


@contextmanager
def one_moment() -> Iterator[None]:
    """See the database as it is now, whatever others write meanwhile."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def migrations_applied() -> dict[str, str]:
    """App -> the newest migration that the database has of it."""
    executor = MigrationExecutor(connection)
    applied: dict[str, str] = {}
    for app, name in executor.loader.applied_migrations:
        if (app, name) in executor.loader.graph.nodes:
            applied[app] = max(name, applied.get(app, ""))
    return applied


def write_tables(folder: Path) -> list[Table]:
    """Write every table's rows, in the order of their keys."""
    with connection.cursor() as cursor:
        names = sorted(set(connection.introspection.table_names(cursor)) - set(NOT_ROWS))
    return [_write(name, folder) for name in names]


def _write(name: str, folder: Path) -> Table:
    quoted = connection.ops.quote_name
    with connection.cursor() as cursor:
        columns = [column.name for column in connection.introspection.get_table_description(cursor, name)]
        key = connection.introspection.get_primary_key_columns(cursor, name) or columns
        listed, order = (", ".join(map(quoted, each)) for each in (columns, key))
        path = folder / f"{name}.copy.gz"
        with path.open("xb") as raw:
            packed = _Digest(raw)
            with gzip.GzipFile(filename="", fileobj=packed, mode="wb", compresslevel=GZIP_LEVEL, mtime=0) as file:
                rows = f"COPY (SELECT {listed} FROM {quoted(name)} ORDER BY {order}) TO STDOUT"  # noqa: S608 - our tables
                cursor.cursor.copy_expert(rows, file)
            os.fsync(raw.fileno())
        return Table(name, columns, cursor.cursor.rowcount, packed.sha256.hexdigest())


class _Digest:
    """A file that is written to, and the digest of what was."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.sha256 = file, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return self.file.write(content)

    def flush(self) -> None:
        self.file.flush()


def sequences() -> dict[str, int]:
    """The last number that each sequence gave."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sequencename, last_value FROM pg_sequences"
            " WHERE schemaname = current_schema() AND last_value IS NOT NULL ORDER BY 1"
        )
        return dict(cursor.fetchall())


def has_people() -> bool:
    """Whether anybody has an account: then this is no empty installation."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    return User._meta.db_table in tables and User.objects.exists()


def read_tables(
    folder: Path, tables: Sequence[Table], numbers: Mapping[str, int], migrations: Mapping[str, str]
) -> None:
    """Put these rows in the place of all that the database holds, in one transaction, and bring it up to date.

    Raises:
        SmartBlurError: there is no such table or column.
        Conflict: somebody else is using the database, or it was written by a newer version.
    """
    _require_known(migrations)
    try:
        with transaction.atomic():
            _clear()
            MigrationExecutor(connection).migrate(sorted(migrations.items()))
            _check_references("DEFERRED")  # migrating has turned some of them on at once
            for table in tables:
                _require_ours(table)
                _read(table, folder)
            _count_on(numbers)
            _check_references("IMMEDIATE")  # all of them, now: what was not checked yet cannot be migrated
            call_command("migrate", interactive=False, verbosity=0)
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE:
            detail = "The database is in use. Stop the web server and the workers, then repeat."
            raise Conflict(detail, code="database_in_use") from error
        raise


def _require_known(migrations: Mapping[str, str]) -> None:
    known = MigrationExecutor(connection).loader.graph.nodes
    if unknown := [f"{app} {name}" for app, name in sorted(migrations.items()) if (app, name) not in known]:
        detail = f"The backup is of a newer version, which has {unknown[0]}. Upgrade first, then restore."
        raise Conflict(detail, code="backup_newer")


def _require_ours(table: Table) -> None:
    """Names come from a file that anybody may have written: only those that the database knows go into a statement."""
    with connection.cursor() as cursor:
        is_known = table.name in set(connection.introspection.table_names(cursor)) - set(NOT_ROWS)
        rows = connection.introspection.get_table_description(cursor, table.name) if is_known else []
    if not is_known or not set(table.columns) <= {column.name for column in rows}:
        detail = "The backup holds rows of a table that there is not."
        raise SmartBlurError(detail, where=table.name, code="invalid_backup")


def _clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{WAIT_FOR_OTHERS_S}s'")
        cursor.execute("SELECT current_schema()")
        schema = connection.ops.quote_name(cursor.fetchone()[0])
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")
        cursor.execute(f"CREATE SCHEMA {schema}")


def _read(table: Table, folder: Path) -> None:
    quoted = connection.ops.quote_name
    columns = ", ".join(map(quoted, table.columns))
    with connection.cursor() as cursor, gzip.open(folder / table.file_name) as file:
        cursor.cursor.copy_expert(f"COPY {quoted(table.name)} ({columns}) FROM STDIN", file)


def _count_on(numbers: Mapping[str, int]) -> None:
    with connection.cursor() as cursor:
        for name, last in numbers.items():
            cursor.execute("SELECT setval(%s::regclass, %s)", [connection.ops.quote_name(name), last])


def _check_references(when: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL {when}")
