from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [
        ("annotate", "0046_photos_kept"),
    ]

    operations = [
        migrations.AddIndex(
            "photofacts",
            models.Index(
                F("project"),
                F(f"shares_ppm__{level}"),
                F("image"),
                condition=Q(**{f"shares_ppm__{level}__isnull": False}),
                name=f"facts_level{level}",
            ),
        )
        for level in range(8)
    ]
