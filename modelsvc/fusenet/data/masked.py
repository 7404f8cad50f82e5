"""Public sets of photos with binary masks of what is blurred (CUHK, DUT), to measure on and to train P(blur) on."""

from __future__ import annotations

import copy
import csv
from hashlib import sha256
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from annotate.core.blurmap import IGNORE
from annotate.core.errors import InvalidImage, SmartBlurError
from annotate.core.imagefile import fit_to_scale
from modelsvc.fusenet.data.amounts import LEVEL_COUNT
from modelsvc.fusenet.data.masks import find_ends, open_mask
from modelsvc.fusenet.data.releases import Sample, augment, crop
from modelsvc.fusenet.data.sources import open_photo

IMAGE_FOLDERS, MASK_FOLDERS = ("images", "image", "*source"), ("masks", "mask", "*gt")
IGNORE_FOLDER, SCENES = "ignore", "scenes.csv"
BLACK_AND_WHITE = frozenset({(0, 255)})
HELD_SHARE = 0.2  # of the scenes: they choose the epoch


class MaskedPhotos:
    """Photos of a public set with binary blur masks; blurred is level 1, whatever its amount."""

    level_count = LEVEL_COUNT

    def __init__(self, folder: Path, *, scale: int, is_blurred_white: bool, crop: int = 0) -> None:
        """Find the pairs.

        Args:
            folder: holds photos in `images/`, `image/` or `...source/` (CUHK, DUT), and masks of the same stems in
                `masks/`, `mask/` or `...gt/`. White pixels of the same names in `ignore/` are left out of every loss
                and score. `scenes.csv` there or one folder up tells which photos show the same thing.
            scale: long side in px that photos are shrunk to.
            is_blurred_white: the polarity of the masks, which differs between published copies.
            crop: side in px of what training sees at first; 0: whole photos only.

        Raises:
            SmartBlurError: no pairs there, all masks hold one value, or the list of scenes is none.
        """
        self.folder, self.scale, self.is_blurred_white, self.crop = folder, scale, is_blurred_white, crop
        self.faults: dict[str, str] = {}
        masks = {path.stem: path for name in MASK_FOLDERS for path in sorted(folder.glob(f"{name}/*.*"))}
        images = [path for name in IMAGE_FOLDERS for path in sorted(folder.glob(f"{name}/*.*"))]
        self.pairs = [(image, masks[image.stem]) for image in images if image.stem in masks]
        if not self.pairs:
            detail = (
                "There are no pairs here: the folder needs images/ and masks/ (or gt/) with files of the same names."
            )
            raise SmartBlurError(detail, code="no_sources", where=str(folder))
        self.ends = find_ends(mask for _, mask in self.pairs)
        self.ignored = {path.stem: path for path in sorted(folder.glob(f"{IGNORE_FOLDER}/*.*"))}
        self.scenes = read_scenes(folder)

    def scene_of(self, image: Path) -> str:
        """The scene that a photo shows; its own name where no list tells."""
        return self.scenes.get(image.stem, image.stem)

    def parted(self, held_share: float = HELD_SHARE) -> tuple[Self, Self]:
        """The pairs to train on, and those of `held_share` of the scenes, drawn by name; of a single scene twice all.

        All photos of a scene are on one side.
        """
        scenes = {self.scene_of(image) for image, _ in self.pairs}
        drawn = sorted(scenes, key=lambda scene: sha256(scene.encode()).digest())
        count = max(1, int(len(drawn) * held_share))
        return self._of_scenes({*(drawn[count:] or drawn)}), self._of_scenes({*drawn[:count]})

    def _of_scenes(self, scenes: set[str]) -> Self:
        part = copy.copy(self)
        part.pairs, part.faults = sorted(pair for pair in self.pairs if self.scene_of(pair[0]) in scenes), {}
        return part

    def __len__(self) -> int:
        return len(self.pairs)

    def largest_side(self, *, is_whole: bool) -> int:
        """The crop's side, or the working scale."""
        return self.scale if is_whole or not self.crop else self.crop

    def draw(self, index: int, rng: np.random.Generator, *, is_whole: bool) -> Sample | None:
        """The photo, or a crop of it, augmented."""
        sample = self.whole(index)
        if sample is not None and self.crop and not is_whole:
            sample = crop(sample, self.crop, rng)
        return sample and augment(sample, rng)

    def whole(self, index: int) -> Sample | None:
        """The photo at working scale; its desirability is not known."""
        image, mask = self.pairs[index]
        try:
            photo = fit_to_scale(open_photo(image), self.scale)
            white = np.asarray(open_mask(mask, photo.size, self.ends)) > 127
            ignored = self._ignored(image, photo.size)
        except InvalidImage as error:
            self.faults[str(image)] = error.detail
            return None
        levels = np.where(ignored, IGNORE, white == self.is_blurred_white).astype(np.uint8)
        sample = Sample(np.asarray(photo), levels, np.full(4, 0.25, np.float32), False, max(photo.size))
        return sample._replace(name=image.stem, scene=self.scene_of(image), is_binary=True)

    def _ignored(self, image: Path, size: tuple[int, int]) -> NDArray[np.bool_]:
        """(H, W) what is left out; a pixel that is so in part is so."""
        path = self.ignored.get(image.stem)
        if path is None:
            return np.zeros(size[::-1], np.bool_)
        return np.asarray(open_mask(path, size, BLACK_AND_WHITE)) > 0


