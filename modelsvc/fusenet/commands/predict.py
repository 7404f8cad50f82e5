"""`python -m modelsvc.fusenet predict`: maps or polygons, and probabilities, of photos in files."""

from __future__ import annotations

import argparse
import base64
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from annotate.core.blurmap import encode_levels
from annotate.core.errors import InvalidImage, SmartBlurError
from annotate.core.imagefile import SUFFIXES, open_shrunk
from annotate.core.regions import DESIRABILITIES
from modelsvc.fusenet.config import SHIPPED, check_scale
from modelsvc.fusenet.reports import Report
from modelsvc.fusenet.serving.looks import describe_look
from modelsvc.fusenet.serving.pictures import PANEL, figure, grey
from modelsvc.fusenet.serving.predictor import BlurPrediction, Predictor
from modelsvc.fusenet.serving.runtime import have_onnx

WORTH_ONNX = 500  # photos whose time saved is about what it takes to write the file
Named = tuple[str, Path]  # what its results are called, folders included, and the photo


def add_predict_options(command: argparse.ArgumentParser) -> None:
    """What `predict` can be told."""
    command.add_argument("photos", type=Path, nargs="*", metavar="PHOTO", help="a file, or a folder of them")
    command.add_argument("--list", type=Path, metavar="FILE.json", help="more photos: an array of their paths")
    command.add_argument(
        "--lists", action="store_true", help="for programs: a FILE.json a line on standard input, and `done` after each"
    )
    command.add_argument(
        "--at-once", action="store_true", help="with --lists: begin, and write no file first that makes many faster"
    )
    command.add_argument("--checkpoint", type=Path, default=SHIPPED, metavar="DIR")
    command.add_argument("--out", type=Path, required=True, metavar="DIR")
    command.add_argument("--scale", type=int, metavar="PX", help="long side to look at: 640 as usual, 1024 for more")
    command.add_argument("--regions", action="store_true", help="polygons, NAME.regions.json, instead of maps")
    command.add_argument("--look", action="store_true", help="also what compares photos of a burst: small maps")
    command.add_argument("--figure", action="store_true", help="also NAME.figure.png: photo, blur map, attention")


def run_predict(options: argparse.Namespace, report: Report) -> int:
    """Write what the network says of every photo; those that cannot be read are named, counted, and make it exit 2."""
    if options.lists:
        check_scale(options.scale)
        return predict_lists(options, report)
    files = files_to_predict(options)
    if len(files) >= WORTH_ONNX:
        have_onnx(options.checkpoint)
    predictor = Predictor(options.checkpoint, scale=options.scale)
    options.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    skipped = look_at_files(files, predictor, options, report)
    done = len(files) - skipped
    if done > 1:
        report({"event": "log", "message": f"{done} photos, {done / (time.monotonic() - began):.2f} photos/s"})
    if skipped:
        raise SmartBlurError(f"{skipped} of {len(files)} photos could not be read.", code="unreadable_photos")
    return 0


def predict_lists(options: argparse.Namespace, report: Report) -> int:
    """Look at the photos of each list that standard input names, until it ends; the network is loaded once."""
    if not options.at_once:
        have_onnx(options.checkpoint)
    predictor = Predictor(options.checkpoint, scale=options.scale)
    options.out.mkdir(parents=True, exist_ok=True)
    for line in sys.stdin:
        skipped = look_at_files(read_list(Path(line.rstrip("\n"))), predictor, options, report)
        report({"event": "done", "metrics": {}, "skipped": skipped})
    return 0


def look_at_files(files: Sequence[Named], predictor: Predictor, options: argparse.Namespace, report: Report) -> int:
    """Write what the network says of every file, tell of each, and count those that cannot be read."""
    skipped = 0
    for (name, file), prediction, seconds in timed(files, predictor):
        if isinstance(prediction, InvalidImage):
            skipped += 1
            said: dict[str, Any] = {"event": "error"} | prediction.as_problem() | {"where": str(file)}
        else:
            said = {"event": "photo", "photo": str(file)} | describe(prediction, predictor, seconds)
            if options.look:
                said |= describe_look(prediction)
            write(options, name, file, prediction, said)
        with tqdm.external_write_mode():
            report(said)
    return skipped


