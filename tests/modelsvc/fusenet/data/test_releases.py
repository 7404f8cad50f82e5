from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from annotate.core.blurmap import encode_levels
from annotate.core.errors import InvalidRelease
from annotate.core.imagefile import open_upright
from annotate.core.release import SPLITS, read_release, unpack_release
from modelsvc.fusenet.data.people import mean_above
from modelsvc.fusenet.data.releases import (
    ReleasePhotos,
    Sample,
    SmartBlurDataset,
    augment,
    collate,
    crop,
    read_photo_and_levels,
    shrunk,
)
from tests.modelsvc.fusenet.conftest import MakeRelease


def training_photos(release: Path, scale: int = 640) -> ReleasePhotos:
    return ReleasePhotos(read_release(release), "train", scale=scale, crop=48)


def index_of_level(photos: ReleasePhotos, level: int) -> int:
    return next(n for n, record in enumerate(photos.records) if record.desirability_code == level)


def gradient_sample(height: int = 60, width: int = 100) -> Sample:
    """Every pixel tells its place, and its level and subject are its column."""
    columns = np.broadcast_to(np.arange(width, dtype=np.uint8), (height, width))
    rows = np.broadcast_to(np.arange(height, dtype=np.uint8)[:, None], (height, width))
    pixels = np.stack([columns, rows, columns], -1)
    subject = (columns > 50).astype(np.uint8)
    return Sample(pixels, columns % 4, np.array([0, 1, 0, 0], np.float32), True, max(height, width), subject)


def test_dataset_gives_what_the_release_holds(make_release: MakeRelease) -> None:
    dataset = SmartBlurDataset(make_release(train=4), "train")
    assert len(dataset) == 4
    record = next(record for record in dataset.records if record.desirability == "bad")
    item = dataset[dataset.records.index(record)]
    assert item["image"].shape == (3, 80, 96)
    assert item["image"].dtype == torch.uint8
    assert item["level"].unique().tolist() == [0, 3]
    assert item["valid"].all()
    assert item["desirability"] == 3
    assert item["posterior"].tolist() == [0, 0, 0, 1]
    assert item["key"] == record.key


def test_photos_of_a_release_1_0_lie_under_their_maps(tmp_path: Path) -> None:
    unpack_release(Path("tests/data/release-1.0.zip"), tmp_path / "older")
    items = [item for split in SPLITS for item in SmartBlurDataset(tmp_path / "older", split)]
    turned = [item for item in items if item["image"].float().std(0).any()]  # all but a grey one
    shares = [(red_of(item) & (item["level"] == 3)).sum() / (item["level"] == 3).sum() for item in turned]
    assert (len(items), len(turned)) == (14, 13)
    assert min(shares) > 0.99


def red_of(item: dict[str, Any]) -> torch.Tensor:
    red, green, _ = item["image"].int()
    return red - green > 60


def test_amounts_are_the_releases(make_release: MakeRelease) -> None:
    dataset = SmartBlurDataset(make_release(), "train", target="amount")
    level = next(item["level"] for item in dataset if item["desirability"] == 2)
    assert level.unique().tolist() == pytest.approx([0, 0.666667])


def test_transform_has_the_last_word(make_release: MakeRelease) -> None:
    assert SmartBlurDataset(make_release(), "validation", transform=lambda item: {"n": item["key"][:2]})[0].keys() == {
        "n"
    }


def test_no_release_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRelease, match="release"):
        SmartBlurDataset(tmp_path, "train")
    with pytest.raises(ValueError, match="train, validation or test"):
        SmartBlurDataset(tmp_path, "all")


def test_an_unreadable_photo_is_skipped_and_named(make_release: MakeRelease) -> None:
    photos = training_photos(make_release())
    record = photos.records[1]
    photos.release.image_place(record).path.write_bytes(b"not a photo")
    assert photos.whole(1) is None
    assert photos.whole(0) is not None
    assert photos.faults.keys() == {record.key}


def test_a_large_photo_is_shrunk_with_its_levels(make_release: MakeRelease) -> None:
    photos = training_photos(make_release(), scale=48)
    sample = photos.whole(index_of_level(photos, 3))
    assert sample is not None
    assert sample.pixels.shape == (40, 48, 3)
    assert sample.levels[:, :24].max() == 0
    assert sample.levels[:, 24:].min() == 3


def test_a_draw_depends_on_its_seed_alone(make_release: MakeRelease) -> None:
    photos = training_photos(make_release())
    first, second, other = (photos.draw(2, np.random.default_rng(s), is_whole=False) for s in (5, 5, 6))
    assert first is not None
    assert second is not None
    assert other is not None
    assert np.array_equal(first.pixels, second.pixels)
    assert not np.array_equal(first.pixels, other.pixels)


def test_a_crop_keeps_pixels_levels_and_subject_together() -> None:
    cut = crop(gradient_sample(), 48, np.random.default_rng(3))
    assert cut.levels.shape == (48, 48)
    assert np.array_equal(cut.levels, cut.pixels[..., 0] % 4)
    assert np.array_equal(cut.subject, cut.pixels[..., 0] > 50)
    assert not cut.is_judged


