import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from annotate.models.indexes import AddIndexMeanwhile

UNDRAWN = models.Q(is_withdrawn=False, state__in=("new", "preannotated"))


class Migration(migrations.Migration):
    atomic = False  # people go on saving while the indexes are made
    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL), ("annotate", "0042_facts_of_photos")]

    operations = [
        TrigramExtension(),
        AddIndexMeanwhile("image", models.Index(fields=["uploaded_by", "project", "id"], name="image_by_uploader")),
        AddIndexMeanwhile(
            "image",
            django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    django.db.models.functions.text.Upper("file_name"), name="gin_trgm_ops"
                ),
                name="image_by_words",
            ),
        ),
        AddIndexMeanwhile(
            "derivative",
            models.Index(fields=["finished_at"], condition=models.Q(state="failed"), name="derivative_failed"),
        ),
        AddIndexMeanwhile(
            "image",
            models.Index(
                fields=["project", "group"],
                condition=models.Q(is_withdrawn=False) & ~models.Q(group=""),
                name="image_by_group",
            ),
        ),
        AddIndexMeanwhile(
            "consensus",
            models.Index(fields=["image"], condition=models.Q(decided_by="adjudicated"), name="consensus_settled"),
        ),
        AddIndexMeanwhile(
            "assignment",
            models.Index(fields=["image", "user"], condition=models.Q(finished_at=None), name="assignment_of_image"),
        ),
        AddIndexMeanwhile(
            "annotation",
            models.Index(
                fields=["author", "-submitted_at"],
                condition=models.Q(state="submitted"),
                name="annotation_handed_in",
            ),
        ),
        AddIndexMeanwhile("image", models.Index(fields=["project", "id"], condition=UNDRAWN, name="image_undrawn")),
        AddIndexMeanwhile(
            "image",
            models.Index(
                fields=["project"],
                condition=models.Q(open_slots__gt=0, split="test"),
                name="image_test_waiting",
            ),
        ),
        AddIndexMeanwhile("annotation", models.Index(fields=["author", "id"], name="annotation_of_author")),
        AddIndexMeanwhile(
            "annotation",
            models.Index(fields=["author", "image"], condition=models.Q(layer="gold"), name="annotation_gold"),
        ),
        migrations.AlterField(
            "annotation",
            "author",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="annotations",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        AddIndexMeanwhile(
            "vote", models.Index(fields=["image"], condition=models.Q(stands_alone=True), name="vote_alone")
        ),
        AddIndexMeanwhile("image", models.Index(fields=["project", "created_at"], name="image_by_time")),
        AddIndexMeanwhile("preannotation", models.Index(fields=["created_at"], name="preannotation_by_time")),
        AddIndexMeanwhile("assignment", models.Index(fields=["created_at"], name="assignment_by_time")),
        AddIndexMeanwhile(
            "annotation",
            models.Index(fields=["submitted_at"], condition=models.Q(state="submitted"), name="annotation_by_time"),
        ),
        AddIndexMeanwhile("vote", models.Index(fields=["updated_at"], name="vote_by_time")),
        AddIndexMeanwhile(
            "consensus", models.Index(fields=["image"], condition=models.Q(state="open"), name="consensus_open")
        ),
        AddIndexMeanwhile("consensus", models.Index(fields=["updated_at"], name="consensus_by_time")),
        migrations.AlterField(
            "image",
            "project",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="images",
                to="annotate.project",
            ),
        ),
        migrations.AlterField(
            "image",
            "uploaded_by",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
