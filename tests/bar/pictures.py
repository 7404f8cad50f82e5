"""Is a photo the same picture everywhere? `python -m tests.bar.pictures`.

A phone's portrait in Display P3, a HEIC on its side, a 16-bit PNG and a JPEG in inks come in by the API. What they look
like is worked out from the files by Pillow alone, and held against what the site stores, shows (a Chromium decodes the
stored file), measures (sharpness) and has predicted.
"""

import base64
import hashlib
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageCms
import PIL.ImageOps
import pillow_heif
from numpy.typing import NDArray
from playwright.sync_api import Page, sync_playwright

from annotate.core.blurmap import rasterize
from annotate.core.colour import profile_named
from annotate.core.formats import FORMATS, Options, export
from annotate.core.heif import register_decoder
from annotate.core.imagefile import fit_to_scale
from annotate.core.regions import parse_document
from annotate.core.release import read_release
from annotate.core.release.verify_standalone import key_of
from annotate.core.sharpness import cell_of, sharpness_map
from modelsvc.fusenet.serving.pictures import in_a_row
from modelsvc.fusenet.serving.predictor import BlurPrediction, Predictor
from tests import chromium
from tests.bar.common import RIGHTS, Client, Target, parser_of, polygons, target, verdict
from tests.bar.export import HEIGHT, WIDTH, label_all, wait_until_ready
from tests.bar.forms import send
from tests.bar.peers import PEERS, read_by

STREET = Path(__file__).resolve().parents[2] / "frontend" / "public" / "guide" / "sample.jpg"
SRGB = PIL.ImageCms.createProfile("sRGB")
TRIES = 3_000
READERS = ("datasets-parquet", "webdataset", "mlcroissant", "pycocotools", "label-studio-sdk")
IN_BROWSER = """async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let text = "";
    for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
    return [bitmap.width, bitmap.height, btoa(text)];
}"""
TARGETS: dict[str, dict[str, float]] = {
    "photos": {"min": 4},
    "stored_differs_by_levels": {"max": 1},
    "browser_differs_by_levels": {"max": 2},
    "sharpness_cells_that_differ": {"max": 0.001},
    "map_pixels_that_differ": {"max": 0.001},
    "readers": {"min": len(READERS)},
    "read_photo_differs_by_levels": {"max": 0},
    "read_map_pixels_that_differ": {"max": 0},
}


class Case(NamedTuple):
    """A file as somebody brings it, and what it looks like: (H, W, 3) uint8 in sRGB, upright."""

    data: bytes
    seen: NDArray[np.uint8]


def scene() -> PIL.Image.Image:
    """A photo with what is sharp and what is not."""
    return PIL.Image.open(STREET).convert("RGB").resize((960, 693))


