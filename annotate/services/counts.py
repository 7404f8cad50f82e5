"""The adding up of what changed in the numbers of photos."""

from django.db import connection

KINDS = {
    "annotate_photocount": "project_id, state, is_withdrawn, is_open",
    "annotate_valuecount": "project_id, name, value",
}
ADD_UP = """
WITH parts AS (
    DELETE FROM {table} WHERE id IN (
        SELECT part.id FROM {table} AS part JOIN (
            SELECT {kind} FROM {table} GROUP BY {kind} HAVING count(*) > 1 OR sum(photos) = 0
        ) AS kind USING ({kind}) FOR UPDATE OF part SKIP LOCKED
    ) RETURNING *
)
INSERT INTO {table} ({kind}, photos)
SELECT {kind}, sum(photos) FROM parts GROUP BY {kind} HAVING sum(photos) <> 0
"""


def add_up() -> None:
    """Make one row of each kind's rows; whoever counts meanwhile counts the same."""
    with connection.cursor() as cursor:
        for table, kind in KINDS.items():
            cursor.execute(ADD_UP.format(table=table, kind=kind))
