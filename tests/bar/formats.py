"""How fast labels go out to and come in from other tools, and in how much memory. `python -m tests.bar.formats`.

10,000 photos with 12 regions of 60 points each, in maps of 640 x 427. Each figure is of a process of its own; photos
are left where they are, so the figures are of labels. Reading goes as far as the region document that an import stores.
Label Studio is not measured here: the 57 photos/s (1,000 photos in 17.5 s, 635 MB) are stored from an export to COCO by
Label Studio 1.23, server and database included. The converter alone (label-studio-sdk 2.1.2, 300 such photos in memory)
took twice the processor time that we take, on the same machine at the same time.
"""

import argparse
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import PIL.Image

from annotate.core.blurmap import encode_levels, rasterize
from annotate.core.formats import (
    FORMATS,
    Meaning,
    Options,
    PhotoLabels,
    export,
    meaning_of_exports,
    open_files,
    understand,
)
from annotate.core.regions import SUBPIXEL, parse_document
from annotate.core.release import Facts, Item, Level, Manifest, RegionsLine, VoteLine, read_release, write_release
from tests.bar.common import polygons, verdict

WIDTH, HEIGHT = 640, 427
REGIONS, POINTS = 12, 60
DIFFERENT = 200  # maps; the photos take turns
LABEL_STUDIO_PHOTOS_PER_S = 57
MOST_MB = 300
ANNA = "a-00000000000a"
LEVELS = tuple(
    Level(
        level=level,
        name=name,
        amount_ppm=round(1_000_000 * level / 3),
        sigma_from_milli=sigma_from,
        sigma_to_milli=sigma_to,
        sample_sigma_milli=sigma_from,
    )
    for level, name, sigma_from, sigma_to in (
        (0, "Sharp", 0, 800),
        (1, "Low", 800, 2400),
        (2, "Medium", 2400, 4800),
        (3, "High", 4800, None),
    )
)
MANIFEST = Manifest(
    name="bar",
    version="1.0.0",
    title="Bar",
    created="2026-11-22T11:00:00Z",
    license="CC-BY-4.0",
    licenses=("CC-BY-4.0",),
    authors=("A. Person",),
    levels=LEVELS,
)


def drawings() -> list[tuple[dict[str, Any], bytes]]:
    """Region documents of photos, each a little different, and their level PNGs."""
    made = []
    for seed in range(DIFFERENT):
        document = polygons(REGIONS, POINTS, WIDTH, HEIGHT)
        shake = random.Random(seed)
        for region in document["regions"]:
            region["rings"] = [[value + shake.randint(-40, 40) for value in ring] for ring in region["rings"]]
        parsed = parse_document(document, level_count=len(LEVELS))
        made.append((document, encode_levels(rasterize(parsed, (WIDTH, HEIGHT)))))
    return made


def photo(number: int, plain: bytes) -> bytes:
    """A JPEG that is another file than the rest: they differ in a comment."""
    text = f"{number:08d}".encode()
    return plain[:2] + b"\xff\xfe" + (2 + len(text)).to_bytes(2, "big") + text + plain[2:]


def items(count: int) -> Iterator[Item]:
    """What a release of so many photos holds, ordered by key."""
    file = io.BytesIO()
    PIL.Image.linear_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB").save(file, "JPEG")
    drawn = drawings()
    images = (photo(number, file.getvalue()) for number in range(count))
    ordered = sorted((hashlib.sha256(image).hexdigest(), number) for number, image in enumerate(images))
    for sha256, number in ordered:
        document, png = drawn[number % DIFFERENT]
        facts = Facts(
            sha256=sha256,
            source_sha256=sha256,
            format="jpeg",
            width=WIDTH,
            height=HEIGHT,
            split="train",
            group=f"g{number}",
            desirability="ok",
            posterior_ppm=(0, 0, 1_000_000, 0),
            votes=(0, 0, 1, 0),
            decided_by="single",
            level_agreement_ppm=1_000_000,
            level_annotators=1,
            license="CC-BY-4.0",
            added_in="1.0.0",
        )
        line = RegionsLine(
            annotation="anna", annotator=ANNA, role="annotator", base=0, regions=tuple(document["regions"])
        )
        yield Item(
            facts=facts,
            annotations=(line,),
            votes=(VoteLine(annotator=ANNA, vote="ok"),),
            lineage=({"step": "consensus", "levels_method": "single", "levels_from": ["anna"]},),
            load_image=partial(photo, number, file.getvalue()),
            load_levels=partial(bytes, png),
        )


def lay_labelme(count: int, out: Path) -> None:
    """The same labels as labelme saves them: a format that only comes in."""
    out.mkdir()
    documents = [document for document, _ in drawings()]
    for number in range(count):
        shapes = [
            {"label": LEVELS[region["level"]].name, "shape_type": "polygon", "points": _points(region["rings"][0])}
            for region in documents[number % DIFFERENT]["regions"]
        ]
        content = {"imagePath": f"{number}.jpg", "imageWidth": WIDTH, "imageHeight": HEIGHT, "shapes": shapes}
        (out / f"{number}.json").write_text(json.dumps(content))


