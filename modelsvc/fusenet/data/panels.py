"""Panels that show what a network gets wrong on real photos: sharp ones, small movers in streets, dark rooms.

Each panel is the same at every call: what is drawn follows from the photo's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from skimage.measure import label, regionprops

from annotate.core.blurmap import IGNORE
from annotate.core.errors import InvalidImage, SmartBlurError
from annotate.core.imagefile import fit_to_scale
from modelsvc.fusenet.data.amounts import LEVEL_COUNT, REFERENCE_LONG_SIDE
from modelsvc.fusenet.data.camera import take_in_the_dark, to_linear, to_srgb
from modelsvc.fusenet.data.kernels import arc
from modelsvc.fusenet.data.masked import MaskedPhotos, read_scenes
from modelsvc.fusenet.data.masks import read_grey
from modelsvc.fusenet.data.movers import MOVER_PATHS, MOVER_SIDES, Cutout, cut_out, draw_traffic
from modelsvc.fusenet.data.releases import Sample, resize
from modelsvc.fusenet.data.sources import Source, open_photo, packaged_sources, read_source
from modelsvc.fusenet.data.synthesis import smear_subject

PANELS = ("sharp", "movers", "walkers", "dark")
MOST_MOVERS = 3  # of a frame
SHARP_NAME = "_sharp"  # how the sharp frames of real/gopro end

Pixels = NDArray[np.uint8]
Levels = NDArray[np.uint8]


class Pictured(NamedTuple):
    """A photo of a panel at its own size; level 1 is "blurred", by however much."""

    pixels: Pixels
    levels: Levels


class PanelPhotos:
    """A panel as photos to measure on, shrunk to a working scale."""

    level_count = LEVEL_COUNT

    def __init__(self, names: Mapping[str, str], make: Callable[[str], Pictured], scale: int) -> None:
        """Photos that are made when they are asked for.

        Args:
            names: of the photos, and each one's scene.
            make: the photo of a name; raises InvalidImage.
            scale: long side in px that photos are shrunk to.
        """
        self.names, self.make, self.scale = names, make, scale
        self.faults: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self.names)

    def keep(self, count: int | None) -> None:
        """Keep so many of the photos, spread evenly; all if None."""
        names = list(self.names.items())
        chosen = np.linspace(0, len(names) - 1, min(count or len(names), len(names))).round().astype(int)
        self.names = dict(names[int(index)] for index in chosen)

    def largest_side(self, *, is_whole: bool) -> int:
        """The working scale."""
        return self.scale

    def draw(self, index: int, rng: np.random.Generator, *, is_whole: bool) -> Sample | None:
        """As `whole`: panels are for measuring."""
        return self.whole(index)

    def whole(self, index: int) -> Sample | None:
        """The photo at working scale; None, and a line in `faults`, if it cannot be read."""
        name = list(self.names)[index]
        try:
            made = self.make(name)
        except InvalidImage as error:
            self.faults[name] = error.detail
            return None
        small = fit_to_scale(PIL.Image.fromarray(made.pixels), self.scale)
        levels = resize(made.levels, small.size, PIL.Image.Resampling.NEAREST)
        sample = Sample(np.asarray(small), levels, np.full(4, 0.25, np.float32), False, max(small.size))
        return sample._replace(name=name, scene=self.names[name], is_binary=True)


def open_panel(name: str, *, scale: int, street: Path, real: Path, walkers: Sequence[Source] = ()) -> PanelPhotos:
    """One of PANELS.

    Args:
        name: `sharp`: street frames, sharp frames of real/gopro and photos that packages bring, all of them sharp;
            `movers`: street frames whose own cars and walkers move along the ground; `walkers`: people of other photos
            walking through real/gopro's larger frames; `dark`: real/mff, of the scenes that are not trained on, at
            little light.
        scale: long side in px that photos are shrunk to.
        street: frames in `images/` and masks of what may move in `movers/`.
        real: sets with masks, `gopro` and `mff` among them.
        walkers: sources with masks of people, for `walkers`.

    Raises:
        SmartBlurError: there is no such panel, or no photos for it.
    """
    makers = {
        "sharp": lambda: _sharp(street, real),
        "movers": lambda: _movers(street),
        "walkers": lambda: _walkers(real, walkers),
        "dark": lambda: _dark(real),
    }
    if name not in makers:
        raise SmartBlurError(f"A panel is one of {', '.join(PANELS)}.", code="invalid_arguments")
    names, make = makers[name]()
    if not names:
        raise SmartBlurError("There are no photos for this panel.", code="no_sources", where=str(street))
    return PanelPhotos(names, make, scale)


def rng_of(name: str) -> np.random.Generator:
    """Randomness that follows from a name."""
    return np.random.default_rng(list(sha256(name.encode()).digest()))


def move_frame(pixels: Pixels, movers: Pixels, rng: np.random.Generator) -> Pictured:
    """A street frame in whose exposure some of its movers drive or walk along the ground.

    Args:
        movers: (H, W) 255 on what may move.
    """
    height, width = movers.shape
    light, levels = to_linear(pixels), np.zeros((height, width), np.uint8)
    for part in rng.permutation(np.array(parts_that_move(movers), object))[:MOST_MOVERS]:
        alpha = np.zeros((height, width), np.float32)
        alpha[part.slice] = part.image
        length = np.exp(rng.uniform(*np.log(MOVER_PATHS))) * max(height, width) / REFERENCE_LONG_SIDE
        moved = smear_subject(light, alpha, arc(float(length), rng.normal(0, 0.06), 0.0), 1)
        light = moved.light
        levels = np.where(moved.levels > 0, moved.levels, levels).astype(np.uint8)
    return Pictured(_bytes(to_srgb(light)), levels)


def _sharp(street: Path, real: Path) -> tuple[dict[str, str], Callable[[str], Pictured]]:
    paths = [*_images(street), *(p for p in _images(real / "gopro") if p.stem.endswith(SHARP_NAME))]
    paths += [source.image for source in packaged_sources()]
    by_name = {f"{path.parent.parent.name}/{path.stem}": path for path in paths}

    def make(name: str) -> Pictured:
        pixels = np.asarray(open_photo(by_name[name]))
        return Pictured(pixels, np.zeros(pixels.shape[:2], np.uint8))

    shot = read_scenes(real / "gopro")
    return {name: shot.get(path.stem, _sequence(name)) for name, path in by_name.items()}, make


def _movers(street: Path) -> tuple[dict[str, str], Callable[[str], Pictured]]:
    masks = {path.stem: path for path in sorted((street / "movers").glob("*.png"))}
    paths = {path.stem: path for path in _images(street) if path.stem in masks}
    names = {name: _sequence(name) for name in paths if parts_that_move(_grey(masks[name]))}

    def make(name: str) -> Pictured:
        return move_frame(np.asarray(open_photo(paths[name])), _grey(masks[name]), rng_of(name))

    return names, make


def _walkers(real: Path, sources: Sequence[Source]) -> tuple[dict[str, str], Callable[[str], Pictured]]:
    paths = {p.stem: p for p in _images(real / "gopro") if p.stem.endswith(SHARP_NAME)}
    names = {f"{stem} {round_}": stem for stem in paths for round_ in range(4)} if sources else {}

    def make(name: str) -> Pictured:
        rng, light = rng_of(name), to_linear(np.asarray(open_photo(paths[names[name]])))
        drawn = [read_source(sources[int(n)]) for n in rng.integers(0, len(sources), 3)]
        cutouts: list[Cutout] = [cutout for pixels, alpha, _ in drawn if (cutout := cut_out(pixels, alpha))]
        traffic = draw_traffic(light, cutouts, max(light.shape[:2]), rng)
        levels = np.where(traffic.levels == IGNORE, IGNORE, traffic.levels > 0).astype(np.uint8)
        return Pictured(_bytes(to_srgb(traffic.moved)), levels)

    return names, make


def _dark(real: Path) -> tuple[dict[str, str], Callable[[str], Pictured]]:
    folder = real / "mff"
    held = MaskedPhotos(folder, scale=10**6, is_blurred_white=True).parted(0.5)[1]
    at = {image.stem: index for index, (image, _) in enumerate(held.pairs)}

    def make(name: str) -> Pictured:
        sample = held.whole(at[name])
        if sample is None:
            raise InvalidImage(next(iter(held.faults.values())), where=name)
        return Pictured(take_in_the_dark(to_linear(sample.pixels), rng_of(name)).pixels, sample.levels)

    return {image.stem: held.scene_of(image) for image, _ in held.pairs}, make


def _images(folder: Path) -> list[Path]:
    return sorted((folder / "images").glob("*.*"))


def _sequence(name: str) -> str:
    """What frames of one drive or video have in common: the name up to the frame's number."""
    return name.rpartition("_f")[0] or name


def parts_that_move(movers: Pixels) -> list[Any]:
    """The connected parts of a mask that are of a mover's size, as skimage's regions."""
    low, high = (share * max(movers.shape) for share in MOVER_SIDES)
    parts = regionprops(label(movers > 127))  # type: ignore[no-untyped-call]
    return [part for part in parts if low <= max(part.image.shape) <= high]


def _grey(path: Path) -> Pixels:
    return read_grey(path).astype(np.uint8)


def _bytes(photo: NDArray[np.float32]) -> Pixels:
    return np.clip(np.rint(photo), 0, 255).astype(np.uint8)
