"""Real photos whose blur is known from how they were taken: what a network says of them, as a table and a picture."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFilter
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE
from annotate.core.errors import SmartBlurError
from annotate.core.imagefile import fit_to_scale, open_upright
from annotate.core.regions import DESIRABILITIES
from modelsvc.fusenet.data.amounts import LEVEL_COUNT, REFERENCE_LONG_SIDE, level_of
from modelsvc.fusenet.data.camera import to_linear, to_srgb
from modelsvc.fusenet.data.kernels import arc
from modelsvc.fusenet.data.sources import package_folder
from modelsvc.fusenet.data.synthesis import GOOD_UP_TO, Blurred, defocus_by_depth, smear_subject
from modelsvc.fusenet.evaluation import metrics
from modelsvc.fusenet.evaluation.report import describe_machine, table
from modelsvc.fusenet.provenance import commit_of_code
from modelsvc.fusenet.serving.pictures import grey, in_a_row, level_picture, stacked
from modelsvc.fusenet.serving.predictor import BlurPrediction, Predictor

FLOWER = (  # the dahlia's outline, drawn by hand: x, y, x, y, ...
    *(250, 98, 290, 86, 335, 86, 380, 100, 410, 118, 428, 150, 443, 195, 445, 235, 432, 278, 405, 312, 380, 338),
    *(345, 355, 310, 358, 270, 350, 235, 335, 205, 308, 185, 285, 172, 250, 168, 215, 178, 175, 192, 145, 212, 115),
)
FACE = (  # the astronaut's, in the same way
    *(178, 92, 200, 80, 235, 78, 262, 90, 270, 112, 266, 140),
    *(256, 165, 240, 182, 222, 186, 205, 178, 190, 160, 182, 135),
)
ENGINE = np.s_[260:310, 340:400]  # of the motorcycle: what the lens is focused on
STRENGTH = 0.25  # px of sigma at 1024 a px of disparity: sharp motorcycle, soft shed
FLOOR = np.s_[280:480, :40]  # of the motorcycle: bare floor, whose disparity grows evenly towards the camera
RISE, NEAR = 2.5, 36.0  # px of disparity: the motorcycle stands out from the floor, and is nearer than the shed
PASSED = 24  # px that it moves while the shutter is open
QUOKKA_FILES = ("quokka.jpg", "quokka_annotations.json")
SHOWN_SIDE = 320
NOT_NONE, SHARPER, SHARP = "not none", "subject sharper than the rest", "sharp"
SMOOTH, BY_LEVELS = "the subject is sharp", "its levels"

Bools = NDArray[np.bool_]
Floats = NDArray[np.float32]


class RealPhoto(NamedTuple):
    """A photo and what is known of it: where the subject is, or every pixel's level."""

    name: str
    known: str
    expected: str
    photo: PIL.Image.Image
    subject: Bools | None = None  # (H, W)
    levels: NDArray[np.uint8] | None = None  # (H, W)


class Found(NamedTuple):
    """What a network said of a photo."""

    photo: RealPhoto
    prediction: BlurPrediction
    numbers: dict[str, float]
    is_as_expected: bool | None  # None: nothing is expected that could be checked


def real_photos(quokka: Path | None = None) -> Iterator[RealPhoto]:
    """Photos that scikit-image and scikit-learn bring, and imgaug's quokka from a folder.

    Raises:
        SmartBlurError: the folder holds no quokka.
    """
    skimage = package_folder("skimage") / "data"
    sklearn = package_folder("sklearn") / "datasets" / "images"
    flower = _open(sklearn / "flower.jpg")
    yield RealPhoto("flower", "a dahlia before leaves out of focus", SHARPER, flower, inside(FLOWER, flower.size))
    if quokka is not None:
        yield _quokka(quokka)
    yield RealPhoto("clock_motion", "the camera moved", NOT_NONE, _open(skimage / "clock_motion.png"))
    motorcycle = _open(skimage / "motorcycle_left.png")
    disparity = _disparity(skimage / "motorcycle_disp.npz")
    yield _by_depth(motorcycle, disparity)
    yield _passing(motorcycle, disparity)
    yield RealPhoto("motorcycle", "sharp from front to back", SHARP, motorcycle)
    astronaut = _open(skimage / "astronaut.png")
    yield RealPhoto("astronaut", "a smooth, sharp face", SMOOTH, astronaut, inside(FACE, astronaut.size))
    yield RealPhoto("china", "sharp; smooth sky and water", SHARP, _open(sklearn / "china.jpg"))
    yield RealPhoto("rocket", "sharp; smooth sky and smoke", SHARP, _open(skimage / "rocket.jpg"))


