from django.db import migrations, models

# A run's version learned the levels of its release; one taken from another project has the weights of that one.
OF_RUNS = """
UPDATE modelsvc_modelversion AS version SET level_count = jsonb_array_length(release.manifest -> 'levels')
FROM modelsvc_trainingrun AS run JOIN annotate_release AS release ON release.id = run.release_id
WHERE run.id = version.run_id AND jsonb_typeof(release.manifest -> 'levels') = 'array'
"""
OF_OTHERS = """
UPDATE modelsvc_modelversion AS version SET level_count = source.level_count
FROM modelsvc_modelversion AS source
WHERE version.run_id IS NULL AND source.run_id IS NOT NULL AND source.weights_sha256 = version.weights_sha256
"""


class Migration(migrations.Migration):
    dependencies = [("modelsvc", "0007_thin_evidence"), ("annotate", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="modelversion",
            name="level_count",
            field=models.PositiveSmallIntegerField(
                db_default=4,
                default=4,
                help_text="How many levels it knows; it says nothing in a project of another number.",
            ),
        ),
        migrations.RunSQL(OF_RUNS, migrations.RunSQL.noop),
        migrations.RunSQL(OF_OTHERS, migrations.RunSQL.noop),
    ]
