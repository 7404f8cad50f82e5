"""Blur maps as pictures to look at: brighter is more blur, unlabelled is see-through, unjudgeable is hatched."""

import io

import numpy as np
import PIL.Image
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from annotate.core.blurmap import IGNORE, LevelMap, decode_levels, rasterize
from annotate.core.regions import parse_document
from annotate.models import Annotation, Consensus, Image, Preannotation, Project, ReleaseItem
from annotate.pages.access import project_page
from annotate.pages.ramp import HATCH_COLOUR, RAMP, ramp_stop

LONG_SIDE = 1024
HATCH, GAP, LINE = 254, 16, 4  # of the hatching: its value, pixels from line to line, and of a line


@project_page("consensus.view")
def consensus_map(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """What the annotators' maps come to."""
    consensus = get_object_or_404(Consensus, image=image, image__project=project)
    if consensus.levels_png is None:
        raise Http404
    return as_picture(decode_levels(bytes(consensus.levels_png)), project.level_count)


@project_page("annotation.view")
def annotation_map(request: HttpRequest, project: Project, image: int, annotation: int) -> HttpResponse:
    """One person's map: one's own, or anybody's for curators."""
    visible = Annotation.objects.visible_to(request.user).select_related("image")
    row = get_object_or_404(visible, pk=annotation, image=image, image__project=project)
    return painted(row.document, row.image, project)


@project_page("image.view")
def model_map(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """What the production model sees."""
    found = Preannotation.objects.select_related("image")
    row = get_object_or_404(found, image=image, image__project=project, is_hidden=False)
    levels = paint(row.document, row.image, project)
    if row.no_evidence:
        y, x = np.indices(levels.shape, sparse=True)
        step = step_of(levels)
        unjudged = paint(row.no_evidence, row.image, project) != IGNORE
        levels[unjudged] = IGNORE
        levels[unjudged & ((x // step + y // step) % GAP < LINE)] = HATCH
    return as_picture(levels, project.level_count)


@project_page("release.view")
def released_map(request: HttpRequest, project: Project, release: int, key: str) -> HttpResponse:
    """The map that a release holds of a photo."""
    row = get_object_or_404(ReleaseItem, release=release, release__project=project, key=key)
    manifest = row.release.manifest["manifest"]
    return as_picture(decode_levels(bytes(row.levels_png)), len(manifest["levels"]))


def painted(document: dict, image: Image, project: Project) -> HttpResponse:
    """The document's map as a picture."""
    return as_picture(paint(document, image, project), project.level_count)


def paint(document: dict, image: Image, project: Project) -> LevelMap:
    """(H, W) what the document says of the image."""
    return rasterize(parse_document(document, level_count=project.level_count), image.size)


def step_of(levels: LevelMap) -> int:
    """One pixel in so many along each side is shown."""
    return -(-max(levels.shape) // LONG_SIDE)


def as_picture(levels: LevelMap, level_count: int) -> HttpResponse:
    """A PNG of at most LONG_SIDE px in the ramp's colours, from the nearest pixels: levels must not blend."""
    step = step_of(levels)
    picture = PIL.Image.fromarray(np.ascontiguousarray(levels[::step, ::step])).convert("P")
    stops = [RAMP[ramp_stop(level, level_count)] for level in range(level_count)]
    palette = b"".join(bytes.fromhex(stop[1:]) for stop in stops)
    picture.putpalette(palette.ljust(3 * HATCH, b"\0") + 2 * HATCH_COLOUR)
    png = io.BytesIO()
    picture.save(png, "PNG", transparency=IGNORE)
    headers = {"Cache-Control": "private, max-age=60", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(png.getvalue(), content_type="image/png", headers=headers)
