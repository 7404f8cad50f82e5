import numpy as np

from modelsvc.fusenet.data.evidence import FAR, NEAR, without_evidence

SIDE = 160


def changed(width: int, by: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    """A photo, and the same with its first columns changed."""
    sharp = np.full((SIDE, SIDE, 3), 100, np.float32)
    blurred = sharp.copy()
    blurred[:, :width] += by
    return sharp, blurred


def test_blur_that_left_no_trace_near_by_is_not_known() -> None:
    levels = np.full((SIDE, SIDE), 2, np.uint8)
    levels[:, 120:] = 0
    known = without_evidence(levels, *changed(16), noise=0)
    assert np.unique(known[:, : 16 + NEAR]).tolist() == [2]
    assert np.unique(known[:, 16 + NEAR : 120]).tolist() == [255]
    assert np.unique(known[:, 120:]).tolist() == [0]


def test_where_all_is_blurred_a_trace_tells_of_more() -> None:
    levels = np.full((SIDE, SIDE), 2, np.uint8)
    known = without_evidence(levels, *changed(16), noise=0)
    assert np.unique(known[:, : 16 + FAR]).tolist() == [2]
    assert np.unique(known[:, 16 + FAR :]).tolist() == [255]


def test_a_change_below_the_noise_is_none() -> None:
    levels = np.full((SIDE, SIDE), 1, np.uint8)
    assert np.unique(without_evidence(levels, *changed(SIDE, 1.5), noise=0)).tolist() == [1]
    assert np.unique(without_evidence(levels, *changed(SIDE, 1.5), noise=8)).tolist() == [255]


def test_what_is_sharp_or_unknown_stays() -> None:
    levels = np.zeros((SIDE, SIDE), np.uint8)
    levels[:, 100:] = 255
    assert np.array_equal(without_evidence(levels, *changed(0), noise=0), levels)
