"""The replay of a labelled project: labels needed are counted as stated, and no source is on both sides."""

import numpy as np
import pytest

from modelsvc.fusenet.training.simulation import INK, draw_curves, drawn_test, labels_needed, ratio_intervals, ratios


def test_labels_needed_lie_on_the_line_between_two_points() -> None:
    curve = [(10, 0.2), (20, 0.4), (30, 0.3), (40, 0.6)]
    assert [labels_needed(curve, wanted) for wanted in (0.1, 0.3, 0.4, 0.5)] == pytest.approx(
        [10, 15, 20, 36.67], abs=0.01
    )
    assert labels_needed(curve, 0.7) == float("inf")


def test_orders_are_compared_by_what_random_reaches_at_the_end() -> None:
    curves = {"random": [(10, 0.2), (20, 0.4)], "ranked": [(10, 0.2), (20, 0.6)], "unsure": [(10, 0.2), (20, 0.3)]}
    assert ratios(curves) == {"random": 1.0, "ranked": 0.75, "unsure": None}


def test_intervals_come_from_drawing_seeds_anew() -> None:
    quick = {"random": [(10, 0.2), (20, 0.4)], "ranked": [(10, 0.4), (20, 0.6)]}
    slow = {"random": [(10, 0.2), (20, 0.4)], "ranked": [(10, 0.0), (20, 0.1)]}
    assert ratio_intervals([quick, quick]) == {"random": (1.0, 1.0), "ranked": (0.5, 0.5)}
    assert ratio_intervals([quick, slow])["ranked"] == (0.5, None)


def test_no_source_is_on_both_sides() -> None:
    names = np.repeat([f"photo {number}" for number in range(10)], 3)
    held = drawn_test(names.tolist(), 7, seed=0)
    assert held.sum() == 9
    assert not set(names[held]) & set(names[~held])


def test_the_picture_shows_the_curves() -> None:
    curves = {order: [(5, 0.3), (10, 0.4 + number / 10)] for number, order in enumerate(INK)}
    picture = draw_curves({"labels": 10, "means": curves, "runs": [{"curves": curves}]})
    assert set(INK.values()) <= {colour for _, colour in picture.getcolors(1 << 16)}
