from pathlib import Path

import numpy as np

from modelsvc.fusenet.data.masked import MaskedPhotos
from modelsvc.fusenet.data.mixed import MixedPhotos
from modelsvc.fusenet.data.sources import SyntheticPhotos, find_sources


def test_an_epoch_has_synthetic_blur_once_and_real_photos_as_often_as_told(photo_sets: Path) -> None:
    synthetic = SyntheticPhotos(find_sources([photo_sets / "b"]), scale=640, crop=48, seed=1)
    masked = MaskedPhotos(photo_sets / "a", scale=120, is_blurred_white=True, crop=96)
    mixed = MixedPhotos([(synthetic, 1), (masked, 3)])
    assert len(mixed) == 4 + 3 * 4
    assert mixed.largest_side(is_whole=False) == 96
    drawn = [mixed.draw(n, np.random.default_rng(0), is_whole=False) for n in range(len(mixed))]
    assert [sample.is_binary for sample in drawn if sample] == 4 * [False] + 12 * [True]
    assert [sample.name for n in range(len(mixed)) if (sample := mixed.whole(n))][4:] == ["0", "1", "2", "3"] * 3


def test_what_cannot_be_read_is_named_for_all(photo_sets: Path) -> None:
    (photo_sets / "a" / "masks" / "0.png").write_bytes(b"no picture")
    masked = MaskedPhotos(photo_sets / "a", scale=120, is_blurred_white=True, crop=96)
    mixed = MixedPhotos([(masked, 2)])
    assert mixed.draw(4, np.random.default_rng(0), is_whole=False) is None
    assert mixed.faults.keys() == {str(photo_sets / "a" / "images" / "0.png")}