class MaskedSets:
    """Several sets as one to measure on; the kind of each photo is its set's name."""

    level_count = LEVEL_COUNT

    def __init__(self, folder: Path, *, scale: int, is_blurred_white: bool) -> None:
        """Open the set in a folder, or all sets in folders of it.

        Raises:
            SmartBlurError: as `MaskedPhotos`.
        """
        inner = [path for path in sorted(folder.glob("*")) if _holds_masks(path)]
        folders = [folder] if _holds_masks(folder) or not inner else inner
        self.sets = [MaskedPhotos(each, scale=scale, is_blurred_white=is_blurred_white) for each in folders]
        self.faults: dict[str, str] = {}
        for each in self.sets:
            each.faults = self.faults
        self.scale = scale
        self.places = [(each, index) for each in self.sets for index in range(len(each))]

    def __len__(self) -> int:
        return len(self.places)

    def largest_side(self, *, is_whole: bool) -> int:
        """The working scale."""
        return self.scale

    def draw(self, index: int, rng: np.random.Generator, *, is_whole: bool) -> Sample | None:
        """As `whole`: they are for measuring."""
        return self.whole(index)

    def whole(self, index: int) -> Sample | None:
        """The photo at working scale."""
        photos, place = self.places[index]
        sample = photos.whole(place)
        name = photos.folder.name if len(self.sets) > 1 else ""
        return sample and sample._replace(scene=f"{name} {sample.scene}", kind=name)


def _holds_masks(folder: Path) -> bool:
    return any(path.is_dir() for name in MASK_FOLDERS for path in folder.glob(name))


def read_scenes(folder: Path) -> dict[str, str]:
    """The scene of each photo of a set by its name, from scenes.csv of set,key,scene; empty without one.

    The list lies in the folder or one folder up, where it may tell of several sets; a folder's name is its set's.

    Raises:
        SmartBlurError: it is no such list.
    """
    path = next((place / SCENES for place in (folder, folder.resolve().parent) if (place / SCENES).is_file()), None)
    if path is None:
        return {}
    try:
        with path.open(newline="") as file:
            return {row["key"]: row["scene"] for row in csv.DictReader(file) if row["set"] == folder.resolve().name}
    except (csv.Error, KeyError, ValueError) as error:
        detail = "This is no list of scenes: its columns are set, key, scene."
        raise SmartBlurError(detail, code="invalid_list", where=str(path)) from error
