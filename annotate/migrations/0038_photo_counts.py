import django.db.models.deletion
from django.db import migrations, models

KIND = "project_id, state, is_withdrawn, open_slots > 0"
TRIGGERS = f"""
CREATE FUNCTION count_photos() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO annotate_photocount (project_id, state, is_withdrawn, is_open, photos)
        SELECT {KIND}, count(*) FROM come GROUP BY 1, 2, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO annotate_photocount (project_id, state, is_withdrawn, is_open, photos)
        SELECT {KIND}, -count(*) FROM gone GROUP BY 1, 2, 3, 4;
    ELSE
        INSERT INTO annotate_photocount (project_id, state, is_withdrawn, is_open, photos)
        SELECT project_id, state, is_withdrawn, is_open, sum(photos) FROM (
            SELECT {KIND}, 1 FROM come UNION ALL SELECT {KIND}, -1 FROM gone
        ) AS moved (project_id, state, is_withdrawn, is_open, photos) GROUP BY 1, 2, 3, 4 HAVING sum(photos) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER image_counted_in AFTER INSERT ON annotate_image
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION count_photos();
CREATE TRIGGER image_counted_out AFTER DELETE ON annotate_image
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_photos();
CREATE TRIGGER image_counted_anew AFTER UPDATE ON annotate_image
    REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION count_photos();
INSERT INTO annotate_photocount (project_id, state, is_withdrawn, is_open, photos)
SELECT {KIND}, count(*) FROM annotate_image GROUP BY 1, 2, 3, 4;
"""  # noqa: S608 - no value of anybody's is in it
NO_TRIGGERS = """
DROP TRIGGER image_counted_in ON annotate_image;
DROP TRIGGER image_counted_out ON annotate_image;
DROP TRIGGER image_counted_anew ON annotate_image;
DROP FUNCTION count_photos;
"""


class Migration(migrations.Migration):
    dependencies = [("annotate", "0037_password_mails")]

    operations = [
        migrations.CreateModel(
            name="PhotoCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(max_length=12)),
                ("is_withdrawn", models.BooleanField()),
                ("is_open", models.BooleanField(help_text="They want another annotator.")),
                ("photos", models.IntegerField()),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="photo_counts",
                        to="annotate.project",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(TRIGGERS, NO_TRIGGERS),
        migrations.AddIndex(
            "image",
            models.Index(
                fields=["project", "queue_rank", "id"],
                condition=models.Q(is_withdrawn=False, state__in=("new", "preannotated", "labelled")),
                name="image_unsettled",
            ),
        ),
        migrations.AddIndex(
            "image",
            models.Index(fields=["project", "id"], condition=models.Q(is_withdrawn=True), name="image_withdrawn"),
        ),
        migrations.AddIndex(
            "image",
            models.Index(fields=["project", "split", "id"], condition=~models.Q(split=""), name="image_by_split"),
        ),
        migrations.AddIndex(
            "image",
            models.Index(fields=["project", "album", "id"], condition=~models.Q(album=""), name="image_by_album"),
        ),
        migrations.AddIndex("image", models.Index(fields=["project", "license", "id"], name="image_by_license")),
    ]
