import django.db.models.deletion
from django.db import migrations, models

# Intervals that were drawn from fewer than 30 photos are not kept: nothing can be told by so few.
WITHOUT_INTERVALS = """
UPDATE modelsvc_evaluation AS evaluation SET metrics = (
    SELECT jsonb_object_agg(name, measure || '{"low": null, "high": null}')
    FROM jsonb_each(evaluation.metrics) AS each(name, measure)
) WHERE metrics <> '{}' AND jsonb_array_length(photos) < 30
"""


class Migration(migrations.Migration):
    dependencies = [("modelsvc", "0006_windows_of_photos")]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="replaced",
            field=models.ForeignKey(
                help_text="What was in production before it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="modelsvc.modelversion",
            ),
        ),
        migrations.RunSQL(WITHOUT_INTERVALS, migrations.RunSQL.noop),
    ]
