"""A project of as many photos as one likes, written by the database itself: a million in some minutes.

Of ten photos one is labelled by two people: most of them agreed, some disputed, some with one vote only. All have a
preview, a prediction and a place in the queue. Maps are one of eight, so a row is smaller than a real one; how many
there are and how they hang together is as in real projects.
"""

import io
import json
import zlib
from typing import Any

from tests.bar.common import polygons

WIDTH, HEIGHT = 1024, 720
KINDS = 8
LABELLED_SHARE = 0.1
PEOPLE = 20


def blank_photo() -> tuple[bytes, bytes]:
    """The bytes of a grey JPEG before and after a comment of eight digits that makes each photo another file."""
    import PIL.Image

    file = io.BytesIO()
    PIL.Image.new("RGB", (WIDTH, HEIGHT), (90, 120, 150)).save(file, "JPEG", quality=30)
    return file.getvalue()[:2] + b"\xff\xfe\x00\x0a", file.getvalue()[2:]


def maps() -> list[tuple[int, str, bytes, str, int]]:
    """Eight documents: number, JSON, level PNG, its pixels at each level as JSON, and its CRC."""
    import numpy as np

    from annotate.core.blurmap import encode_levels, rasterize
    from annotate.core.regions import parse_document

    made = []
    for kind in range(KINDS):
        document = polygons(2 + kind % 4, 12, WIDTH, HEIGHT)
        levels = rasterize(parse_document(document, level_count=4), (WIDTH, HEIGHT))
        pixels = np.bincount(levels.ravel(), minlength=4)[:4].tolist()
        png = encode_levels(levels)
        made.append((kind, json.dumps(document), png, json.dumps(pixels), zlib.crc32(png)))
    return made


SCALE = """
CREATE TEMPORARY TABLE kinds (kind int PRIMARY KEY, document jsonb, levels_png bytea, level_px jsonb, crc bigint);
CREATE TEMPORARY TABLE people AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS number FROM annotate_user
    WHERE username LIKE 'person-%%';
"""

SECONDARY = """
SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = format('%I', indexname)::regclass)"""

# What these copy and count is to be right though rows are written with triggers off.
STILL_ON = {
    "annotate_image": "image_counted_in",
    "annotate_photofacts": "facts_counted_in",
    "annotate_batch_images": "batch_part_begun",
}

