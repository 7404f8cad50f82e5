import math

import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from modelsvc.fusenet.data.amounts import LEVEL_COUNT, SIGMAS, draw_sigma, level_of
from modelsvc.fusenet.data.camera import to_linear, to_srgb
from modelsvc.fusenet.data.kernels import Floats, disc_kernel, gaussian_kernel
from modelsvc.fusenet.data.synthesis import (
    MODE_SHARES,
    OBJECT_PATH,
    Scene,
    apply_mode,
    blur_background,
    blur_subject,
    defocus_by_depth,
    draw_field,
    fill_behind,
    rule_of_thumb,
    synthesise,
    upscaled,
    with_plain_part,
)


def texture(side: int = 96, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)


def disc_alpha(side: int = 96) -> Floats:
    y, x = np.mgrid[:side, :side] - side / 2 + 0.5
    return np.clip(side / 4 + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)


def scene(side: int = 96) -> Scene:
    return Scene(texture(side), disc_alpha(side), is_subject=True)


def test_sigmas_stay_in_their_levels_at_every_scale() -> None:
    rng = np.random.default_rng(0)
    for scale in (640, 1024):
        for level, (low, high) in enumerate(SIGMAS, 1):
            drawn = [draw_sigma(level, scale, rng) * 1024 / scale for _ in range(50)]
            assert low <= min(drawn) < max(drawn) <= high
            assert {level_of(sigma) for sigma in drawn} == {level}
    assert level_of(1.0) == 0
    assert level_of(OBJECT_PATH[1] / math.sqrt(12)) == 3


def test_linear_light_and_back() -> None:
    pixels = texture(8)
    assert np.abs(to_srgb(to_linear(pixels)) - pixels).max() < 0.01
    assert to_linear(np.uint8([188]))[0] == pytest.approx(0.5, abs=0.01)  # half the light is not half the byte


def test_a_bright_subject_throws_no_halo_on_a_blurred_background() -> None:
    alpha = np.rint(disc_alpha())
    light = np.repeat(alpha[..., None], 3, -1)  # white on black
    out, levels = blur_background(light, alpha, np.full(alpha.shape, 3, np.uint8), {3: disc_kernel(6)})[:2]
    assert out[alpha == 0].max() < 1e-6
    assert np.array_equal(out[alpha == 1], light[alpha == 1])
    assert np.array_equal(levels > 0, alpha <= 0.5)


def test_a_blurred_subject_leaves_the_background_alone() -> None:
    light, alpha = to_linear(texture()), disc_alpha()
    out, levels = blur_subject(light, alpha, 2, gaussian_kernel(2))[:2]
    far = np.hypot(*(np.mgrid[:96, :96] - 47.5)) > 24 + 10
    assert np.abs(out - light)[far].max() < 1e-4
    assert set(np.unique(levels)) <= {0, 2, 255}
    assert (levels[alpha == 1] != 0).all()
    assert (levels[far] == 0).all()


def test_a_subject_that_shows_its_background_is_not_labelled_there() -> None:
    levels = blur_subject(to_linear(texture()), disc_alpha(), 3, disc_kernel(6)).levels
    invented = (levels == 255) & (disc_alpha() > 0.5)
    assert invented.any()
    assert (levels[48, 40:56] == 3).all()


