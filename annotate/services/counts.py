"""The adding up of what changed in the numbers of photos."""

from django.db import connection

ADD_UP = """
WITH parts AS (
    DELETE FROM annotate_photocount WHERE id IN (
        SELECT part.id FROM annotate_photocount AS part JOIN (
            SELECT project_id, state, is_withdrawn, is_open FROM annotate_photocount
            GROUP BY 1, 2, 3, 4 HAVING count(*) > 1 OR sum(photos) = 0
        ) AS kind USING (project_id, state, is_withdrawn, is_open) FOR UPDATE OF part SKIP LOCKED
    ) RETURNING *
)
INSERT INTO annotate_photocount (project_id, state, is_withdrawn, is_open, photos)
SELECT project_id, state, is_withdrawn, is_open, sum(photos) FROM parts GROUP BY 1, 2, 3, 4 HAVING sum(photos) <> 0
"""


def add_up() -> None:
    """Make one row of each kind's rows; whoever counts meanwhile counts the same."""
    with connection.cursor() as cursor:
        cursor.execute(ADD_UP)
