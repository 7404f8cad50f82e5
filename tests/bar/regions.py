"""Regions that people take over from a model's map: as all contours of the map, and with few corners along edges.

    OMP_NUM_THREADS=1 python -m tests.bar.regions --photos ECSSD [--same-picture CSV] --masks REAL/mff

Photos with subject masks are blurred by synthesis (those that training held out), photos with masks of what is blurred
are taken as they are. Both ways draw the same predictions in turns. IoU and boundary F are with the truth at the
photo's size, means over photos; a photo's "kept" is the mean IoU of the levels of 1 % and more that the document
paints again as the map has them.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageDraw
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE, MOST_CORNERS, LevelMap, rasterize, vectorize
from annotate.core.imagefile import open_upright
from annotate.core.regions import SUBPIXEL, Document
from modelsvc.fusenet.data.masked import MaskedPhotos
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.data.sources import SyntheticPhotos, find_sources, package_folder, packaged_sources, split_sharp
from modelsvc.fusenet.data.synthesis import synthesise
from modelsvc.fusenet.evaluation.metrics import boundary_f
from modelsvc.fusenet.serving.heap import keep_freed_memory
from modelsvc.fusenet.serving.pictures import PANEL, in_a_row, stacked
from modelsvc.fusenet.serving.predictor import BlurPrediction, Predictor
from tests.bar.common import verdict

MODES = ("background", "subject", "two-levels", "object-motion")  # those with a border in them
HELD_OUT, SIDE, SCALE = 140, 480, 640  # photos that the shipped network was not trained on; px
LEAST_SHARE = 0.01
INK = ((0, 255, 120), (255, 255, 0), (255, 140, 0), (255, 0, 0))
WAYS: dict[str, Callable[[BlurPrediction], Document]] = {
    "contours": lambda said: vectorize(said.above, said.size, span=said.span),
    "edges": BlurPrediction.document,
}
TARGETS = {
    "most_corners": {"max": MOST_CORNERS},
    "iou_lost": {"max": 0.01},
    "boundary_f_gained": {"min": -0.02},
}


class Seen(NamedTuple):
    """A photo with its truth: levels, or only 0 and 1, and 255 where nothing is known."""

    truth: LevelMap
    is_binary: bool
    said: BlurPrediction


def blurred_by_synthesis(folder: Path | None, same_picture: Path | None, seed: int) -> Iterator[Sample]:
    """Held-out photos with subjects (or those that packages bring), each with one of the modes in turn."""
    sources = packaged_sources()
    if folder:
        parts = split_sharp(find_sources([folder]), HELD_OUT, same_picture)
        sources = [source for source in (*parts.choosing, *parts.panel) if source.mask]
    photos = SyntheticPhotos(sources, scale=SCALE, crop=SIDE, seed=seed)
    for index in range(len(photos)):
        rng, mode = np.random.default_rng([seed, index]), MODES[index % len(MODES)]
        if scene := photos.scene(index, rng, mode):
            yield synthesise(scene, scale=SCALE, rng=rng, mode=mode)


def with_masks(folder: Path) -> Iterator[Sample]:
    """Real photos with masks whose white is blurred."""
    photos = MaskedPhotos(folder, scale=SCALE, is_blurred_white=True)
    return (sample for index in range(len(photos)) if (sample := photos.whole(index)))


def look_at(samples: Iterator[Sample], predictor: Predictor) -> list[Seen]:
    """What the network says of each."""
    return [
        Seen(sample.levels, sample.is_binary, predictor.predict(PIL.Image.fromarray(sample.pixels)))
        for sample in samples
    ]


def compare(seen: list[Seen], rounds: int) -> dict[str, Any]:
    """The figures of both ways, their times taken in turns."""
    times: dict[str, list[float]] = {way: [] for way in WAYS}
    for number in range(rounds + 1):
        for way, draw in WAYS.items():
            started = time.process_time()
            for photo in seen:
                draw(photo.said)
            if number:
                times[way].append(1000 * (time.process_time() - started) / len(seen))
    figures = {way: means([describe(photo, draw(photo.said)) for photo in seen]) for way, draw in WAYS.items()}
    for way, took in times.items():
        figures[way]["cpu_ms"] = round(float(np.median(took)), 2)
    return {"photos": len(seen), **figures}


def describe(photo: Seen, document: Document) -> dict[str, float]:
    """Corners of a document, and how near it is to the truth and to the map."""
    truth, painted, map_ = photo.truth, rasterize(document, photo.said.size), photo.said.levels
    known = truth != IGNORE
    corners = [sum(len(ring) // 2 for ring in region.rings) for region in document.regions]
    levels = [k for k in range(int(map_.max()) + 1) if (truth[known] == k).mean() >= LEAST_SHARE]
    of_map = [k for k in range(int(map_.max()) + 1) if (map_ == k).mean() >= LEAST_SHARE]
    return {
        "regions": len(corners),
        "corners_of_a_region": float(np.mean(corners)) if corners else np.nan,
        "corners_of_the_largest": max(corners, default=np.nan),
        "corners": sum(corners),
        "iou_blurred": iou((truth > 0)[known], (painted > 0)[known]),
        "iou_sharp": iou((truth == 0)[known], (painted == 0)[known]),
        "iou_levels": np.nan if photo.is_binary else np.mean([iou(truth == k, painted == k) for k in levels]),
        "boundary_f": boundary_f(truth > 0, painted > 0),
        "kept": float(np.mean([iou(map_ == k, painted == k) for k in of_map])),
    }


def iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Intersection over union; nan where both are empty."""
    either = np.count_nonzero(one | other)
    return np.count_nonzero(one & other) / either if either else np.nan