def look_at(predictor: Predictor, photo: RealPhoto) -> Found:
    """What the network says of a photo, held against what is known."""
    said = predictor.predict(photo.photo)
    numbers = {"amount": float(said.amount.mean()), "blurred_share": float((said.levels > 0).mean())}
    numbers |= {f"p_{name}": float(p) for name, p in zip(DESIRABILITIES, said.probabilities, strict=True)}
    is_as_expected: bool | None = None
    if photo.subject is not None:
        on, off = float(said.amount[photo.subject].mean()), float(said.amount[~photo.subject].mean())
        numbers |= {"amount_on_subject": on, "amount_off_subject": off}
        is_as_expected = on <= GOOD_UP_TO if photo.expected == SMOOTH else on < off
    if photo.expected == NOT_NONE:
        is_as_expected = bool(said.probabilities.argmax() != 0)
    if photo.levels is not None:
        known = photo.levels != IGNORE
        matrix = metrics.confusion(photo.levels, said.levels, LEVEL_COUNT)
        ranked = metrics.rank(photo.levels[known] > 0, said.blurred[known])
        numbers["level_accuracy"] = float(metrics.accuracy(matrix))
        numbers["blur_ap"] = float(metrics.average_precision(ranked))
    return Found(photo, said, numbers, is_as_expected)


def write_real(folder: Path, found: Sequence[Found], predictor: Predictor) -> None:
    """report.json, report.md and maps.png."""
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = predictor.checkpoint
    numbers = {one.photo.name: one.numbers | {"is_as_expected": one.is_as_expected} for one in found}
    machine = {"commit": commit_of_code(), "weights_sha256": checkpoint.weights_sha256, "machine": describe_machine()}
    (folder / "report.json").write_text(json.dumps({"photos": numbers, **machine}, indent=1) + "\n")
    rows = [
        [
            one.photo.name,
            one.photo.known,
            *(_number(one.numbers, name) for name in ("amount_on_subject", "amount_off_subject", "amount")),
            f"{one.numbers['blurred_share']:.0%}",
            " / ".join(f"{one.numbers[f'p_{name}']:.2f}" for name in DESIRABILITIES),
            judgement(one),
        ]
        for one in found
    ]
    head = ["photo", "what is known", "amount on the subject", "off it", "overall", "blurred", "none / good / ok / bad"]
    text = [
        f"# {checkpoint.model.name} on real photos",
        f"**Photos that packages bring, none of them synthetic but the motorcycle's depth of field and motion; weights "
        f"{checkpoint.weights_sha256[:12]}, long side {checkpoint.scale} px.** A handful of photos proves nothing; "
        "look at the maps.",
        table([*head, "as expected"], rows),
        "![photo, amount of blur, probability of any blur](maps.png)",
        "Brighter is more blur; the line is the subject's outline.",
    ]
    (folder / "report.md").write_text("\n\n".join(text) + "\n")
    stacked([_strip(one) for one in found]).save(folder / "maps.png", optimize=True)


def judgement(found: Found) -> str:
    """In words, whether what was said is what is known."""
    if found.photo.levels is not None:
        numbers = found.numbers
        return f"level accuracy {numbers['level_accuracy']:.2f}, AP {numbers['blur_ap']:.2f}"
    if found.is_as_expected is None:
        return f"expected: {found.photo.expected}"
    return f"{'yes' if found.is_as_expected else '**no**'}: {found.photo.expected}"


def inside(outline: Sequence[float], size: tuple[int, int]) -> Bools:
    """(H, W) of a polygon given as x, y, x, y, ..."""
    mask = PIL.Image.new("1", size)
    PIL.ImageDraw.Draw(mask).polygon(list(outline), fill=1)
    return np.asarray(mask)


