"""What was stored before there was one form of photos is stored in it: upright, 8-bit grey or RGB, profile inside.

Photo by photo, each whole: the new file is written, then the rows that show the old one are changed together, then the
old one goes. Stopped at any moment and started again it goes on: a photo in normal form is left as it is. What was made
of photos (previews, labels, votes) holds, since it always was of the upright photo.
"""

from __future__ import annotations

from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import migrations, transaction

from annotate.core.beside import renewed
from annotate.core.errors import InvalidImage
from annotate.core.imagefile import ImageFile

EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp"}
PLAIN_FRAMES = (0xC0, 0xC1, 0xC2)
HEAD_BYTES = 4096


def renew_photos(apps: Any, _: Any) -> None:
    """Bring every stored photo into normal form; one that is refused today is taken out, and named."""
    images = apps.get_model("annotate", "Image").objects
    counts = {"renewed": 0, "as they were": 0, "withdrawn": 0, "missing": 0}
    for pk in images.order_by("pk").values_list("pk", flat=True).iterator():
        row = images.only("project", "file", "file_name", "format", "orientation", "icc").get(pk=pk)
        try:
            counts["renewed" if renew(images, row) else "as they were"] += 1
        except InvalidImage as refusal:
            counts["withdrawn"] += 1
            images.filter(pk=pk).update(is_withdrawn=True)
            print(f"\n    photo {pk}, {row.file_name}, is withdrawn: {refusal}", end="")
        except FileNotFoundError:
            counts["missing"] += 1
            print(f"\n    photo {pk}, {row.file_name}, has no file", end="")
    if counts["missing"] and not counts["renewed"] + counts["as they were"]:
        raise RuntimeError("No photo has a file: is the storage that this process sees the right one?")
    if any(count for kind, count in counts.items() if kind != "as they were"):
        print("\n    photos " + ", ".join(f"{kind}: {count}" for kind, count in counts.items()), end="")


def renew(images: Any, row: Any) -> bool:
    """Was the photo stored in another form?"""
    icc = bytes(row.icc) if row.icc else None
    if is_plain_jpeg(row, icc):
        return False
    old = row.file.name
    with default_storage.open(old) as file:
        photo = renewed(file.read(), row.orientation, icc)
    if photo is None:
        return False
    name = f"images/{row.project_id}/{photo.sha256[:2]}/{photo.sha256}.{EXTENSIONS[photo.format]}"
    default_storage.save(name, ContentFile(photo.content))
    with transaction.atomic():
        shown = images.filter(file=old, orientation=row.orientation, icc=row.icc)
        shown.update(file=name, orientation=1, icc=None, **facts_of(photo))
    if not images.filter(file=old).exists():
        default_storage.delete(old)
    return True


def facts_of(photo: ImageFile) -> dict[str, Any]:
    """The columns that tell of the file."""
    return {
        "sha256": photo.sha256,
        "format": photo.format,
        "width": photo.width,
        "height": photo.height,
        "byte_count": len(photo.content),
        "colour": photo.colour,
    }


def is_plain_jpeg(row: Any, icc: bytes | None) -> bool:
    """Can its first bytes alone tell that the file, a JPEG without metadata, is in normal form?"""
    if row.format != "jpeg" or row.orientation != 1 or icc:
        return False
    with default_storage.open(row.file.name) as file:
        head = file.read(HEAD_BYTES)
    at = 2
    while len(head) > at + 10 and head[at] == 0xFF:
        if head[at + 1] in PLAIN_FRAMES:
            return head[at + 4] == 8 and head[at + 9] in (1, 3)
        at += 2 + int.from_bytes(head[at + 2 : at + 4])
    return False


class Migration(migrations.Migration):
    atomic = False  # each photo is a transaction of its own

    dependencies = [("annotate", "0026_exports")]

    operations = [migrations.RunPython(renew_photos, migrations.RunPython.noop)]
