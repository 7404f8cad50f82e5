from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0043_at_a_million"),
    ]

    operations = [
        migrations.RemoveIndex("photofacts", "facts_pixels"),
        migrations.AddIndex("photofacts", models.Index(fields=["project", "pixels", "image"], name="facts_size")),
    ]
