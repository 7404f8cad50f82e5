"""How a release lies on disk is chosen when it is cut; those there are lie in files."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0023_label_imports"),
    ]

    operations = [
        migrations.AddField(
            model_name="release",
            name="layout",
            field=models.CharField(
                choices=[("folder", "Files"), ("shards", "Shards")], db_default="folder", default="folder", max_length=6
            ),
        ),
    ]
