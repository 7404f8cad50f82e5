"""How many bytes a photo takes: files, rows and indexes. `python -m tests.bar.sizes`; docs/operations.md builds on it.

Files are those of the sample project, real photos with their previews and sharpness maps. Rows are those of labelled
and released photos, with 12 regions of 60 points each, and of the sample's predictions.
"""

import time
from typing import Any

from tests.bar.common import RIGHTS, Client, Target, parser_of, photos, target, verdict
from tests.bar.export import label_all, wait_until_ready
from tests.bar.forms import upload

PATIENCE_S = 600
ROWS = """
SELECT relname, reltuples::bigint, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname
"""
FEWEST_ROWS = 10


def describe_files() -> dict[str, int]:
    """The mean bytes of the sample's files."""
    from annotate.models import Image

    images = Image.objects.filter(project__name="Sample").select_related("derivative")
    made = [image.derivative for image in images if image.derivative.preview]
    means = {
        "photo": [image.byte_count for image in images],
        "preview": [row.preview.size for row in made],
        "sharpness map": [row.sharpness.size for row in made if row.sharpness],
        "pixels": [image.width * image.height for image in images],
    }
    return {name: round(sum(values) / len(values)) for name, values in means.items()} | {"photos": len(images)}


def describe_rows() -> dict[str, dict[str, int]]:
    """Table -> how many rows it has, and the bytes of a row in the table and in its indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # which counts the rows
        cursor.execute(ROWS)
        return {
            name: {"rows": rows, "row_bytes": table // rows, "index_bytes": indexes // rows}
            for name, rows, table, indexes in cursor.fetchall()
            if rows >= FEWEST_ROWS
        }


def wait_for_predictions() -> None:
    """Return when the shipped model has looked at the sample."""
    from annotate.models import Image
    from modelsvc.models import Prediction

    until = time.monotonic() + PATIENCE_S
    while Prediction.objects.count() < Image.objects.filter(project__name="Sample").count():
        if time.monotonic() > until:
            raise RuntimeError("The sample was not pre-annotated in time.")
        time.sleep(1)


def measure(measured: Target, count: int) -> dict[str, Any]:
    """Label and release that many photos beside the sample, and count bytes."""
    client = Client(measured.url, measured.tokens[0])
    project = client.ask("POST", "/api/projects/", {"name": "Figures: sizes", "votes_wanted": 1} | RIGHTS)["id"]
    label_all(project, upload(client, project, photos(count, 1024, 720)))
    wait_until_ready(client, client.ask("POST", f"/api/projects/{project}/releases/", {})["id"])
    wait_for_predictions()
    return {"files": describe_files(), "rows": describe_rows()}


def main() -> None:
    """Measure."""
    parser = parser_of(__doc__)
    parser.add_argument("--photos", type=int, default=1_000)
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure looks into the database: it starts a site of its own")
    with target(arguments) as measured:
        figures = measure(measured, arguments.photos)
    verdict("sizes", figures, {})


if __name__ == "__main__":
    main()
