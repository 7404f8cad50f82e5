"""Write the photos of the guide's teaching cases: sample photos, blurred where `annotate/sample/cases.json` says so.

What has `defocus` is blurred here as a lens does it, by the synthesis that the network learns from; all other blur is
in the photo by nature.

    python -m tests.data.make_guide_photos
"""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

import annotate
from annotate.core.blurmap import rasterize
from annotate.core.regions import SUBPIXEL, parse_document
from modelsvc.fusenet.data.camera import to_linear, to_srgb
from modelsvc.fusenet.data.kernels import disc_kernel
from modelsvc.fusenet.data.synthesis import blur_subject

SAMPLE = Path(annotate.__file__).with_name("sample")
FOLDER = SAMPLE.parents[1] / "frontend/public/guide"
WIDTH = 560
FINER = 4  # alpha is painted so many times larger


def write_photos() -> None:
    """One picture a case."""
    for case in cases():
        picture_of(case).save(FOLDER / f"{case['vote']}.webp", quality=60, method=6)


def cases() -> list[dict[str, Any]]:
    """The teaching cases, sizes and rings in pixels of the photo at a long side of 1024."""
    found: list[dict[str, Any]] = json.loads((SAMPLE / "cases.json").read_text())
    return found


def picture_of(case: dict[str, Any]) -> PIL.Image.Image:
    """The case's photo, cut from the top, with the blur that is made, as small as the page shows it."""
    width, height = case["size"]
    photo = sample_photo(case["file"])
    photo = photo.resize((width, round(width * photo.height / photo.width)), PIL.Image.Resampling.LANCZOS)
    light = to_linear(np.asarray(photo.crop((0, 0, width, height))))
    for region in case["regions"]:
        if "defocus" in region:
            light = blurred(light, region)
    made = PIL.Image.fromarray(np.rint(to_srgb(light)).astype(np.uint8))
    return made.resize((WIDTH, round(WIDTH * height / width)), PIL.Image.Resampling.LANCZOS)


def sample_photo(file: str) -> PIL.Image.Image:
    """A photo of the sample project, from its package."""
    photos = json.loads((SAMPLE / "photos.json").read_text())
    package = next(photo["package"] for photo in photos if photo["file"] == file)
    spec = importlib.util.find_spec(package)
    with PIL.Image.open(Path(spec.submodule_search_locations[0], file)) as photo:
        return photo.convert("RGB")


def blurred(light: np.ndarray, region: dict[str, Any]) -> np.ndarray:
    """The photo with one region out of focus, in linear light."""
    alpha = alpha_of(region["ring"], light.shape[1], light.shape[0])
    return blur_subject(light, alpha, 1, disc_kernel(region["sigma"])).light


def alpha_of(ring: list[int], width: int, height: int) -> np.ndarray:
    """(H, W) float32: how much of each pixel lies inside the ring."""
    rings = [[value * SUBPIXEL * FINER for value in ring]]
    region = {"id": "r", "level": 1, "kind": "unknown", "rings": rings, "z": 0}
    document = parse_document({"base": 0, "regions": [region]}, level_count=2)
    fine = rasterize(document, (width * FINER, height * FINER))
    return fine.reshape(height, FINER, width, FINER).mean((1, 3), dtype=np.float32)


if __name__ == "__main__":
    write_photos()
