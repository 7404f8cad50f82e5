"""Invitations have a name and may be used several times; those that were used count once."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

COUNT_USED = "UPDATE annotate_invitation SET use_count = 1 WHERE accepted_at IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0017_batches_and_archive"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="max_uses",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="invitation",
            name="name",
            field=models.CharField(blank=True, db_default="", help_text="For whom it was made.", max_length=150),
        ),
        migrations.AddField(
            model_name="invitation",
            name="use_count",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="accepted_by",
            field=models.ForeignKey(
                help_text="The last who came by it.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(COUNT_USED, migrations.RunSQL.noop),
    ]
