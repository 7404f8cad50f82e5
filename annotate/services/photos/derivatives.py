"""What is made of each photo by a worker, with the decoder in a process of its own: a preview and a sharpness map.

The preview is a JPEG of 640 px, because a grid shows photos 200 to 320 px wide and screens have up to two pixels for
one; whoever judges blur sees the photo itself, never a preview.
"""

from __future__ import annotations

import math
from functools import partial
from typing import BinaryIO

import numpy as np
import PIL.Image
from django.core.files import File
from django.core.files.storage import default_storage

from annotate.core.facts import sharpest_mpx
from annotate.models import Derivative, Image, LeasedWorkQuerySet, PhotoFacts
from annotate.services import leases
from annotate.services.photos.decoding import Decoder

LONG_SIDE = 640


class Previewer(Decoder):
    """The process that makes previews; people who upload or label go first."""

    def __init__(self) -> None:
        super().__init__(niceness=10)

    def render(self, photo: BinaryIO, *, long_side: int = LONG_SIDE) -> tuple[BinaryIO, BinaryIO]:
        """The preview, a JPEG, and the sharpness map, a PNG.

        Raises:
            InvalidImage: the photo is damaged, or takes more time or memory than a photo may.
        """
        _, (jpeg, png) = self.ask({"ask": "render", "long_side": long_side}, photo)
        return jpeg, png


def render_derivatives(*, within_s: float = math.inf) -> int:
    """Make what waits to be made, until nothing does or the time is up, and count the photos."""
    with Previewer() as previewer:
        return leases.work_off(Derivative.objects, partial(_render, previewer), within_s=within_s)


def _render(previewer: Previewer, derivative: Derivative, lease: leases.Lease) -> dict[str, str]:
    image = Image.objects.only("project", "file", "sha256", "width", "height").get(pk=derivative.image_id)
    with image.file.open("rb") as photo:
        jpeg, png = previewer.render(photo)
    name = f"previews/{image.project_id}/{image.sha256[:2]}/{image.sha256}"
    with jpeg, png:
        with PIL.Image.open(png) as picture:
            sharpest = sharpest_mpx(np.asarray(picture), image.size)
        PhotoFacts.objects.filter(pk=image.pk).update(sharpest_mpx=sharpest)
        png.seek(0)
        return {
            "preview": default_storage.save(f"{name}-{LONG_SIDE}.jpg", File(jpeg)),
            "sharpness": default_storage.save(f"{name}-sharpness.png", File(png)),
        }


def requeue_unmeasured(limit: int = 1_000) -> int:
    """Let photos that came in before there were sharpness maps wait for theirs, and count them."""
    old = Derivative.objects.filter(state=Derivative.State.DONE, sharpness="").order_by("pk").values("pk")[:limit]
    return Derivative.objects.filter(pk__in=old).update(state=Derivative.State.QUEUED, attempt=0, finished_at=None)


def requeue(rows: LeasedWorkQuerySet) -> int:
    """Let failed previews wait for another try, and count them."""
    failed = rows.filter(state=Derivative.State.FAILED)
    return failed.update(state=Derivative.State.QUEUED, attempt=0, error="", finished_at=None)
