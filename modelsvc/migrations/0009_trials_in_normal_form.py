"""Photos on trial are in normal form like all others: see annotate's migration 0027."""

from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import migrations

from annotate.core.beside import renewed
from annotate.core.errors import InvalidImage


def renew_photos(apps: Any, _: Any) -> None:
    """Bring what waits to be looked at into normal form; trials live for a day, so these are few."""
    photos = apps.get_model("modelsvc", "TrialPhoto").objects.exclude(file="").filter(desirability="", error="")
    for row in photos.order_by("pk"):
        try:
            with default_storage.open(row.file.name) as file:
                photo = renewed(file.read(), row.orientation, bytes(row.icc) if row.icc else None)
        except (InvalidImage, FileNotFoundError) as reason:
            photos.filter(pk=row.pk).update(error=str(reason)[:400])
            continue
        if photo is None:
            continue
        name = f"trials/{row.trial_id}/{row.number}-{photo.sha256[:8]}.{photo.format}"
        default_storage.save(name, ContentFile(photo.content))
        photos.filter(pk=row.pk).update(file=name, orientation=1, icc=None)
        default_storage.delete(row.file.name)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("modelsvc", "0008_levels_of_versions")]

    operations = [migrations.RunPython(renew_photos, migrations.RunPython.noop)]
