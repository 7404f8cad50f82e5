"""Photos that look alike: told to whoever brings them, and gone through by curators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from annotate.core.splits import NEAR_BITS, bits_apart, find_alike, is_telling
from annotate.models import Image, Project
from annotate.models.facts import PhotoFactsQuerySet


def find_twins(project: Project, images: Sequence[Image]) -> dict[int, Image]:
    """Id -> the earlier photo that it looks like most, for each of the project's images that looks like one.

    Two photos look alike where their difference hashes differ in at most three bits, and tell anything at all. Photos
    that are withdrawn are like none.
    """
    nearest: dict[int, tuple[int, int]] = {}
    for apart, pk, other in _pairs(project, images):
        if other < pk:
            nearest[pk] = min(nearest.get(pk, (apart, other)), (apart, other))
    found = Image.objects.for_lists().in_bulk({other for _, other in nearest.values()}) if nearest else {}
    return {pk: found[other] for pk, (_, other) in nearest.items()}


def all_alike(project: Project, images: Sequence[Image]) -> set[int]:
    """The ids of those of the project's images that look like another, and of all that they look like."""
    return {pk for _, *pair in _pairs(project, images) for pk in pair}


def _pairs(project: Project, images: Sequence[Image]) -> Iterator[tuple[int, int, int]]:
    """How many bits an image and another of the project are apart, where they look alike, and the ids of both."""
    hashes = {image.pk: image.dhash for image in images if is_telling(image.dhash)}
    if not hashes:
        return
    alike = project.images.near(hashes.values()).filter(is_withdrawn=False).order_by()
    known = [(pk, dhash) for pk, dhash in alike.values_list("pk", "dhash") if is_telling(dhash)]
    for pk, own in hashes.items():
        for other, dhash in known:
            if other != pk and (apart := bits_apart(own, dhash)) <= NEAR_BITS:
                yield apart, pk, other


def has_undecided(project: Project) -> bool:
    """Whether any photo looks like another, and no curator has decided to keep it."""
    return _told(project).filter(image__is_kept=False).exists()


def undecided_groups(project: Project) -> list[list[int]]:
    """The images of each group that look alike and that no curator has decided on, the oldest first.

    What is withdrawn is like none. A group whose photos were all kept is decided, until another photo joins it.
    """
    photos = list(_told(project).order_by("image").values_list("image", "image__dhash", "image__is_kept"))
    groups = find_alike([dhash for _, dhash, _ in photos])
    undecided = [group for group in groups if not all(photos[place][2] for place in group)]
    return sorted([photos[place][0] for place in group] for group in undecided)


def _told(project: Project) -> PhotoFactsQuerySet:
    return project.photo_facts.filter(has_twin=True, is_withdrawn=False)
