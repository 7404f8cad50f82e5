"""The replay of a labelled project: both orders begin and end alike, and the labels needed are counted as stated."""

from pathlib import Path

import numpy as np

from modelsvc.fusenet.evaluation.simulation import Photo, draw_curves, labels_needed, next_ranked, replay
from modelsvc.fusenet.evaluation.simulation import QuickModel as Model


def photos(count: int) -> list[Photo]:
    """Photos whose cells tell their level by the first measure."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        levels = rng.integers(0, 2, 30)
        cells = np.column_stack([levels + rng.normal(0, 0.1, 30), rng.normal(size=(30, 5))])
        made.append(Photo(cells, levels, number % 2, rng.random(8)))
    return made


def test_the_labels_needed_are_the_first_from_which_the_next_points_hold_on_average() -> None:
    curve = [(5, 0.2), (10, 0.9), (15, 0.3), (20, 0.9), (25, 0.9), (30, 0.9)]
    assert labels_needed(curve, 0.85) == 20
    assert labels_needed(curve, 0.95) == 30


def test_both_orders_begin_with_the_same_labels_and_end_with_all() -> None:
    pool, test = photos(24), photos(6)
    how = {"level_count": 2, "first": 6, "step": 9, "seed": 1}
    ranked, random = (replay(pool, test, is_ranked=is_ranked, **how) for is_ranked in (True, False))
    assert [labels for labels, _ in ranked] == [6, 15, 24]
    assert (ranked[0], ranked[0][0]) == (random[0], 6)
    assert ranked[-1][1] > 0.9


def test_the_ranked_order_names_each_waiting_photo_once() -> None:
    pool = photos(20)
    labelled = [0, 1, 2, 3, 4, 5]
    order = next_ranked(pool, labelled, Model([pool[i] for i in labelled], 2, 0), seed=0)
    assert sorted(order) == list(range(6, 20))


def test_the_picture_shows_the_curves(tmp_path: Path) -> None:
    curves = {"ranked": [(5, 0.3), (10, 0.8)], "random": [(5, 0.3), (10, 0.5)]}
    picture = draw_curves({"photos": 10, "runs": [{"curves": curves}]})
    colours = {colour for _, colour in picture.getcolors(1 << 16)}
    assert {(11, 92, 173), (138, 90, 0)} <= colours
