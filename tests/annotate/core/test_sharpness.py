import base64
import io
import json
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from scipy.ndimage import gaussian_filter

from annotate.core import sharpness
from annotate.core.sharpness import as_png, cell_of, sharpness_map

CASES = json.loads(Path(__file__).parents[2].joinpath("data/sharpness_cases.json").read_text())


def grey(plane):
    return np.repeat(np.clip(np.round(plane), 0, 255).astype(np.uint8)[..., None], 3, 2)


def edge(sigma, noise=0.0):
    plane = gaussian_filter(np.where(np.arange(256) < 128, 30.0, 230.0)[None].repeat(192, 0), (0, sigma))
    return grey(plane + np.random.default_rng(0).normal(0, noise, plane.shape))


def sigma_of(value):
    return float(2 ** ((255 - int(value)) / sharpness.OCTAVE) - 1) ** 0.5


def reading_at_the_edge(pixels, cell):
    return sigma_of(np.median(sharpness_map(pixels, cell)[4:-4, 128 // cell]))


@pytest.mark.parametrize("cell", [4, 8])
@pytest.mark.parametrize("noise", [0, 5])
@pytest.mark.parametrize("sigma", [1.6, 2.4, 4.0, 8.0])
def test_the_sigma_of_an_edge_is_found_in_noise_too(sigma, noise, cell):
    assert reading_at_the_edge(edge(sigma, noise), cell) == pytest.approx(sigma, rel=0.12)


def test_a_sharp_edge_is_sharp():
    assert reading_at_the_edge(edge(0.5), 4) < 0.8


@pytest.mark.parametrize("noise", [1, 3, 5, 8])
def test_noise_alone_is_no_evidence(noise):
    plane = 128 + np.random.default_rng(2).normal(0, noise, (256, 256))
    assert np.unique(sharpness_map(grey(plane), 4)).tolist() == [0]


def test_more_blur_of_a_texture_is_a_lower_value():
    texture = np.random.default_rng(3).uniform(0, 255, (96, 96))
    values = [sharpness_map(grey(gaussian_filter(texture, sigma) * 1.0), 4)[12, 12] for sigma in (0, 2, 3)]
    assert values == sorted(values, reverse=True)
    assert values[0] == 255


def test_even_areas_and_faint_noise_are_no_evidence_never_blurred():
    noise = 128 + np.random.default_rng(1).normal(0, 2, (128, 128))
    ramp = np.linspace(40, 90, 128)[None].repeat(128, 0)
    for plane in (np.full((128, 128), 200.0), noise, ramp):
        assert np.unique(sharpness_map(grey(plane), 4)).tolist() == [0]


def test_the_even_areas_beside_an_edge_are_no_evidence():
    assert np.flatnonzero(sharpness_map(edge(0.8), 4)[24, :29]).tolist() == []


def test_the_map_does_not_depend_on_how_many_rows_are_measured_at_a_time(monkeypatch):
    pixels = np.random.default_rng(5).integers(0, 256, (101, 67, 3), dtype=np.uint8)
    pixels = gaussian_filter(pixels, (1, 1, 0))
    whole = sharpness_map(pixels, 4)
    monkeypatch.setattr(sharpness, "BAND", 16)
    assert np.array_equal(sharpness_map(pixels, 4), whole)


def test_the_stored_map_of_a_photo_is_at_most_512_cells_a_side():
    assert [cell_of(size) for size in ((400, 300), (2048, 1000), (2049, 10), (6000, 4000))] == [4, 4, 5, 12]


def test_the_png_holds_the_map():
    cells = sharpness_map(edge(1.0), 4)
    assert np.array_equal(np.asarray(PIL.Image.open(io.BytesIO(as_png(cells)))), cells)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_maps_that_the_browser_is_held_to(case):
    pixels = np.frombuffer(base64.b64decode(case["rgb"]), np.uint8).reshape(case["height"], case["width"], 3)
    cells = sharpness_map(pixels, case["cell"])
    assert cells.shape[1] == case["columns"]
    assert cells.ravel().tolist() == case["map"]


def photo_of(plane):
    return PIL.Image.fromarray(grey(plane))


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("noise", [0, 1.5])
def test_a_frame_of_one_colour_shows_nothing_whatever_its_noise(level: int, noise: float) -> None:
    frame = level + noise * np.random.default_rng(0).standard_normal((300, 400))
    assert sharpness.shows_anything(photo_of(frame)) is False


def test_a_photo_that_is_blurred_all_over_shows_something() -> None:
    ramp = np.broadcast_to(np.linspace(40, 200, 400), (300, 400))
    assert sharpness.shows_anything(photo_of(ramp)) is True


def test_a_small_thing_on_an_even_ground_is_something() -> None:
    frame = np.full((300, 400), 250.0)
    frame[150:156, 200:206] = 20
    assert sharpness.shows_anything(photo_of(frame)) is True
