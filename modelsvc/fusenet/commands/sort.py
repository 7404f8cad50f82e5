"""`smartblur sort`: a folder of a shoot into bursts, the best of each first, with its reason and its stars.

PyTorch is loaded in the processes that look, and only there: so the first photo is told of a second sooner.
"""

from __future__ import annotations

import argparse
import csv
import gc
import html
import os
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import PIL.Image

from annotate.core.culling import Look, Ranked, bursts, order, rank, reason
from annotate.core.errors import InvalidImage, SmartBlurError
from annotate.core.exif import Exif, read_exif
from annotate.core.imagefile import SUFFIXES, difference_hash, exif_of, open_shrunk, preview
from annotate.core.sharpness import nothing_to_judge, shows_anything
from annotate.core.sidecars import NAMINGS, InvalidSidecar, Naming, new_sidecar, sidecar_name, with_rating
from modelsvc.fusenet.config import SHIPPED
from modelsvc.fusenet.reports import PeopleReport, Report, report_json

if TYPE_CHECKING:
    from modelsvc.fusenet.serving.predictor import Predictor

MOST_PROCESSES = 8
AHEAD = 2  # photos a process that wait for it
THUMBNAIL_PX = 360
COLUMNS = ("file", "burst", "place", "stars", "score", "verdict", "reason")


class Row(NamedTuple):
    """What is kept of a photo once its burst has ended."""

    file: str
    burst: int
    place: int
    stars: int
    score: float
    verdict: str
    reason: str


def add_sort_options(command: argparse.ArgumentParser) -> None:
    """What `sort` can be told."""
    command.add_argument("shoot", type=Path, metavar="DIR", help="photos, in folders below it, too")
    command.add_argument("--out", type=Path, metavar="DIR", help="sorted.csv and sheet.html, the best first")
    for flag, naming in zip(("--xmp", "--xmp-long"), NAMINGS, strict=True):
        told = f"star ratings as XMP sidecars beside the photos, {naming}"
        command.add_argument(flag, dest="xmp", action="store_const", const=naming, help=told)
    command.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR")
    command.add_argument("--processes", type=int, metavar="N", help="default: one a processor, at most 8")
    command.add_argument("--json", action="store_true", help="one JSON object a line")


def run_sort(options: argparse.Namespace) -> int:
    """Tell of each photo when it was seen, and of each burst when it has ended; then write what was asked for.

    Raises:
        SmartBlurError: there is no photo, or some could not be read; the others are sorted all the same.
    """
    report: Report = report_json if options.json else PeopleReport()
    if not options.shoot.is_dir():
        raise SmartBlurError("This is no folder.", code="invalid_arguments", where=str(options.shoot))
    found = photos_in(options.shoot, options.out)
    if not found:
        raise SmartBlurError("There is no photo in it.", code="no_photos", where=str(options.shoot))
    thumbnails = options.out and options.out / "thumbnails"
    stems = Counter(file.with_suffix("") for file in found)
    began, skipped, rows = time.monotonic(), 0, []

    def seen() -> Iterator[Look]:
        nonlocal skipped
        for file, said in looks(found, options, thumbnails):
            if isinstance(said, InvalidImage):
                skipped += 1
                report({"event": "error"} | said.as_problem() | {"where": str(file)})
                continue
            report({"event": "seen", "photo": said.name, "reason": reason(said)})
            yield said

    for number, burst in enumerate(bursts(seen()), 1):
        ranked = rank(burst)
        rows += [row_of(one, number) for one in ranked]
        report({"event": "burst", "photos": [row._asdict() for row in rows[-len(ranked) :]]})
        for one in ranked if options.xmp else ():
            photo = options.shoot / one.look.name
            if kept := write_rating(
                photo, one.stars, options.xmp if stems[photo.with_suffix("")] == 1 else "PHOTO.JPG.xmp"
            ):
                report({"event": "log", "message": f"{one.look.name}: {kept}"})
    rows.sort(key=lambda row: (row.place > 1, -row.score, row.file))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        write_table(options.out / "sorted.csv", rows)
        (options.out / "sheet.html").write_text(sheet(rows, options.shoot.resolve()), "utf-8")
    took = time.monotonic() - began
    report({"event": "log", "message": f"{len(rows)} photos, {len(rows) / took:.2f} photos/s"})
    if skipped:
        raise SmartBlurError(f"{skipped} of {len(found)} photos could not be read.", code="unreadable_photos")
    return 0


def photos_in(shoot: Path, out: Path | None) -> list[Path]:
    """The photos in and below a folder; `out` is left out."""
    return [
        file
        for file in sorted(shoot.rglob("*"))
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and (not out or out not in file.parents)
    ]


def in_order(found: Iterable[Path], shoot: Path) -> list[Path]:
    """The photos of a folder by camera and time, for which headers are enough."""
    return sorted(found, key=lambda file: place_of(file, file.relative_to(shoot).as_posix()))


def place_of(file: Path, name: str) -> tuple[str, float, str]:
    """A photo's place in the shoot; one that cannot be read stands by its name."""
    try:
        with PIL.Image.open(file) as image:
            exif = read_exif(image.info.get("exif") or b"")
    except Exception:  # of many kinds: these are bytes of strangers, and whoever decodes them says what is wrong
        exif = Exif()
    return order(exif.camera, exif.captured_at, name)


