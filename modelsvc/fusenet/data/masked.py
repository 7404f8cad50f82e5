"""Public sets of photos with binary masks of what is blurred (CUHK, DUT), to measure on and to train P(blur) on."""

from __future__ import annotations

import copy
from hashlib import sha256
from pathlib import Path
from typing import Self

import numpy as np

from annotate.core.errors import InvalidImage, SmartBlurError
from annotate.core.imagefile import fit_to_scale
from modelsvc.fusenet.data.masks import find_ends, open_mask
from modelsvc.fusenet.data.releases import Sample, augment, crop
from modelsvc.fusenet.data.sources import open_photo
from modelsvc.fusenet.data.synthesis import LEVEL_COUNT

IMAGE_FOLDERS, MASK_FOLDERS = ("images", "image", "*source"), ("masks", "mask", "*gt")
HELD_EVERY = 5  # one pair in so many chooses the epoch


class MaskedPhotos:
    """Photos of a public set with binary blur masks; blurred is level 1, whatever its amount."""

    level_count = LEVEL_COUNT

    def __init__(self, folder: Path, *, scale: int, is_blurred_white: bool, crop: int = 0) -> None:
        """Find the pairs.

        Args:
            folder: holds photos in `images/`, `image/` or `...source/` (CUHK, DUT), and masks of the same stems in
                `masks/`, `mask/` or `...gt/`.
            scale: long side in px that photos are shrunk to.
            is_blurred_white: the polarity of the masks, which differs between published copies.
            crop: side in px of what training sees at first; 0: whole photos only.

        Raises:
            SmartBlurError: no pairs there, or all masks hold one value.
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

    def parted(self) -> tuple[Self, Self]:
        """Four fifths of the pairs to train on, and the others, drawn by their names; of a single pair twice that."""
        drawn = sorted(self.pairs, key=lambda pair: sha256(pair[0].stem.encode()).digest())
        held = max(1, len(drawn) // HELD_EVERY)
        parts = []
        for pairs in (drawn[held:] or drawn, drawn[:held]):
            part = copy.copy(self)
            part.pairs, part.faults = sorted(pairs), {}
            parts.append(part)
        return parts[0], parts[1]

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
        except InvalidImage as error:
            self.faults[str(image)] = error.detail
            return None
        levels = (white == self.is_blurred_white).astype(np.uint8)
        sample = Sample(np.asarray(photo), levels, np.full(4, 0.25, np.float32), False, max(photo.size))
        return sample._replace(name=image.stem, is_binary=True)