# %(labelled)s photos come first; of a hundred 90 are agreed, five disputed, five have one vote of two.
FILL = {
    "images": """
INSERT INTO annotate_image (project_id, file, file_name, sha256, source_sha256, dhash, format, width, height,
    byte_count, colour, license, attribution, photographer, source_url, album, camera, captured_at, split, "group",
    state, people_wanted, open_slots, queue_rank, uploaded_by_id)
SELECT %(project)s, 'many/' || n %% 1000 || '/' || n || '.jpg', 'IMG_' || lpad(n::text, 8, '0') || '.jpg', digest,
    digest, hashint8extended(n, 0), 'jpeg', %(width)s, %(height)s, %(bytes)s, 'sRGB',
    (ARRAY['CC0-1.0', 'CC-BY-4.0', 'CC0-1.0', 'CC0-1.0'])[1 + n %% 4], '', 'Photographer ' || n %% 300, '',
    'Album ' || n %% 400, 'Camera ' || n %% 30, statement_timestamp() - n * interval '1 minute',
    CASE WHEN n %% 10 = 7 THEN 'test' ELSE '' END, lpad(n::text, 16, '0'),
    CASE WHEN n > %(labelled)s THEN 'preannotated' WHEN n %% 20 = 1 THEN 'disputed' WHEN n %% 20 = 2 THEN 'labelled'
        ELSE 'agreed' END,
    2, CASE WHEN n > %(labelled)s THEN 2 WHEN n %% 20 = 2 THEN 1 ELSE 0 END, n,
    (SELECT id FROM people WHERE number = n %% 3)
FROM generate_series(1, %(count)s) AS n, LATERAL (SELECT CASE WHEN n <= %(labelled)s
    THEN encode(sha256(%(head)s || convert_to(lpad(n::text, 8, '0'), 'UTF8') || %(tail)s), 'hex')
    ELSE md5(n::text) || md5(n::text || '.') END AS digest) AS file
ORDER BY n""",
    "numbers": """
CREATE TEMPORARY TABLE photos AS SELECT id, row_number() OVER (ORDER BY id) AS n, state FROM annotate_image
    WHERE project_id = %(project)s""",
    "derivatives": """
INSERT INTO annotate_derivative (image_id, preview, sharpness, state, attempt, worker, progress_ppm, error, finished_at)
SELECT id, 'preview/' || n || '.jpg', 'sharpness/' || n || '.png', 'done', 1, '', 1000000, '', statement_timestamp()
FROM photos""",
    "version": """
INSERT INTO modelsvc_modelversion (project_id, name, stage, architecture, checkpoint, weights_sha256, level_count,
    metrics, promoted_at, looked_to)
VALUES (%(project)s, 'first', 'production', 'abc', '', repeat('0', 64), 4, '{}', statement_timestamp(),
    (SELECT max(id) FROM photos))""",
    "predictions": """
INSERT INTO modelsvc_prediction (version_id, image_id, document, probabilities_ppm, uncertainty_ppm, elapsed_ms)
SELECT version.id, photos.id, document, '[100000, 400000, 300000, 200000]', abs(hashint8(n)) %% 1000000, 300
FROM photos JOIN kinds ON kind = n %% 8, modelsvc_modelversion AS version WHERE version.project_id = %(project)s""",
    "preannotations": """
INSERT INTO annotate_preannotation (image_id, model_name, model_version, weights_sha256, document, probabilities_ppm,
    uncertainty_ppm, is_hidden)
SELECT photos.id, 'first', version.id, weights_sha256, document, '[100000, 400000, 300000, 200000]',
    abs(hashint8(n)) %% 1000000, n %% 10 = 0
FROM photos JOIN kinds ON kind = n %% 8, modelsvc_modelversion AS version WHERE version.project_id = %(project)s""",
    "places": """
INSERT INTO annotate_queueplace (image_id, place, lane, score_ppm, entropy_ppm, uncertainty_ppm, novelty_ppm)
SELECT id, n, 'ranked', 500000, 400000, 300000, 200000 FROM photos WHERE state IN ('preannotated', 'labelled')""",
    "ranking": """
INSERT INTO annotate_queueranking (project_id, state, attempt, worker, progress_ppm, error, started_at, finished_at)
SELECT %(project)s, 'done', 1, '', 1000000, '', statement_timestamp(), statement_timestamp()""",
    "work": """
CREATE TEMPORARY TABLE work AS SELECT photos.id, n, state, people.id AS person, seat
FROM photos, generate_series(0, 1) AS seat, people
WHERE n <= %(labelled)s AND number = (n + seat * 7) %% %(people)s AND (seat = 0 OR state <> 'labelled')""",
    "assignments": """
INSERT INTO annotate_assignment (image_id, user_id, lease_until, finished_at, skip_reason)
SELECT id, person, statement_timestamp(), statement_timestamp(), '' FROM work""",
    "annotations": """
INSERT INTO annotate_annotation (image_id, author_id, layer, state, document, revision, active_ms, based_on_model,
    based_on_weights_sha256, submitted_at)
SELECT id, person, 'person', 'submitted', document, 3, 30000, '', '', statement_timestamp() - n * interval '1 second'
FROM work JOIN kinds ON kind = n %% 8""",
    "votes": """
INSERT INTO annotate_vote (image_id, author_id, desirability, elapsed_ms)
SELECT id, person, (ARRAY['good', 'ok', 'bad'])[1 + (n + CASE WHEN state = 'disputed' THEN seat ELSE 0 END) %% 3], 900
FROM work""",
    "consensus": """
INSERT INTO annotate_consensus (image_id, state, desirability, posterior_ppm, vote_counts, levels_png, level_px,
    level_annotators, agreement_ppm, level_kappas_ppm, merge_rule, dispute, pre_kept_ppm, decided_by, reason, revision)
SELECT id, CASE state WHEN 'labelled' THEN 'open' ELSE state END,
    CASE state WHEN 'agreed' THEN (ARRAY['good', 'ok', 'bad'])[1 + n %% 3] ELSE '' END,
    CASE n %% 3 WHEN 0 THEN '[10000, 950000, 20000, 20000]' WHEN 1 THEN '[10000, 20000, 950000, 20000]'
        ELSE '[10000, 20000, 20000, 950000]' END::jsonb,
    CASE n %% 3 WHEN 0 THEN '[0, 2, 0, 0]' WHEN 1 THEN '[0, 0, 2, 0]' ELSE '[0, 0, 0, 2]' END::jsonb,
    levels_png, level_px, CASE state WHEN 'labelled' THEN 1 ELSE 2 END,
    CASE state WHEN 'labelled' THEN NULL ELSE 1000000 END, '[]', 'mean-level', CASE state WHEN 'disputed'
    THEN 'verdict' ELSE '' END, 0, CASE state WHEN 'labelled' THEN 'single' ELSE 'posterior' END, '', 1
FROM photos JOIN kinds ON kind = n %% 8 WHERE n <= %(labelled)s""",
    "comparisons": """
INSERT INTO annotate_mapcomparison (annotation_id, own_revision, merged_revision, merged_crc, bias_ppm, overlap_ppm)
SELECT annotation.id, 3, 1, crc, 0, 1000000
FROM annotate_annotation AS annotation JOIN photos ON photos.id = image_id JOIN kinds ON kind = n %% 8
WHERE photos.state <> 'labelled'""",
    "facts": """
INSERT INTO annotate_photofacts (image_id, project_id, state, is_withdrawn, is_gold, split, license, album, camera,
    captured_at, added_at, pixels, has_twin, sharpest_mpx, source, verdict, verdict_ppm, entropy_ppm, agreement_ppm,
    is_differing, shares_ppm, largest, subject_ppm, background, scene, kind, map_apart_ppm, vote_apart_ppm)
SELECT id, project_id, state, false, n %% 997 = 0, split, license, album, camera, captured_at, created_at,
    1000000 * (1 + n %% 24), n %% 50 = 0, 300 + abs(hashint8(n * 3)) %% 4000,
    CASE WHEN n <= %(labelled)s THEN 'people' ELSE 'model' END,
    (ARRAY['none', 'good', 'ok', 'bad'])[1 + n %% 4], 400000 + abs(hashint8(n * 5)) %% 600000,
    abs(hashint8(n * 7)) %% 1000000,
    CASE WHEN n <= %(labelled)s AND state <> 'labelled' THEN abs(hashint8(n * 11)) %% 1000000 END,
    state = 'disputed' OR n <= %(labelled)s AND n %% 7 = 0,
    ARRAY[700000 - n %% 7 * 100000, n %% 7 * 50000, n %% 7 * 30000, 300000 + n %% 7 * 20000], n %% 4,
    abs(hashint8(n * 13)) %% 1000000, n / 2 %% 4,
    CASE WHEN abs(hashint8(n * 13)) %% 1000000 < 100000 THEN 'sharp-' WHEN abs(hashint8(n * 13)) %% 1000000 < 500000
        THEN 'partly-' ELSE 'blurred-' END || n / 2 %% 4,
    (ARRAY['defocus', 'motion', 'shake', 'unknown'])[1 + n / 3 %% 4],
    CASE WHEN n <= %(labelled)s THEN abs(hashint8(n * 17)) %% 1000000 END,
    CASE WHEN n <= %(labelled)s THEN abs(hashint8(n * 19)) %% 1000000 END
FROM photos JOIN annotate_image USING (id, state)""",
    "atlas": """
INSERT INTO annotate_atlas (project_id, model_version, photo_count) VALUES (%(project)s, 0, %(count)s)""",
    "atlas_places": """
INSERT INTO annotate_atlasplace (atlas_id, image_id, x, y)
SELECT atlas.id, photos.id, 5000 + 4800 * sin(n) * sqrt(n / %(count)s.0), 5000 + 4800 * cos(n) * sqrt(n / %(count)s.0)
FROM annotate_atlas AS atlas, photos WHERE atlas.project_id = %(project)s""",
    "audit": """
INSERT INTO annotate_auditentry (project_id, actor_id, action, subject, details)
SELECT %(project)s, person, 'annotation.submitted', 'image:' || id, '{}' FROM work""",
    "remarks": """
INSERT INTO annotate_remark (image_id, author_id, kind, key, text, outcome, reply)
SELECT id, person, CASE n %% 2 WHEN 0 THEN 'note' ELSE 'skip' END, CASE n %% 2 WHEN 0 THEN 'n' ELSE '' END,
    'What of this?', CASE WHEN n %% 100 < 50 THEN '' ELSE 'seen' END, '' FROM work WHERE n %% 50 < 2 AND seat = 0""",
    "batch": """
INSERT INTO annotate_batch (project_id, name, is_for_everybody, given_by_id)
SELECT %(project)s, 'Batch', true, id FROM people WHERE number = 0""",
    "batched": """
INSERT INTO annotate_batch_images (batch_id, image_id)
SELECT batch.id, photos.id FROM annotate_batch AS batch, photos
WHERE batch.project_id = %(project)s AND n BETWEEN %(labelled)s / 2 AND %(labelled)s / 2 + 500""",
}


