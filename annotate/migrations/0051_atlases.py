import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("annotate", "0050_asked_of_large_projects")]

    operations = [
        migrations.CreateModel(
            "Atlas",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("model_version", models.BigIntegerField(help_text="Whose features it was drawn by.")),
                ("photo_count", models.PositiveIntegerField(help_text="How many photos have a place.")),
                ("drawn_at", models.DateTimeField(db_default=Now())),
                ("replaced_at", models.DateTimeField(help_text="Since when the project shows another.", null=True)),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="atlases", to="annotate.project"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "atlas",
            models.UniqueConstraint(fields=["project"], condition=models.Q(replaced_at=None), name="atlas_one_shown"),
        ),
        migrations.CreateModel(
            "AtlasPlace",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("x", models.PositiveSmallIntegerField()),
                ("y", models.PositiveSmallIntegerField()),
                (
                    "atlas",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="places",
                        to="annotate.atlas",
                    ),
                ),
                (
                    "image",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="annotate.image"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["atlas", "x", "y", "image"], name="atlas_place_within")],
                "constraints": [models.UniqueConstraint(fields=["atlas", "image"], name="atlas_place_once")],
            },
        ),
    ]
