from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.sources import (
    MaskedPhotos,
    Source,
    Split,
    SyntheticPhotos,
    count_by_set,
    faults_of,
    find_sources,
    hold_out,
    is_sharp,
    natural_blur,
    packaged_sources,
    sharpness,
    split_sharp,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sets of four photos of noise: one with masks of the left half, one with regions."""
    rng = np.random.default_rng(0)
    for name, second in (("a", "masks"), ("b", "regions")):
        for kind in ("images", second):
            (tmp_path / name / kind).mkdir(parents=True)
        for n in range(4):
            photo = PIL.Image.fromarray(rng.integers(0, 256, (90, 120, 3), dtype=np.uint8))
            photo.save(tmp_path / name / "images" / f"{n}.png")
            left = np.zeros((90, 120), np.uint8)
            left[:, :60] = 255 if second == "masks" else 1
            PIL.Image.fromarray(left).save(tmp_path / name / second / f"{n}.png")
    return tmp_path


def test_packaged_photos_are_there_and_sharp() -> None:
    assert len(packaged_sources()) == 6
    assert sum(is_sharp(source) for source in packaged_sources()) >= 4


def test_sources_are_found_with_their_masks_and_regions(folder: Path) -> None:
    found = find_sources([folder])
    assert count_by_set(found) == {"a": 4, "b": 4}
    assert found == find_sources([folder / "a", folder / "b"])
    assert found[0].mask == folder / "a" / "masks" / "0.png"
    assert found[4].regions == folder / "b" / "regions" / "0.png"


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SmartBlurError) as refusal:
        find_sources([tmp_path])
    assert refusal.value.code == "no_sources"


def test_what_is_held_out_is_never_trained_on(folder: Path) -> None:
    sources = find_sources([folder])
    training, choosing, panel = hold_out(sources, 7)
    assert (len(training), len(choosing), len(panel)) == (1, 2, 5)
    assert set(training) | set(choosing) | set(panel) == set(sources)
    assert (training, choosing, panel) == hold_out(sources, 7)


def test_of_few_sources_held_out_all_choose_and_all_are_the_panel(folder: Path) -> None:
    _, choosing, panel = hold_out(find_sources([folder]), 3)
    assert choosing == panel
    assert len(panel) == 3


def test_every_draw_is_of_a_photo_of_another_scale_and_the_panel_of_one(folder: Path) -> None:
    photos = SyntheticPhotos(find_sources([folder]), scale=640, crop=48, seed=1, shrink=0.5, enlarge=2)
    drawn = [photos.draw(0, np.random.default_rng(seed), is_whole=False) for seed in range(40)]
    sides = [sample.long_side for sample in drawn if sample]
    assert 320 <= min(sides) < 500 < 900 < max(sides) <= 1280
    assert {sample.long_side for n in range(4) if (sample := photos.whole(n))} == {640}


def test_a_picture_in_two_sets_is_not_held_out(folder: Path) -> None:
    twice = folder / "same.csv"
    twice.write_text("set_a,key_a,set_b,key_b\n" + "".join(f"a,{n},b,{n}\n" for n in range(3)))
    held = hold_out(find_sources([folder]), 8, twice).panel
    assert {source.image.stem for source in held} == {"3"}


def test_a_soft_photo_is_no_source(folder: Path) -> None:
    source = find_sources([folder])[0]
    assert is_sharp(source)
    with PIL.Image.open(source.image) as photo:
        soft = photo.copy()
        soft.paste(photo.filter(PIL.ImageFilter.GaussianBlur(4)).crop((60, 0, 120, 90)), (60, 0))
    path = source.image.with_name("soft.png")
    soft.save(path)
    assert not is_sharp(Source(path, source.mask))  # its background is soft, however sharp the whole is
    assert is_sharp(Source(path))


def test_a_photo_with_a_depth_of_field_of_its_own_is_neither_trained_nor_measured_on(folder: Path) -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8).repeat(12, 0).repeat(12, 1)
    sharp = PIL.Image.fromarray(tiles)
    soft = sharp.copy()
    soft.paste(sharp.filter(PIL.ImageFilter.GaussianBlur(3)).crop((192, 0, 384, 288)), (192, 0))
    sources = [Source(source.image) for source in find_sources([folder])]
    training, choosing, panel = hold_out(sources, 7)
    for source in sources:
        (soft if source in (training[0], panel[0]) else sharp).save(source.image)
    assert all(is_sharp(source) for source in sources)
    assert natural_blur(panel[0]) > 0.2
    assert split_sharp(sources, 7) == Split([], choosing, panel[1:])


def test_sharpness_falls_with_blur() -> None:
    photo = PIL.Image.fromarray(np.random.default_rng(0).integers(0, 256, (60, 60, 3), dtype=np.uint8))
    values = [sharpness(np.asarray(photo.filter(PIL.ImageFilter.GaussianBlur(r)))) for r in (0, 0.5, 1, 2, 4)]
    assert values == sorted(values, reverse=True)
    assert sharpness(np.asarray(photo), np.zeros((60, 60), bool)) == 0


def test_a_measuring_panel_never_changes_and_has_every_mode(folder: Path) -> None:
    photos = SyntheticPhotos(find_sources([folder]), scale=640, crop=48, seed=1)
    first, second = ([photos.whole(n) for n in range(8)] for _ in range(2))
    assert all(a and b and np.array_equal(a.pixels, b.pixels) for a, b in zip(first, second, strict=True))
    assert first[0] is not None
    assert first[0].levels.max() == 0
    assert first[0].pixels.shape == (48, 48, 3)


def test_only_masks_say_what_the_subject_is(folder: Path) -> None:
    photos = SyntheticPhotos(find_sources([folder]), scale=640, crop=48, seed=1)
    with_mask, with_regions = photos.whole(1), photos.whole(5)
    assert with_mask is not None
    assert with_regions is not None
    assert with_mask.subject.size > 0
    assert with_regions.subject.size == 0


def test_an_unreadable_source_is_skipped_and_named(folder: Path) -> None:
    sources = find_sources([folder])
    sources[0].image.write_bytes(b"")
    photos = SyntheticPhotos(sources, scale=640, crop=48, seed=1)
    assert photos.draw(0, np.random.default_rng(0), is_whole=True) is None
    assert photos.faults.keys() == {str(sources[0].image)}


@pytest.mark.parametrize("is_blurred_white", [True, False])
def test_binary_masks_are_read_in_the_polarity_that_is_said(folder: Path, is_blurred_white: bool) -> None:
    photos = MaskedPhotos(folder / "a", scale=60, is_blurred_white=is_blurred_white)
    sample = photos.whole(0)
    assert len(photos) == 4
    assert sample is not None
    assert sample.levels.shape == (45, 60)
    assert sample.levels[:, :28].min() == sample.levels[:, :28].max() == int(is_blurred_white)
    assert sample.levels[:, 32:].max() == int(not is_blurred_white)
    assert not sample.is_judged


@pytest.mark.parametrize(("images", "masks"), [("image", "gt"), ("dut500-source", "dut500-gt")])
def test_folders_may_be_named_as_in_cuhk_and_dut(folder: Path, images: str, masks: str) -> None:
    (folder / "a" / "images").rename(folder / "a" / images)
    (folder / "a" / "masks").rename(folder / "a" / masks)
    assert len(MaskedPhotos(folder / "a", scale=60, is_blurred_white=True)) == 4


def test_masked_photos_are_trained_on_as_crops_and_measured_whole(folder: Path) -> None:
    photos = MaskedPhotos(folder / "a", scale=60, is_blurred_white=True, crop=48)
    rng = np.random.default_rng(0)
    part, whole, measured = photos.draw(0, rng, is_whole=False), photos.draw(0, rng, is_whole=True), photos.whole(0)
    assert part is not None
    assert whole is not None
    assert measured is not None
    assert part.levels.shape == (45, 48)
    assert whole.levels.shape == measured.levels.shape == (45, 60)
    assert part.is_binary
    assert (photos.largest_side(is_whole=False), photos.largest_side(is_whole=True)) == (48, 60)


def test_a_fifth_of_the_pairs_is_never_trained_on(folder: Path) -> None:
    photos = MaskedPhotos(folder / "a", scale=60, is_blurred_white=True)
    training, held = photos.parted()
    assert (len(training), len(held)) == (3, 1)
    assert {*training.pairs, *held.pairs} == set(photos.pairs)
    assert photos.parted()[1].pairs == held.pairs


def test_a_folder_without_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SmartBlurError) as refusal:
        MaskedPhotos(tmp_path, scale=60, is_blurred_white=True)
    assert refusal.value.code == "no_sources"


@pytest.mark.parametrize(("number", "part"), [(0, "images"), (1, "masks"), (5, "regions")])
def test_a_source_with_a_broken_part_is_no_source_and_named(folder: Path, number: int, part: str) -> None:
    sources = find_sources([folder])
    image = sources[number].image
    (image.parent.parent / part / image.name).write_bytes(b"no picture")
    assert not is_sharp(sources[number])
    assert faults_of(sources).keys() == {str(image)}