# Looking, in processes of their own -----------------------------------------------------------------------------------

_predictor: Predictor


def looks(
    found: Sequence[Path], options: argparse.Namespace, thumbnails: Path | None
) -> Iterator[tuple[Path, Look | InvalidImage]]:
    """What is seen in each file, in turn; processes are a few photos ahead, however many there are.

    They load PyTorch while the order is read from the photos' headers.
    """
    count = min(options.processes or min(len(os.sched_getaffinity(0)), MOST_PROCESSES), len(found))
    with ProcessPoolExecutor(count, get_context("spawn"), _load, (options.checkpoint,)) as pool:
        for _ in range(count):
            pool.submit(os.getpid)  # each starts a process
        waiting: deque[tuple[Path, Future[Look | InvalidImage]]] = deque()
        for file in in_order(found, options.shoot):
            name = file.relative_to(options.shoot).as_posix()
            waiting.append((file, pool.submit(_look, file, name, thumbnails and thumbnails / f"{name}.jpg")))
            if len(waiting) > AHEAD * count:
                yield waiting[0][0], waiting.popleft()[1].result()
        for file, future in waiting:
            yield file, future.result()


def _load(checkpoint: Path) -> None:
    gc.disable()  # what PyTorch brings stays: looking through it again and again takes a tenth of the time
    import torch

    from modelsvc.fusenet.serving.predictor import Predictor

    global _predictor
    torch.set_num_threads(1)
    _predictor = Predictor(checkpoint, device="cpu")
    gc.freeze()
    gc.enable()


def _look(file: Path, name: str, thumbnail: Path | None) -> Look | InvalidImage:
    from modelsvc.fusenet.serving.looks import look_of
    from modelsvc.fusenet.serving.predictor import fast_lanczos

    try:
        data = file.read_bytes()
        shrunk = open_shrunk(data, _predictor.scale, resize=fast_lanczos)
        if not shows_anything(shrunk.image):
            return nothing_to_judge()
    except InvalidImage as refusal:
        return refusal
    except OSError as error:
        return InvalidImage(f"The file cannot be read: {error.strerror}.", code="file_error")
    if thumbnail:
        thumbnail.parent.mkdir(parents=True, exist_ok=True)
        thumbnail.write_bytes(preview(shrunk.image, THUMBNAIL_PX))
    return look_of(name, _predictor.predict(shrunk), difference_hash(shrunk.image), exif_of(data))


# What is written ------------------------------------------------------------------------------------------------------


def row_of(one: Ranked, burst: int) -> Row:
    """A photo's line in the table."""
    look = one.look
    return Row(look.name, burst, one.place, one.stars, round(one.score, 3), look.desirability, reason(look))


def write_table(path: Path, rows: Iterable[Row]) -> None:
    """The sorted table as CSV."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])


SHEET = """<!doctype html><meta charset="utf-8"><title>%(title)s</title>
<style>body { font: 14px sans-serif; margin: 24px; display: flex; flex-wrap: wrap; gap: 16px }
figure { margin: 0; width: 240px } img { width: 240px; height: 180px; object-fit: contain; background: #767676 }
.other { opacity: .6 }</style>
"""
FIGURE = (
    '<figure%(kind)s><a href="%(photo)s"><img src="%(thumbnail)s" alt="" loading="lazy"></a>'
    "<figcaption>%(stars)s %(file)s<br>burst %(burst)s, %(place)s<br>%(reason)s</figcaption></figure>\n"
)


def sheet(rows: Iterable[Row], shoot: Path) -> str:
    """A page of the shoot, the best of each burst first; it refers to the thumbnails beside it and to the photos."""
    figures = [
        FIGURE
        % {
            "kind": "" if row.place == 1 else ' class="other"',
            "photo": html.escape((shoot / row.file).as_uri()),
            "thumbnail": html.escape(quote(f"thumbnails/{row.file}.jpg")),
            "stars": "★" * row.stars,
            "file": html.escape(row.file),
            "burst": row.burst,
            "place": "the best" if row.place == 1 else f"place {row.place}",
            "reason": row.reason,
        }
        for row in rows
    ]
    return SHEET % {"title": html.escape(shoot.name)} + "".join(figures)


def write_rating(photo: Path, stars: int, naming: Naming) -> str:
    """Write stars into the photo's sidecar, or into PHOTO.JPG.xmp where there is one; why not, or ""."""
    full = photo.with_name(sidecar_name(photo.name, "PHOTO.JPG.xmp"))
    sidecar = full if full.exists() else photo.with_name(sidecar_name(photo.name, naming))
    try:
        rated = with_rating(sidecar.read_bytes().decode(), stars) if sidecar.exists() else new_sidecar(stars)
    except (InvalidSidecar, UnicodeDecodeError) as refusal:
        return f"{sidecar.name} is left as it is. {refusal}"
    if rated is None:
        return f"{sidecar.name} has a rating already, which stays."
    part = sidecar.with_name(f"{sidecar.name}.part")
    part.write_bytes(rated.encode())
    part.replace(sidecar)
    return ""
