import numpy as np
import skimage.data

from modelsvc.fusenet.data.camera import to_linear
from modelsvc.fusenet.data.movers import MOVER_SIDES, Cutout, blob, cut_out, draw_traffic

WHITE = Cutout(np.full((60, 30, 3), 255, np.uint8), np.ones((60, 30), np.float32))
BLACK_STREET = np.zeros((200, 200, 3), np.float32)


def test_what_is_cut_out_has_the_bounds_of_its_mask() -> None:
    alpha = np.zeros((40, 50), np.float32)
    alpha[10:30, 5:25] = 1
    pixels = np.arange(40 * 50 * 3, dtype=np.uint16).astype(np.uint8).reshape(40, 50, 3)
    cutout = cut_out(pixels, alpha)
    assert cutout is not None
    assert np.array_equal(cutout.pixels, pixels[10:30, 5:25])
    assert cutout.alpha.min() == 1
    assert cut_out(pixels, 0 * alpha) is None


def test_movers_smear_stand_or_are_not_there() -> None:
    seen = set()
    for seed in range(20):
        traffic = draw_traffic(BLACK_STREET, [WHITE], 640, np.random.default_rng(seed))
        light, levels = traffic.moved[..., 0], traffic.levels
        assert traffic.still.max() == 1
        assert light[levels == 0].max() <= (1 if not (levels % 255).any() else 0.041)
        assert light[(levels > 0) & (levels < 255)].min(initial=1) >= 0.149
        seen |= set(np.unique(levels).tolist())
    assert seen == {0, 1, 2, 3, 255}


def test_movers_are_small_and_of_all_sizes() -> None:
    low, high = MOVER_SIDES
    rngs = [np.random.default_rng(seed) for seed in range(40)]
    stills = [draw_traffic(BLACK_STREET, [WHITE], 640, rng).still[..., 0] > 0.5 for rng in rngs]
    longest = [max(np.flatnonzero(still.any(axis)).size for axis in (0, 1)) / 640 for still in stills]
    assert low / 3 < min(longest) < 0.05
    assert 0.08 < max(longest) <= high


def test_a_thing_that_stands_in_front_is_sharp() -> None:
    stands = next(
        traffic
        for seed in range(200)
        if not (traffic := draw_traffic(BLACK_STREET, [WHITE, WHITE], 640, np.random.default_rng(seed))).levels.any()
    )
    assert np.array_equal(stands.moved, stands.still)


def test_a_photo_without_masks_gives_pieces_of_itself() -> None:
    photo = skimage.data.astronaut()
    piece = blob(photo, np.random.default_rng(0))
    assert piece.pixels.shape[:2] == piece.alpha.shape
    assert piece.alpha[[0, -1], :].max() < 0.5
    assert 0.3 < piece.alpha.mean() < 0.9
    traffic = draw_traffic(to_linear(photo), [piece], 640, np.random.default_rng(1))
    assert traffic.moved.shape == photo.shape
