"""Projects say whose their labels are and what may be done with them: releases state it."""

from django.db import migrations, models

SAID = {
    "description": "What it is, in a release.",
    "authors": "Whom to cite, one a line.",
    "license_texts": "The words of each LicenseRef-, below its identifier.",
}


class Migration(migrations.Migration):
    dependencies = [("annotate", "0024_release_layout")]

    operations = [
        *(
            migrations.AddField(
                model_name="project",
                name=name,
                field=models.TextField(blank=True, db_default="", default="", help_text=what),
            )
            for name, what in SAID.items()
        ),
        migrations.AddField(
            model_name="project",
            name="label_license",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="SPDX identifier; photos have their own.",
                max_length=60,
            ),
        ),
    ]
