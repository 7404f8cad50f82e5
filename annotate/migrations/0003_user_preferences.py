from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0002_sharpness_maps")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="preferences",
            field=models.JSONField(blank=True, db_default={}, default=dict, help_text="See core.preferences."),
        ),
    ]
