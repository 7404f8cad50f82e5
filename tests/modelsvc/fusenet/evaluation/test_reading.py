import numpy as np
import PIL.Image
import PIL.ImageFilter
import pytest
import torch

from annotate.core.errors import InvalidRelease
from modelsvc.fusenet.data.releases import Sample
from modelsvc.fusenet.evaluation.peers import MEASURES, grey_of
from modelsvc.fusenet.evaluation.reading import TREES, compare, network_look, panel, peers_look
from modelsvc.fusenet.evaluation.trees import Trees
from modelsvc.fusenet.model import build, model_config


def half_blurred(seed: int) -> Sample:
    """96 x 64 of noise, its right half blurred to level 3."""
    noise = np.random.default_rng(seed).integers(0, 256, (64, 96, 3), dtype=np.uint8)
    photo = PIL.Image.fromarray(noise)
    photo.paste(photo.filter(PIL.ImageFilter.GaussianBlur(3)).crop((48, 0, 96, 64)), (48, 0))
    levels = np.zeros((64, 96), np.uint8)
    levels[:, 48:] = 3
    return Sample(np.asarray(photo), levels, np.full(4, 0.25, np.float32), False, 96)


class Noise:
    """Photos of which one cannot be read."""

    def __len__(self) -> int:
        return 5

    def whole(self, index: int) -> Sample | None:
        return None if index == 2 else half_blurred(index)


def test_network_and_peers_read_the_same_samples() -> None:
    torch.manual_seed(0)
    looks = [network_look("net", build(model_config("abc-tiny")).eval()), peers_look([half_blurred(0)], 4)]
    tallies = compare(looks, [half_blurred(1), half_blurred(2)], 4)
    assert set(tallies) == {"net", *MEASURES, TREES}
    assert {len(tally.photos) for tally in tallies.values()} == {2}
    assert tallies["laplacian"].numbers()["blur_ap"] > 0.95
    assert tallies["constant"].numbers()["blur_auc"] == 0.5


def test_a_reading_is_of_the_samples_size_and_falls_with_the_level() -> None:
    for look in (network_look("net", build(model_config("abc-tiny")).eval()), peers_look([half_blurred(0)], 4)):
        for reading in look(half_blurred(1)).values():
            assert reading.levels.shape == reading.amount.shape == reading.blurred.shape == (64, 96)
            assert reading.above.shape == (3, 64, 96)
            assert (np.diff(reading.above, axis=0) <= 1e-6).all()
            assert reading.levels.dtype == np.uint8


def test_trees_find_what_no_single_measure_says() -> None:
    rng = np.random.default_rng(0)
    maps = rng.uniform(-1, 1, (2, 64, 64)).astype(np.float32)
    maps = maps.repeat(4, 1).repeat(4, 2)  # as smooth as the trees' grid
    truth = (2 * (maps[0] * maps[1] > 0)).astype(np.uint8)  # neither map alone tells
    truth[:8] = 255
    trees = Trees([maps] * 8, [truth] * 8, 4)
    above = trees.read(maps)
    known = truth != 255
    assert ((above[1] > 0.5) == (truth == 2))[known].mean() > 0.9
    assert above[2].max() == 0  # a level that it never saw
    again = Trees([maps] * 8, [truth] * 8, 4).read(maps)
    assert np.array_equal(above, again)


def test_trees_that_saw_one_level_say_that_level() -> None:
    maps = np.random.default_rng(0).random((2, 40, 40)).astype(np.float32)
    above = Trees([maps], [np.full((40, 40), 2, np.uint8)], 4).read(maps)
    assert above[:, 0, 0].tolist() == [1, 1, 0]


def test_peers_without_labelled_photos_are_refused() -> None:
    blank = half_blurred(0)._replace(levels=np.full((64, 96), 255, np.uint8))
    with pytest.raises(InvalidRelease):
        peers_look([blank], 4)


def test_a_panel_is_spread_evenly_and_leaves_out_what_cannot_be_read() -> None:
    assert len(list(panel(Noise()))) == 4
    assert len(list(panel(Noise(), 2))) == 2
    first, last = panel(Noise(), 2)
    assert np.array_equal(grey_of(first), grey_of(half_blurred(0)))
    assert np.array_equal(grey_of(last), grey_of(half_blurred(4)))
