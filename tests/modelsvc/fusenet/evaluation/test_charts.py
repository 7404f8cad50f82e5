import numpy as np

from modelsvc.fusenet.evaluation.charts import COLOURS, HEAT, curves, heat_table, reliability_diagram
from modelsvc.fusenet.evaluation.metrics import reliability


def colours(picture: object) -> set[tuple[int, int, int]]:
    return {tuple(pixel) for pixel in np.asarray(picture).reshape(-1, 3).tolist()}  # type: ignore[misc]


def test_a_heat_table_is_as_dark_as_the_share() -> None:
    all_right = heat_table(np.eye(3) * 7, ["a", "b", "c"], "title")
    assert HEAT in colours(all_right)
    even = heat_table(np.ones((2, 2)), ["a", "b"], "title")
    assert HEAT not in colours(even)
    assert even.width < all_right.width


def test_a_row_without_photos_is_no_division_by_nothing() -> None:
    assert heat_table(np.array([[3, 1], [0, 0]]), ["a", "b"], "title").height > 0


def test_honest_bars_end_on_the_diagonal() -> None:
    confidence = np.random.default_rng(0).random(20_000)
    right = np.random.default_rng(1).random(20_000) < confidence
    picture = np.asarray(reliability_diagram({"all": reliability(right, confidence)}))
    dots = np.argwhere((picture == COLOURS[1]).all(-1))
    centre = dots.mean(0)
    ends = np.abs((dots - centre) @ [1, 1])  # rows grow downwards: on the diagonal, row + column is constant
    assert ends.max() < 16


def test_each_line_has_its_colour_and_each_panel_its_plot() -> None:
    ramp = np.linspace(0, 1, 50)
    lines = {"up": (ramp, ramp), "down": (ramp, 1 - ramp)}
    one, two = curves({"a": lines}, "x", "y"), curves({"a": lines, "b": lines}, "x", "y")
    assert set(COLOURS[:2]) <= colours(one)
    assert COLOURS[2] not in colours(one)
    assert two.width > 1.5 * one.width


def test_a_line_of_nothing_is_left_out() -> None:
    nothing = np.full(5, np.nan)
    assert curves({"a": {"none": (nothing, nothing)}}, "x", "y").height > 0
