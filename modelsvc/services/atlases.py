"""Which atlases are to be drawn or gone on with by the version in production; places of photos go to `annotate`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from shutil import copyfile

import numpy as np
import numpy.typing as npt
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Now

from annotate.models import Atlas
from annotate.services import leases
from annotate.services.finding import atlases
from annotate.services.finding.atlases import SIDE
from modelsvc.models import AtlasDrawing, ModelVersion, Prediction
from modelsvc.services.alike import SETTLED, features_of

FEWEST = 12  # photos of an atlas
OUTGROWN = 2  # times as many photos as it was drawn of: then it is drawn anew
REST = timedelta(minutes=1)  # between two drawings by a version
REST_AFTER_FAILURE = timedelta(hours=1)

Places = npt.NDArray[np.floating]


def look_around() -> int:
    """Queue what is to be drawn by versions in production, and count it; show again what these have drawn before."""
    in_production = ModelVersion.objects.in_production()
    seen = Prediction.objects.filter(version=OuterRef("pk")).order_by("pk").values("pk")
    enough = in_production.filter(drawing=None).alias(last=Subquery(seen[FEWEST - 1 : FEWEST])).exclude(last=None)
    AtlasDrawing.objects.bulk_create([AtlasDrawing(version=version) for version in enough], ignore_conflicts=True)
    drawn = Atlas.objects.filter(model_version__in=in_production.values("pk")).order_by("project_id", "-pk")
    for atlas in drawn.distinct("project_id"):
        if atlas.replaced_at:
            atlases.show_atlas(atlas)
    atlases.forget_replaced()
    rested = Q(state="done", finished_at__lt=Now() - REST) | Q(finished_at__lt=Now() - REST_AFTER_FAILURE)
    new = _settled(OuterRef("version")).filter(pk__gt=OuterRef("last_prediction"))
    return leases.queue_again(AtlasDrawing.objects.filter(rested, Exists(new), version__in=in_production))


def _settled(version: ModelVersion | OuterRef):
    return Prediction.objects.filter(version=version, created_at__lte=Now() - SETTLED)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an atlas is drawn of.

    Attributes:
        images: (N,) whose features they are.
        width: of a row of features.
        places: (N, 2) in [0, 1] of photos that have one, NaN of others; None where all are to be laid out anew.
        last_prediction: all up to it are here.
    """

    images: npt.NDArray[np.int64]
    width: int
    places: Places | None
    last_prediction: int

    @property
    def is_complete(self) -> bool:
        """Whether nothing is to be drawn."""
        return len(self.images) < FEWEST or (self.places is not None and not np.isnan(self.places).any())


def read_sheet(drawing: AtlasDrawing, features: Path) -> Sheet:
    """What the drawing's version has seen, its features written to a file, and where its atlas has the photos."""
    last = _settled(drawing.version).order_by("-pk").values_list("pk", flat=True).first() or 0
    contents = drawing.version.predictions.exclude(content=None).order_by("pk").values_list("content", flat=True)
    width = len(contents.first() or b"\0\0") // 2
    with features_of(drawing.version_id, width) as (file, images):
        copyfile(file, features)
    atlas = _atlas_of(drawing)
    if atlas is None or len(images) > OUTGROWN * drawing.drawn_count:
        return Sheet(images, width, None, last)
    known = {image: (x, y) for image, x, y in atlas.places.values_list("image", "x", "y")}
    places = np.array([known.get(image, (np.nan, np.nan)) for image in images.tolist()]).reshape(-1, 2)
    return Sheet(images, width, places / SIDE, last)


@transaction.atomic
def keep_drawing(lease: leases.Lease, sheet: Sheet, places: Places) -> dict[str, int]:
    """Keep where photos were placed, (N, 2) in [0, 1]: a new atlas, or more of the one that was.

    Returns:
        The drawing's new fields.

    Raises:
        LeaseLost: another attempt owns the drawing.
    """
    lease.hold()
    drawing: AtlasDrawing = lease.work
    atlas = _atlas_of(drawing)
    units = np.clip(np.rint(places * SIDE), 0, SIDE - 1).astype(np.int64)
    if sheet.places is None or atlas is None:
        version = drawing.version
        atlases.draw_atlas(version.project, model_version=version.pk, images=sheet.images, places=units)
        return {"last_prediction": sheet.last_prediction, "drawn_count": len(units)}
    is_new = np.isnan(sheet.places[:, 0])
    atlases.place_photos(atlas, sheet.images[is_new], units[is_new])
    return {"last_prediction": sheet.last_prediction}


def _atlas_of(drawing: AtlasDrawing) -> Atlas | None:
    return Atlas.objects.filter(model_version=drawing.version_id).order_by("-pk").first()
