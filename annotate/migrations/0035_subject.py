"""The outline of a photo's subject is kept with what a model says of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0034_webhooks")]

    operations = [
        migrations.AddField(
            model_name="preannotation",
            name="subject",
            field=models.JSONField(
                null=True, help_text="Regions of what draws the eye; null in a row older than they are."
            ),
        ),
    ]
