"""Things outlined by clicks: a worker looks at a photo when somebody first asks; browsers do the rest."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache

from django.db.models.functions import Now

from annotate.core.errors import InvalidImage
from annotate.models import Image
from annotate.services import leases
from modelsvc.fusenet.config import CLICK_DECODER, SHIPPED
from modelsvc.models import ClickGrids

KEPT_FOR = timedelta(days=1)
DECODER = SHIPPED / CLICK_DECODER


@cache
def shipped_head() -> str:
    """What tells the head that comes with the code from others, as its weights say."""
    with DECODER.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return str(json.loads(file.read(length))["__metadata__"]["head"])


def ask_for_grids(image: Image) -> tuple[ClickGrids, bool]:
    """What a worker found in the photo for the shipped head, or will, and whether it waits only from now on.

    Raises:
        InvalidImage: it could not be looked at.
    """
    row, is_new = ClickGrids.objects.get_or_create(image=image, defaults={"head": shipped_head()})
    if row.head != shipped_head():  # the code was upgraded since
        mine = ClickGrids.objects.filter(pk=row.pk)
        is_new = leases.queue_again(mine) > 0
        mine.update(head=shipped_head(), grids=None)
        row.refresh_from_db()
    if row.state == ClickGrids.State.FAILED:
        raise InvalidImage(row.error, code="clicks_failed")
    return row, is_new


def sweep_grids() -> int:
    """Delete what was asked for more than a day ago, and count it; asked for again, it is made again."""
    return ClickGrids.objects.filter(queued_at__lt=Now() - KEPT_FOR).delete()[0]
