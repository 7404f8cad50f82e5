"""No photo has an orientation or a profile beside it any more."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0027_photos_in_normal_form")]

    operations = [
        migrations.RemoveConstraint(model_name="image", name="image_orientation_known"),
        migrations.RemoveField(model_name="image", name="orientation"),
        migrations.RemoveField(model_name="image", name="icc"),
        migrations.AlterField(
            model_name="image", name="width", field=models.PositiveIntegerField(help_text="In pixels.")
        ),
        migrations.AlterField(
            model_name="image", name="height", field=models.PositiveIntegerField(help_text="In pixels.")
        ),
    ]
