"""What people who labelled a photo say differently, and one document of what a curator takes from each of them."""

from __future__ import annotations

from collections.abc import Mapping

from annotate.core.blurmap import LevelMap, rasterize
from annotate.core.differences import Difference, find_differences, take
from annotate.core.regions import Document, parse_document
from annotate.models import Annotation, Image


def submitted_work(image: Image) -> list[Annotation]:
    """What people handed in on the image, in a fixed order."""
    people = image.annotations.filter(layer=Annotation.Layer.PERSON, state=Annotation.State.SUBMITTED)
    return list(people.order_by("author"))


def differences_of(image: Image) -> tuple[list[Annotation], list[Difference]]:
    """What people handed in, and the places where their maps part, each with the levels in the same order."""
    work = submitted_work(image)
    maps = [_map(image, annotation) for annotation in work]
    return work, find_differences(maps) if len(maps) > 1 else []


def compose(image: Image, base: Annotation, takes: Mapping[int, int]) -> object:
    """The base's document, painted over with what others say of some places.

    Args:
        takes: number of a place, as `differences_of` orders them -> id of the annotation that is right there.
    """
    if not takes:
        return base.document
    work = submitted_work(image)
    work.sort(key=lambda annotation: annotation.pk != base.pk)
    numbers = {annotation.pk: number for number, annotation in enumerate(work)}
    wanted = {place: numbers[source] for place, source in takes.items() if source in numbers}
    document = take(
        _document(image, base),
        [_map(image, annotation) for annotation in work],
        wanted,
        level_count=image.project.level_count,
    )
    return document.as_json()


def _document(image: Image, annotation: Annotation) -> Document:
    return parse_document(annotation.document, level_count=image.project.level_count)


def _map(image: Image, annotation: Annotation) -> LevelMap:
    return rasterize(_document(image, annotation), image.size)
