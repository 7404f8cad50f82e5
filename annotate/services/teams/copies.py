"""A new project that begins as another: its rules and levels, its members and photos if asked; never its labels."""

from __future__ import annotations

from django.db import connection, transaction

from annotate.models import UNRANKED, Membership, Project, User
from annotate.services import audit
from annotate.services.queueing import stopping
from annotate.services.teams.projects import CHANGEABLE, create_project

COPY_IMAGES = """
INSERT INTO annotate_image (project_id, uploaded_by_id, state, split, "group", open_slots, queue_rank,
    file, file_name, sha256, source_sha256, dhash, format, width, height, byte_count, colour,
    license, attribution, photographer, source_url, album, camera, captured_at)
SELECT %(copy)s, %(by)s, 'new', '', '', 0, %(rank)s,
    file, file_name, sha256, source_sha256, dhash, format, width, height, byte_count, colour,
    license, attribution, photographer, source_url, album, camera, captured_at
FROM annotate_image WHERE project_id = %(project)s AND NOT is_withdrawn ORDER BY id
"""
COPY_DERIVATIVES = """
INSERT INTO annotate_derivative (image_id, preview, sharpness, state, finished_at, attempt, worker, progress_ppm, error)
SELECT copy.id, preview, sharpness, CASE derivative.state WHEN 'done' THEN 'done' ELSE 'queued' END,
    CASE derivative.state WHEN 'done' THEN finished_at END, 0, '', 0, ''
FROM annotate_image AS copy JOIN annotate_image AS image ON image.sha256 = copy.sha256
    JOIN annotate_derivative AS derivative ON derivative.image_id = image.id
WHERE copy.project_id = %(copy)s AND image.project_id = %(project)s ORDER BY copy.id
"""


@transaction.atomic
def copy_project(project: Project, *, by: User, name: str, with_members: bool, with_photos: bool) -> Project:
    """A new project that `by` owns, with the guidelines, levels and settings of `project`.

    Args:
        with_members: everybody keeps their role; who owned the former owns this one too.
        with_photos: those that are not withdrawn, new to everybody. The bytes are stored once for both.
    """
    settings = {field: getattr(project, field) for field in (*CHANGEABLE, "levels") if field != "name"}
    copy = create_project(name, by=by, **settings)
    if with_members:
        others = project.memberships.exclude(user=by)
        Membership.objects.bulk_create(
            [Membership(project=copy, user_id=each.user_id, role=each.role) for each in others]
        )
    count = _copy_photos(project, copy, by) if with_photos else 0
    details = {"copied_from": project.pk, "photos": count, "members": with_members}
    audit.record("project.copied", copy, by=by, project=copy, details=details)
    return copy


def _copy_photos(project: Project, copy: Project, by: User) -> int:
    """Write rows for the same stored bytes, however many there are in two statements, and count the photos."""
    names = {"project": project.pk, "copy": copy.pk, "by": by.pk, "rank": UNRANKED}
    with connection.cursor() as cursor:
        cursor.execute(COPY_IMAGES, names)
        count = cursor.rowcount
        cursor.execute(COPY_DERIVATIVES, names)
    stopping.ask_anew(copy)
    return count
