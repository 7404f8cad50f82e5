"""Sharp photos to synthesise blur from: folders of images with masks or regions, and those that packages bring."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import PIL.Image
import PIL.ImageFilter
from numpy.typing import NDArray

from annotate.core.errors import InvalidImage, SmartBlurError
from annotate.core.imagefile import open_upright
from annotate.core.sharpness import NO_EVIDENCE, OCTAVE, SHARPEST, sharpness_map
from modelsvc.fusenet.data.amounts import LEVEL_COUNT
from modelsvc.fusenet.data.masks import open_mask
from modelsvc.fusenet.data.movers import Cutout, cut_out
from modelsvc.fusenet.data.releases import CACHE_BYTES, Sample, augment
from modelsvc.fusenet.data.synthesis import MODE_SHARES, MOVERS, Scene, draw_field, draw_mode, synthesise

SHARP_ENOUGH = 10.0  # 95th percentile of high-frequency energy, see `sharpness`
NATURAL_BLUR = 0.05  # the largest share of a source that may have a depth of field of its own
NATURAL_BLUR_CELL = 16  # px, of the map that tells
REGION_SHARES = (0.04, 0.6)  # of the photo, of a region that is blurred apart
CHOOSING_SHARE = 2 / 7  # of the photos held out
SMALLEST = 0.65  # photos are shrunk at most to this, which makes them sharper still
PACKAGED = ("brick.png", "camera.png", "china.jpg", "coffee.png", "motorcycle_left.png", "rocket.jpg")


Photo = tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.uint8] | None]  # pixels, alpha, regions


@dataclass(frozen=True)
class Source:
    """A photo on disk, with the mask of its subject or the map of its regions where there is one."""

    image: Path
    mask: Path | None = None
    regions: Path | None = None


def packaged_sources() -> list[Source]:
    """The sharp photos that scikit-image and scikit-learn bring, found without importing either; no masks."""
    folders = [package_folder("skimage") / "data", package_folder("sklearn") / "datasets" / "images"]
    return [Source(path) for folder in folders for path in sorted(folder.iterdir()) if path.name in PACKAGED]


def package_folder(name: str) -> Path:
    """Where an installed package lies.

    Raises:
        SmartBlurError: it is not installed.
    """
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise SmartBlurError(f"The package {name} is not installed; its photos are needed.", code="no_sources")
    return Path(spec.origin).parent


def find_sources(folders: Iterable[Path]) -> list[Source]:
    """The photos of folders that hold `images/` and maybe `masks/` or `regions/`, or of folders of such folders.

    Raises:
        SmartBlurError: a folder without photos.
    """
    sources = []
    for folder in folders:
        sets = [folder] if (folder / "images").is_dir() else sorted(p.parent for p in folder.glob("*/images"))
        found = [_source(one, image) for one in sets for image in sorted((one / "images").iterdir())]
        if not found:
            detail = "There are no photos here: a folder of sources holds images/ and maybe masks/ or regions/."
            raise SmartBlurError(detail, code="no_sources", where=str(folder))
        sources += found
    return sources


class Split(NamedTuple):
    """Sources by what they are for; no picture is in two parts, but where there are too few to choose by."""

    training: list[Source]
    choosing: list[Source]  # of the best epoch
    panel: list[Source]  # looked at only when all is done


def split_sharp(sources: Sequence[Source], held_out: int, same_picture: Path | None = None) -> Split:
    """The sharp ones of the sources, about `held_out` of them held out; see `hold_out`.

    Those with a depth of field of their own, whose soft background must not be called sharp, are left out after the
    split, so that a stricter test moves no photo from one side to the other.
    """
    parts = hold_out([source for source in sources if is_sharp(source)], held_out, same_picture)
    return Split(*([source for source in part if natural_blur(source) <= NATURAL_BLUR] for part in parts))


def hold_out(sources: Sequence[Source], count: int, same_picture: Path | None = None) -> Split:
    """The sources, of which training never sees `count`, drawn by their names.

    Args:
        same_picture: CSV of set_a,key_a,set_b,key_b: the same picture twice; both go to training.

    Raises:
        SmartBlurError: `same_picture` is no such file.
    """
    twice = _read_twice(same_picture) if same_picture is not None else set()
    single = [s for s in sources if (s.image.parent.parent.name, s.image.stem) not in twice]
    held = sorted(single, key=lambda source: sha256(_name(source).encode()).digest())[:count]
    choosing_count = int(CHOOSING_SHARE * len(held))
    choosing, panel = held[:choosing_count] or held, held[choosing_count:]
    return Split([s for s in sources if s not in set(held)], *(sorted(part, key=_name) for part in (choosing, panel)))


def _read_twice(same_picture: Path) -> set[tuple[str, str]]:
    """(set, key) of every picture that is there twice."""
    try:
        with same_picture.open(newline="") as file:
            rows = list(csv.DictReader(file))
        return {(row[f"set_{one}"], row[f"key_{one}"]) for row in rows for one in "ab"}
    except (csv.Error, KeyError, ValueError) as error:
        detail = "This is no list of pictures that are there twice: its columns are set_a, key_a, set_b, key_b."
        raise SmartBlurError(detail, code="invalid_list", where=str(same_picture)) from error


def repeated(sources: Sequence[Source], fewest: int) -> list[Source]:
    """The sources, all of them as often as it takes to be at least `fewest`; none of none."""
    return list(sources) * max(1, -(-fewest // max(len(sources), 1)))


def _name(source: Source) -> str:
    """The set and the file, wherever the folders lie."""
    return f"{source.image.parent.parent.name}/{source.image.name}"


def count_by_set(sources: Iterable[Source]) -> dict[str, int]:
    """How many photos of each set, by the set's folder name."""
    return dict(sorted(Counter(source.image.parent.parent.name for source in sources).items()))