def _quokka(folder: Path) -> RealPhoto:
    """imgaug's photo with the polygon that comes with it."""
    photo, annotations = (folder / name for name in QUOKKA_FILES)
    if not photo.is_file() or not annotations.is_file():
        detail = (
            f"The folder needs {' and '.join(QUOKKA_FILES)}: unpack them from the wheel that "
            "`pip download --no-deps imgaug==0.4.0` brings."
        )
        raise SmartBlurError(detail, code="no_sources", where=str(folder))
    points = json.loads(annotations.read_text())["polygons"][0]["keypoints"]
    picture = _open(photo)
    outline = [value for point in points for value in (point["x"], point["y"])]
    return RealPhoto("quokka", "an animal before a soft ground", SHARPER, picture, inside(outline, picture.size))


def _disparity(file: Path) -> Floats:
    """(H, W) px, not a number where it is not known."""
    with np.load(file) as arrays:
        disparity: Floats = arrays["arr_0"].astype(np.float32)
    return np.where(np.isfinite(disparity), disparity, np.nan)


def _by_depth(photo: PIL.Image.Image, disparity: Floats) -> RealPhoto:
    """The photo as a lens focused on the engine would take it; true levels from the true disparity."""
    focus = float(np.nanmedian(disparity[ENGINE]))
    filled = np.where(np.isnan(disparity), np.nanmin(disparity), disparity).astype(np.float32)
    blurred = defocus_by_depth(np.asarray(photo), filled, focus, STRENGTH)
    return _computed("motorcycle by depth", "defocus computed from true depth", blurred, disparity)


def _passing(photo: PIL.Image.Image, disparity: Floats) -> RealPhoto:
    """The photo as if the motorcycle had driven on while the shutter was open; it is what rises from the floor."""
    rows = np.arange(len(disparity))
    slope, start = np.polyfit(rows[FLOOR[0]], np.nanmedian(disparity[FLOOR], 1), 1)
    behind = np.maximum(slope * rows + start + RISE, NEAR)[:, None]
    mask = PIL.Image.fromarray(np.nan_to_num(disparity) > behind).convert("L")
    solid = mask.filter(PIL.ImageFilter.MaxFilter(5)).filter(PIL.ImageFilter.MinFilter(5))  # closes unknown pixels
    alpha = (np.asarray(solid) > 0).astype(np.float32)
    level = level_of(PASSED / math.sqrt(12) * REFERENCE_LONG_SIDE / max(photo.size))
    moved = smear_subject(to_linear(np.asarray(photo)), alpha, arc(PASSED, angle=0.0, bend=0.0), level)
    return _computed("motorcycle passing", "motion computed from its true outline", moved, disparity)


def _computed(name: str, known: str, blurred: Blurred, disparity: Floats) -> RealPhoto:
    soft = PIL.Image.fromarray(np.rint(to_srgb(blurred.light)).astype(np.uint8))
    levels = np.where(np.isnan(disparity), IGNORE, blurred.levels).astype(np.uint8)
    return RealPhoto(name, known, BY_LEVELS, soft, levels=levels)


def _open(path: Path) -> PIL.Image.Image:
    return open_upright(path.read_bytes()).convert("RGB")


def _number(numbers: Mapping[str, Any], name: str) -> str:
    return f"{numbers[name]:.2f}" if name in numbers else "–"


def _strip(found: Found) -> PIL.Image.Image:
    """Photo with the subject's outline, amount and P(blur); the true levels where they are known."""
    photo = found.photo.photo.copy()
    if found.photo.subject is not None:
        mask = PIL.Image.fromarray(found.photo.subject)
        wide = np.asarray(mask.convert("L").resize(photo.size)) > 0
        edge = wide ^ np.roll(wide, 2, 0) | wide ^ np.roll(wide, 2, 1)
        pixels = np.array(photo)
        pixels[edge] = (255, 230, 0)
        photo = PIL.Image.fromarray(pixels)
    said = found.prediction
    panels = [
        (found.photo.name, photo),
        (f"amount, mean {found.numbers['amount']:.2f}", grey(said.amount)),
        ("P(blur)", grey(said.blurred)),
    ]
    if found.photo.levels is not None:
        panels.append(("true level", level_picture(found.photo.levels, LEVEL_COUNT)))
    return in_a_row([(caption, fit_to_scale(panel.convert("RGB"), SHOWN_SIDE)) for caption, panel in panels])
