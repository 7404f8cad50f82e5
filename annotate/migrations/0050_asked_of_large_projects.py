from django.db import migrations, models

from annotate.models.indexes import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False  # people go on saving while the indexes are made
    dependencies = [("annotate", "0049_large_projects")]

    operations = [
        migrations.AddField(
            "queueranking",
            "looked_at",
            models.DateTimeField(help_text="Until when a sweep has found nothing new since.", null=True),
        ),
        migrations.AddField(
            "queueranking",
            "largest_group",
            models.PositiveIntegerField(db_default=0, default=0, help_text="Photos of one leakage group."),
        ),
        AddIndexMeanwhile(
            "annotation",
            models.Index(fields=["image"], condition=models.Q(state="draft"), name="annotation_begun"),
        ),
        AddIndexMeanwhile(
            "preannotation",
            models.Index(
                fields=["image"], include=["model_version", "is_hidden", "created_at"], name="preannotation_shown"
            ),
        ),
    ]
