"""Photos that show what another shows: the nearest by the features that a version's predictions hold.

Each computer has the features of a version in one file, in the order of its predictions, and adds what is new before a
search. The file is a cache: it may be removed at any time.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db.models.functions import Now

from annotate.core.neighbours import nearest, unit_rows
from annotate.models import Image
from modelsvc.models import ModelVersion, Prediction

FOLDER = "features"
SETTLED = timedelta(minutes=1)  # predictions younger than that wait: one with a lower id may still be on its way
READ_AT_ONCE = 5_000
FOUND = 60
SPARE = 3  # times as many rows are looked for, since some photos are withdrawn or gone


def photos_alike(image: Image, count: int = FOUND) -> list[tuple[Image, float]]:
    """The project's photos that show most nearly what one shows, the nearest first, each with its cosine.

    None where the version in production has not seen the photo.
    """
    seen = Prediction.objects.filter(image=image, version__stage=ModelVersion.Stage.PRODUCTION).exclude(content=None)
    prediction = seen.only("version_id", "content").first()
    if prediction is None:
        return []
    own = unit_rows(np.frombuffer(bytes(prediction.content), np.float16)[None])[0]
    with features_of(prediction.version_id, len(own)) as (features, images):
        rows, cosines = nearest(features, own, SPARE * count)
        near = dict(zip(images[rows].tolist(), cosines.tolist(), strict=True))
    near.pop(image.pk, None)
    found = Image.objects.for_lists().filter(project=image.project_id, is_withdrawn=False).in_bulk(near)
    return [(found[pk], cosine) for pk, cosine in near.items() if pk in found][:count]


@contextmanager
def features_of(version: int, width: int) -> Iterator[tuple[Path, np.ndarray]]:
    """The file of a version's features, and the image of each of its rows; nobody writes meanwhile."""
    folder = Path(settings.MODELS_ROOT, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    features, index = folder / f"{version}.f32", folder / f"{version}.i64"  # prediction and image of each row
    with index.open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        rows = np.fromfile(index, np.int64).reshape(-1, 2) if not index.stat().st_size % 16 else np.empty((0, 2), int)
        if not features.exists() or features.stat().st_size != 4 * width * len(rows):
            rows = np.empty((0, 2), np.int64)  # whoever wrote it last was cut off: it begins anew
        add_new(version, width, features, index, rows)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield features, np.fromfile(index, np.int64).reshape(-1, 2)[:, 1]


def add_new(version: int, width: int, features: Path, index: Path, rows: np.ndarray) -> None:
    """Append what the version has predicted since; a file without rows is written from its start."""
    last = int(rows[-1, 0]) if len(rows) else 0
    new = Prediction.objects.filter(version=version, pk__gt=last, created_at__lte=Now() - SETTLED)
    unread = new.exclude(content=None).order_by("pk").values_list("pk", "image_id", "content")
    told = unread.iterator(READ_AT_ONCE)
    mode = "ab" if len(rows) else "wb"
    with features.open(mode) as feature_file, index.open(mode) as index_file:
        while some := list(islice(told, READ_AT_ONCE)):
            whole = [each for each in some if len(each[2]) == 2 * width]
            contents = np.frombuffer(b"".join(each[2] for each in whole), np.float16)
            feature_file.write(unit_rows(contents.reshape(-1, width)).tobytes())
            index_file.write(np.array([each[:2] for each in whole], np.int64).tobytes())