def fill(count: int) -> int:
    """A project with that many photos: its id. Twenty people are its members, and the first its owner."""
    from django.db import connection, transaction

    from annotate.models import Membership, User
    from annotate.services.teams.projects import create_project

    names = [f"person-{number:02}" for number in range(PEOPLE)]
    User.objects.bulk_create([User(username=name) for name in names], ignore_conflicts=True)
    people = list(User.objects.filter(username__in=names).order_by("username"))
    about = {"votes_wanted": 2, "votes_most": 2, "authors": "The bench", "label_license": "CC0-1.0"}
    project = create_project(f"{count} photos", by=people[0], **about).pk
    Membership.objects.bulk_create([Membership(project_id=project, user=each, role="annotator") for each in people[1:]])
    head, tail = blank_photo()
    values: dict[str, Any] = {
        "project": project,
        "count": count,
        "labelled": int(count * LABELLED_SHARE),
        "people": PEOPLE,
        "width": WIDTH,
        "height": HEIGHT,
        "bytes": len(head) + len(tail) + 8,
        "head": head,
        "tail": tail,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # what is written holds together as it is
        cursor.execute(SCALE, ())
        cursor.executemany("INSERT INTO kinds VALUES (%s, %s, %s, %s, %s)", maps())
        cursor.execute(SECONDARY)
        indexes = cursor.fetchall()  # to sort a million keys is quicker than to find the place of each
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for table, trigger in STILL_ON.items():
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
        for statement in FILL.values():
            cursor.execute(statement, values)
        for table, trigger in STILL_ON.items():
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            cursor.execute(definition)
        for table in ("kinds", "people", "photos", "work"):
            cursor.execute(f"DROP TABLE {table}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return project


def write_photos(names: list[str]) -> None:
    """The files of photos of `fill`, by their names in the store."""
    from pathlib import Path

    from django.conf import settings

    head, tail = blank_photo()
    for name in names:
        path = settings.MEDIA_ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(head + f"{int(Path(name).stem):08}".encode() + tail)