def saved(image: PIL.Image.Image, form: str, **options: Any) -> bytes:
    """A file of the image."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def opened(data: bytes) -> PIL.Image.Image:
    """What Pillow makes of a file."""
    return PIL.Image.open(io.BytesIO(data))


def lying(image: PIL.Image.Image) -> tuple[PIL.Image.Image, bytes]:
    """The image as the sensor of a phone held upright stores it, and the EXIF that says so."""
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    return image.transpose(PIL.Image.Transpose.ROTATE_90), exif.tobytes()


def display_p3_portrait() -> Case:
    """A JPEG, 4:2:0, orientation 6."""
    width, height = scene().size
    image, exif = lying(scene().crop((width // 4, 0, width // 4 + height * 3 // 4, height)))
    profile = profile_named("Display P3")
    data = saved(image, "JPEG", quality=92, exif=exif, icc_profile=profile)
    upright = PIL.ImageOps.exif_transpose(opened(data))
    shown = PIL.ImageCms.profileToProfile(upright, io.BytesIO(profile), SRGB, outputMode="RGB")
    return Case(data, np.asarray(shown))


def heic() -> Case:
    """A HEIC that its own box turns, in sRGB."""
    image, exif = lying(scene())
    register_decoder()
    data = saved(image, "HEIF", quality=60, exif=exif)
    return Case(data, np.asarray(pillow_heif.open_heif(data).to_pillow().convert("RGB")))


def sixteen_bit_png() -> Case:
    """Grey with 65,536 tones."""
    grey = np.asarray(scene().convert("L"), np.uint16) * 257 + 60
    nearest = np.rint(np.minimum(grey, 65535) / 257).astype(np.uint8)
    return Case(saved(PIL.Image.fromarray(np.minimum(grey, 65535)), "PNG"), np.stack([nearest] * 3, -1))


def jpeg_in_inks() -> Case:
    """CMYK without a profile."""
    data = saved(scene().convert("CMYK"), "JPEG", quality=92)
    return Case(data, np.asarray(opened(data).convert("RGB")))


CASES: dict[str, Callable[[], Case]] = {
    "Display P3 portrait": display_p3_portrait,
    "HEIC": heic,
    "16-bit PNG": sixteen_bit_png,
    "CMYK JPEG": jpeg_in_inks,
}


class Stored(NamedTuple):
    """What became of a case."""

    image: int  # id
    file: bytes
    figures: dict[str, Any]
    pictures: dict[str, PIL.Image.Image]


def compare(client: Client, project: int, case: Case, page: Page, predictor: Predictor) -> Stored:
    """How far what the site has of a photo is from what is seen of it."""
    (result,) = send(client, project, [case.data])["results"]
    image = result["image"]
    stored = client.ask("GET", f"/api/images/{image['id']}/file/")
    height, width = case.seen.shape[:2]
    assert (image["width"], image["height"]) == (width, height)
    shown = np.asarray(in_browser(page, stored), int)
    cells = np.asarray(opened(measured_sharpness(client, image["id"])), int)
    expected = sharpness_map(case.seen, cell_of((width, height)))
    maps = [predict(predictor, data) for data in (stored, saved(PIL.Image.fromarray(case.seen), "PNG"))]
    pictures = {
        "brought": PIL.ImageOps.exif_transpose(opened(case.data)),
        "seen": PIL.Image.fromarray(case.seen),
        "in the browser": PIL.Image.fromarray(shown.astype(np.uint8)),
        "sharpness": PIL.Image.fromarray(cells.astype(np.uint8)),
        "map of the stored file": PIL.Image.fromarray(maps[0] * 80),
        "map of what is seen": PIL.Image.fromarray(maps[1] * 80),
    }
    figures = {
        "note": result["note"],
        "stored_kb": round(len(stored) / 1000),
        "stored_differs_by_levels": int(np.abs(in_srgb(stored).astype(int) - case.seen).max()),
        "browser_differs_by_levels": int(np.abs(shown - case.seen).max()),
        "browser_differs_on_average": round(float(np.abs(shown - case.seen).mean()), 3),
        "sharpness_cells_that_differ": round(float((np.abs(cells - expected) > 1).mean()), 5),
        "map_pixels_that_differ": round(float((maps[0] != maps[1]).mean()), 5),
        "readers": 0,
        "read_photo_differs_by_levels": 0,
        "read_map_pixels_that_differ": 0,
    }
    return Stored(image["id"], stored, figures, pictures)


def read_back(measured: Target, client: Client, project: int, cases: list[Stored], venvs: Path) -> None:
    """Label the photos, cut a release, and add to each case what each reader finds of it."""
    from annotate.models import Release

    label_all(project, [case.image for case in cases])
    cut = client.ask("POST", f"/api/projects/{project}/releases/", {})["id"]
    wait_until_ready(client, cut)
    release = read_release(measured.site.folder / "releases" / Release.objects.get(pk=cut).folder)
    with TemporaryDirectory() as folder:
        for reader in READERS:
            kept = Path(folder, f"{reader}-kept")
            kept.mkdir()
            format = PEERS[reader].format
            read = export(release, FORMATS[format], Path(folder, reader), Options()) if format else release.root
            said = read_by(reader, read, venvs, kept)
            for case in cases:
                path = kept / f"{key_of(hashlib.sha256(case.file).hexdigest())}.npz"
                if path.exists():
                    with np.load(path) as found:
                        add_reading(case, reader, found["photo"], found["levels"])
                else:
                    print(f"{reader} did not find {path.stem}: {said}", file=sys.stderr)


def add_reading(case: Stored, reader: str, photo: NDArray[np.uint8], levels: NDArray[np.int64]) -> None:
    """Hold what a reader found against the stored file and the map that was drawn."""
    stored = np.asarray(opened(case.file).convert("RGB"))
    colours = photo if photo.ndim == 3 else np.stack([photo] * 3, -1)
    height, width = stored.shape[:2]
    drawn = rasterize(parse_document(polygons(12, 60, WIDTH, HEIGHT), level_count=4), (width, height))
    case.figures["readers"] += 1
    for figure, difference in (
        ("read_photo_differs_by_levels", int(np.abs(colours.astype(int) - stored).max())),
        ("read_map_pixels_that_differ", int(np.count_nonzero(levels != drawn))),
    ):
        case.figures[figure] = max(case.figures[figure], difference)
    case.pictures[reader] = PIL.Image.fromarray(
        np.hstack([colours, np.stack([(levels * 80).astype(np.uint8)] * 3, -1)])
    )


def as_rgb(image: PIL.Image.Image) -> PIL.Image.Image:
    """For the sheet: RGB without regard to profiles."""
    if image.mode == "I;16":
        image = PIL.Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("RGB")


def stacked(rows: list[PIL.Image.Image]) -> PIL.Image.Image:
    """The rows, one below the other."""
    page = PIL.Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        page.paste(row, (0, top))
        top += row.height
    return page


def in_srgb(stored: bytes) -> NDArray[np.uint8]:
    """What a reader sees that knows profiles and nothing of this site."""
    image = opened(stored)
    profile = image.info.get("icc_profile")
    if profile:
        image = PIL.ImageCms.profileToProfile(image, io.BytesIO(profile), SRGB, outputMode="RGB")
    return np.asarray(image.convert("RGB"))


def in_browser(page: Page, stored: bytes) -> NDArray[np.uint8]:
    """What a Chromium makes of the file, the workbench's way."""
    width, height, text = page.evaluate(IN_BROWSER, base64.b64encode(stored).decode())
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[..., :3]


