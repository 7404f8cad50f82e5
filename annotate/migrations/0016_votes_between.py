from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery


def ask_as_before(apps, schema_editor):
    project, image = apps.get_model("annotate", "Project"), apps.get_model("annotate", "Image")
    project.objects.update(votes_most=F("votes_wanted"))
    wanted = project.objects.filter(pk=OuterRef("project")).values("votes_wanted")
    image.objects.update(people_wanted=Subquery(wanted))


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0015_work_sent_back"),
    ]

    operations = [
        migrations.AddField(
            model_name="project",
            name="votes_most",
            field=models.PositiveSmallIntegerField(
                db_default=2, default=2, help_text="And at most: asked for while the votes leave doubt."
            ),
        ),
        migrations.AlterField(
            model_name="project",
            name="votes_wanted",
            field=models.PositiveSmallIntegerField(default=2, help_text="How many people label each photo, at least."),
        ),
        migrations.AddField(
            model_name="image",
            name="people_wanted",
            field=models.PositiveSmallIntegerField(
                db_default=1,
                default=1,
                help_text="How many people should label it, as far as their votes say by now.",
            ),
        ),
        migrations.RunPython(ask_as_before, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=Q(votes_most__range=(F("votes_wanted"), 50)), name="project_votes_most_range"
            ),
        ),
    ]
