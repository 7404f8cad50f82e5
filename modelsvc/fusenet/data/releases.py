"""Photos and their labels, read from a release folder, and augmentations that keep blur true."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from torch import Tensor

from annotate.core.blurmap import IGNORE, decode_levels
from annotate.core.errors import InvalidDocument, InvalidRelease, SmartBlurError
from annotate.core.imagefile import fit_to_scale, open_upright
from annotate.core.release import Record, ReleaseFolder, normal_form, read_release
from annotate.core.splits import SPLITS
from modelsvc.fusenet.data.people import documents_of_several, mean_above, paint_each
from modelsvc.fusenet.data.targets import Targets, above_levels
from modelsvc.fusenet.model import STRIDE, normalise

CACHE_BYTES = 512 * 2**20
NO_SUBJECT = np.zeros((0, 0), np.uint8)
ONE_VOICE = np.zeros((0, 0, 0), np.uint8)


class Sample(NamedTuple):
    """One photo or crop with its truth.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        levels: (H, W) uint8, 255 = unlabelled.
        posterior: none, good, ok, bad.
        is_judged: the posterior is about these pixels, not about a photo they were cut from.
        long_side: of the whole photo at this scale, in px; levels are relative to it.
        subject: (H, W) uint8, 1 on the subject; empty where unknown.
        name: of the photo, to find it again.
        scene: what the photo shows, where several photos show the same; empty: only this one.
        kind: of blur, as far as known: a mode of the synthesis, or the kind of a release's regions.
        is_binary: level 1 says "blurred", by however much.
        people: (H, W, M) uint8 the levels that M people drew, of which `levels` was merged; empty where one did.
    """

    pixels: NDArray[np.uint8]
    levels: NDArray[np.uint8]
    posterior: NDArray[np.float32]
    is_judged: bool
    long_side: int
    subject: NDArray[np.uint8] = NO_SUBJECT
    name: str = ""
    scene: str = ""
    kind: str = ""
    is_binary: bool = False
    people: NDArray[np.uint8] = ONE_VOICE


class Batch(NamedTuple):
    """Samples of one size as tensors."""

    image: Tensor  # (N, 3, H, W), normalised
    long_side: Tensor  # (N,) px of the whole photos at this scale
    targets: Targets


class Photos(Protocol):
    """What one can train on: a release's split, or photos with synthetic blur."""

    level_count: int
    faults: dict[str, str]

    def __len__(self) -> int: ...

    def largest_side(self, *, is_whole: bool) -> int:
        """No side of a sample for training is longer, in px."""

    def draw(self, index: int, rng: np.random.Generator, *, is_whole: bool) -> Sample | None:
        """A sample for training that depends on `index` and `rng` alone; None if it cannot be read."""

    def whole(self, index: int) -> Sample | None:
        """A sample for measuring, always the same."""


