"""No photo on trial has an orientation or a profile beside it any more."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("modelsvc", "0009_trials_in_normal_form")]

    operations = [
        migrations.RemoveField(model_name="trialphoto", name="orientation"),
        migrations.RemoveField(model_name="trialphoto", name="icc"),
    ]
