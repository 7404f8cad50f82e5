"""Who cuts a release chooses how much goes into validation and test."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0030_models_seen")]

    operations = [
        migrations.AddField(
            model_name="release",
            name="validation_percent",
            field=models.PositiveSmallIntegerField(
                db_default=10, default=10, help_text="Share of the photos that are new to a split and go there."
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="test_percent",
            field=models.PositiveSmallIntegerField(db_default=10, default=10, help_text="The same of the test split."),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=models.Q(("test_percent__range", (1, 40)), ("validation_percent__range", (1, 40))),
                name="release_shares_range",
            ),
        ),
    ]