def means(rows: list[dict[str, float]]) -> dict[str, float]:
    """The mean of each figure over the photos that have it, and the largest number of corners."""
    figures: dict[str, float] = {"most_corners": int(np.nanmax([row["corners_of_the_largest"] for row in rows]))}
    for name in rows[0]:
        values = np.array([row[name] for row in rows], float)
        if not np.isnan(values).all():
            figures[name] = round(float(np.nanmean(values)), 4)
    return figures


def draw_both(predictor: Predictor) -> PIL.Image.Image:
    """Two packaged photos with the regions of both ways, corners white; green is level 0, red the strongest."""
    rows = []
    for package, name in (("sklearn", "datasets/images/flower.jpg"), ("skimage", "data/astronaut.png")):
        photo = open_upright((package_folder(package) / name).read_bytes())
        said = predictor.predict(photo)
        rows.append(in_a_row([drawn(photo, way, draw(said)) for way, draw in WAYS.items()]))
    return stacked(rows)


def drawn(photo: PIL.Image.Image, way: str, document: Document) -> tuple[str, PIL.Image.Image]:
    """A caption and the photo with the document's outlines."""
    picture = photo.resize((PANEL, round(PANEL * photo.height / photo.width)))
    draw, share = PIL.ImageDraw.Draw(picture), PANEL / photo.width / SUBPIXEL
    count = 0
    for region in document.regions:
        for ring in region.rings:
            corners = [(x * share, y * share) for x, y in zip(ring[::2], ring[1::2], strict=True)]
            draw.line([*corners, corners[0]], INK[region.level], 2)
            for x, y in corners:
                draw.rectangle((x - 1.5, y - 1.5, x + 1.5, y + 1.5), "white")
            count += len(corners)
    return f"{way}: {len(document.regions)} regions, {count} corners", picture


def judge(panels: dict[str, Any]) -> dict[str, Any]:
    """What is asked of all panels: the worst of each."""

    def changes(name: str) -> list[float]:
        return [panel["edges"][name] - panel["contours"][name] for panel in panels.values()]

    return {
        "most_corners": max(panel["edges"]["most_corners"] for panel in panels.values()),
        "iou_lost": round(-min(*changes("iou_blurred"), *changes("iou_sharp")), 4),
        "boundary_f_gained": round(min(changes("boundary_f")), 4),
    }


def main() -> None:
    """Compare and judge."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, metavar="DIR", help="images/ and masks/ of subjects; default: packages'")
    parser.add_argument("--same-picture", type=Path, metavar="CSV", help="pictures that are there twice")
    parser.add_argument("--masks", type=Path, action="append", default=[], metavar="DIR", help="images/ and masks/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--figure", type=Path, metavar="FILE.jpg", help="two photos with the regions of both ways")
    options = parser.parse_args()
    predictor = Predictor(device="cpu")
    if options.figure:
        draw_both(predictor).save(options.figure, quality=82)
    samples = {"synthesis": blurred_by_synthesis(options.photos, options.same_picture, options.seed)}
    samples |= {folder.name: with_masks(folder) for folder in options.masks}
    panels = {name: compare(look_at(photos, predictor), options.rounds) for name, photos in samples.items()}
    verdict("regions", judge(panels) | {"panels": panels}, TARGETS)


if __name__ == "__main__":
    keep_freed_memory()
    main()
