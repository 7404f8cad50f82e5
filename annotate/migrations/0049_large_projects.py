import django.db.models.deletion
from django.db import migrations, models

VALUES = """(VALUES
    ('verdict', verdict), ('scene', scene), ('kind', kind), ('largest', largest::text), ('split', split),
    ('map', source), ('license', license), ('differing', CASE WHEN is_differing THEN '1' END),
    ('agreement', (agreement_ppm / 100000)::text), ('subject', (subject_ppm / 100000)::text),
    ('sure', (verdict_ppm / 100000)::text), ('map_apart', (map_apart_ppm / 100000)::text), ('camera', camera),
    ('taken', to_char(captured_at AT TIME ZONE 'UTC', 'YYYY-MM')),
    ('added', to_char(added_at AT TIME ZONE 'UTC', 'YYYY-MM')),
    ('size', CASE WHEN pixels >= 48000000 THEN '48..' WHEN pixels >= 24000000 THEN '24..48'
        WHEN pixels >= 12000000 THEN '12..24' WHEN pixels >= 6000000 THEN '6..12'
        WHEN pixels >= 2000000 THEN '2..6' ELSE '0..2' END)
) AS told (name, value) WHERE NOT is_withdrawn AND value <> ''"""
COUNT = "INSERT INTO annotate_valuecount (project_id, name, value, photos) SELECT project_id, name, value"
COUNT_TRIGGERS = f"""
CREATE FUNCTION count_values() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {COUNT}, count(*) FROM come, LATERAL {VALUES} GROUP BY 1, 2, 3;
    ELSIF TG_OP = 'DELETE' THEN
        {COUNT}, -count(*) FROM gone, LATERAL {VALUES} GROUP BY 1, 2, 3;
    ELSE
        {COUNT}, sum(photos) FROM (
            SELECT project_id, name, value, 1 FROM come, LATERAL {VALUES}
            UNION ALL SELECT project_id, name, value, -1 FROM gone, LATERAL {VALUES}
        ) AS moved (project_id, name, value, photos) GROUP BY 1, 2, 3 HAVING sum(photos) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER facts_counted_in AFTER INSERT ON annotate_photofacts
    REFERENCING NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION count_values();
CREATE TRIGGER facts_counted_out AFTER DELETE ON annotate_photofacts
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_values();
CREATE TRIGGER facts_counted_anew AFTER UPDATE ON annotate_photofacts
    REFERENCING OLD TABLE AS gone NEW TABLE AS come FOR EACH STATEMENT EXECUTE FUNCTION count_values();
{COUNT}, count(*) FROM annotate_photofacts, LATERAL {VALUES} GROUP BY 1, 2, 3;
"""  # noqa: S608 - no value of anybody's is in it
NO_COUNT_TRIGGERS = """
DROP TRIGGER facts_counted_in ON annotate_photofacts;
DROP TRIGGER facts_counted_out ON annotate_photofacts;
DROP TRIGGER facts_counted_anew ON annotate_photofacts;
DROP FUNCTION count_values;
"""
BATCH_TRIGGERS = """
CREATE FUNCTION begin_batch_part() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE photo record;
BEGIN
    SELECT queue_rank, open_slots > 0 AS is_open, is_withdrawn INTO photo FROM annotate_image WHERE id = NEW.image_id;
    IF FOUND THEN
        NEW.queue_rank = photo.queue_rank;
        NEW.is_open = photo.is_open;
        NEW.is_withdrawn = photo.is_withdrawn;
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION copy_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE annotate_batch_images
    SET queue_rank = NEW.queue_rank, is_open = NEW.open_slots > 0, is_withdrawn = NEW.is_withdrawn
    WHERE image_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER batch_part_begun BEFORE INSERT ON annotate_batch_images
    FOR EACH ROW EXECUTE FUNCTION begin_batch_part();
CREATE TRIGGER image_queue_copied AFTER UPDATE OF queue_rank, open_slots, is_withdrawn ON annotate_image FOR EACH ROW
    WHEN ((OLD.queue_rank, OLD.open_slots > 0, OLD.is_withdrawn)
        IS DISTINCT FROM (NEW.queue_rank, NEW.open_slots > 0, NEW.is_withdrawn))
    EXECUTE FUNCTION copy_queue();
UPDATE annotate_batch_images AS part SET queue_rank = image.queue_rank, is_open = open_slots > 0,
    is_withdrawn = image.is_withdrawn FROM annotate_image AS image WHERE image.id = part.image_id;
"""
NO_BATCH_TRIGGERS = """
DROP TRIGGER image_queue_copied ON annotate_image;
DROP TRIGGER batch_part_begun ON annotate_batch_images;
DROP FUNCTION copy_queue;
DROP FUNCTION begin_batch_part;
"""
COUNT_BORDERS = (
    "INSERT INTO annotate_photonews (image_id) SELECT image_id FROM annotate_photofacts WHERE state = 'disputed'"
)


class Migration(migrations.Migration):
    dependencies = [("annotate", "0048_bursts")]

    operations = [
        migrations.CreateModel(
            name="ValueCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(help_text="Of the filter.", max_length=12)),
                ("value", models.CharField(max_length=160)),
                ("photos", models.IntegerField()),
                (
                    "project",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="value_counts",
                        to="annotate.project",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(COUNT_TRIGGERS, NO_COUNT_TRIGGERS),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="BatchPart",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "batch",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="annotate.batch"),
                        ),
                        (
                            "image",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="annotate.image"),
                        ),
                    ],
                    options={"db_table": "annotate_batch_images", "unique_together": {("batch", "image")}},
                ),
                migrations.AlterField(
                    "batch",
                    "images",
                    models.ManyToManyField(related_name="batches", through="annotate.BatchPart", to="annotate.image"),
                ),
            ],
        ),
        migrations.AddField(
            "batchpart",
            "queue_rank",
            models.FloatField(db_default=0, default=0, help_text="As its image's."),
        ),
        migrations.AddField(
            "batchpart",
            "is_open",
            models.BooleanField(db_default=False, default=False, help_text="Its image wants another annotator."),
        ),
        migrations.AddField(
            "batchpart",
            "is_withdrawn",
            models.BooleanField(db_default=False, default=False, help_text="Its image is."),
        ),
        migrations.RunSQL(BATCH_TRIGGERS, NO_BATCH_TRIGGERS),
        migrations.AddIndex(
            "batchpart",
            models.Index(
                condition=models.Q(("is_open", True)),
                fields=["batch", "queue_rank", "image"],
                name="batch_part_open",
            ),
        ),
        migrations.RemoveConstraint("annotation", "annotation_once"),
        migrations.AddConstraint(
            "annotation",
            models.UniqueConstraint(fields=["image", "author", "layer"], include=["state"], name="annotation_once"),
        ),
        migrations.AddField(
            "photofacts",
            "parts_by_border",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="It is disputed, and people's maps part along borders only.",
            ),
        ),
        migrations.AddIndex(
            "photofacts",
            models.Index(
                condition=models.Q(("parts_by_border", True)), fields=["project", "image"], name="facts_by_border"
            ),
        ),
        migrations.RunSQL(COUNT_BORDERS, migrations.RunSQL.noop),
    ]
