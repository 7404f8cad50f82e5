"""A mask is read by its own values, in whatever encoding it comes, or refused by its name."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from annotate.core.errors import InvalidImage, SmartBlurError
from modelsvc.fusenet.data.masked import MaskedPhotos
from modelsvc.fusenet.data.masks import open_mask

SIZE = (8, 6)
LEFT = np.zeros((6, 8), np.uint8)
LEFT[:, :4] = 1


def in_colours(*palette: int) -> PIL.Image.Image:
    image = PIL.Image.fromarray(LEFT, "P")
    image.putpalette(palette)
    return image


ENCODINGS = {
    "0 and 255": PIL.Image.fromarray(LEFT * 255),
    "0 and 1": PIL.Image.fromarray(LEFT),
    "1 and 2": PIL.Image.fromarray(LEFT + 1),
    "0 and 128": PIL.Image.fromarray(LEFT * 128),
    "one bit": PIL.Image.fromarray(LEFT.astype(bool)),
    "16 bits": PIL.Image.fromarray(LEFT.astype(np.uint16) * 65_535),
    "16 bits, 0 and 1": PIL.Image.fromarray(LEFT.astype(np.uint16)),
    "RGB, 0 and 1": PIL.Image.fromarray(np.dstack([LEFT] * 3)),
    "a palette of black and dark red": in_colours(0, 0, 0, 128, 0, 0),
    "RGBA": PIL.Image.fromarray(np.dstack([LEFT] * 3 + [np.full_like(LEFT, 255)])),
}


def saved(folder: Path, image: PIL.Image.Image, name: str = "mask.png") -> Path:
    image.save(folder / name)
    return folder / name


def grey(value: int, dtype: type = np.uint8) -> PIL.Image.Image:
    return PIL.Image.fromarray(np.full((90, 120), value, dtype))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_mask_of_two_values_is_black_and_white(tmp_path: Path, encoding: str) -> None:
    mask = np.asarray(open_mask(saved(tmp_path, ENCODINGS[encoding]), SIZE))
    assert np.array_equal(mask, LEFT * 255)


def test_a_mask_with_soft_edges_or_from_a_jpeg_is_read_by_its_ends(tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(0, 256, 5, dtype=np.uint8)[None], 40, 0)
    assert np.array_equal(open_mask(saved(tmp_path, PIL.Image.fromarray(ramp)), (52, 40)), ramp)
    half = PIL.Image.fromarray(np.kron(LEFT * 255, np.ones((16, 16), np.uint8)))
    mask = np.asarray(open_mask(saved(tmp_path, half, "mask.jpg"), half.size))
    assert np.array_equal(mask > 127, np.asarray(half) > 127)


def test_classes_are_refused_by_name(tmp_path: Path) -> None:
    classes = np.repeat(np.array([[0, 1, 255]], np.uint8), 6, 0)
    with pytest.raises(InvalidImage) as refusal:
        open_mask(saved(tmp_path, PIL.Image.fromarray(classes)), (3, 6))
    assert refusal.value.detail == "The mask mask.png has 3 values, from 0 to 255; a mask of blur has two."


@pytest.mark.parametrize(("one", "white"), [(0, 0), (1, 1)])
def test_what_a_mask_of_one_value_is_the_others_tell(photo_sets: Path, one: int, white: int) -> None:
    masks = photo_sets / "a" / "masks"
    for n in range(4):
        with PIL.Image.open(masks / f"{n}.png") as mask:
            PIL.Image.fromarray(np.asarray(mask) // 255).save(masks / f"{n}.png")
    grey(one).save(masks / "2.png")
    photos = MaskedPhotos(photo_sets / "a", scale=60, is_blurred_white=True)
    levels = [sample.levels for n in range(4) if (sample := photos.whole(n))]
    assert [np.unique(each).tolist() for each in levels] == [[0, 1], [0, 1], [white], [0, 1]]


def test_one_value_that_nothing_explains_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidImage) as refusal:
        open_mask(saved(tmp_path, grey(7)), (120, 90))
    detail = "The mask mask.png has one value, 7, and no other mask tells whether that is black or white."
    assert refusal.value.detail == detail


@pytest.mark.parametrize("value", [0, 1, 255])
def test_masks_that_all_hold_one_value_are_said(photo_sets: Path, value: int) -> None:
    for path in (photo_sets / "a" / "masks").iterdir():
        grey(value).save(path)
    with pytest.raises(SmartBlurError) as refusal:
        MaskedPhotos(photo_sets / "a", scale=60, is_blurred_white=True)
    assert refusal.value.code == "one_value"
    assert refusal.value.detail.startswith(f"All masks hold one value, {value}: ")


def test_masks_of_one_value_each_tell_each_other(photo_sets: Path) -> None:
    for n in range(4):
        grey(n % 2).save(photo_sets / "a" / "masks" / f"{n}.png")
    photos = MaskedPhotos(photo_sets / "a", scale=60, is_blurred_white=True)
    assert [int(sample.levels.max()) for n in range(4) if (sample := photos.whole(n))] == [0, 1, 0, 1]