def sharpness(pixels: NDArray[np.uint8], where: NDArray[np.bool_] | None = None) -> float:
    """95th percentile of |grey - Gaussian of sigma 1|, in grey levels; 0 of fewer than 50 pixels."""
    grey = PIL.Image.fromarray(pixels).convert("L")
    detail = np.abs(np.asarray(grey, np.float32) - np.asarray(grey.filter(PIL.ImageFilter.GaussianBlur(1)), np.float32))
    chosen = detail if where is None else detail[where]
    return float(np.percentile(chosen, 95)) if chosen.size >= 50 else 0.0


@cache
def is_sharp(source: Source) -> bool:
    """Sharp enough to be called level 0, subject and background each; unreadable photos are not."""
    try:
        pixels, alpha, _ = read_source(source)
    except InvalidImage:
        return False
    if source.mask is None:
        return sharpness(pixels) >= SHARP_ENOUGH
    return min(sharpness(pixels, alpha > 0.9), sharpness(pixels, alpha < 0.1)) >= SHARP_ENOUGH


def faults_of(sources: Iterable[Source]) -> dict[str, str]:
    """What is wrong with those sources that cannot be read, by the photo's path."""
    faults = {}
    for source in sources:
        if not is_sharp(source):  # as those are that cannot be read
            try:
                read_source(source)
            except InvalidImage as error:
                faults[str(source.image)] = error.detail
    return faults


@cache
def natural_blur(source: Source) -> float:
    """The share of what shows edges or texture that is blurred by more than 1 px (annotate.core.sharpness)."""
    map_ = sharpness_map(read_source(source)[0], NATURAL_BLUR_CELL)
    seen = map_[map_ != NO_EVIDENCE]
    return float((seen < SHARPEST - OCTAVE).mean()) if seen.size else 1.0


def read_source(source: Source) -> Photo:
    """Pixels, the subject's alpha (zeros without a mask) and the regions' indices if there are any.

    Raises:
        InvalidImage: the photo, its mask or its map of regions cannot be read.
    """
    photo = open_photo(source.image)
    alpha: NDArray[np.float32] = np.zeros((photo.height, photo.width), np.float32)
    if source.mask is not None:
        alpha = np.asarray(open_mask(source.mask, photo.size), np.float32) / np.float32(255)
    if source.regions is None:
        return np.asarray(photo), alpha, None
    try:
        with PIL.Image.open(source.regions) as regions:
            indices = np.asarray(regions.resize(photo.size, PIL.Image.Resampling.NEAREST))
    except (OSError, SyntaxError, ValueError) as error:
        detail = f"The map of regions {source.regions.name} cannot be read: {error}."
        raise InvalidImage(detail, where=str(source.regions)) from error
    if indices.ndim != 2:
        detail = f"The map of regions {source.regions.name} has colours; it needs one index a pixel, grey or palette."
        raise InvalidImage(detail, where=str(source.regions))
    return np.asarray(photo), alpha, indices


def open_photo(path: Path) -> PIL.Image.Image:
    """A photo, upright.

    Raises:
        InvalidImage: it cannot be read.
    """
    try:
        return open_upright(path.read_bytes())
    except OSError as error:
        raise InvalidImage(f"The file cannot be read: {error.strerror}.", where=str(path), code="file_error") from error