def test_a_moving_subject_turns_transparent_over_a_still_background() -> None:
    flat = np.zeros((96, 96, 3), np.uint8)
    flat[disc_alpha() > 0.5] = 255
    out, levels = apply_mode("object-motion", Scene(flat, disc_alpha(), True), 1024, np.random.default_rng(4))[:2]
    corners = out[[0, 0, -1, -1], [0, -1, 0, -1]]
    smeared = (out > 0.05) & (out < 0.6)
    assert corners.max() < 1e-3
    assert smeared.any()
    assert (levels[smeared[..., 0] & (out[..., 0] > 0.2)] > 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_level_0_is_the_photo_itself(seed: int) -> None:
    for mode in MODE_SHARES:
        one = scene()
        out, levels = apply_mode(mode, one, 640, np.random.default_rng(seed))[:2]
        untouched = np.abs(out - to_linear(one.pixels)).max(-1) < 1e-4
        sure = levels == 0
        if mode in ("subject", "object-motion", "movers"):  # a faint trail of the subject may cross the background
            assert untouched[sure].mean() > 0.5
        else:
            assert untouched[sure & ((one.alpha == 0) | (one.alpha == 1))].all()


def test_modes_say_what_they_blurred() -> None:
    one, rng = scene(), np.random.default_rng(0)
    inside, outside = one.alpha == 1, one.alpha == 0
    assert apply_mode("none", one, 640, rng).levels.max() == 0
    assert len(np.unique(apply_mode("whole", one, 640, rng).levels)) == 1
    background = apply_mode("background", one, 640, rng).levels
    assert background[inside].max() == 0
    assert background[outside].min() >= 1
    two = apply_mode("two-levels", one, 640, rng).levels
    assert len(np.unique(two[outside])) == 2
    assert two[inside].max() == 0
    assert 2 <= len(np.unique(apply_mode("field", one, 640, rng).levels)) <= LEVEL_COUNT


def test_what_is_behind_the_subject_comes_from_around_it() -> None:
    light = np.full((64, 64, 3), 0.25, np.float32)
    alpha = disc_alpha(64)
    light[alpha > 0] = 1.0
    assert np.abs(fill_behind(light, alpha) - 0.25).max() < 1e-3


def test_fields_hold_every_level_they_are_given() -> None:
    for seed in range(10):
        field = draw_field((50, 70), [0, 2, 3], np.random.default_rng(seed))
        assert field.shape == (50, 70)
        assert np.unique(field).tolist() == [0, 2, 3]


def test_the_synthetic_rule() -> None:
    subject = np.zeros((10, 10), np.uint8)
    subject[:5] = 1
    levels = np.zeros((10, 10), np.uint8)
    assert rule_of_thumb(levels, subject) == 0
    levels[5:] = 3
    assert rule_of_thumb(levels, subject) == 1
    levels[0] = 3
    assert rule_of_thumb(levels, subject) == 2
    levels[:5] = 255
    assert rule_of_thumb(levels, subject) == 1
    levels[:] = 2
    assert rule_of_thumb(levels, subject) == 3


def test_a_subject_that_is_softer_than_sharp_all_over_is_bad_and_nothing_is_without_one() -> None:
    levels = np.ones((20, 10), np.uint8)
    subject = np.zeros((20, 10), np.uint8)
    subject[:10] = 1
    assert rule_of_thumb(levels, subject) == 3
    levels[0] = 0  # a tenth of it is sharp
    assert rule_of_thumb(levels, subject) == 2
    assert rule_of_thumb(levels, np.zeros_like(subject)) == 1


def test_the_same_seed_makes_the_same_sample() -> None:
    first, second = (synthesise(scene(), scale=640, rng=np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(first.levels, second.levels)


def test_without_a_subject_only_even_blur_is_judged() -> None:
    thing = scene()._replace(is_subject=False)
    judged = {m: synthesise(thing, scale=640, rng=np.random.default_rng(0), mode=m).is_judged for m in MODE_SHARES}
    assert [mode for mode, is_judged in judged.items() if is_judged] == ["none", "whole"]


def test_depth_blurs_what_is_out_of_focus() -> None:
    left, _, disparity = skimage.data.stereo_motorcycle()
    here = np.s_[100:340:2, 200:500:2]
    pixels, depth = left[here], np.nan_to_num(disparity[here].astype(np.float32), posinf=0)
    focus = float(np.median(depth))
    out, levels = defocus_by_depth(pixels, depth, focus, 0.8)[:2]
    assert np.unique(levels).tolist() == [0, 1, 2, 3]
    change = np.abs(out - to_linear(pixels)).mean(-1)
    assert change[levels == 3].mean() > 3 * change[levels == 0].mean()


def plain_scene() -> Scene:
    """A disc of texture before a wall of one grey."""
    pixels = np.full((96, 96, 3), 120, np.uint8)
    inside = disc_alpha() > 0.5
    pixels[inside] = texture()[inside]
    return Scene(pixels, disc_alpha(), is_subject=True)


def test_a_wall_out_of_focus_beside_something_sharp_is_not_called_blurred() -> None:
    drawn = [synthesise(plain_scene(), scale=640, rng=np.random.default_rng(n), mode="background") for n in range(4)]
    for sample in drawn:
        assert set(np.unique(sample.levels[disc_alpha() == 1])) == {0}
        assert sample.levels[:8, :8].min() == 255


def test_a_sharp_wall_is_sharp_whatever_is_seen_of_it() -> None:
    drawn = [synthesise(plain_scene(), scale=640, rng=np.random.default_rng(n), mode="none") for n in range(8)]
    assert all(not sample.levels.any() for sample in drawn)


def test_a_texture_out_of_focus_is_called_blurred() -> None:
    for n in range(4):
        sample = synthesise(scene(), scale=640, rng=np.random.default_rng(n), mode="whole")
        assert sample.levels.min() == sample.levels.max() > 0


def test_a_part_without_texture_is_as_smooth_as_a_sky_and_ends_sharply() -> None:
    light, alpha = to_linear(texture()), np.rint(disc_alpha())
    plain = with_plain_part(light, 1 - alpha)
    steps = np.abs(np.diff(plain, axis=0)).max(-1)
    outside = (alpha[1:] == 0) & (alpha[:-1] == 0)
    assert steps[outside].max() < 0.02
    assert np.array_equal(plain[alpha == 1], light[alpha == 1])


def test_enlarging_is_as_soft_as_it_says() -> None:
    point = np.zeros((95, 95, 3), np.float32)
    spreads = []
    for at in range(44, 52):  # where it falls between the pixels of the small photo
        point[:] = 0
        point[at, at] = 1
        row = upscaled(point, 2.0)[..., 0].sum(0)
        places = np.arange(95)
        middle = (row * places).sum() / row.sum()
        spreads.append(math.sqrt((row * (places - middle) ** 2).sum() / row.sum()))
    assert np.mean(spreads) == pytest.approx(2.0, rel=0.25)
