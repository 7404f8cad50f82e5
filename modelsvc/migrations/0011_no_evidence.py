"""Where photos hold nothing to judge by is kept with what a model says of them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("modelsvc", "0010_trials_upright")]

    operations = [
        migrations.AddField(
            model_name="prediction",
            name="no_evidence",
            field=models.JSONField(
                null=True,
                help_text="Regions where the photo holds nothing to judge by; null in a row older than they are.",
            ),
        ),
        migrations.AddField(
            model_name="prediction",
            name="no_evidence_ppm",
            field=models.PositiveIntegerField(null=True, help_text="The share of the photo that they are."),
        ),
        migrations.AlterField(
            model_name="trialphoto",
            name="blurred_ppm",
            field=models.PositiveIntegerField(null=True, help_text="Share that is blurred, of what can be judged."),
        ),
        migrations.AlterField(
            model_name="trialphoto",
            name="subject_ppm",
            field=models.PositiveIntegerField(
                null=True, help_text="Share that is blurred, of what draws the eye and can be judged."
            ),
        ),
    ]
