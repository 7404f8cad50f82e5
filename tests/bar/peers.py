"""What the readers of the field make of our exports. `python -m tests.bar.peers [--venvs DIR] [READER ...]`.

30 photos of all kinds go through the upload's gate into a release, and out in every format. A white region is drawn in
each photo, and level 2 lies exactly under it. Each reader is a process in an environment of its own, with the packages
that its row names (they are installed into DIR, else into a temporary folder: this takes minutes and a network). It
must find all photos, each as large as its map, and at least .99 of the white region under its level. Outside of CI.
"""

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pillow_heif

from annotate.core.blurmap import LevelMap, encode_levels
from annotate.core.colour import profile_named
from annotate.core.formats import FORMATS, Options, export
from annotate.core.imagefile import ImageFile, probe
from annotate.core.release import FOLDER, SHARDS, Item, ReleaseFolder, read_release, write_release
from tests.annotate.core.release.sample import MANIFEST, make_item
from tests.annotate.core.test_imagefile import exif_block
from tests.annotate.core.test_normalform import CAMERA_TURNS, turned

READERS_FILE = Path(__file__).with_name("peer_readers.py")
LEAST_SHARE = 0.99


@dataclass(frozen=True)
class Peer:
    """A reader.

    Attributes:
        format: what it reads; "" is the release itself.
        packages: what pip installs for it, beside numpy and pillow.
        layout: of the release.
    """

    format: str
    packages: tuple[str, ...]
    layout: str = FOLDER


DATUMARO = ("datumaro==1.13.12", "protobuf")  # which it needs and does not ask for
PEERS = {  # a row needs a function of its name in peer_readers.py
    "pycocotools": Peer("coco", ("pycocotools==2.0.11",)),
    "supervision": Peer("coco", ("supervision==0.31.2",)),
    "datumaro-coco": Peer("coco", DATUMARO),
    "datumaro-cvat": Peer("cvat", DATUMARO),
    "datasets-parquet": Peer("parquet", ("datasets==5.2.0",)),
    "webdataset": Peer("webdataset", ("webdataset==1.0.2",)),
    "label-studio-sdk": Peer("label-studio", ("label-studio-sdk==2.1.2",)),
    "supervision-yolo": Peer("yolo", ("supervision==0.31.2",)),
    "datasets-release": Peer("", ("datasets==5.2.0",)),
    "webdataset-release": Peer("", ("webdataset==1.0.2",), layout=SHARDS),
    "mlcroissant": Peer("", ("mlcroissant==1.1.1",)),
    "pandas": Peer("", ("pandas==3.1.1",)),
}