def timed(files: Sequence[Named], predictor: Predictor) -> Iterator[tuple[Named, BlurPrediction | InvalidImage, float]]:
    """Each file, what is said of it, and the seconds that passed since the file before; a bar tells people how far."""
    started = time.monotonic()
    bar = tqdm(files, unit="photo", disable=None)
    for file, prediction in zip(bar, predictor.predict_files([file for _, file in files]), strict=True):
        yield file, prediction, time.monotonic() - started
        started = time.monotonic()


def write(
    options: argparse.Namespace, name: str, file: Path, prediction: BlurPrediction, said: Mapping[str, Any]
) -> None:
    """The files of one photo, NAME.json last."""
    stem = options.out / name
    stem.parent.mkdir(parents=True, exist_ok=True)
    if options.regions:
        Path(f"{stem}.regions.json").write_text(json.dumps(prediction.document().as_json()))
    else:
        Path(f"{stem}.levels.png").write_bytes(encode_levels(prediction.levels))
        for map_ in ("amount", "blurred"):
            grey(getattr(prediction, map_)).save(f"{stem}.{map_}.png", compress_level=1)
    if options.figure:
        photo = open_shrunk(file.read_bytes(), PANEL).image
        figure(photo, prediction).save(f"{stem}.figure.png")
    facts = {fact: value for fact, value in said.items() if fact not in ("event", "photo")}
    if options.regions:
        facts |= {"no_evidence": prediction.no_evidence().as_json(), "subject": prediction.subject().as_json()}
    Path(f"{stem}.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n")


def files_to_predict(options: argparse.Namespace) -> list[Named]:
    """The photos named, those in and below the folders named, and those listed.

    Raises:
        SmartBlurError: no photo, two that would write the same files, a list that is none, or a --scale out of range.
    """
    files = [named for path in options.photos for named in photos_at(path, options.out)]
    if options.list:
        files += read_list(options.list)
    if not files:
        raise SmartBlurError("Name a photo, a folder that holds some, or a --list of photos.", code="invalid_arguments")
    check_scale(options.scale)
    seen = Counter(name for name, _ in files)
    if twice := next((name for name, count in seen.items() if count > 1), None):
        raise SmartBlurError(
            f"Two photos are named {twice}; their results would overwrite each other.", code="same_name"
        )
    return files


def photos_at(path: Path, out: Path) -> list[Named]:
    """The file, or all photos in and below the folder but for `out`, told by their names; results lie as they do.

    Where two differ in their suffix only, it is part of their results' names.
    """
    if not path.is_dir():
        return [(path.stem, path)]
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and out not in file.parents)
    stems = Counter(file.with_suffix("") for file in found)
    names = [file.with_suffix("") if stems[file.with_suffix("")] == 1 else file for file in found]
    return [(name.relative_to(path).as_posix(), file) for name, file in zip(names, found, strict=True)]


def read_list(path: Path) -> list[Named]:
    """The photos that a list names; refused where it is none."""
    try:
        return [(Path(photo).stem, Path(photo)) for photo in json.loads(path.read_text())]
    except (ValueError, TypeError) as error:
        raise SmartBlurError(f"This is no list of photos: {error}.", code="invalid_list", where=str(path)) from error


def describe(prediction: BlurPrediction, predictor: Predictor, seconds: float) -> dict[str, Any]:
    """What NAME.json says of a photo; `seconds` since the photo before."""
    ppm = [round(float(p) * 1e6) for p in prediction.probabilities]
    ppm[int(np.argmax(ppm))] += 1_000_000 - sum(ppm)
    return {
        "desirability": DESIRABILITIES[int(np.argmax(ppm))],
        "probabilities_ppm": ppm,
        "uncertainty_ppm": round(prediction.mean_uncertainty * 1e6),
        "blurred_share_ppm": round(prediction.blurred_share * 1e6),
        "subject_blurred_ppm": round(prediction.subject_blurred * 1e6),
        "no_evidence_ppm": round(prediction.no_evidence_share * 1e6),
        "content": base64.b64encode(prediction.content.tobytes()).decode(),
        "version": predictor.checkpoint.weights_sha256[:12],
        "scale": predictor.scale,
        "seconds": round(seconds, 3),
    }
