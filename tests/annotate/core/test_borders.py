"""The strip between two hands' borders is shared out by what is nearer; what is no strip is kept as blur."""

import numpy as np

from annotate.core.blurmap import IGNORE, LevelMap
from annotate.core.borders import sample, share_out


def disc(radius: float, level: int = 1, ground: int = 0) -> LevelMap:
    y, x = np.mgrid[0:512, 0:512]
    return np.where(np.hypot(x - 255.5, y - 255.5) < radius, level, ground).astype(np.uint8)


def shared(low: LevelMap, high: LevelMap) -> LevelMap:
    outcome = low.copy()
    share_out(outcome, high)
    return outcome


def test_the_border_between_two_discs_runs_halfway() -> None:
    outcome = shared(disc(100), disc(106))
    assert (outcome >= disc(102)).all()
    assert (outcome <= disc(104)).all()
    assert abs(int(outcome.sum()) / int(disc(103).sum()) - 1) < 0.005


def test_a_strip_between_higher_levels_is_shared_out_too() -> None:
    outcome = shared(disc(100, 3, 2), disc(106, 3, 2))
    assert set(np.unique(outcome)) == {2, 3}
    assert ((outcome == 3) >= (disc(102) == 1)).all()


def test_what_is_wider_than_a_border_is_raised() -> None:
    assert shared(disc(40), disc(120)).tolist() == disc(120).tolist()
    assert shared(disc(0), disc(60)).tolist() == disc(60).tolist()


def test_pixels_that_are_not_settled_are_no_side_of_a_strip() -> None:
    low, high = np.full((8, 512), IGNORE, np.uint8), np.full((8, 512), IGNORE, np.uint8)
    low[:, 200:204], high[:, 200:204] = 0, 1
    outcome = shared(low, high)
    assert outcome[:, 200:204].tolist() == [[1] * 4] * 8
    assert (outcome[:, :200] == IGNORE).all()


def test_a_large_map_is_shared_out_like_a_small_one() -> None:
    small_low, small_high = disc(100), disc(106)
    low, high = (np.kron(each, np.ones((4, 4), np.uint8)) for each in (small_low, small_high))
    share = shared(low, high).mean() / shared(small_low, small_high).mean()
    assert abs(float(share) - 1) < 0.01


def test_samples_lie_evenly() -> None:
    rows, columns = sample((1000, 2048), 1024)
    assert (len(rows), len(columns)) == (500, 1024)
    assert columns[:3].tolist() == [1, 3, 5]
    assert [each.tolist() for each in sample((2, 3), 1024)] == [[0, 1], [0, 1, 2]]