class SyntheticPhotos:
    """Sharp photos as the trainer wants them: every draw a new blur, every `whole` always the same."""

    level_count = LEVEL_COUNT

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        scale: int,
        crop: int,
        seed: int,
        shrink: float = 1.0,
        enlarge: float = 1.0,
    ) -> None:
        """Photos to cut from.

        Args:
            scale: long side in px of the photos that crops are taken to be of.
            crop: side of a crop in px.
            shrink: in training, the smallest scale, as a share of `scale`.
            enlarge: in training, the largest one.
        """
        self.sources, self.scale, self.crop, self.seed = sources, scale, crop, seed
        self.octaves = math.log2(shrink), math.log2(enlarge)
        self.faults: dict[str, str] = {}
        self._masked = sorted({source for source in sources if source.mask is not None}, key=_name)
        self._cache: dict[Source, Photo] = {}
        self._cached_bytes = 0

    def __len__(self) -> int:
        return len(self.sources)

    def largest_side(self, *, is_whole: bool) -> int:
        """The side of a crop: all samples are crops."""
        return self.crop

    def draw(self, index: int, rng: np.random.Generator, *, is_whole: bool) -> Sample | None:
        """A crop with blur, as of a photo of some scale; all depends on `rng` alone."""
        mode = draw_mode(rng)
        scene = self.scene(index, rng, mode)
        scale = round(self.scale * 2 ** rng.uniform(*self.octaves))
        return scene and augment(synthesise(scene, scale=scale, rng=rng, mode=mode), rng)

    def whole(self, index: int) -> Sample | None:
        """A crop for measuring: modes take turns, so that a panel has all of them."""
        rng = np.random.default_rng([self.seed, index])
        mode = list(MODE_SHARES)[index % len(MODE_SHARES)]
        scene = self.scene(index, rng, mode)
        if scene is None:
            return None
        return synthesise(scene, scale=self.scale, rng=rng, mode=mode)._replace(name=_name(self.sources[index]))

    def scene(self, index: int, rng: np.random.Generator, mode: str) -> Scene | None:
        """A crop of the photo, shrunk a little, with something in it to blur apart; None if unreadable."""
        source = self.sources[index]
        try:
            pixels, alpha, regions = self._read(source)
        except InvalidImage as error:
            self.faults[str(source.image)] = error.detail
            return None
        if regions is not None:
            alpha = _one_region(regions, rng)
        elif source.mask is None:
            alpha = (draw_field(alpha.shape, [0, 1], rng) > 0).astype(np.float32)
        cutouts = self._cutouts(rng) if mode == "movers" else ()
        return Scene(*_cut(pixels, alpha, self.crop, rng), is_subject=source.mask is not None, cutouts=cutouts)

    def _cutouts(self, rng: np.random.Generator) -> tuple[Cutout, ...]:
        """Some subjects of other photos; none where no photo has a mask, or the one drawn cannot be read."""
        masked = self._masked
        chosen = [masked[int(n)] for n in rng.integers(0, len(masked), rng.integers(1, MOVERS + 1))] if masked else []
        try:
            found = [cut_out(*self._read(source)[:2]) for source in chosen]
        except InvalidImage:
            return ()
        return tuple(cutout for cutout in found if cutout is not None)

    def _read(self, source: Source) -> Photo:
        """The source, from memory if it fits."""
        if source not in self._cache:
            photo = read_source(source)
            if self._cached_bytes > CACHE_BYTES:
                return photo
            self._cached_bytes += sum(part.nbytes for part in photo if part is not None)
            self._cache[source] = photo
        return self._cache[source]


def _one_region(regions: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """(H, W) alpha of a region that is neither small nor nearly all, or of the largest if there is none."""
    indices, areas = np.unique(regions, return_counts=True)
    shares = areas / regions.size
    fewest, most = REGION_SHARES
    fitting = indices[(shares >= fewest) & (shares <= most)]
    chosen = rng.choice(fitting) if len(fitting) else indices[shares.argmax()]
    alpha: NDArray[np.float32] = (regions == chosen).astype(np.float32)
    return alpha


def _cut(
    pixels: NDArray[np.uint8], alpha: NDArray[np.float32], side: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A random square of the shrunk photo, all of it where it is smaller; around the subject if it has one."""
    height, width = alpha.shape
    ratio = rng.uniform(min(1.0, max(SMALLEST, side / min(height, width))), 1.0)
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    small = np.asarray(PIL.Image.fromarray(pixels).resize(size, PIL.Image.Resampling.LANCZOS))
    small_alpha = np.asarray(PIL.Image.fromarray(alpha).resize(size, PIL.Image.Resampling.BILINEAR))
    spare = np.array([max(size[1] - side, 0), max(size[0] - side, 0)])
    places = [(int(rng.integers(0, spare[0] + 1)), int(rng.integers(0, spare[1] + 1))) for _ in range(3)]
    top, left = max(places, key=lambda p: small_alpha[p[0] : p[0] + side, p[1] : p[1] + side].mean())
    here = np.s_[top : top + side, left : left + side]
    return small[here], np.clip(small_alpha[here], 0, 1)


def _source(folder: Path, image: Path) -> Source:
    mask, regions = (folder / name / f"{image.stem}.png" for name in ("masks", "regions"))
    return Source(image, mask if mask.exists() else None, regions if regions.exists() else None)
