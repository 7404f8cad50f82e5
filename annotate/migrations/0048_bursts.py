from django.db import migrations, models

COUNT = (
    "INSERT INTO annotate_photonews (image_id) SELECT id FROM annotate_image WHERE captured_at IS NOT NULL ORDER BY id"
)


class Migration(migrations.Migration):
    dependencies = [("annotate", "0047_photos_by_level")]

    operations = [
        migrations.AddField(
            "photofacts",
            "burst",
            models.BigIntegerField(null=True, help_text="Id of the first photo of its burst; null where it is alone."),
        ),
        migrations.AddIndex(
            "photofacts",
            models.Index(
                fields=["project", "burst", "image"],
                condition=models.Q(("burst__isnull", False)),
                name="facts_burst",
            ),
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
