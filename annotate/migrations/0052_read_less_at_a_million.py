from django.db import migrations, models
from django.db.models import Q

from annotate.models.indexes import AddIndexMeanwhile

WAITING = Q(open_slots__gt=0) | Q(is_withdrawn=False, state__in=("new", "preannotated", "labelled"))


class Migration(migrations.Migration):
    atomic = False  # people go on saving while the indexes are made
    dependencies = [("annotate", "0051_atlases")]

    operations = [
        AddIndexMeanwhile(
            "photofacts",
            models.Index(fields=["project", "image"], include=["is_withdrawn"], name="facts_in_order"),
        ),
        migrations.RemoveIndex("photofacts", "facts_newest"),
        AddIndexMeanwhile("image", models.Index(fields=["project", "id"], condition=WAITING, name="image_waiting")),
        AddIndexMeanwhile(
            "image",
            models.Index(
                fields=["project", "id"], condition=Q(is_withdrawn=False, state="disputed"), name="image_disputed"
            ),
        ),
    ]
