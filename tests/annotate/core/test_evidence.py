import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from annotate.core.evidence import find_evidence, on_pixels


def grey(plane):
    return np.repeat(np.clip(np.round(plane), 0, 255).astype(np.uint8)[..., None], 3, 2)


@pytest.mark.parametrize("noise", [0, 3, 6])
def test_a_wall_shows_nothing_to_judge_by_whatever_its_noise(noise):
    wall = 140 + np.random.default_rng(0).normal(0, noise, (61, 82))
    assert find_evidence(grey(wall)).tolist() == [[False] * 21] * 16


@pytest.mark.parametrize("sigma", [0.6, 3.0])
def test_an_edge_is_evidence_for_what_is_beside_it_sharp_or_soft_and_not_for_the_wall_far_from_it(sigma):
    plane = gaussian_filter(np.where(np.arange(160) < 80, 60.0, 200.0)[None].repeat(80, 0), (0, sigma))
    row = find_evidence(grey(plane))[10]
    assert row[18:22].all()
    assert not row[:14].any()
    assert not row[26:].any()


def test_what_holds_for_a_cell_holds_for_its_pixels():
    cells = np.array([[True, False], [False, True]])
    assert on_pixels(cells, (5, 7)).astype(int).tolist() == [[1, 1, 1, 1, 0, 0, 0]] * 4 + [[0, 0, 0, 0, 1, 1, 1]]
