"""Blur maps as pictures to look at: brighter is more blur, unlabelled is see-through, unjudgeable is hatched.

A browser asks each time whether its picture is still the map, which costs a row; it is drawn only where it is not.
"""

import io
from collections.abc import Callable

import numpy as np
import PIL.Image
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response

from annotate.core.blurmap import IGNORE, LevelMap, decode_levels, rasterize
from annotate.core.regions import parse_document, shrink
from annotate.models import Annotation, Consensus, Image, Preannotation, Project, ReleaseItem
from annotate.pages.access import project_page
from annotate.pages.ramp import HATCH_COLOUR, RAMP, ramp_stop

LONG_SIDE = 1024
HATCH, GAP, LINE = 254, 16, 4  # of the hatching: its value, pixels from line to line, and of a line


@project_page("consensus.view")
def consensus_map(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """What the annotators' maps come to."""
    merged = Consensus.objects.filter(image=image, image__project=project).exclude(levels_png=None)
    row = get_object_or_404(merged.only("revision"))

    def levels() -> LevelMap:
        return sample(decode_levels(bytes(row.levels_png)))

    return picture(request, f"{row.pk}.{row.revision}", levels, project.level_count)


@project_page("annotation.view")
def annotation_map(request: HttpRequest, project: Project, image: int, annotation: int) -> HttpResponse:
    """One person's map: one's own, or anybody's for curators."""
    visible = Annotation.objects.visible_to(request.user).select_related("image")
    row = get_object_or_404(visible, pk=annotation, image=image, image__project=project)

    def levels() -> LevelMap:
        return paint(row.document, row.image, project)

    return picture(request, f"{row.pk}.{row.revision}", levels, project.level_count)


@project_page("image.view")
def model_map(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """What the production model sees."""
    found = Preannotation.objects.select_related("image")
    row = get_object_or_404(found, image=image, image__project=project, is_hidden=False)

    def levels() -> LevelMap:
        painted = paint(row.document, row.image, project)
        if row.no_evidence:
            y, x = np.indices(painted.shape, sparse=True)
            unjudged = paint(row.no_evidence, row.image, project) != IGNORE
            painted[unjudged] = IGNORE
            painted[unjudged & ((x + y) % GAP < LINE)] = HATCH
        return painted

    return picture(request, f"{row.pk}.{row.created_at.timestamp()}", levels, project.level_count)


@project_page("release.view")
def released_map(request: HttpRequest, project: Project, release: int, key: str) -> HttpResponse:
    """The map that a release holds of a photo."""
    items = ReleaseItem.objects.select_related("release").defer("levels_png")
    row = get_object_or_404(items, release=release, release__project=project, key=key)

    def levels() -> LevelMap:
        return sample(decode_levels(bytes(row.levels_png)))

    return picture(request, str(row.pk), levels, len(row.release.manifest["manifest"]["levels"]))


def step_of(side: int) -> int:
    """One pixel in so many along each side is shown, of a photo with this long side."""
    return -(-side // LONG_SIDE)


def sample(levels: LevelMap) -> LevelMap:
    """The pixels that are shown of a map."""
    step = step_of(max(levels.shape))
    return np.ascontiguousarray(levels[::step, ::step])


def paint(document: dict, image: Image, project: Project) -> LevelMap:
    """What is shown of the document's map, painted no larger than that: an outlined photo of any size takes little."""
    step = step_of(max(image.size))
    small = shrink(parse_document(document, level_count=project.level_count), step)
    return rasterize(small, (-(-image.width // step), -(-image.height // step)))


def picture(request: HttpRequest, version: str, levels: Callable[[], LevelMap], level_count: int) -> HttpResponse:
    """A PNG of at most LONG_SIDE px in the ramp's colours, from the nearest pixels: levels must not blend.

    Args:
        version: changes with the map. Where the browser has it, nothing is drawn.
        levels: what is shown.
    """
    etag = f'"{version}.{level_count}"'
    response = get_conditional_response(request, etag=etag)
    if response is None:
        response = HttpResponse(as_png(levels(), level_count), content_type="image/png")
    response.headers["ETag"] = etag
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def as_png(levels: LevelMap, level_count: int) -> bytes:
    """The levels in their colours."""
    image = PIL.Image.fromarray(levels).convert("P")
    stops = [RAMP[ramp_stop(level, level_count)] for level in range(level_count)]
    palette = b"".join(bytes.fromhex(stop[1:]) for stop in stops)
    image.putpalette(palette.ljust(3 * HATCH, b"\0") + 2 * HATCH_COLOUR)
    png = io.BytesIO()
    image.save(png, "PNG", transparency=IGNORE)
    return png.getvalue()
