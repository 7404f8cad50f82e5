"""Why people skipped photos and what they pinned on them are rows; what was told before them becomes some."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

SKIPS = """
INSERT INTO annotate_remark (image_id, author_id, kind, key, text, outcome, reply, created_at)
SELECT image_id, user_id, 'skip', '', skip_reason, '', '', finished_at FROM annotate_assignment
WHERE skip_reason <> '' AND finished_at IS NOT NULL
"""
NOTES = """
INSERT INTO annotate_remark (image_id, author_id, kind, key, text, outcome, reply, created_at)
SELECT image_id, author_id, 'note', left(note->>'id', 64), note->>'text', '', '', updated_at
FROM annotate_annotation, jsonb_array_elements(notes) AS note
ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0019_gold_photos"),
    ]

    operations = [
        migrations.CreateModel(
            name="Remark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("skip", "Skipped"), ("note", "Note")], max_length=4)),
                ("key", models.CharField(blank=True, help_text="The note's id; blank for a skip.", max_length=64)),
                ("text", models.TextField()),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("answered", "Answered"),
                            ("withdrawn", "Withdrawn"),
                            ("requeued", "Back in the queue"),
                        ],
                        help_text="Blank while it is open.",
                        max_length=9,
                    ),
                ),
                ("reply", models.CharField(blank=True, max_length=400)),
                ("closed_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(help_text="When the author saw the reply.", null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="remarks", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="remarks", to="annotate.image"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("outcome", "")), fields=["created_at"], name="remark_open")
                ],
                "constraints": [models.UniqueConstraint(fields=("image", "author", "kind", "key"), name="remark_once")],
            },
        ),
        migrations.RunSQL(SKIPS, migrations.RunSQL.noop),
        migrations.RunSQL(NOTES, migrations.RunSQL.noop),
    ]