def scene(width: int, height: int, seed: int) -> tuple[PIL.Image.Image, LevelMap]:
    """An upright photo, dark but for a white L near its upper left corner, and its map: the L is level 2."""
    grey = np.random.default_rng(seed).integers(30, 70, (height, width, 1)).repeat(3, 2).astype(np.uint8)
    levels = np.zeros((height, width), np.uint8)
    levels[height // 2 :, width // 3 :] = 1
    levels[height * 5 // 8 : height * 7 // 8, width // 2 : width * 3 // 4] = 3  # in a hole of level 1
    levels[: height // 8, width * 3 // 4 :] = 255
    levels[height // 8 : height // 2, width // 8 : width // 4] = 2
    levels[height // 8 : height // 4, width // 8 : width * 5 // 8] = 2
    grey[levels == 2] = 255
    return PIL.Image.fromarray(grey), levels


def saved(image: PIL.Image.Image, kind: str, **options: Any) -> bytes:
    """The file's bytes."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def uploads() -> Iterator[tuple[bytes, LevelMap]]:
    """30 files as people upload them, and the map of each."""
    seeds = count()

    def photo(width: int = 256, height: int = 171) -> tuple[PIL.Image.Image, LevelMap]:
        return scene(width, height, next(seeds))

    ways = [(way, "JPEG") for way in range(1, 9)] + [(3, "PNG"), (6, "PNG"), (8, "WEBP"), (6, "WEBP")]
    for orientation, kind in ways:
        upright, levels = photo(150, 201)
        stored = turned(upright, CAMERA_TURNS[orientation])
        yield saved(stored, kind, exif=exif_block(orientation), lossless=True, quality=92), levels
    for name in ("Display P3", "Adobe RGB (1998)"):
        upright, levels = photo(150, 201)
        profile = profile_named(name)
        yield saved(turned(upright, CAMERA_TURNS[6]), "JPEG", exif=exif_block(6), icc_profile=profile), levels
        flat, levels = photo()
        yield saved(flat, "PNG", icc_profile=profile), levels
    for mode in ("L", "LA", "RGBA", "P", "1"):
        image, levels = photo()
        yield saved(image.convert(mode, dither=PIL.Image.Dither.NONE), "PNG"), levels
    for mode, subsampling in (("L", 0), ("CMYK", 0), ("RGB", 0), ("RGB", 1), ("RGB", 2)):
        image, levels = photo(253, 171)
        yield saved(image.convert(mode), "JPEG", quality=92, subsampling=subsampling), levels
    image, levels = photo()
    yield saved(PIL.Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257), "PNG"), levels
    pillow_heif.register_heif_opener()
    for kind, size, options in (
        ("HEIF", (256, 171), {"quality": 90}),
        ("WEBP", (64, 48), {"quality": 90}),
        ("JPEG", (900, 64), {"quality": 90, "progressive": True}),
    ):
        image, levels = photo(*size)
        yield saved(image, kind, **options), levels


def item_of(number: int, photo: ImageFile, levels: LevelMap) -> Item:
    """The photo as a release holds it."""
    item = make_item(number)
    facts = replace(
        item.facts,
        sha256=photo.sha256,
        source_sha256=hashlib.sha256(photo.content).hexdigest(),
        format=photo.format,
        width=photo.width,
        height=photo.height,
        split="train",
    )
    load_levels = partial(encode_levels, levels)
    load_image = partial(bytes, photo.content)
    return replace(
        item, facts=facts, annotations=(), votes=(), lineage=(), load_image=load_image, load_levels=load_levels
    )


def release_of_all_kinds(folder: Path, layout: str) -> ReleaseFolder:
    """A release of the photos, in one split."""
    items = [item_of(number, probe(data), levels) for number, (data, levels) in enumerate(uploads())]
    write_release(folder, MANIFEST, sorted(items, key=lambda item: item.facts.key), layout=layout)
    return read_release(folder)


def python_of(name: str, packages: tuple[str, ...], folder: Path) -> Path:
    """The interpreter of a reader's environment, made when it is not there."""
    home = folder / name
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        venv.create(home, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "-qq", "numpy", "pillow", *packages]
        subprocess.run(install, check=True)
        (home / "ready").touch()
    return python


def read_by(name: str, folder: Path, venvs: Path, *kept: Path) -> dict[str, Any]:
    """What the reader says of an export: a row of the table. Photos and maps go into the folder `kept`, if any."""
    python = python_of(name, PEERS[name].packages, venvs)
    command = [python, "-P", READERS_FILE, name, folder, *kept]  # -P: the modules beside it are not the reader's
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"photos": 0, "note": f"failed: {done.stderr.strip().splitlines()[-1]}"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print the table and exit 1 if a reader reads a photo wrong."""
    parser = argparse.ArgumentParser(description="What the readers of the field make of our exports.")
    parser.add_argument("--venvs", type=Path, help="keep the readers' environments here")
    parser.add_argument("readers", nargs="*", metavar="READER", default=list(PEERS), help=", ".join(PEERS))
    given = parser.parse_args()
    is_ok = True
    with tempfile.TemporaryDirectory() as folder:
        releases = {layout: release_of_all_kinds(Path(folder, layout), layout) for layout in (FOLDER, SHARDS)}
        release = releases[FOLDER]
        photos = sum(release.image_counts.values())
        print(f"{'reader':<16} {'photos':>6} {'sizes equal':>11} {'least share':>11}  note")
        for name in given.readers:
            format = PEERS[name].format
            out = Path(folder, format or PEERS[name].layout)
            if not out.exists():
                export(release, FORMATS[format], out, Options())
            row = read_by(name, out, given.venvs or Path(folder, "venvs"))
            sizes, share = row.get("sizes_equal", 0), row.get("least_share", 0.0)
            print(f"{name:<16} {row['photos']:>6} {sizes:>11} {share:>11.4f}  {row.get('note', '')}", flush=True)
            is_ok &= row["photos"] == sizes == photos and share >= LEAST_SHARE
    sys.exit(not is_ok)


if __name__ == "__main__":
    main()
