from pathlib import Path

import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest

from annotate.core.errors import InvalidImage, SmartBlurError
from modelsvc.fusenet.data.sources import (
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
    read_source,
    repeated,
    sharpness,
    split_sharp,
)


def test_packaged_photos_are_there_and_sharp() -> None:
    assert len(packaged_sources()) == 6
    assert sum(is_sharp(source) for source in packaged_sources()) >= 4


def test_sources_are_found_with_their_masks_and_regions(photo_sets: Path) -> None:
    found = find_sources([photo_sets])
    assert count_by_set(found) == {"a": 4, "b": 4}
    assert found == find_sources([photo_sets / "a", photo_sets / "b"])
    assert found[0].mask == photo_sets / "a" / "masks" / "0.png"
    assert found[4].regions == photo_sets / "b" / "regions" / "0.png"


def test_a_folder_without_photos_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SmartBlurError) as refusal:
        find_sources([tmp_path])
    assert refusal.value.code == "no_sources"


def test_what_is_held_out_is_never_trained_on(photo_sets: Path) -> None:
    sources = find_sources([photo_sets])
    training, choosing, panel = hold_out(sources, 7)
    assert (len(training), len(choosing), len(panel)) == (1, 2, 5)
    assert set(training) | set(choosing) | set(panel) == set(sources)
    assert (training, choosing, panel) == hold_out(sources, 7)


def test_of_few_sources_held_out_all_choose_and_all_are_the_panel(photo_sets: Path) -> None:
    _, choosing, panel = hold_out(find_sources([photo_sets]), 3)
    assert choosing == panel
    assert len(panel) == 3


def test_every_draw_is_of_a_photo_of_another_scale_and_the_panel_of_one(photo_sets: Path) -> None:
    photos = SyntheticPhotos(find_sources([photo_sets]), scale=640, crop=48, seed=1, shrink=0.5, enlarge=2)
    drawn = [photos.draw(0, np.random.default_rng(seed), is_whole=False) for seed in range(40)]
    sides = [sample.long_side for sample in drawn if sample]
    assert 320 <= min(sides) < 500 < 900 < max(sides) <= 1280
    assert {sample.long_side for n in range(4) if (sample := photos.whole(n))} == {640}


def test_a_picture_in_two_sets_is_not_held_out(photo_sets: Path) -> None:
    twice = photo_sets / "same.csv"
    twice.write_text("set_a,key_a,set_b,key_b\n" + "".join(f"a,{n},b,{n}\n" for n in range(3)))
    held = hold_out(find_sources([photo_sets]), 8, twice).panel
    assert {source.image.stem for source in held} == {"3"}


def test_a_soft_photo_is_no_source(photo_sets: Path) -> None:
    source = find_sources([photo_sets])[0]
    assert is_sharp(source)
    with PIL.Image.open(source.image) as photo:
        soft = photo.copy()
        soft.paste(photo.filter(PIL.ImageFilter.GaussianBlur(4)).crop((60, 0, 120, 90)), (60, 0))
    path = source.image.with_name("soft.png")
    soft.save(path)
    assert not is_sharp(Source(path, source.mask))  # its background is soft, however sharp the whole is
    assert is_sharp(Source(path))


def test_a_photo_with_a_depth_of_field_of_its_own_is_neither_trained_nor_measured_on(photo_sets: Path) -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8).repeat(12, 0).repeat(12, 1)
    sharp = PIL.Image.fromarray(tiles)
    soft = sharp.copy()
    soft.paste(sharp.filter(PIL.ImageFilter.GaussianBlur(3)).crop((192, 0, 384, 288)), (192, 0))
    sources = [Source(source.image) for source in find_sources([photo_sets])]
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


def test_a_measuring_panel_never_changes_and_has_every_mode(photo_sets: Path) -> None:
    photos = SyntheticPhotos(find_sources([photo_sets]), scale=640, crop=48, seed=1)
    first, second = ([photos.whole(n) for n in range(8)] for _ in range(2))
    assert all(a and b and np.array_equal(a.pixels, b.pixels) for a, b in zip(first, second, strict=True))
    assert first[0] is not None
    assert first[0].levels.max() == 0
    assert first[0].pixels.shape == (48, 48, 3)


def test_only_masks_say_what_the_subject_is(photo_sets: Path) -> None:
    photos = SyntheticPhotos(find_sources([photo_sets]), scale=640, crop=48, seed=1)
    with_mask, with_regions = photos.whole(1), photos.whole(5)
    assert with_mask is not None
    assert with_regions is not None
    assert with_mask.subject.size > 0
    assert with_regions.subject.size == 0


def test_an_unreadable_source_is_skipped_and_named(photo_sets: Path) -> None:
    sources = find_sources([photo_sets])
    sources[0].image.write_bytes(b"")
    photos = SyntheticPhotos(sources, scale=640, crop=48, seed=1)
    assert photos.draw(0, np.random.default_rng(0), is_whole=True) is None
    assert photos.faults.keys() == {str(sources[0].image)}


@pytest.mark.parametrize(("number", "part"), [(0, "images"), (1, "masks"), (5, "regions")])
def test_a_source_with_a_broken_part_is_no_source_and_named(photo_sets: Path, number: int, part: str) -> None:
    sources = find_sources([photo_sets])
    image = sources[number].image
    (image.parent.parent / part / image.name).write_bytes(b"no picture")
    assert not is_sharp(sources[number])
    assert faults_of(sources).keys() == {str(image)}


def test_a_file_that_may_not_be_read_is_no_source_and_named(photo_sets: Path) -> None:
    (photo_sets / "a" / "images" / "more.png").mkdir()
    folder = Source(photo_sets / "a" / "images" / "more.png")
    assert not is_sharp(folder)
    assert faults_of([folder]).keys() == {str(folder.image)}


def test_a_map_of_regions_in_colour_is_refused(photo_sets: Path) -> None:
    source = find_sources([photo_sets / "b"])[0]
    assert source.regions is not None
    PIL.Image.new("RGB", (120, 90)).save(source.regions)
    with pytest.raises(InvalidImage, match="one index a pixel"):
        read_source(source)


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\xff\xfe\x00"])
def test_a_list_of_pictures_that_is_none_is_refused(photo_sets: Path, content: bytes) -> None:
    (photo_sets / "same.csv").write_bytes(content)
    with pytest.raises(SmartBlurError) as refusal:
        hold_out(find_sources([photo_sets]), 2, photo_sets / "same.csv")
    assert refusal.value.code == "invalid_list"


def test_nothing_repeated_is_nothing(photo_sets: Path) -> None:
    assert repeated([], 5) == []
    assert len(repeated(find_sources([photo_sets]), 9)) == 16