def measured_sharpness(client: Client, image: int) -> bytes:
    """The map that a worker makes, when it has."""
    for _ in range(TRIES):
        status, answer = client.send("GET", f"/api/images/{image}/sharpness/")
        if status == 200:
            return answer
        time.sleep(0.2)
    raise RuntimeError(f"No sharpness map of photo {image}: {status} {answer}")


def predict(predictor: Predictor, data: bytes) -> NDArray[np.uint8]:
    """The level map of a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "photo")
        path.write_bytes(data)
        (said,) = predictor.predict_files([path])
    assert isinstance(said, BlurPrediction)
    return said.levels


def measure(measured: Target, sheet: Path | None, venvs: Path) -> dict[str, Any]:
    """All cases, and the worst of each figure; on the sheet a row of pictures for each."""
    client = Client(measured.url, measured.tokens[0])
    named = {"name": "Figures: pictures", "votes_wanted": 1}
    project = client.ask("POST", "/api/projects/", named | RIGHTS)["id"]
    predictor = Predictor()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium.find(), args=chromium.ARGUMENTS)
        page = browser.new_page()
        cases = {name: compare(client, project, make(), page, predictor) for name, make in CASES.items()}
        browser.close()
    read_back(measured, client, project, list(cases.values()), venvs)
    if sheet:
        rows = [
            in_a_row([(words, fit_to_scale(as_rgb(image), 300)) for words, image in case.pictures.items()])
            for case in cases.values()
        ]
        stacked(rows).save(sheet)
    worst = {
        name: (min if "min" in bound else max)(case.figures[name] for case in cases.values())
        for name, bound in TARGETS.items()
        if name != "photos"
    }
    return worst | {"photos": len(cases), "cases": {name: case.figures for name, case in cases.items()}}


def main() -> None:
    """Compare and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--sheet", type=Path, metavar="FILE.png", help="pictures to look at")
    parser.add_argument("--venvs", type=Path, help="keep the readers' environments here")
    arguments = parser.parse_args()
    if arguments.url:
        parser.error("this figure reads the site's release from its folder: it starts a site of its own")
    with target(arguments) as measured, TemporaryDirectory() as folder:
        figures = measure(measured, arguments.sheet, arguments.venvs or Path(folder))
    verdict("pictures", figures, TARGETS)


if __name__ == "__main__":
    main()
