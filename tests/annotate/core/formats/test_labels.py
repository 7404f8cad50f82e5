import numpy as np
import pytest

from annotate.core.blurmap import rasterize
from annotate.core.formats import InvalidLabels, ring_of, ring_of_ellipse, rings_of_mask
from annotate.core.formats.labels import parts_of_mask
from annotate.core.regions import MAX_RING_VERTICES, Document, Region


def painted(rings, size):
    return rasterize(Document(0, (Region("a", 1, "unknown", rings, 0),)), size) == 1


def test_a_ring_is_in_sixteenths_of_a_pixel():
    assert ring_of([(0.5, 1), (2, 1.25), (1, 3)]) == (8, 16, 32, 20, 16, 48)


def test_percents_are_scaled_by_the_size():
    assert ring_of([[10, 10], [30, 10], [30, 30]], scale=(200 / 100, 100 / 100)) == (320, 160, 960, 160, 960, 480)


@pytest.mark.parametrize("points", [[], [(1, 2), (3, 4)], [1, 2, 3, 4, 5], "abc", [(1, 2), (3, float("nan")), (5, 6)]])
def test_what_is_no_outline_is_refused(points):
    with pytest.raises(InvalidLabels) as refusal:
        ring_of(points)
    assert refusal.value.code == "invalid_labels"


def test_a_ring_round_an_ellipse_is_turned_clockwise():
    upright, turned = ring_of_ellipse((50, 40), (30, 10)), ring_of_ellipse((50, 40), (30, 10), 90)
    assert (min(upright[::2]), max(upright[::2]), min(upright[1::2]), max(upright[1::2])) == (320, 1280, 480, 800)
    assert (min(turned[::2]), max(turned[::2]), min(turned[1::2]), max(turned[1::2])) == (640, 960, 160, 1120)
    assert turned[:2] == (800, 1120)


def test_a_large_circle_holds_the_pixels_that_it_should():
    y, x = np.mgrid[:400, :400] + 0.5
    circle = (x - 200) ** 2 + (y - 200) ** 2 < 150**2
    assert (
        np.count_nonzero(painted((ring_of_ellipse((200, 200), (150, 150)),), (400, 400)) != circle) == 16
    )  # of 70,688


@pytest.mark.parametrize("radii", [(0, 5), (-1, 5), (float("nan"), 1), (1e9, 1)])
def test_an_ellipse_without_radii_is_refused(radii):
    with pytest.raises(InvalidLabels):
        ring_of_ellipse((5, 5), radii)


def test_rings_of_a_mask_paint_the_mask_with_its_holes():
    mask = np.zeros((9, 12), bool)
    mask[2:8, 1:9] = True
    mask[4:6, 3:6] = False
    mask[0, 11] = mask[8, 9] = True
    assert np.array_equal(painted(rings_of_mask(mask), (12, 9)), mask)
    assert rings_of_mask(mask[2:8, 1:9], (1, 2)) == (
        (16, 32, 144, 32, 144, 128, 16, 128),
        (96, 64, 48, 64, 48, 96, 96, 96),
    )


def test_a_mask_of_noise_is_cut_into_rings_that_are_not_too_long():
    mask = np.random.default_rng(7).random((300, 400)) > 0.3
    rings = rings_of_mask(mask)
    assert max(map(len, rings)) <= 2 * MAX_RING_VERTICES
    assert np.array_equal(painted(rings, (400, 300)), mask)


def test_an_empty_mask_has_no_rings():
    assert rings_of_mask(np.zeros((4, 4), bool)) == ()


def test_the_rings_of_a_mask_are_told_by_part():
    mask = np.zeros((6, 9), bool)
    mask[:5, :5] = mask[5, 5] = mask[0, 8] = True
    mask[2, 2] = False
    assert [len(rings) for rings in parts_of_mask(mask)] == [2, 1, 1]
    assert np.array_equal(painted(sum(parts_of_mask(mask), ()), (9, 6)), mask)


@pytest.mark.parametrize("mask", [[[1, 0], [0, 1]], [[0, 1], [1, 0]]])
def test_parts_that_meet_in_a_corner_have_rings_of_their_own(mask):
    assert [len(ring) for ring in rings_of_mask(np.array(mask, bool))] == [8, 8]
