"""The outline of a photo's subject is kept with what a model says of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("modelsvc", "0011_no_evidence")]

    operations = [
        migrations.AddField(
            model_name="prediction",
            name="subject",
            field=models.JSONField(
                null=True, help_text="Regions of what draws the eye; null in a row older than they are."
            ),
        ),
    ]
