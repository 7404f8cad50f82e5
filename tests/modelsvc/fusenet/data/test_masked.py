import shutil
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from annotate.core.errors import SmartBlurError
from modelsvc.fusenet.data.masked import MaskedPhotos, MaskedSets


@pytest.mark.parametrize("is_blurred_white", [True, False])
def test_binary_masks_are_read_in_the_polarity_that_is_said(photo_sets: Path, is_blurred_white: bool) -> None:
    photos = MaskedPhotos(photo_sets / "a", scale=60, is_blurred_white=is_blurred_white)
    sample = photos.whole(0)
    assert len(photos) == 4
    assert sample is not None
    assert sample.levels.shape == (45, 60)
    assert sample.levels[:, :28].min() == sample.levels[:, :28].max() == int(is_blurred_white)
    assert sample.levels[:, 32:].max() == int(not is_blurred_white)
    assert not sample.is_judged


@pytest.mark.parametrize(("images", "masks"), [("image", "gt"), ("dut500-source", "dut500-gt")])
def test_folders_may_be_named_as_in_cuhk_and_dut(photo_sets: Path, images: str, masks: str) -> None:
    (photo_sets / "a" / "images").rename(photo_sets / "a" / images)
    (photo_sets / "a" / "masks").rename(photo_sets / "a" / masks)
    assert len(MaskedPhotos(photo_sets / "a", scale=60, is_blurred_white=True)) == 4


def test_masked_photos_are_trained_on_as_crops_and_measured_whole(photo_sets: Path) -> None:
    photos = MaskedPhotos(photo_sets / "a", scale=60, is_blurred_white=True, crop=48)
    rng = np.random.default_rng(0)
    part, whole, measured = photos.draw(0, rng, is_whole=False), photos.draw(0, rng, is_whole=True), photos.whole(0)
    assert part is not None
    assert whole is not None
    assert measured is not None
    assert part.levels.shape == (45, 48)
    assert whole.levels.shape == measured.levels.shape == (45, 60)
    assert part.is_binary
    assert (photos.largest_side(is_whole=False), photos.largest_side(is_whole=True)) == (48, 60)


def test_a_fifth_of_the_pairs_is_never_trained_on(photo_sets: Path) -> None:
    photos = MaskedPhotos(photo_sets / "a", scale=60, is_blurred_white=True)
    training, held = photos.parted()
    assert (len(training), len(held)) == (3, 1)
    assert {*training.pairs, *held.pairs} == set(photos.pairs)
    assert photos.parted()[1].pairs == held.pairs


def test_a_folder_without_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SmartBlurError) as refusal:
        MaskedPhotos(tmp_path, scale=60, is_blurred_white=True)
    assert refusal.value.code == "no_sources"


def test_a_mask_that_cannot_be_read_or_is_of_another_picture_is_named(photo_sets: Path) -> None:
    masks = photo_sets / "a" / "masks"
    (masks / "0.png").write_bytes(b"no picture")
    PIL.Image.new("L", (90, 120)).save(masks / "1.png")
    PIL.Image.new("L", (60, 45)).save(masks / "2.png")
    photos = MaskedPhotos(photo_sets / "a", scale=60, is_blurred_white=True)
    assert [photos.whole(n) is None for n in range(4)] == [True, True, False, False]
    broken, other = photos.faults.values()
    assert broken.startswith("The mask 0.png cannot be read. ")
    assert other == "The mask 1.png is 90 x 120 px, its photo 60 x 45 px. They are not of one picture."


def test_what_a_set_says_to_ignore_is_neither_sharp_nor_blurred(photo_sets: Path) -> None:
    folder = photo_sets / "a" / "ignore"
    folder.mkdir()
    band = np.zeros((90, 120), np.uint8)
    band[:, 50:70] = 255
    PIL.Image.fromarray(band).save(folder / "0.png")
    PIL.Image.fromarray(0 * band).save(folder / "1.png")
    photos = MaskedPhotos(photo_sets / "a", scale=120, is_blurred_white=True)
    first, second, third = (photos.whole(n) for n in range(3))
    assert first is not None
    assert second is not None
    assert third is not None
    assert np.array_equal(first.levels == 255, band == 255)
    assert not (second.levels == 255).any()
    assert not (third.levels == 255).any()


def test_all_photos_of_a_scene_are_on_one_side(photo_sets: Path) -> None:
    rows = [f"a,{n},{'house' if n < 2 else 'tree'}" for n in range(4)] + ["b,0,tree"]
    (photo_sets / "scenes.csv").write_text("\n".join(["set,key,scene", *rows]))
    photos = MaskedPhotos(photo_sets / "a", scale=60, is_blurred_white=True)
    training, held = photos.parted(0.5)
    scenes = [{photos.scene_of(image) for image, _ in part.pairs} for part in (training, held)]
    assert sorted(scenes, key=str) == [{"house"}, {"tree"}]
    assert (len(training), len(held)) == (2, 2)
    assert [sample.scene for n in range(4) if (sample := photos.whole(n))] == ["house", "house", "tree", "tree"]


def test_a_list_of_scenes_that_is_none_is_refused(photo_sets: Path) -> None:
    (photo_sets / "a" / "scenes.csv").write_text("photo,place\n0,house\n")
    with pytest.raises(SmartBlurError) as refusal:
        MaskedPhotos(photo_sets / "a", scale=60, is_blurred_white=True)
    assert refusal.value.code == "invalid_list"


def test_sets_in_a_folder_are_measured_together(photo_sets: Path) -> None:
    shutil.copytree(photo_sets / "a", photo_sets / "c")
    together = MaskedSets(photo_sets, scale=60, is_blurred_white=True)
    alone = MaskedSets(photo_sets / "a", scale=60, is_blurred_white=True)
    assert [each.folder.name for each in together.sets] == ["a", "c"]  # b has no masks
    assert (len(together), len(alone)) == (8, 4)
    first, same = together.whole(0), alone.whole(0)
    assert first is not None
    assert same is not None
    assert (first.name, first.kind, same.kind) == (same.name, "a", "")
    (photo_sets / "a" / "masks" / f"{first.name}.png").write_bytes(b"no picture")
    assert together.whole(0) is None
    assert len(together.faults) == 1