class SmartBlurDataset(torch.utils.data.Dataset[dict[str, Any]]):
    """A split of a release for one's own training code: photos at full size with their labels."""

    def __init__(
        self,
        root: str | Path,
        split: str,
        target: str = "index",
        transform: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        """Open one split.

        Args:
            root: the release folder.
            split: train, validation or test.
            target: "index" for levels as integers, "amount" for the release's amount of each level in [0, 1].
            transform: from an item's dict to what the caller wants.

        Raises:
            InvalidRelease: no release there, or a damaged one.
            ValueError: an unknown split or target.
        """
        if split not in SPLITS or target not in ("index", "amount"):
            raise ValueError("split is train, validation or test; target is index or amount.")
        self.release = read_release(Path(root))
        self.records = list(self.release.records(split))
        self.release.load_index(split)
        self.target, self.transform = target, transform

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """The photo `index`.

        Returns:
            image (3, H, W) uint8; level (H, W) int64 level, 255 where unlabelled, or float32 amount, 0 there;
            valid (H, W) bool; desirability 0-3 for none, good, ok, bad; posterior (4,) float32; key.
        """
        record = self.records[index]
        pixels, levels = read_photo_and_levels(self.release, record)
        valid = torch.from_numpy(levels != IGNORE)
        level = torch.from_numpy(levels.astype(np.int64))
        if self.target == "amount":
            amounts = torch.tensor([level.amount_ppm / 1e6 for level in self.release.manifest.levels])
            level = amounts[torch.where(valid, level, 0)] * valid
        item = {
            "image": torch.from_numpy(np.array(pixels)).permute(2, 0, 1),
            "level": level,
            "valid": valid,
            "desirability": record.desirability_code,
            "posterior": torch.from_numpy(posterior_of(record)),
            "key": record.key,
        }
        return item if self.transform is None else self.transform(item)


def read_photo_and_levels(release: ReleaseFolder, record: Record) -> tuple[PIL.Image.Image, NDArray[np.uint8]]:
    """A photo, upright, and its level map at full size.

    Raises:
        InvalidRelease: one of them is missing, damaged or not the one that was released, or their sizes differ.
    """
    image, levels_image = (f"{record.split}/{name}" for name in (record.file_name, record.level_file_name))
    stored = release.image_place(record).read(record.bytes)
    if sha256(stored).hexdigest() != record.sha256:
        raise InvalidRelease(f"{record.key}: this is not the photo that was released.", where=image)
    try:
        photo = open_upright(normal_form(record, stored))
        levels = decode_levels(release.load_levels(record))
    except SmartBlurError as error:
        raise InvalidRelease(f"{record.key} cannot be read: {error}", where=image) from error
    if levels.shape != (photo.height, photo.width):
        raise InvalidRelease(f"{record.key}: photo and level map differ in size.", where=levels_image)
    if sha256(levels.tobytes()).hexdigest() != record.level_px_sha256:
        raise InvalidRelease(f"{record.key}: this is not the level map that was released.", where=levels_image)
    return photo, levels


def posterior_of(record: Record) -> NDArray[np.float32]:
    """(4,) probabilities of none, good, ok, bad."""
    return np.array(record.posterior_ppm, np.float32) / np.float32(1e6)


class ReleasePhotos:
    """A split of a release as the trainer wants it: at working scale, cropped and augmented, from memory if it fits."""

    def __init__(self, release: ReleaseFolder, split: str, *, scale: int, crop: int, shrink: float = 1.0) -> None:
        self.release, self.scale, self.crop, self.shrink = release, scale, crop, shrink
        self.records = list(release.records(split))
        release.load_index(split)
        self.level_count = len(release.manifest.levels)
        self.documents = documents_of_several(release, split)
        self.faults: dict[str, str] = {}
        self._cache: dict[int, Sample] = {}
        self._cached_bytes = 0

    def __len__(self) -> int:
        return len(self.records)

    def largest_side(self, *, is_whole: bool) -> int:
        """The working scale, or the side of a crop."""
        return self.scale if is_whole else self.crop

    def whole(self, index: int) -> Sample | None:
        """The photo at working scale; None, and a line in `faults`, if it cannot be read."""
        if index in self._cache:
            return self._cache[index]
        record = self.records[index]
        documents = self.documents.get(record.key, ())
        try:
            photo, levels = read_photo_and_levels(self.release, record)
            people = paint_each(documents, self.level_count, photo.size) if documents else ONE_VOICE
        except (InvalidRelease, InvalidDocument) as error:
            self.faults[record.key] = error.detail
            return None
        if levels.max(where=levels != IGNORE, initial=0) >= self.level_count:
            self.faults[record.key] = "a level is above the release's highest"
            return None
        small = fit_to_scale(photo, self.scale)
        small_levels = resize(levels, small.size, PIL.Image.Resampling.NEAREST)
        sample = Sample(np.asarray(small), small_levels, posterior_of(record), True, max(small.size))
        sample = sample._replace(name=record.key, people=resize(people, small.size, PIL.Image.Resampling.NEAREST))
        if self._cached_bytes < CACHE_BYTES:
            self._cache[index] = sample
            self._cached_bytes += sample.pixels.nbytes + sample.levels.nbytes + sample.people.nbytes
        return sample

    def draw(self, index: int, rng: np.random.Generator, *, is_whole: bool) -> Sample | None:
        """The photo, or a crop of it, augmented by `rng` alone."""
        sample = self.whole(index)
        if sample is None:
            return None
        if is_whole:
            return augment(sample, rng)
        smaller = shrunk(sample, self.shrink ** rng.random()) if self.shrink < 1 else sample
        return augment(crop(smaller, self.crop, rng), rng)


def shrunk(sample: Sample, ratio: float) -> Sample:
    """The sample at another scale: levels stay, since they are relative to the photo's long side."""
    height, width = sample.levels.shape
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    small = _everywhere(sample, lambda map_: resize(map_, size, PIL.Image.Resampling.NEAREST))
    pixels = resize(sample.pixels, size, PIL.Image.Resampling.LANCZOS)
    return small._replace(pixels=pixels, long_side=max(1, round(sample.long_side * ratio)))


def resize(map_: NDArray[np.uint8], size: tuple[int, int], how: PIL.Image.Resampling) -> NDArray[np.uint8]:
    """(H, W) or (H, W, C) at (width, height); an empty map stays empty."""
    if not map_.size:
        return map_
    if map_.ndim == 2:
        return np.asarray(PIL.Image.fromarray(map_).resize(size, how))
    layers = np.moveaxis(map_, -1, 0)
    return np.stack([np.asarray(PIL.Image.fromarray(layer).resize(size, how)) for layer in layers], -1)


def crop(sample: Sample, side: int, rng: np.random.Generator) -> Sample:
    """A square cut from the sample, or all of it where it is smaller; what is cut off is no longer judged."""
    height, width = sample.levels.shape
    top = int(rng.integers(0, max(height - side, 0) + 1))
    left = int(rng.integers(0, max(width - side, 0) + 1))
    cut = _everywhere(sample, lambda map_: map_[top : top + side, left : left + side])
    is_all = height <= side and width <= side
    return cut._replace(is_judged=sample.is_judged and is_all)


def augment(sample: Sample, rng: np.random.Generator) -> Sample:
    """The sample mirrored or not, in other light: nothing here changes how blurred a pixel is."""
    if rng.random() < 0.5:
        sample = _everywhere(sample, lambda map_: map_[:, ::-1])
    gain = rng.uniform(0.8, 1.2) * rng.uniform(0.95, 1.05, 3)
    table = (np.arange(256)[:, None] - 127) * gain + 127 + rng.uniform(-16, 16)  # (256, 3)
    curve = np.clip(np.rint(table), 0, 255).astype(np.uint8)
    return sample._replace(pixels=np.stack([curve[sample.pixels[..., c], c] for c in range(3)], -1))


def _everywhere(sample: Sample, change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> Sample:
    """The sample with one change to its pixels and all its maps; empty ones stay empty."""
    pixels, levels = change(sample.pixels), change(sample.levels)
    return sample._replace(pixels=pixels, levels=levels, subject=change(sample.subject), people=change(sample.people))


def collate(samples: Sequence[Sample], level_count: int) -> Batch:
    """Samples as one batch, reflected outwards to a common size; what was added is not valid."""
    height = max(-(-s.levels.shape[0] // STRIDE) * STRIDE for s in samples)
    width = max(-(-s.levels.shape[1] // STRIDE) * STRIDE for s in samples)

    def grown(map_: NDArray[np.uint8], mode: str, **how: Any) -> NDArray[np.uint8]:
        pads = [(0, height - map_.shape[0]), (0, width - map_.shape[1])] + [(0, 0)] * (map_.ndim - 2)
        return np.pad(map_, pads, mode=mode, **how)  # type: ignore[call-overload, no-any-return]

    pixels = np.stack([grown(s.pixels, "reflect") for s in samples])
    levels = torch.from_numpy(np.stack([grown(s.levels, "constant", constant_values=IGNORE) for s in samples])).long()
    subject = np.stack([grown(s.subject if s.subject.size else np.zeros_like(s.levels), "reflect") for s in samples])
    valid = levels != IGNORE  # (N, H, W)
    above = above_levels(torch.where(valid, levels, 0), level_count)  # (N, K-1, H, W)
    for n, sample in enumerate(samples):
        if sample.people.size:
            h, w = sample.levels.shape
            above[n, :, :h, :w] = torch.from_numpy(mean_above(sample.people, sample.levels, level_count))
    targets = Targets(
        above=above,
        valid=valid.unsqueeze(1).float(),
        posterior=torch.from_numpy(np.stack([s.posterior for s in samples])),
        judged=torch.tensor([float(s.is_judged) for s in samples]),
        subject=torch.from_numpy(subject).unsqueeze(1).float(),
        has_subject=torch.tensor([float(s.subject.size > 0) for s in samples]),
        graded=torch.tensor([float(not s.is_binary) for s in samples]),
    )
    long_side = torch.tensor([float(s.long_side) for s in samples])
    return Batch(normalise(torch.from_numpy(pixels).permute(0, 3, 1, 2)), long_side, targets)


def move(batch: Batch, device: torch.device) -> Batch:
    """The batch on `device`, channels last."""
    moved: Mapping[str, Tensor] = {name: value.to(device) for name, value in vars(batch.targets).items()}
    image = batch.image.to(device, memory_format=torch.channels_last)
    return Batch(image, batch.long_side.to(device), Targets(**moved))
