"""How well one person agrees with the others, as far as a release tells: what no network can be asked to surpass."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import PIL.Image
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE, LevelMap, rasterize
from annotate.core.mapconsensus import merge_level_maps
from annotate.core.regions import DESIRABILITIES, parse_document
from annotate.core.release import Item, ReleaseFolder
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.tally import Reading, Tally

PERSON = "a person"
DECISIONS = (  # measures of what somebody decided; a person gives no probabilities
    "level_accuracy",
    "level_miou",
    "level_kappa",
    "amount_mae",
    "amount_rmse",
    "blur_iou",
    "boundary_f",
    "desirability_accuracy",
    "desirability_f1",
    "desirability_accuracy_given_blur",
    "desirability_f1_given_blur",
    "desirability_kappa_given_blur",
)


def human_ceiling(release: ReleaseFolder, split: str, scale: int) -> dict[str, float]:
    """Measures of every person's map and vote against what the others merge to; empty where nobody met anybody."""
    level_count = len(release.manifest.levels)
    tally = Tally(level_count)
    for item in release.items():
        if item.facts.split == split:
            for sample, reading in each_against_the_others(item, level_count, scale):
                tally.add(sample, reading)
    return {name: value for name, value in tally.numbers().items() if name in DECISIONS}


def kinds_of_blur(release: ReleaseFolder) -> dict[str, str]:
    """Which kind of blur the merged regions of each photo are: "none", "mixed", or one kind."""
    found = {}
    for item in release.items():
        kinds = {region["kind"] for line in item.annotations if line.role != "model" for region in line.regions}
        found[item.facts.key] = "mixed" if len(kinds) > 1 else next(iter(kinds), "none")
    return found


def each_against_the_others(item: Item, level_count: int, scale: int) -> Iterator[tuple[Sample, Reading]]:
    """For every person who drew or voted: what the others say as the truth, and what this one said."""
    maps = _maps(item, level_count, scale)
    votes = {line.annotator: np.eye(4, dtype=np.float32)[DESIRABILITIES.index(line.vote)] for line in item.votes}
    width, height = _working_size(item, scale)
    blank = np.full((height, width), IGNORE, np.uint8)
    for person in sorted(maps.keys() | votes.keys()):
        other_maps = [map_ for who, map_ in maps.items() if who != person]
        other_votes = [vote for who, vote in votes.items() if who != person]
        drew, voted = person in maps and bool(other_maps), person in votes and bool(other_votes)
        if drew or voted:
            truth = merge_level_maps(other_maps, level_count).levels if drew else blank
            truth = np.where(maps[person] == IGNORE, IGNORE, truth) if drew else blank
            posterior = np.mean(other_votes, 0) if voted else np.full(4, 0.25, np.float32)
            pixels = np.zeros((height, width, 3), np.uint8)
            sample = Sample(pixels, truth.astype(np.uint8), posterior, voted, max(height, width))
            yield sample, _said(maps[person] if drew else blank, votes[person] if voted else posterior, level_count)


def _working_size(item: Item, scale: int) -> tuple[int, int]:
    """(width, height) of the photo at working scale."""
    width, height = item.facts.width, item.facts.height
    ratio = min(1.0, scale / max(width, height))
    return max(1, round(width * ratio)), max(1, round(height * ratio))


def _maps(item: Item, level_count: int, scale: int) -> dict[str, LevelMap]:
    """Each annotator's map at working scale."""
    size = _working_size(item, scale)
    found = {}
    for line in item.annotations:
        if line.role == "annotator":
            levels = rasterize(
                parse_document(line.document, level_count=level_count), (item.facts.width, item.facts.height)
            )
            found[line.annotator] = np.asarray(PIL.Image.fromarray(levels).resize(size, PIL.Image.Resampling.NEAREST))
    return found


def _said(levels: LevelMap, vote: NDArray[np.float32], level_count: int) -> Reading:
    sure = np.where(levels == IGNORE, 0, levels).astype(np.uint8)
    above = (sure > np.arange(level_count - 1)[:, None, None]).astype(np.float32)
    return Reading(sure, above.mean(0), above, vote)
