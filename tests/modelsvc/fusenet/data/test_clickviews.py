"""Views to learn clicks from, and clicks as people make them."""

import numpy as np
import pytest

from modelsvc.fusenet.clicks import Click
from modelsvc.fusenet.data.clickviews import SIDE, draw_prompt, draw_view, next_click


def square(size, top, left, side):
    mask = np.zeros((size, size), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_the_first_click_is_in_the_middle_of_the_thing():
    assert next_click(np.zeros((20, 20), bool), square(20, 4, 8, 5), 4) == Click(42.0, 26.0, True)


def test_the_next_click_is_in_the_middle_of_the_largest_region_that_is_wrong():
    inside, found = square(30, 2, 2, 9), square(30, 2, 2, 9) | square(30, 18, 18, 7)
    found[3, 3] = False  # a smaller fault
    assert next_click(found, inside, 1) == Click(21.5, 21.5, False)
    assert next_click(inside, inside, 1) is None


@pytest.mark.parametrize("seed", range(8))
def test_views_show_their_thing_and_prompts_point_at_it(seed):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (300, 400, 3), dtype=np.uint8)
    alpha = np.zeros((300, 400), np.float32)
    alpha[80:220, 120:260] = 1
    view = draw_view((pixels, alpha, None), [(pixels, alpha, None)], rng)
    assert view.pixels.shape == (SIDE, SIDE, 3)
    assert view.inside.shape == (SIDE // 4, SIDE // 4)
    assert 0 <= view.inside.min() < 0.5 < view.inside.max() <= 1
    inside = view.inside > 0.5
    prompt = draw_prompt(inside, rng)
    assert prompt.clicks or prompt.box
    for click in prompt.clicks:
        assert click.is_inside
        assert inside[int(click.y) // 4, int(click.x) // 4]
