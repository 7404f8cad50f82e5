"""What people who labelled a photo say differently, and one document of what a curator takes from each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from django.utils.translation import gettext as _

from annotate.core.blurmap import IGNORE, LevelMap, decode_levels, rasterize, vectorize
from annotate.core.differences import Difference, find_differences, take
from annotate.core.errors import Conflict
from annotate.core.regions import Document, parse_document
from annotate.models import Annotation, Consensus, Image

EDITABLE_SIDE = 2048  # a merged map is outlined from no more pixels a side: borders within a pixel or two


def submitted_work(image: Image) -> list[Annotation]:
    """What people handed in on the image, in a fixed order."""
    people = image.annotations.filter(layer=Annotation.Layer.PERSON, state=Annotation.State.SUBMITTED)
    return list(people.select_related("author").order_by("author"))


def submitted_maps(image: Image) -> list[LevelMap]:
    """The maps of what people handed in, in the same order."""
    return [map_of(image, annotation) for annotation in submitted_work(image)]


def differences_of(image: Image) -> tuple[list[Annotation], list[Difference]]:
    """What people handed in, each with whether it `is_blurred`, and the places where their maps part.

    The places have their levels in the order of what was handed in.
    """
    work = submitted_work(image)
    maps = [map_of(image, annotation) for annotation in work]
    for annotation, levels in zip(work, maps, strict=True):
        annotation.is_blurred = bool(((levels > 0) & (levels != IGNORE)).any())
    return work, find_differences(maps) if len(maps) > 1 else []


def compose(image: Image, base: Annotation | None, takes: Mapping[int, int]) -> object:
    """The base's document, painted over with what others say of some places.

    Args:
        base: whose document; None is what holds for the image now.
        takes: number of a place, as `differences_of` orders them -> id of the annotation that is right there.

    Raises:
        Conflict: nothing holds yet, as nobody has submitted anything.
    """
    document = base.document if base else _what_holds(image)
    work = submitted_work(image)
    numbers = {annotation.pk: number for number, annotation in enumerate(work)}
    from_others = {place: source for place, source in takes.items() if not (base and source == base.pk)}
    wanted = {place: numbers[source] for place, source in from_others.items() if source in numbers}
    if not wanted:
        return document
    level_count = image.project.level_count
    parsed = parse_document(document, level_count=level_count)
    return take(parsed, [map_of(image, each) for each in work], wanted, level_count=level_count).as_json()


def _what_holds(image: Image) -> object:
    """The document that a curator settled, else one of the merged map, with borders made to be moved."""
    merged = Consensus.objects.filter(image=image).select_related("adjudication").first()
    if merged is None or merged.levels_png is None:
        detail = _("Nobody has handed in a map of this photo yet. Label it in the workbench first.")
        raise Conflict(detail, code="nothing_submitted")
    if merged.adjudication:
        return merged.adjudication.document
    step = -(-max(image.size) // EDITABLE_SIDE)
    levels = decode_levels(bytes(merged.levels_png))[step // 2 :: step, step // 2 :: step]
    above = np.stack([(levels > k) & (levels != IGNORE) for k in range(image.project.level_count - 1)])
    span = (image.width / step, image.height / step)
    document = vectorize(above.astype(np.float32), image.size, span=span, is_labelled=levels != IGNORE)
    regions = tuple(replace(each, id=f"merged-{each.id}") for each in document.regions)  # not to be taken for a model's
    return replace(document, regions=regions).as_json()


def _document(image: Image, annotation: Annotation) -> Document:
    return parse_document(annotation.document, level_count=image.project.level_count)


def map_of(image: Image, annotation: Annotation) -> LevelMap:
    """(H, W) the levels that somebody drew."""
    return rasterize(_document(image, annotation), image.size)