def test_a_crop_stays_a_crop_of_its_photo_and_shrinking_it_keeps_the_levels() -> None:
    half = shrunk(gradient_sample(60, 100), 0.5)
    assert (half.pixels.shape, half.levels.shape, half.subject.shape) == ((30, 50, 3), (30, 50), (30, 50))
    assert half.long_side == 50
    assert np.array_equal(half.levels, gradient_sample(60, 100).levels[1::2, 1::2])
    assert crop(half, 20, np.random.default_rng(0)).long_side == 50


def test_a_crop_of_everything_stays_judged() -> None:
    assert crop(gradient_sample(40, 40), 48, np.random.default_rng(0)).is_judged


def test_augmenting_moves_levels_with_pixels_and_blurs_nothing() -> None:
    sample = gradient_sample()
    for seed in range(8):
        out = augment(sample, np.random.default_rng(seed))
        order = np.argsort(out.pixels[0, :, 0].astype(int), kind="stable")
        is_mirrored = out.pixels[0, 0, 0] > out.pixels[0, -1, 0]
        expected = sample.levels[:, ::-1] if is_mirrored else sample.levels
        assert np.array_equal(out.levels, expected)
        assert len(np.unique(out.pixels[0, order, 0])) > 60  # every step of the ramp is still a step, but for clipping


def test_a_batch_is_padded_with_pixels_that_do_not_count() -> None:
    batch = collate([gradient_sample(60, 100), gradient_sample(40, 48)._replace(subject=np.zeros((0, 0), np.uint8))], 4)
    assert batch.image.shape == (2, 3, 96, 144)
    assert batch.targets.valid.sum((1, 2, 3)).tolist() == [6000, 1920]
    assert batch.targets.above.shape == (2, 3, 96, 144)
    assert batch.targets.has_subject.tolist() == [1, 0]
    assert batch.targets.above[0, :, 0, 3].tolist() == [1, 1, 1]


def test_several_people_make_soft_levels(make_release: MakeRelease) -> None:
    photos = training_photos(make_release(people=(1, 3, 3)))
    sample = photos.whole(index_of_level(photos, 3))
    assert sample is not None
    assert sample.people.shape == (80, 96, 3)
    above = collate([sample], 4).targets.above[0]
    assert above[:, 40, 20].tolist() == [0, 0, 0]  # the left half is sharp to all
    assert above[:, 40, 70].tolist() == pytest.approx([1, 2 / 3, 2 / 3])


def test_what_people_drew_is_cut_and_mirrored_with_the_photo(make_release: MakeRelease) -> None:
    photos = training_photos(make_release(people=(2, 3)))
    for seed in range(6):
        sample = photos.draw(index_of_level(photos, 3), np.random.default_rng(seed), is_whole=False)
        assert sample is not None
        assert sample.people.shape == (48, 48, 2)
        assert np.array_equal(sample.people[..., 0] == 2, sample.levels == 3)


def test_one_person_is_no_crowd(make_release: MakeRelease) -> None:
    photos = training_photos(make_release(people=(3,)))
    sample = photos.whole(0)
    assert sample is not None
    assert sample.people.size == 0


def test_who_says_nothing_of_a_pixel_has_no_voice() -> None:
    people = np.array([[[1, 3], [255, 3], [255, 255]]], np.uint8)  # (1, 3, 2)
    share = mean_above(people, np.array([[2, 3, 1]], np.uint8), 4)
    assert share[:, 0].T.tolist() == [[1, 0.5, 0.5], [1, 1, 1], [1, 0, 0]]


def test_colours_are_those_of_the_profile_in_the_file(tmp_path: Path) -> None:
    unpack_release(Path("tests/data/release-1.0.zip"), tmp_path / "older")
    release = read_release(tmp_path / "older")
    [record] = [r for r in release.records() if r.as_written()["colour"] == "Adobe RGB (1998)"]
    photo, _ = read_photo_and_levels(release, record)
    stored = open_upright(release.image_place(record).path.read_bytes())
    assert sum(photo.getpixel((4, 4))) != sum(stored.getpixel((4, 4)))


def test_another_photo_or_map_than_the_released_one_is_left_out(make_release: MakeRelease) -> None:
    photos = training_photos(make_release())
    first, second = (photos.release.image_place(photos.records[n]).path for n in (0, 1))
    first.write_bytes(second.read_bytes())
    map_ = photos.release.levels_place(photos.records[2]).path
    map_.write_bytes(encode_levels(np.full((80, 96), 2, np.uint8)))
    assert [photos.whole(n) is None for n in range(4)] == [True, False, True, False]
    assert "not the photo that was released" in photos.faults[photos.records[0].key]
    assert "not the level map that was released" in photos.faults[photos.records[2].key]


def test_an_unreadable_level_map_is_named(make_release: MakeRelease) -> None:
    photos = training_photos(make_release())
    photos.release.levels_place(photos.records[0]).path.write_bytes(b"no map")
    assert photos.whole(0) is None
    assert photos.records[0].key in photos.faults[photos.records[0].key]


def test_a_level_map_of_another_size_is_named(make_release: MakeRelease) -> None:
    photos = training_photos(make_release())
    photos.release.levels_place(photos.records[0]).path.write_bytes(encode_levels(np.zeros((80, 90), np.uint8)))
    assert photos.whole(0) is None
    assert "differ in size" in photos.faults[photos.records[0].key]
