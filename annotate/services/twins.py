"""Photos that look like one that the project has: told to whoever brings them, who keeps them or leaves them out."""

from __future__ import annotations

from collections.abc import Sequence

from annotate.core.splits import NEAR_BITS, bits_apart, is_telling
from annotate.models import Image, Project


def find_twins(project: Project, images: Sequence[Image]) -> dict[int, Image]:
    """Id -> the earlier photo that it looks like most, for each of the project's images that looks like one.

    Two photos look alike where their difference hashes differ in at most three bits, and tell anything at all. Photos
    that are withdrawn are like none.
    """
    hashes = {image.pk: image.dhash for image in images if is_telling(image.dhash)}
    if not hashes:
        return {}
    alike = project.images.near(hashes.values()).filter(is_withdrawn=False).order_by()
    known = [(pk, dhash) for pk, dhash in alike.values_list("pk", "dhash") if is_telling(dhash)]
    twins: dict[int, int] = {}
    for pk, own in hashes.items():
        apart, twin = min(((bits_apart(own, dhash), other) for other, dhash in known if other < pk), default=(64, 0))
        if apart <= NEAR_BITS:
            twins[pk] = twin
    found = Image.objects.for_lists().in_bulk(set(twins.values())) if twins else {}
    return {pk: found[twin] for pk, twin in twins.items()}