def _points(ring: list[int]) -> list[tuple[float, float]]:
    return [(x / SUBPIXEL, y / SUBPIXEL) for x, y in zip(ring[::2], ring[1::2], strict=True)]


SOURCES = {"labelme": lay_labelme}  # of what cannot be exported


def measure_export(name: str, release: Path, out: Path) -> dict[str, float]:
    """Seconds and labels of an export."""
    folder = read_release(release)
    begun = time.perf_counter(), time.process_time()
    export(folder, FORMATS[name], out, Options(with_photos=False), may_link=True)
    return _measured(begun, sum(folder.image_counts.values()), REGIONS * sum(folder.image_counts.values()))


def measure_import(name: str, source: Path) -> dict[str, float]:
    """Seconds and labels of reading up to the documents; what is refused ends it."""
    ours = meaning_of_exports(LEVELS)
    numbers = {str(level.level): level.level for level in LEVELS}
    meaning = Meaning(
        levels=ours.levels | numbers | {"white": 3, "black": 0}, votes=ours.votes, kinds=ours.kinds, rest=0
    )
    photos = labels = 0
    begun = time.perf_counter(), time.process_time()
    with open_files(source) as files:
        for row in FORMATS[name].read(files, lambda photo: (WIDTH, HEIGHT), Options()):
            if not isinstance(row, PhotoLabels):
                if row.code == "predictions":  # Label Studio's: they are told at the end
                    continue
                raise row
            understand(row, meaning, (WIDTH, HEIGHT), level_count=len(LEVELS))
            photos += 1
            labels += len(row.shapes) or len(row.names)
    return _measured(begun, photos, labels)


def _measured(begun: tuple[float, float], photos: int, labels: int) -> dict[str, float]:
    seconds, busy = time.perf_counter() - begun[0], time.process_time() - begun[1]
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(busy, 1),
        "photos_per_s": round(photos / seconds),
        "labels_per_s": round(labels / seconds),
        "peak_mb": peak_mb(),
    }


def peak_mb() -> int:
    """The most memory that this process has had; what getrusage says holds that of the process it comes from."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) >> 10


def measured_apart(*arguments: str | Path) -> dict[str, float]:
    """The figures of a process of its own."""
    command = [sys.executable, "-m", "tests.bar.formats", *map(str, arguments)]
    found: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


def measure_all(names: list[str], count: int, folder: Path) -> dict[str, Any]:
    """The figures of each format, both ways."""
    figures: dict[str, Any] = {}
    if any(FORMATS[name].write for name in names):
        os.fsync = lambda file: None  # the release is only a source here
        write_release(folder / "release", MANIFEST, items(count))
    for name in names:
        out = folder / name
        if FORMATS[name].write:
            figures[f"{name}_export"] = measured_apart("--export", name, folder / "release", out)
        elif name in SOURCES:
            SOURCES[name](count, out)
        if FORMATS[name].read and out.is_dir():
            figures[f"{name}_import"] = measured_apart("--import", name, out)
    return figures


def main() -> None:
    """Print the figures and the verdict."""
    parser = argparse.ArgumentParser(description="How fast labels go out and come in, and in how much memory.")
    parser.add_argument("--photos", type=int, default=10_000)
    parser.add_argument("--formats", default=",".join(FORMATS))
    parser.add_argument("--export", nargs=3, help=argparse.SUPPRESS)
    parser.add_argument("--import", nargs=2, help=argparse.SUPPRESS, dest="read")
    given = parser.parse_args()
    if given.export:
        name, release, out = given.export
        print(json.dumps(measure_export(name, Path(release), Path(out))))
    elif given.read:
        print(json.dumps(measure_import(given.read[0], Path(given.read[1]))))
    else:
        with tempfile.TemporaryDirectory() as folder:
            tell(measure_all(given.formats.split(","), given.photos, Path(folder)), given.photos)


def tell(measured: dict[str, Any], count: int) -> None:
    """Judge what was measured."""
    figures: dict[str, Any] = {
        "photos": count,
        "map_px": [WIDTH, HEIGHT],
        "regions_per_photo": REGIONS,
        "label_studio_coco_export_photos_per_s_stored": LABEL_STUDIO_PHOTOS_PER_S,
    }
    targets = {}
    for name, of_one in measured.items():
        figures |= {f"{name}_{figure}": value for figure, value in of_one.items()}
        targets[f"{name}_peak_mb"] = {"max": MOST_MB}
    if "coco_export" in measured:
        rate = figures["coco_export_photos_per_s"]
        figures["coco_export_times_label_studio"] = round(rate / LABEL_STUDIO_PHOTOS_PER_S, 1)
        targets["coco_export_times_label_studio"] = {"min": 20}
    verdict("formats", figures, targets)


if __name__ == "__main__":
    main()
