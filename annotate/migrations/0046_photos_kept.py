from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0045_facts_at_a_million")]

    operations = [
        migrations.AddField(
            "image",
            "is_kept",
            models.BooleanField(
                db_default=False, default=False, help_text="A curator has seen what looks like it, and keeps it."
            ),
        ),
    ]
