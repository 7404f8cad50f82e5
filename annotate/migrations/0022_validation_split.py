"""The validation split bears the name that readers of datasets give it, here and in what releases hold."""

from django.db import migrations, models

RENAME = """
UPDATE annotate_image SET split = 'validation' WHERE split = 'val';
UPDATE annotate_releaseitem SET record = jsonb_set(record, '{facts,split}', '"validation"')
    WHERE record #>> '{facts,split}' = 'val';
UPDATE annotate_releaseitem SET record = record #- '{facts,orientation}' #- '{facts,colour}'
    WHERE record -> 'facts' ? 'orientation';
"""
NAME_AS_BEFORE = """
UPDATE annotate_image SET split = 'val' WHERE split = 'validation';
UPDATE annotate_releaseitem SET record = jsonb_set(record, '{facts,split}', '"val"')
    WHERE record #>> '{facts,split}' = 'validation';
"""


class Migration(migrations.Migration):
    dependencies = [("annotate", "0021_maps_left_to_compare")]

    operations = [
        migrations.AlterField(
            model_name="image",
            name="split",
            field=models.CharField(
                blank=True,
                choices=[("train", "Train"), ("validation", "Validation"), ("test", "Test")],
                help_text="Test by the draw before ranking, else by a release; sticks.",
                max_length=10,
            ),
        ),
        migrations.RunSQL(RENAME, NAME_AS_BEFORE),
    ]
