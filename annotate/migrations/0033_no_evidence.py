"""Where photos hold nothing to judge by is kept with what a model says of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0032_token_scopes")]

    operations = [
        migrations.AddField(
            model_name="preannotation",
            name="no_evidence",
            field=models.JSONField(
                null=True,
                help_text="Regions where the photo holds nothing to judge by; null in a row older than they are.",
            ),
        ),
        migrations.AddField(
            model_name="preannotation",
            name="no_evidence_ppm",
            field=models.PositiveIntegerField(null=True, help_text="The share of the photo that they are."),
        ),
    ]
