"""People's maps of a photo become one, and what is to be known of that: columns of its consensus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from annotate.core.blurmap import LevelMap, encode_levels, level_areas, rasterize
from annotate.core.mapagreement import compare_maps
from annotate.core.mapconsensus import merge_level_maps, rule_for
from annotate.core.regions import outline_rows, parse_document
from annotate.core.runs import Runs
from annotate.models import Annotation, Image
from annotate.services.agreement.provenance import made_from, note_kept

AT_ONCE_PX = 16_000_000  # what a request merges: a quarter of a second
PX_OF_ROW = 10  # painting a row that an outline crosses takes as long as merging so many pixels


def painted(image: Image, document: object) -> LevelMap:
    """(H, W) what a document paints on the image."""
    return rasterize(parse_document(document, level_count=image.project.level_count), image.size)


def is_long(image: Image, work: Sequence[Annotation]) -> bool:
    """Whether merging what people submitted takes longer than a request should."""
    pixels = image.width * image.height * len(work)
    if pixels > AT_ONCE_PX:
        return True
    documents = (parse_document(each.document, level_count=image.project.level_count) for each in work)
    return pixels + PX_OF_ROW * sum(map(outline_rows, documents)) > AT_ONCE_PX


def merge_work(image: Image, work: Sequence[Annotation]) -> dict[str, Any]:
    """The merged map of what people submitted, how far they agree, and what it was made from.

    One map at a time is painted, so that fifty people's of a large photo fit into memory.
    """
    level_count, runs, blurred = image.project.level_count, [], []
    for annotation in work:
        levels = painted(image, annotation.document)
        note_kept(image, annotation, levels)
        blurred.append(sum(level_areas(levels, level_count)[1:]))
        runs.append(Runs.of(levels))
    merged = merge_level_maps(runs, level_count)
    agreement = compare_maps(runs, [level["amount_ppm"] for level in image.project.levels])
    return {
        **columns_of(image, merged.levels, work),
        "merge_rule": rule_for(len(work)),
        "agreement_ppm": agreement.overlap_ppm,
        "level_kappas_ppm": list(agreement.kappas_ppm),
        "unsettled_ppm": merged.unsettled_ppm,
        "least_blur_px": min(blurred),
    }


def columns_of(image: Image, levels: LevelMap, sources: Sequence[Annotation]) -> dict[str, Any]:
    """What the consensus holds of a map that was made of `sources`, and of nobody else's work."""
    return {
        "levels_png": encode_levels(levels),
        "level_px": level_areas(levels, image.project.level_count),
        "level_annotators": len(sources),
        **made_from(image, levels, sources),
    }
