"""What is made of each photo by a worker, with the decoder in a process of its own: a preview and a sharpness map.

The preview is a JPEG of 640 px, because a grid shows photos 200 to 320 px wide and screens have up to two pixels for
one; whoever judges blur sees the photo itself, never a preview.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
from functools import partial
from typing import NamedTuple, Self

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext

from annotate.core.errors import InvalidImage
from annotate.models import Derivative, Image, LeasedWorkQuerySet
from annotate.services import leases

LONG_SIDE = 640
TIME_LIMIT_S = 60.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Rendered(NamedTuple):
    """What is made of a photo."""

    preview: bytes
    sharpness: bytes


class Previewer:
    """The process that decodes, started when first needed and again when a photo has killed it."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.child:
            self._end(self.child)

    def render(self, photo: bytes, *, orientation: int, icc: bytes | None, long_side: int = LONG_SIDE) -> Rendered:
        """The preview and the sharpness map.

        Raises:
            InvalidImage: the photo is damaged, or takes more time or memory than a photo may.
        """
        self.child = self.child or self._start()
        watchdog = threading.Timer(TIME_LIMIT_S, self.child.kill)
        watchdog.start()
        try:
            head, jpeg, png = self._ask(self.child, photo, icc or b"", orientation, long_side)
        except (OSError, ValueError, EOFError):
            self._end(self.child)
            self.child = None
            sentence = gettext(
                "Decoding this photo was stopped: it needs more than %(seconds)s s or breaks the decoder."
            )
            raise InvalidImage(sentence, seconds=TIME_LIMIT_S, code="image_undecodable") from None
        finally:
            watchdog.cancel()
        if "code" in head:
            raise InvalidImage(head["detail"], code=head["code"])
        return Rendered(jpeg, png)

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        """The child, which gets none of our environment: no address of a database, no secret."""
        argv = [sys.executable, "-m", "annotate.core.previewer"]
        env = {"PATH": os.defpath, **ONE_THREAD}
        return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, cwd=settings.BASE_DIR)

    @staticmethod
    def _ask(
        child: subprocess.Popen[bytes], photo: bytes, icc: bytes, orientation: int, long_side: int
    ) -> tuple[dict, bytes, bytes]:
        request = {"photo": len(photo), "icc": len(icc), "orientation": orientation, "long_side": long_side}
        child.stdin.write(json.dumps(request).encode() + b"\n" + photo + icc)
        child.stdin.flush()
        head = json.loads(child.stdout.readline())
        sizes = (head.get("preview", 0), head.get("sharpness", 0))
        jpeg, png = (child.stdout.read(size) for size in sizes)
        if (len(jpeg), len(png)) != sizes:
            raise EOFError
        return head, jpeg, png

    @staticmethod
    def _end(child: subprocess.Popen[bytes]) -> None:
        child.kill()
        child.wait()
        child.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()


def render_derivatives(*, within_s: float = math.inf) -> int:
    """Make what waits to be made, until nothing does or the time is up, and count the photos."""
    with Previewer() as previewer:
        return leases.work_off(Derivative.objects, partial(_render, previewer), within_s=within_s)


def _render(previewer: Previewer, derivative: Derivative, lease: leases.Lease) -> dict[str, str]:
    image = Image.objects.only("project", "file", "sha256", "orientation", "icc").get(pk=derivative.image_id)
    with image.file.open("rb") as file:
        photo = file.read()
    rendered = previewer.render(photo, orientation=image.orientation, icc=image.icc and bytes(image.icc))
    name = f"previews/{image.project_id}/{image.sha256[:2]}/{image.sha256}"
    return {
        "preview": default_storage.save(f"{name}-{LONG_SIDE}.jpg", ContentFile(rendered.preview)),
        "sharpness": default_storage.save(f"{name}-sharpness.png", ContentFile(rendered.sharpness)),
    }


def requeue_unmeasured(limit: int = 1_000) -> int:
    """Let photos that came in before there were sharpness maps wait for theirs, and count them."""
    old = Derivative.objects.filter(state=Derivative.State.DONE, sharpness="").order_by("pk").values("pk")[:limit]
    return Derivative.objects.filter(pk__in=old).update(state=Derivative.State.QUEUED, attempt=0, finished_at=None)


def requeue(rows: LeasedWorkQuerySet) -> int:
    """Let failed previews wait for another try, and count them."""
    failed = rows.filter(state=Derivative.State.FAILED)
    return failed.update(state=Derivative.State.QUEUED, attempt=0, error="", finished_at=None)
