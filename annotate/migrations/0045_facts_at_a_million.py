from django.db import migrations, models
from django.db.models import Q

from annotate.models.indexes import AddIndexMeanwhile


class Migration(migrations.Migration):
    atomic = False  # people go on saving while the indexes are made
    dependencies = [("annotate", "0044_photos_by_size")]

    operations = [
        AddIndexMeanwhile(
            "photofacts",
            models.Index(fields=["project", "image"], condition=Q(is_withdrawn=True), name="facts_withdrawn"),
        ),
        AddIndexMeanwhile("photofacts", models.Index(fields=["project", "state", "image"], name="facts_state")),
        AddIndexMeanwhile("photofacts", models.Index(fields=["project", "license", "image"], name="facts_license")),
        AddIndexMeanwhile(
            "photofacts",
            models.Index(fields=["project", "split", "image"], condition=~Q(split=""), name="facts_split"),
        ),
        AddIndexMeanwhile(
            "photofacts",
            models.Index(fields=["project", "album", "image"], condition=~Q(album=""), name="facts_album"),
        ),
        AddIndexMeanwhile(
            "photofacts",
            models.Index(fields=["project", "verdict", "image"], condition=~Q(verdict=""), name="facts_verdict"),
        ),
    ]
