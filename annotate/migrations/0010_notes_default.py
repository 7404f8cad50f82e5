from django.db import migrations, models


class Migration(migrations.Migration):
    """A web server of the former version, which knows no notes, goes on saving while the new one starts."""

    dependencies = [
        ("annotate", "0009_settling_layer"),
    ]

    operations = [
        migrations.AlterField(
            model_name="annotation",
            name="notes",
            field=models.JSONField(
                db_default=[], default=list, help_text="What the author pinned on the photo: id, x, y in 1/16 px, text."
            ),
        ),
    ]
