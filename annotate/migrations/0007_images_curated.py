from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotate", "0006_hidden_share")]

    operations = [
        migrations.AddField(
            model_name="image",
            name="is_withdrawn",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Taken out: nobody gets it, no release from now on holds it.",
            ),
        ),
        migrations.AddField(
            model_name="image",
            name="is_questioned",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A curator doubts it: disputed until somebody settles it.",
            ),
        ),
    ]
