import io

import numpy as np
import PIL.Image
import PIL.ImageCms
import pytest

from annotate.core.colour import profile_named
from annotate.core.imagefile import open_upright, probe


def png_of(colour: tuple[int, int, int], icc: bytes | None = None) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (8, 8), colour).save(file, "PNG", icc_profile=icc)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "colour", "expected"),
    [
        ("Adobe RGB (1998)", (128, 128, 128), (129, 129, 129)),
        ("Adobe RGB (1998)", (200, 100, 50), (227, 100, 42)),
        ("Display P3", (128, 128, 128), (128, 128, 128)),
        ("Display P3", (200, 100, 50), (215, 93, 31)),
    ],
)
def test_a_known_name_shows_the_colours_of_its_space(
    name: str, colour: tuple[int, int, int], expected: tuple[int, int, int]
) -> None:
    shown = np.asarray(open_upright(png_of(colour, profile_named(name))))[0, 0]
    assert np.abs(shown.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("name", ["Adobe RGB (1998)", "Display P3"])
def test_a_profile_bears_its_name(name: str) -> None:
    profile = profile_named(name)
    assert profile is not None
    assert PIL.ImageCms.getProfileDescription(PIL.ImageCms.ImageCmsProfile(io.BytesIO(profile))).strip() == name
    photo = probe(png_of((1, 2, 3), profile))
    assert photo.colour == name


def test_srgb_and_the_unknown_need_none() -> None:
    assert [profile_named(name) for name in ("sRGB", "", "Canon 5D")] == [None, None, None]
