from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False  # people go on saving while the indexes are made
    dependencies = [("annotate", "0044_photos_by_size")]

    operations = [
        AddIndexConcurrently(
            "photofacts",
            models.Index(fields=["project", "image"], condition=Q(is_withdrawn=True), name="facts_withdrawn"),
        ),
        AddIndexConcurrently("photofacts", models.Index(fields=["project", "state", "image"], name="facts_state")),
        AddIndexConcurrently("photofacts", models.Index(fields=["project", "license", "image"], name="facts_license")),
        AddIndexConcurrently(
            "photofacts",
            models.Index(fields=["project", "split", "image"], condition=~Q(split=""), name="facts_split"),
        ),
        AddIndexConcurrently(
            "photofacts",
            models.Index(fields=["project", "album", "image"], condition=~Q(album=""), name="facts_album"),
        ),
        AddIndexConcurrently(
            "photofacts",
            models.Index(fields=["project", "verdict", "image"], condition=~Q(verdict=""), name="facts_verdict"),
        ),
    ]
